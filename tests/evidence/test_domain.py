import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symkan.evidence.conditions import Requirement
from symkan.evidence.domain import Domain, Status, certain, domain
from symkan.search.evaluation import evaluate
from symkan.symbolic.parsing import parse_expression

P, F, U = "proved", "fails", "undecided"


@pytest.fixture
def over(discovery):
    """The domain of the law of a text over a box."""

    def find(text, *ranges):
        return domain(law(discovery, text), np.array(ranges, dtype=float))

    return find


def law(discovery, text):
    return dataclasses.replace(discovery.best, expression=parse_expression(text))


CASES = [
    ("1/(x1 - 2)", [(0, 1)], {"quotient ≠ 0": P}),
    ("1/(x1 - 2)", [(0, 3.1)], {"quotient ≠ 0": F}),
    ("sqrt(x1 - x2)", [(2, 3), (0.3, 2)], {"power ≥ 0": P}),
    ("sqrt(x1 - x2)", [(2, 3), (0.3, 2.5)], {"power ≥ 0": F}),
    ("1/sqrt(x1)", [(0.1, 1)], {"power > 0": P}),
    ("1/sqrt(x1)", [(0, 1)], {"power > 0": F}),
    ("log(x1)", [(1, 3)], {"log > 0": P}),
    ("log(x1)/x1", [(0, 3)], {"log > 0": F}),
    ("x1^(3/2)", [(0, 3)], {"power ≥ 0": P}),
    ("x1^1.37", [(-1, 3)], {"power ≥ 0": F}),
    ("x1^2.0", [(-1, 3)], {}),
    ("asin(x1)", [(-1, 1)], {"asin in [-1, 1]": P}),
    ("acos(2*x1)", [(-1, 1)], {"acos in [-1, 1]": F}),
    ("atanh(x1)", [(-1, 0.5)], {"atanh in (-1, 1)": F}),
    ("acosh(x1)", [(1, 2)], {"acosh ≥ 1": P}),
    ("1/(1 - x1*x2)", [(0, 0.9), (0, 1)], {"quotient ≠ 0": P}),
    ("1/(1 - x1*x2)", [(0, 1.9), (0, 1.3)], {"quotient ≠ 0": F}),
    ("tan(x1)", [(0, 1)], {"tan ≠ 0": P}),
    ("tan(x1)", [(0, 2)], {"tan ≠ 0": F}),
    ("1/(x1^2 - 2*x1 + 2)", [(-1, 5)], {"quotient ≠ 0": P}),
    ("1/(x1^2 + x2^2)", [(-1, 2), (-1, 2)], {"quotient ≠ 0": U}),
    ("1/(exp(x1) - 1)", [(0.5, 900)], {"quotient ≠ 0": P}),
    ("log(1 + exp(x1))", [(-900, 900)], {}),
    ("x1^x2", [(0, 2), (0, 1)], {"power ≥ 0": P}),
    ("asin(x1/(x2*x3))", [(1, 2), (2, 5), (1, 5)], {"asin in [-1, 1]": P, "quotient ≠ 0": P}),
    ("sqrt(log(x1))", [(1, 5)], {"power ≥ 0": P, "log > 0": P}),
    ("2^x1", [(-3, 3)], {}),
]


@pytest.mark.parametrize(("text", "ranges", "expected"), CASES)
def test_conditions(over, discovery, text, ranges, expected):
    found = over(text, *ranges)
    *conditions, whole = found.conditions
    assert {f"{c.operation} {c.requirement}": c.status for c in conditions} == expected, found
    assert whole.requirement == Requirement.FINITE
    assert found.safe == (set(expected.values()) <= {P})
    for c in conditions:
        assert bool(c.point) == (c.status == F)
        if c.point and c.requirement != Requirement.NONZERO:
            assert np.isnan(evaluate(law(discovery, text), np.array([c.point])))[0]
        if c.point and c.requirement == Requirement.NONZERO:
            argument = dataclasses.replace(discovery.best, expression=c.argument)
            assert abs(evaluate(argument, np.array([c.point]))[0]) < 1e-12


def test_overflow(over):
    assert over("exp(x1)", (0, 700)).safe
    whole = over("exp(x1)", (0, 1000)).conditions[-1]
    assert whole.status == Status.FAILS
    assert whole.point[0] > 709
    assert over("x1^200", (0, 1000)).conditions[-1].status == Status.FAILS
    assert over("1/(1 + exp(-x1))", (-1000, 1000)).safe
    whole = over("x1^x2", (0, 1), (-1, 1)).conditions[-1]
    assert (whole.status, whole.point[0]) == (Status.FAILS, 0)


def test_how_far_the_box_may_be_widened(over):
    found = over("log(x1) + 1/(x2 - 5)", (1, 3), (0, 4))
    assert found.wider == pytest.approx(0.25, abs=2e-3)
    assert found.conditions[found.limit].operation == "quotient"
    assert over("sin(x1)", (0, 1)).wider == 1
    assert over("sin(x1)", (0, 1)).limit == -1
    assert over("log(x1)", (-1, 1)).wider == 0


@pytest.mark.parametrize("text", ["x1*exp(-x2) + x1^2", "x1/(x1 + x2)", "sin(3*x1)*x2 - x1*x2^3/7"])
def test_bounds_are_near_the_extremes(over, discovery, text):
    found = over(text, (0.5, 2), (0.1, 3))
    grid = np.stack(np.meshgrid(np.linspace(0.5, 2, 200), np.linspace(0.1, 3, 200)), axis=-1).reshape(-1, 2)
    values = evaluate(law(discovery, text), grid)
    assert found.low <= values.min()
    assert values.max() <= found.high
    assert found.high - found.low < 1.1 * np.ptp(values)


@settings(max_examples=40, deadline=None)
@given(
    text=st.sampled_from([case[0] for case in CASES]),
    numbers=st.lists(st.floats(-3, 3), min_size=6, max_size=6),
)
def test_what_is_proved_holds(discovery, text, numbers):
    ranges = np.sort(np.reshape(numbers, (3, 2)), axis=1)
    found = domain(law(discovery, text), ranges)
    points = np.random.default_rng(0).uniform(size=(500, 3)) * np.ptp(ranges, axis=1) + ranges[:, 0]
    values = evaluate(law(discovery, text), np.clip(points, *ranges.T))
    if found.safe:
        assert np.isfinite(values).all()
    assert found.low <= np.nanmin(values, initial=math.inf)
    assert np.nanmax(values, initial=-math.inf) <= found.high


def test_splines_are_defined_everywhere(spline_discovery):
    found = domain(spline_discovery.best, np.array(spline_discovery.data.feature_ranges))
    assert found.safe
    assert found.wider == 1
    assert -math.inf < found.low < found.high < math.inf


def test_rows_that_rounding_decides(discovery):
    rows = np.array([[3.0, 3.0], [2.0, 1.0], [1.0, 2.0]])
    sure, rounding = certain(law(discovery, "sqrt(x1*0.1 - x2*0.1)"), rows)
    assert sure.tolist() == [False, True, True]
    assert 0 < rounding[1] < 1e-14


def test_record_survives_json(over):
    import sympy

    from symkan.serialization import Codec, Leaf
    from symkan.symbolic.expressions import to_text

    codec = Codec({"sympy": sympy}, leaves={sympy.Expr: Leaf(to_text, parse_expression)})
    found = over("log(x1)/(exp(x1) - 1)", (-1, 1))
    assert codec.decode(Domain, codec.encode(found)) == found
