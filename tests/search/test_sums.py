"""Sums of a few terms: found from few rows, in odd units, under noise; and no pair of terms is missed."""

from __future__ import annotations

import numpy as np
import pytest

from symkan.data.tables import dataset_of
from symkan.search.problems import Problem, scales_of
from symkan.search.sums import FLOOR, quotients, sums
from symkan.search.transforms import TRANSFORMS
from symkan.search.view import Screen, View
from symkan.symbolic.base_units import Dimension
from symkan.symbolic.dimensions import consistent
from symkan.symbolic.expressions import numpy_function
from symkan.symbolic.library import Library
from symkan.symbolic.parsing import parse_expression

NAMED = {transform.name: transform for transform in TRANSFORMS}


def rows_of(formula, columns, rows, seed=0):
    x = np.random.default_rng(seed).uniform(0.4, 2.9, (rows, columns))
    return x, values(parse_expression(formula, names=[f"x{i + 1}" for i in range(columns)]), x)


def values(expression, x):
    return numpy_function(expression, [f"x{i + 1}" for i in range(x.shape[1])])(x)


def screen(x, y, transform="y", *, weights=None, units=None, library=()):
    problem = Problem.of(dataset_of(x, y), scales_of(units or {}))
    weights = np.ones(len(y)) if weights is None else weights
    known = Library.of(library) if library else Library.default()
    return Screen.of(View(problem, np.arange(len(y)), weights, known), problem.t, NAMED[transform])


def error(guess, transform, formula, columns):
    """Of the guess, the transform undone, on new rows as a share of the target's spread."""
    x, y = rows_of(formula, columns, 200, seed=7)
    law = NAMED[transform].undo(guess.expression)
    return float(np.sqrt(np.mean((values(law, x) - y) ** 2)) / np.std(y))


# family, formula, columns, what the target is taken as
LAWS = (
    (sums, "4.7*x1 - 0.31*x1*x2", 2, "y"),
    (sums, "2.9*x1*cos(x2) + 0.7*x2**2", 2, "y"),
    (sums, "13.1*exp(-x1*x2) + 0.02", 2, "y"),
    (sums, "0.5*x1*x2**2 + 9.81*x1*x3", 3, "y"),
    (sums, "3.3*x1/x2 + 1.7*x2/x3 - 0.4*x3", 3, "y"),
    (sums, "1.2*log(x1) + 2.1*x2", 2, "y"),
    (sums, "1/(0.7/x1 + 1.9/x2)", 2, "1/y"),
    (sums, "sqrt(x1**2 + 3.7*x2*x3)", 3, "y²"),
    (sums, "exp(0.3*x1*x2 - 1.1/x2)", 2, "log y"),
    (sums, "(1.3*sqrt(x1) + 0.8*x2)**2", 2, "√y"),
    (quotients, "(2.7*x1 + 0.6*x2**2)/(x1 + x2)", 2, "y"),
    (quotients, "(1.9*x1*x2 - x2)/(x1**2 + x2**2)", 2, "y"),
    (quotients, "(x1 + x2)/(1 + x1*x2)", 2, "y"),
)


def _name(law):
    return f"{law[0].__name__} for {law[3]}: {law[1]}"


@pytest.mark.parametrize(("family", "formula", "columns", "transform"), LAWS, ids=map(_name, LAWS))
def test_law_is_found_from_fifty_rows(family, formula, columns, transform):
    found = family(screen(*rows_of(formula, columns, 50), transform))
    best = min(found, key=lambda guess: guess.error)
    assert error(best, transform, formula, columns) < 1e-8, best.expression
    assert found[0].error < 1e-8


@pytest.mark.parametrize(("family", "formula", "columns", "transform"), LAWS[::3], ids=map(_name, LAWS[::3]))
def test_law_is_near_under_noise(family, formula, columns, transform):
    x, y = rows_of(formula, columns, 150)
    noisy = y + 0.02 * np.std(y) * np.random.default_rng(1).normal(size=len(y))
    found = family(screen(x, noisy, transform))
    assert min(error(guess, transform, formula, columns) for guess in found) < 0.02


def test_guesses_are_sums_of_up_to_four_terms_shortest_first():
    import sympy

    x, y = rows_of("x1 + x2**3 + sin(3*x1*x2)", 2, 60)
    found = sums(screen(x, y), keep=5)
    assert len(found) == 5
    assert [guess.bits for guess in found] == sorted(guess.bits for guess in found)
    for guess in found:
        assert len(sympy.Add.make_args(guess.expression)) <= 4
        share = np.linalg.norm(values(guess.expression, x) - y) / np.linalg.norm(y)
        assert guess.error == pytest.approx(share, rel=1e-6)


@pytest.mark.parametrize("formula", ["x1*x2 + 0.3*x2", "x1**3 + 2*exp(x2)", "sin(2*x1) + log(x2)"])
def test_no_pair_of_terms_is_shorter_than_the_best_guess(formula):
    x, y = rows_of(formula, 2, 40)
    noisy = y + 0.05 * np.std(y) * np.random.default_rng(3).normal(size=len(y))
    shown = screen(x, noisy, library=["x^2"])
    terms = shown.view.terms(None)
    a, z = terms.values * shown.weights[:, None], shown.z * shown.weights
    a, z = a / np.linalg.norm(a, axis=0), z / np.linalg.norm(z)
    shortest = np.inf
    for i, first in enumerate(a.T):  # Gram-Schmidt with each term first
        rest, left = a - np.outer(first, first @ a), z - first * (first @ z)
        size = np.linalg.norm(rest, axis=0)
        size[size < 1e-6] = np.inf
        share = np.sqrt(np.maximum(left @ left - (left @ rest / size) ** 2, 0))
        bits = len(z) * np.log2(share + FLOOR) + 4 * (terms.sizes[i] + terms.sizes + 4)
        shortest = min(shortest, float(np.delete(bits, i).min()))
    assert a.shape[1] > 100
    assert sums(shown)[0].bits <= shortest + 1e-3


@pytest.mark.parametrize("family", [sums, quotients])
def test_spoilt_rows_of_little_weight_do_no_harm(family):
    formula = "(1.9*x1*x2 - x2)/(x1**2 + x2**2)" if family is quotients else "2.9*x1*cos(x2) + 0.7*x2**2"
    x, y = rows_of(formula, 2, 80)
    weights = np.ones(80)
    weights[::8], y[::8] = 1e-9, 7.0
    best = family(screen(x, y, weights=weights))[0]
    assert error(best, "y", formula, 2) < 1e-6


METRE, SECOND = Dimension.of(m=1), Dimension.of(s=1)
UNITS = {"x1": METRE, "x2": SECOND, "x3": METRE, "y": METRE / SECOND}


@pytest.mark.parametrize(
    ("family", "formula"),
    [(sums, "1.7*x1/x2 - 0.3*x3/x2"), (quotients, "(2.1*x1**2 + 0.7*x3**2)/((x1 + x3)*x2)")],
)
def test_all_guesses_have_the_dimension_of_the_target(family, formula):
    x, y = rows_of(formula, 3, 60)
    noisy = y * (1 + 0.03 * np.random.default_rng(0).normal(size=60))
    columns = {name: unit for name, unit in UNITS.items() if name != "y"}
    found = family(screen(x, noisy, units=UNITS))
    assert found
    for guess in found:
        assert consistent(guess.expression, columns, UNITS["y"], strict=True).ok, guess.expression
    assert error(family(screen(x, y, units=UNITS))[0], "y", formula, 3) < 1e-8


@pytest.mark.parametrize("family", [sums, quotients])
def test_a_logarithm_of_metres_has_no_terms(family):
    x, y = rows_of("x1*x2*x3", 3, 40)
    assert family(screen(x, y, "log y", units=UNITS)) == []


@pytest.mark.parametrize("formula", ["4.7*x1 - 0.31*x1*x2", "3*x2*cos(x1) + 2*x2"])
def test_a_column_may_start_at_zero(formula):
    x, _ = rows_of(formula, 2, 60)
    x[:10, 0] = 0.0
    y = values(parse_expression(formula, names=["x1", "x2"]), x)
    with np.errstate(all="ignore"):
        found = sums(screen(x, y))
    assert found
    assert found[0].error < 1e-8
