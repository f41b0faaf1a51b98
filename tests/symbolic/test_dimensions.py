from itertools import product

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symkan.errors import ExpressionError
from symkan.symbolic.base_units import ONE, Dimension
from symkan.symbolic.dimensions import consistent, dimension, unit_carrying
from symkan.symbolic.expressions import symbol
from symkan.symbolic.parsing import parse_expression

of = Dimension.of
M, KG, S, K = of(m=1), of(kg=1), of(s=1), of(K=1)
SPEED, ACCELERATION, FORCE, ENERGY = of(m=1, s=-1), of(m=1, s=-2), of(kg=1, m=1, s=-2), of(kg=1, m=2, s=-2)

LAWS = {
    "kinetic energy": ("x1*x2**2/2", (KG, SPEED), ENERGY),
    "pendulum": ("2*pi*sqrt(x1/x2)", (M, ACCELERATION), S),
    "free fall": ("x1 + x2*x3 - x4*x3**2/2", (M, SPEED, S, ACCELERATION), M),
    "Lorentz factor": ("x1/sqrt(1 - x2**2/x3**2)", (KG, SPEED, SPEED), KG),
    "damped oscillation": ("x1*exp(-x2*x3)*cos(x4*x3 + x5)", (M, of(s=-1), S, of(s=-1), ONE), M),
    "Planck": ("x1*x2/(exp(x1*x2/(x3*x4)) - 1)", (of(kg=1, m=2, s=-1), of(s=-1), ENERGY / K, K), ENERGY),
    "distance": ("sqrt((x1 - x2)**2 + (x3 - x4)**2)", (M, M, M, M), M),
    "sign": ("Abs(x1)*sign(x2)", (M, S), M),
    "power of a ratio": ("x1*(x2/x3)**x4", (M, K, K, ONE), M),
    "irrational power of a ratio": ("x1*(x2/x3)**pi", (M, K, K), M),
}

CLASHES = {
    "x1 + x2": "x1 + x2 adds m and s",
    "1 + x1": "x1 + 1 adds m and 1",
    "x2*sin(x1)": "sin(x1) takes an argument in m",
    "exp(x1/x2)": "exp(x1/x2) takes an argument in m·s⁻¹",
    "2**x1": "2**x1 has an exponent in m",
    "x1**x3": "x1**x3 is a power of m with a varying or irrational exponent",
    "x1**pi": "x1**pi is a power of m with a varying or irrational exponent",
    "x2 + 0.123456789*x1*x2 + x1/x2": "0.1235*x1*x2 + x1/x2 + x2 adds m·s⁻¹ and s",
    "x1 + x2**2 + 0.5": "x1 + x2**2 + 0.5 adds m and s²",
    "x1*x2": "x1*x2 is in m·s and the target in m",
    "sin(0.5*x1)": "sin(0.5*x1) is in 1 and the target in m",
}


def named(*dimensions):
    return {f"x{i}": d for i, d in enumerate(dimensions, 1)}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("strict", [False, True])
def test_laws_are_consistent(law, strict):
    text, columns, target = LAWS[law]
    found = consistent(parse_expression(text), named(*columns), target, strict=strict)
    assert (found.ok, found.reason, found.dimension, found.carrying) == (True, "", target, 0)
    assert not consistent(parse_expression(text), named(*columns), target * S).ok


@pytest.mark.parametrize("text", CLASHES)
def test_clashes_are_found(text):
    found = consistent(parse_expression(text), named(M, S, ONE), M)
    assert (found.ok, found.reason) == (False, CLASHES[text])
    assert unit_carrying(parse_expression(text), named(M, S, ONE), M) is None


@pytest.mark.parametrize(
    ("text", "carrying"),
    [
        ("0.5*x1", 0),
        ("0.5*x2", 1),
        ("0.5*x1 + 1.5*x2", 1),
        ("0.5*x1 + 1.5", 1),
        ("0.5*x2**2 + 1.5*x2 + 2.5", 3),
        ("1.5*sin(0.5*x2 + 2.5)", 2),
        ("x1*sin(0.5*x2 + 2.5)", 1),
        ("x1*(0.5 + x2)**2*(1.5 + x2)", None),
        ("0.1*x1*(0.5 + x2)**2*(1.5 + x2)", 3),
        ("x1/(0.5 + x2)*(1.5 + x2)", 2),
        ("0.5*2.5**x3*x1", 0),
        ("x1**1.5", None),
        ("0.1*x1**1.5", 1),
        ("x1**0.5*x2**0.5*0.3", 1),
        ("2.5", 1),
        ("0", 0),
    ],
)
def test_constants_with_units(text, carrying):
    assert unit_carrying(parse_expression(text), named(M, S, ONE), M) == carrying
    strict = consistent(parse_expression(text), named(M, S, ONE), M, strict=True)
    assert strict.ok == (carrying == 0)


def test_dimension_of_an_expression():
    columns = named(M, S)
    assert dimension(parse_expression("x1/x2"), columns).dimension == SPEED
    anything = dimension(parse_expression("2.5*x1"), columns)
    assert (anything.ok, anything.dimension, anything.carrying) == (True, None, 0)
    assert dimension(parse_expression("2.5*x1"), columns, strict=True).dimension == M
    assert dimension(parse_expression("2.5*x2 + x1"), columns).dimension == M
    assert not dimension(parse_expression("x2 + x1"), columns).ok


def test_a_spline_takes_and_gives_anything():
    law = symbol("x1") + sympy.Function("g1")(symbol("x2"))
    assert unit_carrying(law, named(M, S), M) == 1
    assert not dimension(sympy.Function("g1")(symbol("x1") + symbol("x2")), named(M, S)).ok


def test_long_expressions_are_cut():
    columns = named(*[M] * 20, S)
    reason = dimension(sum(symbol(f"x{i}") for i in range(1, 22)), columns).reason
    assert reason.endswith(" adds m and s")
    assert len(reason) < 80


def test_a_symbol_without_dimension():
    with pytest.raises(ExpressionError, match="x2 has no dimension; columns with a dimension are: x1"):
        dimension(symbol("x2"), named(M))


X1, X2 = symbol("x1"), symbol("x2")
LEAVES = st.sampled_from([X1, X2, sympy.Integer(2), sympy.Float(2.3), sympy.Float(0.7)])
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, k: a**k, inner, st.sampled_from([-1, 2])),
        st.builds(sympy.sin, inner),
    ),
    max_leaves=6,
)


def separate(expression, constants):
    """The expression with a symbol of its own for each Float."""
    if expression.is_Float:
        constants.append(sympy.Symbol(f"k{len(constants)}"))
        return constants[-1]
    if not expression.args:
        return expression
    return expression.func(*(separate(argument, constants) for argument in expression.args))


@settings(max_examples=80, deadline=None)
@given(EXPRESSIONS)
def test_the_price_is_that_of_all_assignments_tried(expression):
    if expression.has(sympy.zoo, sympy.nan):
        return
    constants = []
    law = separate(expression, constants)
    if len(constants) > 2:
        return
    tried = []
    for exponents in product(range(-4, 5), repeat=len(constants)):
        units = {k.name: of(m=e) for k, e in zip(constants, exponents, strict=True)}
        if consistent(law, {**named(M, ONE), **units}, M).ok:
            tried.append(sum(e != 0 for e in exponents))
    price = unit_carrying(expression, named(M, ONE), M)
    if tried:
        assert price == min(tried)
    else:
        assert price is None or price > 0  # an exponent beyond those tried
