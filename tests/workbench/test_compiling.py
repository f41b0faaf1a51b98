import numpy as np
import pytest
import scipy.special
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symkan import KAN
from symkan.errors import ExpressionError

TEXTS = [
    "x",
    "-x",
    "2*x + 3",
    "pi*x/7 - 1/3",
    "x*y",
    "3*x*y*z",
    "x + y*z",
    "x*(x + 1)",
    "x*sin(x)*exp(-x)",
    "sin(x) + cos(x) + exp(x)",
    "(x + y)*(x - y)*z",
    "2*(x + y)*3*(y + z + 1)",
    "x^y",
    "2^x",
    "exp(-(x - 1)^2/2)/sqrt(2*pi)",
    "x/(1 + y^2)^(7/3)",
    "log(x*y) + 1",
    "sin(sin(sin(x))) + x",
    "sqrt(x^2 + y^2 + z^2)",
    "1/(1 + exp(-2*x + 1))",
    "atan(x/y) + tanh(z)^3",
    "abs(x - y)",
    "erf(x) + asinh(y)",
    "q*(E + B*v*sin(theta))",
    "G*m1*m2/((x2 - x1)^2 + (y2 - y1)^2)",
    "(x + y)/(1 + x*y)",
    "x*y + y*z + z*x",
    "(2*x + 1)*(2*x + 1 + y)",
    "1e3*x - 2.5e-3*y",
]
FUNCTIONS = ("sin", "cos", "exp", "tanh", "atan", "sqrt", "log")


def reference(text, names, x):
    symbols = sympy.symbols(names)
    expression = sympy.sympify(text.replace("^", "**"), locals={s.name: s for s in symbols})
    return sympy.lambdify(symbols, expression, ["scipy", "numpy"])(*x.T) * np.ones(len(x))


def check(text):
    kan = KAN.from_expression(text)
    x = np.random.default_rng(0).uniform(0.3, 2.0, (40, kan.inputs))
    expected = reference(text, kan.names, x)
    fine = np.isfinite(expected)
    assert np.allclose(kan.predict(x)[fine], expected[fine], rtol=1e-12, atol=1e-12)
    assert kan.networks.architecture.widths[-1] == 1


@pytest.mark.parametrize("text", TEXTS)
def test_network_equals_expression(text):
    check(text)


def expressions():
    leaves = st.sampled_from(["x", "y", "z", "2", "0.7", "pi", "3"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
            st.tuples(st.sampled_from(FUNCTIONS), inner).map(lambda p: f"{p[0]}({p[1]})"),
            st.tuples(inner, st.sampled_from([2, 3, -1])).map(lambda p: f"({p[0]})^{p[1]}"),
        ),
        max_leaves=6,
    )


@settings(max_examples=60, deadline=None)
@given(expressions())
def test_any_network_equals_its_expression(text):
    try:
        kan = KAN.from_expression(text)
    except ExpressionError:
        return
    x = np.random.default_rng(0).uniform(0.3, 2.0, (20, kan.inputs))
    with np.errstate(all="ignore"):
        expected = reference(text, kan.names, x)
    found = kan.predict(x)
    fine = np.isfinite(expected) & (np.abs(expected) < 1e9) & np.isfinite(found)
    assert np.allclose(
        found[fine], expected[fine], rtol=1e-9, atol=1e-9 * (1 + np.abs(expected[fine]).max(initial=0))
    )


def test_names_in_order_of_appearance():
    assert KAN.from_expression("q*(E + B*v*sin(theta))").names == ("q", "E", "B", "v", "theta")


def test_columns_that_play_no_part():
    kan = KAN.from_expression("b^2", names=["a", "b"])
    assert kan.predict([[7.0, 3.0]]) == [9.0]


def test_an_expression_of_sympy():
    x10, x2 = sympy.symbols("x10 x2")
    kan = KAN.from_expression(sympy.besselj(0, x2) * sympy.exp(x10))
    assert kan.names == ("x2", "x10")
    assert kan.predict([[1.5, 0.5]])[0] == pytest.approx(scipy.special.j0(1.5) * np.exp(0.5), rel=1e-12)


def test_formula_comes_back():
    v = sympy.symbols("q E B v theta", real=True)
    law = KAN.from_expression("q*(E + B*v*sin(theta))").formula()
    assert law == v[0] * (v[1] + v[2] * v[3] * sympy.sin(v[4]))


@pytest.mark.parametrize("text", ["x^2 + y^3 - 1", "-x", "sqrt(1 - v^2/c^2)", "(x - 1)/(y + 2)"])
def test_whole_numbers_are_no_floats(text):
    assert not KAN.from_expression(text).formula().atoms(sympy.Float)


def test_is_a_start_for_a_fit():
    x = np.random.default_rng(0).uniform(1, 2, (200, 2))
    y = 1e8 * x[:, 0] * np.sin(3.3 * x[:, 1] + 0.2)
    kan = KAN.from_expression("8e7*a*sin(3*b)").fit(x, y)
    assert kan.score(x, y) > 1 - 1e-12


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("__import__('os')", "no place in an expression"),
        ("f(x)", "no function is called 'f'"),
        ("2 + 3", "holds no variable"),
        ("", "is empty"),
        ("x.y", "no place"),
        (sympy.Max(sympy.Symbol("x"), 1), "cannot become an edge"),
    ],
)
def test_refuses(text, words):
    with pytest.raises(ExpressionError, match=words):
        KAN.from_expression(text)


def test_names_must_hold_all_variables():
    with pytest.raises(ExpressionError, match="known are x"):
        KAN.from_expression("x + y", names=["x"])
    with pytest.raises(ExpressionError, match="y is not among the names"):
        KAN.from_expression(sympy.Symbol("x") + sympy.Symbol("y"), names=["x"])
