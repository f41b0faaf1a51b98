import contextlib
import dataclasses

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symkan.errors import ExpressionError
from symkan.report.notation import latex, latex_names
from symkan.report.reading_latex import read_latex
from symkan.symbolic.expressions import numpy_function, symbol
from symkan.symbolic.library import Library
from symkan.symbolic.parsing import parse_expression

LAWS = [
    *(str(f.expression).replace("u", "x1") for f in Library()),
    *("-2.5*x1 + x2/3 - 0.125", "x1**-0.7*x2**(1/3)", "2.0**x1 + 1e-5**x2", "(x1 + 1)*(x2 - 2.5e-7)"),
    *("sin(x1)**2/besselj(0, x2)**2", "log(x1)**2 - abs(x1)**x2", "-(x1 + x2)/(x1 - 2)", "pi*x1*E + e*x2"),
    *("1e300*x1/1e20", "exp(-x1**2/2)*3**x2*2", "g1(x1)**2 + g12(x1*x2)", "asinh(x1)**-2", "x1**(x2 + 1)"),
    *("sqrt(sqrt(x1) + 1)", "-exp(-x1)", "x1 - (x2 - (x1 - 3.5))", "(-2.5)*x1**2", "sqrt(2)*x1", "7", "-0.5"),
]


def written(discovery, law, names):
    features = tuple(
        dataclasses.replace(column, name=name)
        for column, name in zip(discovery.data.features, names, strict=True)
    )
    data = dataclasses.replace(discovery.data, features=features)
    best = dataclasses.replace(discovery.best, expression=law, parameters=())
    _, *right = latex(best, data, full=True)
    texts = latex_names([data.target.name, *names])[1:]
    return " ".join(right), dict(zip(texts, ("x1", "x2"), strict=True))


@pytest.mark.parametrize(
    "names", [("m", "v_max"), ("e", "J"), ("g", "J_0"), ("50% {x}\\", "theta1")], ids=str
)
@pytest.mark.parametrize("text", LAWS)
def test_what_is_written_is_read(discovery, text, names):
    law = parse_expression(text)
    functions = {"g1": np.cos, "g12": np.sin}
    rows = np.random.default_rng(0).uniform(0.3, 0.9, (20, 2))
    again = read_latex(*written(discovery, law, names))
    values = [numpy_function(e, ["x1", "x2"], functions=functions)(rows) for e in (again, law)]
    np.testing.assert_allclose(*values, rtol=1e-14)


def test_floats_come_back_to_the_last_digit(discovery):
    law = sympy.Float(0.1 + 0.2) * symbol("x1") ** sympy.Float(1 / 3) - sympy.Float(6.62607015e-34) * symbol(
        "x2"
    )
    assert read_latex(*written(discovery, law, ("a", "b"))) == law


def test_long_laws_are_joined(discovery):
    law = sum(sympy.Float(1 / (k + 3)) * sympy.sin(k * symbol("x1")) for k in range(1, 20)) - symbol("x2")
    assert read_latex(*written(discovery, law, ("a", "b"))) == law


@pytest.mark.parametrize(
    "text", ["", r"\input{x}", "x_{1", r"\frac{1}", "2 2", r"\sin x", r"\left(1", "1 +", "q", 5000 * "{"]
)
def test_nothing_else_is_read(text):
    with pytest.raises(ExpressionError):
        read_latex(text, {"x_{1}": "x1"})


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([*r"\^_{}()[]|+-,. 19exg", r"\frac", r"\left(", r"\right)", r"\sqrt", r"\sin"]))
)
def test_any_text_is_read_or_refused(parts):
    with contextlib.suppress(ExpressionError):
        read_latex("".join(parts), {"x": "x1"})
