"""Units in the search, end to end: they decide where the data do not, and never stand in the way of the data."""

from __future__ import annotations

import numpy as np
import pytest

from symkan.data.tables import dataset_of
from symkan.data.units import dimensions
from symkan.discovery import Discovery, discover
from symkan.options import Options
from symkan.result import Outcome
from symkan.symbolic.dimensions import consistent
from symkan.symbolic.expressions import numpy_function
from symkan.symbolic.parsing import parse_expression


def search(formula, low, high, rows, *, units=None, noise=0.0, seed=2) -> Discovery:
    """What is found in rows of a formula in x1, x2, … with errors in proportion."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(low, high, (rows, len(low)))
    y = values(parse_expression(formula, names=["x1", "x2"]), x)
    table = dataset_of(x, y * (1 + noise * generator.normal(size=rows)), units=units)
    return discover(table, Options(time_budget=20))


def values(expression, x):
    return numpy_function(expression, ["x1", "x2"])(x)


def in_proportion(expression, formula):
    x = np.random.default_rng(5).uniform(0.5, 5, (50, 2))
    ratio = values(expression, x) / values(parse_expression(formula, names=["x1", "x2"]), x)
    return bool(np.allclose(ratio, ratio[0], rtol=1e-6))


FALL = ("0.5*x1*x2**2", [2.0, 1.0], [9.0, 1.3], 24)  # the second column hardly varies: many forms fit
SPEED = ("1.7*x1/x2", [1.0, 1.0], [1.4, 9.0], 24)


@pytest.mark.parametrize(
    ("law", "units", "noise"),
    [(FALL, ["m/s**2", "s", "m"], 0.05), (SPEED, ["m", "s", "m/s"], 0.04)],
    ids=["fall", "speed"],
)
def test_units_decide_between_forms_that_fit_alike(law, units, noise):
    found = search(*law, units=units, noise=noise)
    assert in_proportion(found.best.expression, law[0]), found.best.expression
    assert found.best.clash == ""


def test_without_units_another_form_fits_better_by_chance():
    found = search(*FALL, noise=0.05)
    assert not in_proportion(found.best.expression, FALL[0])
    assert found.best.clash == ""


@pytest.mark.parametrize(
    ("formula", "units", "clash"),
    [
        ("x1 + x2", ["m", "s", "m"], "x1 + x2 adds m and s"),
        ("3*x1**2 + 7*x2/10", ["s", "m**2", "m**2"], "adds s² and m²"),
        ("2*x1*x2", ["m", "s", "kg"], "2*x1*x2 is in m·s and the target in kg"),
        ("x2*sin(x1)", ["m", "s", "s"], "sin(x1) takes an argument in m"),
    ],
)
def test_a_wrong_unit_does_not_hide_an_exact_law(formula, units, clash):
    found = search(formula, [1.0, 1.0], [5.0, 5.0], 80, units=units)
    assert found.outcome is Outcome.EXACT
    x = np.random.default_rng(5).uniform(0.5, 5, (50, 2))
    expected = values(parse_expression(formula, names=["x1", "x2"]), x)
    np.testing.assert_allclose(values(found.best.expression, x), expected, rtol=1e-9)
    assert clash in found.best.clash


@pytest.mark.parametrize("units", [None, ["m", None, "m"], ["m", "s", None]], ids=["none", "x2", "y"])
def test_where_a_unit_is_missing_nothing_clashes(units):
    found = search("x1 + x2", [1.0, 1.0], [5.0, 5.0], 60, units=units)
    assert found.outcome is Outcome.EXACT
    assert found.best.clash == ""


def test_units_of_other_sizes_are_units_of_the_same_dimension():
    table_units = ["km", "mm", "m"]
    found = search("x1 + x2", [1.0, 1.0], [5.0, 5.0], 60, units=table_units)
    assert found.outcome is Outcome.EXACT
    assert found.best.clash == ""


def test_an_answer_without_clash_passes_dimensional_analysis():
    x = np.random.default_rng(4).uniform([2.0, 0.5], [9.0, 3.0], (40, 2))
    y = 1.5 * x[:, 0] * x[:, 1] * (1 + 0.05 * np.random.default_rng(5).normal(size=40))
    table = dataset_of(x, y, units=["m/s", "s", "m"])
    found = discover(table, Options(time_budget=20))
    known = dimensions(table)
    for candidate in (found.best, *found.front):
        assert consistent(candidate.expression, known.by_symbol, known.target).ok == (candidate.clash == "")
    assert found.best.clash == ""
