"""Columns that are factors, or play no part, are found without knowing the rest of the law."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from symkan.data.tables import dataset_of
from symkan.search.factors import separable_powers
from symkan.search.networks import Sample
from symkan.search.problems import Problem
from symkan.search.transforms import TRANSFORMS
from symkan.symbolic.expressions import numpy_function
from symkan.symbolic.parsing import parse_expression


def table(formula, columns, rows, *, low=0.5, noise=0.0, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.uniform(low, 3.0, (rows, columns))
    names = [f"x{i + 1}" for i in range(columns)]
    y = numpy_function(parse_expression(formula, names=names), names)(x)
    return x, y + noise * np.std(y) * generator.normal(size=rows)


def powers(x, y, *, rows=None):
    problem = Problem.of(dataset_of(x, y))
    rows = np.arange(len(y)) if rows is None else rows
    cut = len(rows) * 4 // 5
    return separable_powers(problem, dataset_of(x, y), Sample(rows[:cut], rows[cut:]))


# the rest of each law is no power of anything; the powers that are found, by column
LAWS = (
    ("0.37*x1**2*sin(x2 + 1.3*x3)", 3, {0: 2}),
    ("7.1*sqrt(x3)*exp(-x1*x2/2)", 3, {2: Fraction(1, 2)}),
    ("(x1 + 0.4*x2**2)/x3", 3, {2: -1}),
    ("x4**3*cos(x1 - x3)/x2**2", 4, {1: -2, 3: 3}),
    ("-5.3*x2*(1 + tanh(x1 - x3))", 3, {1: 1}),
    ("x1/sqrt(x2)*sin(x3 + x4)", 4, {0: 1, 1: Fraction(-1, 2)}),
)


@pytest.mark.parametrize(("formula", "columns", "expected"), LAWS)
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_factors_of_a_law(formula, columns, expected, noise):
    assert powers(*table(formula, columns, 2000, noise=noise)) == expected


@pytest.mark.parametrize(
    "noise",
    [
        0.05,
        pytest.param(0.0, marks=pytest.mark.xfail(strict=True, reason="misfit is taken for a part played")),
    ],
)
def test_a_column_that_plays_no_part_has_the_power_nothing(noise):
    assert powers(*table("2.9*log(1 + x1*x2)", 3, 2000, noise=noise)) == {2: 0}


@pytest.mark.parametrize("power", ["x3**(1/2)", "x3**(-1/2)", "x3**(3/2)"])
def test_rarer_powers_are_found_as_often_as_plain_ones(power):
    formula = f"7.1*{power}*exp(-x1*x2/2)"
    found = [powers(*table(formula, 3, 400, noise=0.05, seed=seed)) for seed in range(6)]
    plain = [powers(*table("7.1*x3*exp(-x1*x2/2)", 3, 400, noise=0.05, seed=seed)) for seed in range(6)]
    assert sum(2 in each for each in found) >= sum(2 in each for each in plain) - 1


def test_a_law_that_separates_nowhere_has_no_factors():
    assert powers(*table("sin(x1 + 1.4*x2*x3) + x3**2", 3, 400)) == {}


def test_the_last_column_is_never_divided_out():
    assert powers(*table("x1**2", 1, 100)) == {}
    found = powers(*table("3*x1**2*x2*x3", 3, 200))
    assert len(found) == 2
    assert found.items() < {0: 2, 1: 1, 2: 1}.items()


def test_noise_alone_tells_nothing():
    x = np.random.default_rng(0).uniform(1, 2, (150, 3))
    assert powers(x, np.random.default_rng(1).normal(size=150)) == {}


def test_a_column_of_both_signs_has_only_whole_powers():
    x, y = table("x1**3*exp(x2 - 0.7*x3)", 3, 400, low=-1.0)
    assert powers(x, y) == {0: 3}


def test_only_rows_of_the_sample_are_looked_at():
    x, y = table(LAWS[0][0], 3, 600)
    y[400:] = 1e3
    assert powers(x, y, rows=np.arange(400)) == {0: 2}


def test_errors_count_as_they_show_in_the_table_s_target():
    x, y = table("x1*exp(sqrt(x2**2 + x3**2))", 3, 400, noise=0.003, seed=1)
    inverted = next(t for t in TRANSFORMS if t.name == "1/y")  # its errors are largest where y is smallest
    problem = Problem.of(dataset_of(x, y)).behind(inverted)
    assert separable_powers(problem, dataset_of(x, y), Sample(np.arange(320), np.arange(320, 400))) == {0: -1}


@pytest.mark.parametrize("formula", [LAWS[1][0], LAWS[3][0]])
@pytest.mark.parametrize("size", [1e-20, 1e15])
def test_units_do_not_matter(formula, size):
    columns = 3 if formula == LAWS[1][0] else 4
    x, y = table(formula, columns, 400)
    assert powers(x * size, y / size) == powers(x, y)
