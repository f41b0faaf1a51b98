"""Laws of one term: found from few rows, with odd powers and constants, under noise, and with known dimensions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from symkan.data.tables import dataset_of
from symkan.search.atoms import SHAPES, allowed
from symkan.search.problems import Problem, scales_of
from symkan.search.scan import scan
from symkan.symbolic.base_units import Dimension
from symkan.symbolic.dimensions import consistent
from symkan.symbolic.expressions import numpy_function
from symkan.symbolic.library import Library
from symkan.symbolic.parsing import parse_expression


class Law(NamedTuple):
    formula: str
    low: tuple[float, ...]
    high: tuple[float, ...]


LAWS = (
    Law("0.037*x1**3/x2", (1, 2), (4, 9)),
    Law("812.5*sqrt(x1)/x2**2", (0.1, 0.5), (7, 2)),
    Law("4.2*x1**(1/3)*x2**(3/2)", (1, 1), (30, 5)),
    Law("2.9*x1*exp(-x2/x3)", (1, 0.2, 1), (3, 4, 3)),
    Law("-1.3*x1*x2", (-2, -3), (3, 2)),
    Law("7.1*x2*sin(x1)", (0.2, 1), (3, 4)),
    Law("3.3*x1/(1 + x2/x3)", (1, 1, 1), (5, 6, 4)),
    Law("0.6*x1/sqrt(1 - x2**2)", (1, 0.1), (4, 0.9)),
    Law("5.5*x3/(exp(x1/x2) - 1)", (0.5, 1, 1), (3, 2, 8)),
    Law("2.2*x1*(1 - cos(x2))", (1, 0.3), (4, 3)),
    Law("9.81*x1/(x2 - x3)**2", (1, 5, 1), (3, 9, 3)),
    Law("1.9*x3*log(x1/x2)", (4, 1, 1), (9, 2, 6)),
    Law("0.31*x1*x2/sqrt(x1**2 + x2**2)", (1, 1), (5, 4)),
    Law("6.4*x1*tanh(x2)", (1, 0.2), (4, 2)),
)


def names_of(law):
    return [f"x{i + 1}" for i in range(len(law.low))]


def table(law, rows, seed=0):
    x = np.random.default_rng(seed).uniform(law.low, law.high, (rows, len(law.low)))
    return x, values(parse_expression(law.formula, names=names_of(law)), x)


def values(expression, x):
    return numpy_function(expression, [f"x{i + 1}" for i in range(x.shape[1])])(x)


def guesses(x, y, *, shapes=SHAPES, t=None, scales=None):
    problem = Problem.of(dataset_of(x, y), scales)
    # a target that is negative throughout has changed its sign
    found = scan(problem, problem.t if t is None else t, np.arange(len(y)), np.ones(len(y)), shapes)
    return [(problem.answer(guess.expression), guess) for guess in found]


def error(expression, law):
    x, y = table(law, 300, seed=9)
    return float(np.sqrt(np.mean((values(expression, x) - y) ** 2)) / np.std(y))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.formula)
def test_law_is_the_first_guess_from_forty_rows(law):
    best, guess = guesses(*table(law, 40))[0]
    assert error(best, law) < 1e-8, best
    assert guess.error < 1e-8


@pytest.mark.parametrize("law", LAWS[1::3], ids=lambda law: law.formula)
def test_law_is_among_the_guesses_under_noise(law):
    x, y = table(law, 120)
    noisy = y * (1 + 0.02 * np.random.default_rng(1).normal(size=len(y)))
    assert min(error(expression, law) for expression, _ in guesses(x, noisy)) < 0.02


@pytest.mark.parametrize("size", [1e-25, 1e20])
def test_units_do_not_matter(size):
    law = LAWS[0]
    x, y = table(law, 40)
    best, _ = guesses(x * [size, 1 / size], y * size)[0]
    fresh, wanted = table(law, 50, seed=5)
    np.testing.assert_allclose(values(best, fresh * [size, 1 / size]), wanted * size, rtol=1e-8)


def test_guesses_come_shortest_first_and_say_their_error():
    x, y = table(LAWS[7], 60)
    y = y + 0.1 * np.random.default_rng(2).normal(size=60)
    found = guesses(x, y)
    bits = [guess.bits for _, guess in found]
    assert bits == sorted(bits)
    assert len(found) > 3
    for expression, guess in found[:5]:
        share = np.linalg.norm(values(expression, x) - y) / np.linalg.norm(y)
        assert guess.error == pytest.approx(share, rel=1e-6)


@pytest.mark.parametrize("rows", [1, 5, 9])
def test_too_few_rows_give_no_guesses(rows):
    law = LAWS[0]
    x, y = table(law, 12)
    problem = Problem.of(dataset_of(x, y))
    assert scan(problem, problem.t, np.arange(rows), np.ones(12), SHAPES) == []


def test_rows_with_a_zero_are_left_out():
    law = LAWS[4]
    x, y = table(law, 60)
    x[::5, 0], y[::5] = 0.0, 0.0
    assert error(guesses(x, y)[0][0], law) < 1e-8


def test_values_of_rows_not_given_are_not_looked_at():
    law = LAWS[7]
    x, y = table(law, 80)
    y[40:] = np.random.default_rng(0).uniform(1, 2, 40)
    problem = Problem.of(dataset_of(x, y))
    found = scan(problem, problem.t, np.arange(40), np.ones(80), SHAPES)
    assert error(found[0].expression, law) < 1e-8


@pytest.mark.parametrize(
    "name",
    [
        "exp",
        "log",
    ],
)
def test_only_functions_of_the_library_appear(name):
    import sympy

    law = LAWS[5]
    found = guesses(*table(law, 40), shapes=allowed(SHAPES, Library.of([name])))
    functions = {type(f).__name__ for expression, _ in found for f in expression.atoms(sympy.Function)}
    assert error(found[0][0], law) > 1e-3
    assert functions <= {name, "Abs"}


def test_functions_take_only_pure_numbers_where_units_are_known():
    metre, second = Dimension.of(m=1), Dimension.of(s=1)
    units = {"x1": metre, "x2": second, "x3": second, "y": metre}
    law = LAWS[3]
    x, y = table(law, 60)
    found = guesses(x, y, scales=scales_of(units))
    assert error(found[0][0], law) < 1e-8
    columns = {name: unit for name, unit in units.items() if name != "y"}
    assert all(consistent(expression, columns, metre).ok for expression, _ in found)
    free = guesses(x, y)
    assert not all(consistent(expression, columns, metre).ok for expression, _ in free)


def test_smooth_values_choose_and_the_table_s_own_judge():
    law = LAWS[5]
    x, y = table(law, 100)
    noisy = y + 0.3 * np.random.default_rng(0).normal(size=100)
    best, guess = guesses(x, noisy, t=y)[0]
    assert error(best, law) < 0.05
    assert guess.error > 0.01  # that of the noise
