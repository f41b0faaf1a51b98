"""Reductions: exponents from fitted numbers, and one variable in the place of many."""

from __future__ import annotations

import numpy as np
import pytest

from symkan.data.tables import dataset_of
from symkan.search.networks import Sample
from symkan.search.problems import Problem
from symkan.search.structure import factors, monomial_problems, whole_exponents
from symkan.symbolic.expressions import symbol


@pytest.mark.parametrize(
    ("fitted", "whole"),
    [([0.5, -0.499, 0.001], (-1, 1, 0)), ([2.0, 1.0], (2, 1)), ([-0.3, 0.2], (-3, 2)), ([1.0, 0.71], None)],
)
def test_whole_exponents(fitted, whole):
    assert whole_exponents(np.array(fitted)) == whole


def test_factors_differ_by_powers_of_the_group_and_the_plainest_comes_first():
    q = np.array([0.0, 1.0, -1.0])
    found = factors(np.array([1.0, 0.37, -0.37]), q, (0, 1, -1))
    assert tuple(map(float, found[0])) == (1.0, 0.0, 0.0)


def test_planck_reduces_to_one_variable():
    x = np.random.default_rng(0).uniform(1, 5, (600, 3))
    h, w, t = x.T
    problem = Problem.of(dataset_of(x, h * w**3 / (np.exp(h * w / t) - 1)))
    sample = Sample(np.arange(500), np.arange(500, 600))
    groups = {reduced.columns[0] for reduced in monomial_problems(problem, sample, seed=0)}
    x1, x2, x3 = map(symbol, ("x1", "x2", "x3"))
    assert groups == {x3 / (x1 * x2), x1 * x2 / x3}


def test_reduced_problem_gives_back_the_target():
    x = np.random.default_rng(0).uniform(1, 5, (600, 3))
    problem = Problem.of(dataset_of(x, -x[:, 0] / np.sqrt(10 - (x[:, 1] / x[:, 2]) ** 2 / 5)))
    reduced = next(iter(monomial_problems(problem, Sample(np.arange(500), np.arange(500, 600)), seed=0)))
    assert np.allclose(reduced.values(reduced.t, x), -x[:, 0] / np.sqrt(10 - (x[:, 1] / x[:, 2]) ** 2 / 5))


def test_columns_with_both_signs_do_not_reduce():
    x = np.random.default_rng(0).uniform(-1, 1, (100, 2))
    problem = Problem.of(dataset_of(x, 3 + x.sum(axis=1)))
    assert not list(monomial_problems(problem, Sample(np.arange(80), np.arange(80, 100)), seed=0))
