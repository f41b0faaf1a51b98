"""Oscillations: found far from any start, in products of columns, whatever their phase; and none where none is."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from symkan.data.tables import dataset_of
from symkan.search.problems import Problem
from symkan.search.transforms import TRANSFORMS
from symkan.search.view import Screen, View
from symkan.search.waves import waves
from symkan.symbolic.expressions import numpy_function
from symkan.symbolic.library import Library
from symkan.symbolic.parsing import parse_expression


def rows_of(formula, columns, rows, *, seed=0):
    x = np.random.default_rng(seed).uniform(0.5, 3.5, (rows, columns))
    return x, values(parse_expression(formula, names=[f"x{i + 1}" for i in range(columns)]), x)


def values(expression, x):
    return numpy_function(expression, [f"x{i + 1}" for i in range(x.shape[1])])(x)


def guesses(x, y, *, weights=None, library=None):
    problem = Problem.of(dataset_of(x, y))
    weights = np.ones(len(y)) if weights is None else weights
    view = View(problem, np.arange(len(y)), weights, library or Library.default())
    return [
        (problem.answer(guess.expression), guess)
        for guess in waves(Screen.of(view, problem.t, TRANSFORMS[0]))
    ]


def angle_of(expression):
    """The argument of its sine or cosine without phase, and how often it turns."""
    (first, *_) = expression.atoms(sympy.sin, sympy.cos)
    _, angle = first.args[0].as_independent(*expression.free_symbols, as_Add=True)
    omega, group = angle.as_independent(*expression.free_symbols, as_Add=False)
    return abs(float(omega)), group


# formula, columns, ω, the product of columns in the angle
LAWS = (
    ("2.4*sin(17.3*x1) + 0.7", 1, 17.3, "x1"),
    ("0.03*cos(5.1*x1 + 2)", 1, 5.1, "x1"),
    ("1.9 - 3*cos(4.7*x1*x2 - 0.4)", 2, 4.7, "x1*x2"),
    ("5*sin(6.3*x1/x2 + 1.1) - 40", 2, 6.3, "x1/x2"),
    ("1.1*cos(2.2*x1*x2*x3)", 3, 2.2, "x1*x2*x3"),
    ("4*sin(5*x1*(x2 - x3) + 0.3)", 3, 5, "x1*(x2 - x3)"),
)


@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.parametrize(("formula", "columns", "omega", "group"), LAWS, ids=[law[0] for law in LAWS])
def test_frequency_and_group_are_found(formula, columns, omega, group, noise):
    x, y = rows_of(formula, columns, 240)
    y = y + noise * np.std(y) * np.random.default_rng(1).normal(size=len(y))
    best, _ = guesses(x, y)[0]
    found, product = angle_of(best)
    expected = parse_expression(group, names=["x1", "x2", "x3"])
    assert found == pytest.approx(omega, rel=0.01)
    assert sympy.expand(product - expected) == 0
    new_x, new_y = rows_of(formula, columns, 200, seed=8)
    assert np.std(values(best, new_x) - new_y) < 0.2 * np.std(new_y)


def test_few_rows_are_enough_for_a_slow_wave():
    x, y = rows_of("2.4*sin(3.3*x1) + 0.7", 1, 24)
    assert angle_of(guesses(x, y)[0][0])[0] == pytest.approx(3.3, rel=0.07)


def test_a_wave_behind_a_phase_is_written_as_one_sine_and_as_two_terms():
    x, y = rows_of("3*sin(4*x1 + 0.8)", 1, 200)
    first = guesses(x, y)[:3]
    for expression, guess in first[:2]:
        share = np.linalg.norm(values(expression, x) - y) / np.linalg.norm(y)
        assert guess.error == pytest.approx(share, rel=1e-3)
    assert {len(expression.atoms(sympy.sin, sympy.cos)) for expression, _ in first} == {1, 2}


def test_rows_of_little_weight_do_not_count():
    x, y = rows_of("2.4*sin(9.3*x1) + 0.7", 1, 200)
    weights = np.ones(200)
    weights[::5], y[::5] = 1e-6, 30.0
    assert angle_of(guesses(x, y, weights=weights)[0][0])[0] == pytest.approx(9.3, rel=0.01)


@pytest.mark.parametrize("library", ["exp,x^2", "log"])
def test_a_library_without_sine_and_cosine_has_no_waves(library):
    assert guesses(*rows_of("sin(9*x1)", 1, 60), library=Library.parse(library)) == []


def test_noise_is_no_wave():
    x = np.random.default_rng(0).uniform(0.5, 3.5, (200, 2))
    y = np.random.default_rng(1).normal(size=200)
    assert all(guess.error > 0.8 for _, guess in guesses(x, y))


def test_another_column_may_start_at_zero():
    x, y = rows_of("1 + 2*sin(7.7*x2)", 2, 100)
    x[:10, 0] = 0.0
    with np.errstate(all="ignore"):
        best, _ = guesses(x, y)[0]
    assert angle_of(best)[0] == pytest.approx(7.7, rel=0.01)
