"""Problems: whatever is divided out or inverted, the answer is a law for the table's own target."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symkan.data.tables import dataset_of
from symkan.search.networks import Sample
from symkan.search.problems import Problem, scales_of
from symkan.search.transforms import TRANSFORMS
from symkan.symbolic.base_units import Dimension
from symkan.symbolic.expressions import numpy_function, symbol

X = np.random.default_rng(8).uniform(0.4, 3.1, (40, 3))
Y = 1.7 * X[:, 0] * np.sqrt(X[:, 2]) / (X[:, 1] + 0.3)
NAMED = {t.name: t for t in TRANSFORMS}
UNITS = {
    "x1": Dimension.of(m=1),
    "x2": Dimension.of(s=1),
    "x3": Dimension.of(kg=1),
    "y": Dimension.of(m=2, s=-1),
}


def values_of(expression, x=X):
    return numpy_function(expression, ["x1", "x2", "x3"])(x)


def test_scales_are_exponents_of_base_units_in_the_order_of_the_columns():
    found = scales_of(
        {"y": Dimension.of(kg=1, m=1, s=-2), "x2": Dimension.of(m=Fraction(1, 2)), "x1": Dimension()}
    )
    # base units come in one order, whichever it is: compare by the target
    assert sorted(found.t.tolist()) == [-2, 1, 1]
    assert found.columns.shape == (2, 3)
    assert not found.columns[0].any()
    assert found.columns[1].sum() == 0.5
    assert found.columns[1] @ found.t == 0.5


def test_twelve_columns_keep_their_places():
    units = {f"x{i}": Dimension.of(m=i) for i in range(1, 13)}
    found = scales_of({**units, "y": Dimension.of(m=20)})
    assert found.columns[:, 0].tolist() == list(range(1, 13))
    assert found.t.tolist() == [20]


def test_no_units_no_scales():
    assert scales_of({}) is None


POWERS = st.dictionaries(
    st.integers(0, 2),
    st.sampled_from([Fraction(p, 2) for p in (-4, -2, -1, 1, 2, 3)]),
    min_size=1,
    max_size=2,
)


@settings(deadline=None)
@given(POWERS, st.booleans())
def test_columns_divided_out_come_back_in_the_answer(powers, negative):
    problem = Problem.of(dataset_of(X, -Y if negative else Y), scales_of(UNITS))
    fewer = problem.without(powers)
    kept = [i for i in range(3) if i not in powers]
    assert [str(column) for column in fewer.columns] == [f"x{i + 1}" for i in kept]
    assert np.array_equal(fewer.x, X[:, kept])
    np.testing.assert_allclose(fewer.values(fewer.t, X), -Y if negative else Y)
    taken = np.prod([X[:, i] ** float(p) for i, p in powers.items()], axis=0)
    np.testing.assert_allclose(fewer.t * taken, Y)
    inner = 2 * symbol(f"x{kept[0] + 1}")
    expected = (-2 if negative else 2) * X[:, kept[0]] * taken
    np.testing.assert_allclose(values_of(fewer.answer(inner)), expected)


@given(POWERS)
def test_dimensions_of_columns_divided_out_leave_the_target(powers):
    problem = Problem.of(dataset_of(X, Y), scales_of(UNITS))
    fewer = problem.without(powers)
    taken = sum(float(p) * problem.dimensions.columns[i] for i, p in powers.items())
    np.testing.assert_array_equal(fewer.dimensions.t + taken, problem.dimensions.t)
    assert len(fewer.dimensions.columns) == len(fewer.columns)
    assert fewer.without_units().dimensions is None
    assert np.array_equal(fewer.without_units().t, fewer.t)


def test_without_units_nothing_is_known_of_dimensions():
    assert Problem.of(dataset_of(X, Y)).without({1: Fraction(-1)}).dimensions is None


def test_a_column_that_plays_no_part_is_no_longer_seen():
    problem = Problem.of(dataset_of(X, X[:, 0] + X[:, 2])).without({1: Fraction(0)})
    assert [str(column) for column in problem.columns] == ["x1", "x3"]
    assert problem.plain
    np.testing.assert_array_equal(problem.t, X[:, 0] + X[:, 2])


# transform of the target, powers divided out, and |dy/dt| in t and the columns by hand
SENSITIVITIES = (
    ("y", {}, lambda t, x: np.ones_like(t)),
    ("log y", {}, lambda t, x: np.exp(t)),
    ("1/y", {}, lambda t, x: t**-2),
    ("y²", {}, lambda t, x: 0.5 / np.sqrt(t)),
    ("√y", {}, lambda t, x: 2 * np.abs(t)),
    ("y", {0: Fraction(2), 1: Fraction(-1)}, lambda t, x: x[:, 0] ** 2 / x[:, 1]),
    ("1/y", {2: Fraction(1, 2)}, lambda t, x: np.sqrt(x[:, 2]) / t**2),
)


@pytest.mark.parametrize(("name", "powers", "expected"), SENSITIVITIES)
@pytest.mark.parametrize("sign", [1, -1])
def test_sensitivity_is_the_derivative_of_the_target(name, powers, expected, sign):
    problem = Problem.of(dataset_of(X, sign * Y))
    if powers:
        problem = problem.without(powers)
    problem = problem.behind(NAMED[name])
    np.testing.assert_allclose(problem.sensitivity(X), expected(problem.t, X), rtol=1e-4)


@pytest.mark.parametrize("size", [1e-30, 1e25])
def test_sensitivity_holds_in_any_unit(size):
    problem = Problem.of(dataset_of(X, Y * size)).behind(NAMED["√y"])
    np.testing.assert_allclose(problem.sensitivity(X), 2 * np.sqrt(Y * size), rtol=1e-4)


def test_where_the_target_is_undefined_errors_do_not_count():
    y = np.append(0.0, np.linspace(1.0, 2.0, 39))
    problem = Problem.of(dataset_of(X, y)).behind(NAMED["y²"])
    with np.errstate(all="ignore"):
        weights = problem.sensitivity(X)
    assert weights[0] == 0
    assert np.isfinite(weights).all()
    assert (weights[1:] > 0).all()


def test_where_a_column_divided_out_is_zero_there_is_no_value_and_the_other_rows_count_as_ever():
    x = X.copy()
    x[5, 0] = 0
    y = x[:, 0] * x[:, 1]
    with np.errstate(all="ignore"):
        problem = Problem.of(dataset_of(x, y)).without({0: Fraction(1)})
        weights = problem.sensitivity(x)
    assert np.isnan(problem.t[5])
    np.testing.assert_allclose(weights, x[:, 0], rtol=1e-4)
    sample = Sample(np.arange(10), np.arange(10, len(x))).of(problem)
    assert sample.rows.tolist() == [i for i in range(len(x)) if i != 5]
