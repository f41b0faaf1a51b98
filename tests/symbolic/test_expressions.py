"""Complexity as PySR counts it, exact text there and back, and values in numpy."""

from functools import partial
from operator import add, mul, sub

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from symkan.errors import ExpressionError
from symkan.symbolic.expressions import complexity, constant, numpy_function, stable, symbol, to_text
from symkan.symbolic.parsing import parse_expression

X, Y = symbol("x1"), symbol("x2")
NAMES = ("x1", "x2")


def read(text):
    return parse_expression(text, names=NAMES, functions=("g1",))


def test_symbols_are_real_and_the_same_object():
    assert symbol("x1") is X
    assert X.is_real


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("x1", 1),
        ("2.5", 1),
        ("-2.5", 1),
        ("3/2", 1),
        ("pi", 1),
        ("E", 1),
        ("x1**2", 3),
        ("x1**2.5", 3),
        ("x1**x2", 3),
        ("x1*x2*2.5", 5),
        ("x1 - x2", 3),
        ("x1 + x2 + 1", 5),
        ("-x1", 2),
        ("-x1 - x2", 4),
        ("-2*x1", 3),
        ("x1 - 2*x2", 5),
        ("x1 - 1/x2", 5),
        ("x1/x2", 3),
        ("x1/2", 3),
        ("3*x1/2", 3),
        ("1/x1", 3),
        ("-1/x1", 3),
        ("1/x1**2", 5),
        ("1/x1**2.0", 5),
        ("2/x1**2", 5),
        ("1/(x1*x2)", 5),
        ("-x1/x2", 4),
        ("sqrt(x1)", 2),
        ("1/sqrt(x1)", 4),
        ("x1/sqrt(x2)", 4),
        ("x1**(3/2)", 3),
        ("exp(x1)", 2),
        ("exp(-x1)", 3),
        ("2*(x1 + x2)", 5),
        ("sin(x1*x2)", 4),
        ("besselj(0, x1)", 2),
        ("g1(x1)", 2),
        ("sqrt(2)*x1", 4),
    ],
)
def test_complexity(text, size):
    assert complexity(read(text)) == size


NUMBERS = (
    st.integers(-12, 12).map(sympy.Integer)
    | st.fractions(-3, 3, max_denominator=7).map(lambda f: sympy.Rational(f.numerator, f.denominator))
    | st.floats(-1e6, 1e6).filter(lambda v: abs(v) > 1e-99).map(sympy.Float)
    | st.sampled_from([sympy.pi, sympy.E, sympy.sqrt(2), sympy.Float(1e-99), sympy.Float(0.1)])
)
UNARY = (sympy.sin, sympy.exp, sympy.log, sympy.Abs, sympy.erf, sympy.tanh, sympy.sqrt, sympy.Function("g1"))
EXPONENTS = (-3, -1, 2, 3, sympy.Rational(-1, 2), sympy.Float(1.7))


@st.composite
def expressions(draw, depth=4):
    """Expressions of all kinds that the pipeline makes: evaluated by sympy, some with a number before a sum."""
    kind = draw(st.integers(0, 7)) if depth else 0
    if kind < 2:
        return draw(NUMBERS if kind else st.sampled_from([X, Y]) | NUMBERS)
    first = draw(expressions(depth - 1))
    if kind < 5:
        e = (add, mul, sub)[kind - 2](first, draw(expressions(depth - 1)))
    elif kind == 5:
        e = first ** draw(st.sampled_from(EXPONENTS))
    elif kind == 6:
        e = draw(st.sampled_from((*UNARY, partial(sympy.besselj, 1))))(first)
    else:
        e = before(draw(NUMBERS), first)
    assume(is_sound(e))
    return e


def before(number, e):
    """The product as sympy's simplifications leave it: 2*(x1 + x2) is not multiplied out."""
    return sympy.Mul(number, e, evaluate=not (e.is_Add and number.is_Number and number not in (0, 1)))


UNSOUND = (
    *(sympy.nan, sympy.zoo, sympy.oo, sympy.I),
    *(sympy.re, sympy.im, sympy.arg, sympy.atan2, sympy.Piecewise),
)


def is_sound(e):
    """Real, and all its numbers floats, as in every candidate."""
    if e.has(*UNSOUND):
        return False
    sizes = [abs(constant(n)) for n in sympy.preorder_traversal(e) if n.is_number and n != 0]
    return all(0 < size < 1e300 for size in sizes)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(expressions())
def test_text_round_trip(e):
    again = read(to_text(e))
    assert read(to_text(again)) == again
    assert again == e or not all(map(is_settled, sympy.preorder_traversal(e)))


def is_settled(node):
    """Whether sympy makes the same node of its parts; it leaves |x|**1.7*|x|**13.6, and floats of 56 bits."""
    if node.is_Float:
        return sympy.Float(float(node)) == node
    return not node.args or node.func(*node.args) == node or (node.is_Mul and node.args[1].is_Add)


@pytest.mark.parametrize(
    "value", [0.1, 1 / 3, 1e-300, 5e-324, 1.7976931348623157e308, -2.0, 123456789.123456789]
)
def test_floats_keep_every_bit(value):
    assert float(read(to_text(sympy.Float(value) * X)).subs(X, 1)) == value


def test_text_keeps_factored_forms():
    for e in (
        sympy.factor(2 * X + 2 * Y),
        sympy.factor(-X - Y),
        X - sympy.Mul(2, X + Y, evaluate=False),
        sympy.Rational(1, 3) * (X + 1) * (Y - 2) / X**2,
    ):
        assert read(to_text(e)) == e


def test_values_at_rows():
    x = np.random.default_rng(0).uniform(0.5, 2, (50, 2))
    a, b = x.T
    for text, expected in (
        ("2.5*x1*sin(x2) - x1/x2", 2.5 * a * np.sin(b) - a / b),
        ("x1**(3/2) + x2**-3 + x1**0.3", a**1.5 + b**-3 + a**0.3),
        ("sqrt(2)*pi*x1**11", np.sqrt(2) * np.pi * a**11),
        ("exp(x1*x2) - 1", np.expm1(a * b)),
        ("2**x1 + x2**x1", 2**a + b**a),
    ):
        assert_allclose(numpy_function(read(text), NAMES)(x), expected, rtol=1e-14, atol=1e-14)


def test_constants_fill_all_rows():
    assert numpy_function(sympy.Rational(3, 2), NAMES)(np.zeros((4, 2))).tolist() == [1.5] * 4
    assert numpy_function(sympy.pi, ())(np.zeros((3, 0))).tolist() == [np.pi] * 3


def test_a_column_is_copied():
    x = np.ones((3, 2))
    numpy_function(X, NAMES)(x)[:] = 7
    assert x.max() == 1


@pytest.mark.parametrize(
    "text", ["1/x1", "log(x1)", "sqrt(x1 - 1)", "(x1 - 1)**1.5", "exp(1000 + x1)", "asin(x1 + 2)"]
)
def test_undefined_rows_are_nan_without_warnings(text):
    assert np.isnan(numpy_function(read(text), NAMES)(np.zeros((2, 2)))).all()


def test_complex_and_infinite_numbers_are_nan():
    for e in (sympy.I * X, sympy.nan + X, sympy.zoo * X, sympy.Integer(10) ** 400 * X):
        assert np.isnan(numpy_function(e, NAMES)(np.ones((2, 2)))).all()


def test_named_functions():
    call = numpy_function(read("3*g1(2*x1) + x2"), NAMES, functions={"g1": lambda z: z**2})
    assert call(np.array([[1.0, 0.5]])).tolist() == [12.5]


def test_unknown_parts_are_refused():
    with pytest.raises(ExpressionError, match=r"x2 in x1 \+ x2 is no column; the columns are: x1$"):
        numpy_function(X + Y, ["x1"])
    with pytest.raises(ExpressionError, match=r"g1 in g1\(x1\) is no known function; known are: sin, cos"):
        numpy_function(read("g1(x1)"), NAMES)


def test_deep_expressions():
    e = X
    for _ in range(90):
        e = sympy.sin(e)
    assert np.isfinite(numpy_function(e, NAMES)(np.ones((1, 2)))).all()


def test_stable_forms_agree_where_both_are_good():
    u = symbol("u")
    rows = np.linspace(0.5, 3, 9)
    for e in (
        sympy.exp(u) - 1,
        1 - sympy.exp(u),
        sympy.log(1 + sympy.exp(2 * u)),
        u - 1 + sympy.exp(u),
        u - 1,
    ):
        plain = sympy.lambdify(u, e, "numpy")(rows)
        assert_allclose(numpy_function(e, ["u"])(rows[:, None]), plain, rtol=1e-13)
    assert stable(sympy.exp(u) + u - 1) == sympy.exp(u) + u - 1
    assert numpy_function(sympy.log(1 + sympy.exp(u)), ["u"])(np.array([[1e4], [-1e4]])).tolist() == [
        1e4,
        0.0,
    ]
    assert_allclose(numpy_function(1 / (sympy.exp(u) - 1), ["u"])(np.array([[1e-12]])), 1e12)
