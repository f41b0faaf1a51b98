"""Polynomials with few terms: the terms that are there are found, and no others."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from symkan.data.tables import dataset_of
from symkan.search.polynomials import polynomials
from symkan.search.problems import Problem, scales_of
from symkan.search.transforms import TRANSFORMS
from symkan.search.view import Screen, View
from symkan.symbolic.base_units import Dimension
from symkan.symbolic.dimensions import consistent
from symkan.symbolic.expressions import numpy_function, symbol
from symkan.symbolic.library import Library
from symkan.symbolic.parsing import parse_expression

NAMED = {transform.name: transform for transform in TRANSFORMS}


def rows_of(formula, columns, rows, *, low=-1.5, seed=0):
    x = np.random.default_rng(seed).uniform(low, 2.5, (rows, columns))
    return x, values(parse_expression(formula, names=[f"x{i + 1}" for i in range(columns)]), x)


def values(expression, x):
    return numpy_function(expression, [f"x{i + 1}" for i in range(x.shape[1])])(x)


def guesses(x, y, transform="y", *, units=None):
    problem = Problem.of(dataset_of(x, y), scales_of(units or {}))
    view = View(problem, np.arange(len(y)), np.ones(len(y)), Library.default())
    return polynomials(Screen.of(view, problem.t, NAMED[transform]))


def terms_of(expression):
    """The terms of a sum, multiplied out, without their coefficients."""
    return {term.as_coeff_Mul()[1] for term in sympy.Add.make_args(sympy.expand(expression))}


LAWS = (
    ("0.37*x1**2 - 12.5*x1 + 3.1", 1, "y"),
    ("2.2*x1*x2 - 0.4*x2**2 + 5.5", 2, "y"),
    ("1.1*x1**3 + 0.7*x1*x2**2", 2, "y"),
    ("0.9*x1*x2*x3 - 1.4*x3", 3, "y"),
    ("3.5*x1**2*x2**2 - 0.8*x1", 2, "y"),
    ("1.9*x1 + 0.6*x2 - 2.2*x3 + 4.4*x4 + 7.7*x5", 5, "y"),
)


@pytest.mark.parametrize(("formula", "columns", "transform"), LAWS)
def test_law_has_exactly_its_terms(formula, columns, transform):
    x, y = rows_of(formula, columns, 120)
    best = guesses(x, y, transform)[0]
    assert best.error < 1e-9
    law = parse_expression(formula, names=[f"x{i + 1}" for i in range(columns)])
    assert terms_of(best.expression) == terms_of(law)


@pytest.mark.parametrize(("formula", "columns", "transform"), LAWS)
def test_law_has_exactly_its_terms_under_noise(formula, columns, transform):
    x, y = rows_of(formula, columns, 200)
    noisy = y + 0.01 * np.std(y) * np.random.default_rng(5).normal(size=len(y))
    best = guesses(x, noisy, transform)[0]
    law = parse_expression(formula, names=[f"x{i + 1}" for i in range(columns)])
    assert terms_of(best.expression) == terms_of(law)


@pytest.mark.parametrize(
    ("formula", "columns", "transform"),
    [
        ("sqrt(2.1*x1**2 + 0.6*x2**2)", 2, "y²"),
        ("1/(0.4*x1*x2 + 2.3*x2)", 2, "1/y"),
        ("exp(0.7*x1**2 - 1.3*x2)", 2, "log y"),
        ("(0.9*x1*x2 + 1.2)**2", 2, "√y"),
        ("sqrt((x1 - x4)**2 + (x2 - x5)**2 + (x3 - x6)**2)", 6, "y²"),
        ("1.8/x1**2 - 0.5/x2 + 3.3*x3", 3, "y"),
    ],
)
def test_bases_and_transforms(formula, columns, transform):
    x, y = rows_of(formula, columns, 100, low=0.5)
    best = min(guesses(x, y, transform), key=lambda guess: guess.error)
    new_x, new_y = rows_of(formula, columns, 100, low=0.5, seed=3)
    law = NAMED[transform].undo(best.expression)
    np.testing.assert_allclose(values(law, new_x), new_y, rtol=1e-7)


def test_a_squared_distance_is_written_with_differences():
    formula = "(x1 - x3)**2 + (x2 - x4)**2"
    best = guesses(*rows_of(formula, 4, 100))[0]
    a, b, c, d = (symbol(f"x{i}") for i in (1, 2, 3, 4))
    assert terms_of(best.expression) == terms_of((a - c) ** 2 + (b - d) ** 2)
    assert len(sympy.Add.make_args(best.expression)) == 2


def test_least_squares_has_no_better_fit_with_the_same_terms():
    x, y = rows_of("1.1*x1**2 - 3*x2", 2, 90)
    y = y + 0.2 * np.random.default_rng(0).normal(size=90)
    best = guesses(x, y)[0]
    c, *_ = np.linalg.lstsq(np.stack([x[:, 0] ** 2, x[:, 1]], axis=1), y, rcond=None)
    expected = c[0] * symbol("x1") ** 2 + c[1] * symbol("x2")
    np.testing.assert_allclose(values(best.expression, x), values(expected, x), rtol=1e-9)
    share = np.linalg.norm(values(best.expression, x) - y) / np.linalg.norm(y)
    assert best.error == pytest.approx(share)


def test_shuffled_targets_have_few_terms():
    x, y = rows_of(LAWS[1][0], 2, 150)
    shuffled = np.random.default_rng(2).permutation(y)
    best = guesses(x, shuffled)[0]
    assert len(terms_of(best.expression)) <= 2
    assert best.error > 0.3


def test_known_units_leave_only_terms_of_the_target_s_dimension():
    metre, second = Dimension.of(m=1), Dimension.of(s=1)
    units = {"x1": metre, "x2": metre, "x3": second, "y": metre**2}
    x, y = rows_of("1.7*x1*x2 - 0.3*x2**2", 3, 60)
    noisy = y + 0.3 * np.random.default_rng(1).normal(size=60)
    columns = {name: unit for name, unit in units.items() if name != "y"}
    found = guesses(x, noisy, units=units)
    assert found
    assert all(consistent(g.expression, columns, units["y"], strict=True).ok for g in found)
    assert guesses(x, np.exp(y / 20), "log y", units=units) == []


@pytest.mark.parametrize("rows", [8, 10, 14])
def test_few_rows_have_no_more_terms_than_they_can_tell(rows):
    x, y = rows_of("2.2*x1*x2 - 0.4*x2**2 + 5.5", 2, rows)
    for guess in guesses(x, y):
        assert len(terms_of(guess.expression)) <= rows // 3


@pytest.mark.parametrize("formula", ["0.37*x1**2 - 12.5*x2 + 3.1", "4*x1*x2 + x2"])
def test_a_column_may_start_at_zero(formula):
    x, _ = rows_of(formula, 2, 60)
    x[:6, 0] = 0.0
    y = values(parse_expression(formula, names=["x1", "x2"]), x)
    with np.errstate(all="ignore"):
        found = guesses(x, y)
    assert found
    assert found[0].error < 1e-9
