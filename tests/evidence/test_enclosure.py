import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symkan.evidence.enclosure import enclosure
from symkan.search.candidates import Spline
from symkan.search.evaluation import pieces
from symkan.symbolic.expressions import numpy_function, symbol
from symkan.symbolic.library import Library
from symkan.symbolic.parsing import parse_expression

x1, x2 = symbol("x1"), symbol("x2")
LAWS = [
    *(str(f.expression).replace("u", "x1") for f in Library() if "asin" not in f.name),
    *("asin(x1)", "1/(x1 - x2)", "x1**x2", "x1**(-1/3)", "x1**0.37*x2", "-x1**5 + x2**4/3", "x1**3 - x1**2"),
    *("exp(-x1)/(1 + x2**2)", "tan(x1*x2)", "2.5*sin(3*x1 + 0.2)*cos(x2)", "abs(x1 - x2)**1.5", "pi*x1/7"),
    *("sqrt(x1*x2) - log(x1)", "cosh(x1 - x2)", "1e-200*x1**3/1e-210", "besselj(2, x1)", "sign(x1)*x2"),
]
FLOATS = st.floats(-20, 20) | st.floats(-1e3, 1e3) | st.sampled_from([0.0, 1.0, -1.0, 1e-300, 1e150])


@pytest.mark.parametrize("text", LAWS)
@settings(max_examples=25, deadline=None)
@given(corners=st.lists(FLOATS, min_size=4, max_size=4), seed=st.integers(0, 2**31))
def test_bounds_hold_all_values(text, corners, seed):
    law = parse_expression(text)
    ends = np.sort(np.reshape(corners, (2, 2)), axis=0)
    points = np.random.default_rng(seed).uniform(size=(50, 2)) * (ends[1] - ends[0]) + ends[0]
    points = np.vstack([np.clip(points, *ends), ends])
    low, high = enclosure(law, ["x1", "x2"])(ends[:1], ends[1:])
    values = numpy_function(law, ["x1", "x2"])(points)
    values = values[np.isfinite(values)]
    if not np.isnan(low[0]):
        assert (low[0] <= values).all()
        assert (values <= high[0]).all()


IV = {
    "exp(x1)*x2": lambda a, b: mpmath.iv.exp(a) * b,
    "log(x1) - x2": lambda a, b: mpmath.iv.log(a) - b,
    "sqrt(x1)/x2": lambda a, b: mpmath.iv.sqrt(a) / b,
    "x1**3 + x2**2": lambda a, b: a**3 + b**2,
    "sin(x1)*cos(x2)": lambda a, b: mpmath.iv.sin(a) * mpmath.iv.cos(b),
    "x1*x2 - 0.1": lambda a, b: a * b - mpmath.iv.mpf(0.1),
    "x1/3 + pi": lambda a, b: a / 3 + mpmath.iv.pi,
}


@pytest.mark.parametrize("text", IV)
@settings(max_examples=25, deadline=None)
@given(corners=st.lists(st.floats(1e-3, 50), min_size=4, max_size=4))
def test_bounds_are_those_of_mpmath(text, corners):
    """Not tighter than exact interval arithmetic of 40 digits, and wider by rounding only."""
    ends = np.sort(np.reshape(corners, (2, 2)), axis=0)
    ours = enclosure(parse_expression(text), ["x1", "x2"])(ends[:1], ends[1:])
    with mpmath.workdps(40):
        mpmath.iv.dps = 40
        theirs = IV[text](*(mpmath.iv.mpf(column.tolist()) for column in ends.T))
        low, high = mpmath.mpf(theirs.a), mpmath.mpf(theirs.b)
        assert ours.low[0] <= low
        assert high <= ours.high[0]
        slack = 1e-13 * (1 + abs(low) + abs(high))
        assert low - ours.low[0] < slack
        assert ours.high[0] - high < slack


def test_exact_bounds_stay_exact():
    """Else x1 >= x2 could not be proved where both ranges end at one number."""
    box = np.array([[2.0, 0.3]]), np.array([[3.0, 2.0]])
    for law in (x1 - x2, sympy.log(x1 - 1), 4 - (x1 - 2) ** 2 - 3, sympy.sin(x2 - 0.3), sympy.asinh(x1 - 2)):
        assert enclosure(law, ["x1", "x2"])(*box).low[0] == 0.0, law


def test_what_floats_cannot_tell_is_left_open():
    box = np.array([[800.0]]), np.array([[900.0]])
    for law in (
        "exp(x1) - exp(1.1*x1)",
        "tanh(exp(x1) - exp(x1 + 1))",
        "sin(exp(x1))",
        "exp(x1)/exp(2*x1 - x1**2)",
    ):
        low, high = enclosure(parse_expression(law), ["x1"])(*box)
        assert np.isnan(low[0]) or high[0] == np.inf or low[0] == 0, law
    low, high = enclosure(parse_expression("1/(1 + exp(x1))"), ["x1"])(*box)
    assert low[0] == 0
    assert high[0] < 1e-300


@settings(max_examples=60, deadline=None)
@given(ends=st.lists(st.floats(-4, 4), min_size=2, max_size=2), order=st.integers(1, 4))
def test_splines_stay_inside(ends, order):
    generator = np.random.default_rng(order)
    knots = tuple(np.linspace(-1 - order, 2 + order, 7 + 2 * order).tolist())
    spline = Spline("g1", knots, tuple(generator.normal(size=len(knots) - order - 1).tolist()), order)
    low, high = min(ends), max(ends)
    bounds = enclosure(sympy.Function("g1")(x1), ["x1"], [spline])(np.array([[low]]), np.array([[high]]))
    values = pieces(spline)(np.linspace(low, high, 200).clip(low, high))
    assert bounds.low[0] <= values.min()
    assert values.max() <= bounds.high[0]
    assert bounds.high[0] - bounds.low[0] < 20 * (high - low) + 1e-9
