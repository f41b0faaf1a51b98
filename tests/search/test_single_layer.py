"""The layer that least squares find: its splines are SciPy's, its product is the leading singular pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.interpolate import BSpline

from symkan.data.tables import dataset_of
from symkan.search.problems import Problem
from symkan.search.single_layer import Layer, others
from symkan.search.transforms import IDENTITY
from symkan.search.view import Screen, View
from symkan.symbolic.library import Library


def fitted(x, y, *, product):
    problem = Problem.of(dataset_of(x, y))
    view = View(problem, np.arange(len(y)), np.ones(len(y)), Library.default())
    screen = Screen.of(view, problem.t, IDENTITY)
    seen = problem.x[view.chosen]
    return Layer.fit(seen, screen.z, screen.weights, product=product), seen, screen


def test_curves_are_the_splines_of_scipy():
    random = np.random.default_rng(0)
    x = random.uniform([-1, 5], [2, 90], (200, 2))
    layer, _, _ = fitted(x, np.sin(x[:, 0]) + x[:, 1], product=False)
    for i, c in enumerate(layer.coefficients):
        intervals = len(c) - 3
        step = (layer.high[i] - layer.low[i]) / intervals
        knots = layer.low[i] + step * np.arange(-3, intervals + 4)
        assert layer.curves(x)[:, i] == pytest.approx(BSpline(knots, c, 3)(x[:, i]), abs=1e-9)


def test_a_sum_is_the_least_squares_sum():
    random = np.random.default_rng(1)
    x = random.uniform(-1, 1, (150, 2))
    y = x[:, 0] ** 2 + np.sin(x[:, 1]) + 0.1 * random.normal(size=150)
    layer, seen, screen = fitted(x, y, product=False)
    left = layer.node(layer.curves(seen)) - screen.z
    for i in range(2):  # what is left is orthogonal to any other spline on the grid
        bump = np.zeros_like(layer.coefficients)
        bump[i] = random.normal(size=bump.shape[1])
        other = Layer(layer.low, layer.high, bump, product=False).curves(seen)[:, i]
        assert abs(left @ other) < 1e-8 * np.linalg.norm(left) * np.linalg.norm(other)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), noise=st.sampled_from([0.0, 0.05, 0.2]))
def test_a_product_of_two_is_the_leading_singular_pair(seed, noise):
    """Six values of each column and six splines: each matrix of rank one is within reach."""
    random = np.random.default_rng(seed)
    table = np.outer(random.normal(size=6), random.normal(size=6)) + noise * random.normal(size=(6, 6))
    grid = np.linspace(-1, 1, 6)
    x = np.array([(a, b) for a in grid for b in grid])
    _, s, _ = np.linalg.svd(table)
    best = float(np.sqrt(np.sum(s[1:] ** 2)))
    y = table.ravel()
    assume(best < 0.2 * y.std() * 6)  # a poor fit is none
    layer, seen, screen = fitted(x, y, product=True)
    left = layer.node(layer.curves(seen)) - screen.z
    assert np.linalg.norm(left) == pytest.approx(best, abs=1e-3 * np.linalg.norm(y))


def test_others_of_factors_that_vanish():
    values = np.array([[0.0, 2.0, 3.0], [1.0, 0.0, 0.0]])
    assert others(values).tolist() == [[6.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
