"""Edges of a single layer choose together what noise would have each choose wrongly by itself."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import least_squares

from symkan.search.edge_choice import _Option, _shifted, _sizes_of_factors, choices
from symkan.search.single_layer import Layer
from symkan.symbolic.activation import Activation, Edge, SymbolicActivation
from symkan.symbolic.library import Library
from symkan.symbolic.matching import match_edge

LIBRARY = Library.default()


def chosen(x, z, *, product):
    weights = np.ones(len(z))
    layer = Layer.fit(x, z, weights, product=product)
    return choices(layer, x, z, weights, LIBRARY)


CASES = {
    "sum": (
        ("x^2", "log", "sin"),
        lambda x: 1.5 * x[:, 0] ** 2 + 2 * np.log(x[:, 1]) + np.sin(2 * x[:, 2]),
        False,
    ),
    "product": (("x", "exp", "cos"), lambda x: x[:, 0] * np.exp(-x[:, 1]) * np.cos(x[:, 2]), True),
    "factor with a constant": (("x^2", "tanh"), lambda x: (x[:, 0] ** 2 - 2) * np.tanh(2 * x[:, 1]), True),
}


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.05])
@pytest.mark.parametrize("name", CASES)
def test_the_functions_of_the_law_are_chosen(name, noise):
    names, law, product = CASES[name]
    random = np.random.default_rng(3)
    x = random.uniform(0.3, 2.9, (500, len(names)))
    z = law(x)
    best = chosen(x, z + noise * z.std() * random.normal(size=500), product=product)[0]
    found = tuple(match.function.name for match in best.matches)
    assert found in (names, tuple(name.replace("cos", "sin") for name in names) if noise == 0 else names)
    assert best.error < 1.2 * noise + 1e-3


def test_an_edge_that_plays_no_part_is_a_constant():
    random = np.random.default_rng(0)
    x = random.uniform(0.3, 2.9, (400, 3))
    z = np.exp(-x[:, 0]) + x[:, 1] ** 2 + 0.05 * random.normal(size=400)
    names = {match.edge.source: match.function.name for match in chosen(x, z, product=False)[0].matches}
    assert names == {0: "exp", 1: "x^2", 2: "constant"}


def test_a_curve_that_few_rows_bend_is_drawn_anew():
    """With 90 rows and four factors exp is not among the functions that fit its first curve."""
    random = np.random.default_rng(1017)
    x = random.uniform([-3, 0, -3, -2], [3, 2, 3, 2], (90, 4))
    z = 3.2 * np.cos(1.4 * x[:, 0]) * np.exp(-0.6 * x[:, 1]) * (x[:, 2] ** 2 - 1.4) * x[:, 3] ** 2
    z += 0.01 * z.std() * random.normal(size=90)
    best = chosen(x, z, product=True)[0]
    assert best.matches[1].function.name == "exp"
    assert best.error < 0.02


def test_the_best_comes_first_and_all_are_defined():
    random = np.random.default_rng(1)
    x = random.uniform(-2, 2, (300, 2))
    found = chosen(x, x[:, 0] * np.sin(x[:, 1]), product=True)
    assert [met.bits for met in found] == sorted(met.bits for met in found)
    assert all(np.isfinite(met.error) for met in found)
    assert len({met.key for met in found}) == len(found)


def test_sizes_of_factors_are_those_of_scipy():
    random = np.random.default_rng(2)
    f = random.normal(size=(200, 2)) + 1
    z = (2.0 * f[:, 0] - 0.7) * (0.5 * f[:, 1]) + 0.1 * random.normal(size=200)
    weights = random.uniform(0.5, 1.5, 200)
    match = SymbolicActivation(Edge(0, 0, 0), LIBRARY["x"], 1.0, 0.0, 1.0, 0.1, 0.0, 0.0)
    options = [_Option(match, f[:, 0], constant=True), _Option(match, f[:, 1], constant=False)]
    c, d = _sizes_of_factors(options, z, weights)
    ours = (c * f + d).prod(1)
    best = least_squares(lambda p: ((p[0] * f[:, 0] + p[1]) * f[:, 1] - z) * weights, [1.0, 0.0])
    theirs = (best.x[0] * f[:, 0] + best.x[1]) * f[:, 1]
    assert np.sum(((ours - z) * weights) ** 2) == pytest.approx(
        np.sum(((theirs - z) * weights) ** 2), rel=1e-3
    )


@pytest.mark.parametrize(
    ("function", "a", "b", "expected"),
    [
        ("log", 1.0, 0.7, ("log", 0.0)),
        ("sin", 2.0, 0.05, ("sin", 0.0)),
        ("sin", 2.0, np.pi / 2 + 0.05, ("cos", 0.0)),
        ("sin", 2.0, -np.pi / 2, ("cos", 0.0)),
        ("sin", 2.0, np.pi - 0.1, ("sin", 0.0)),
        ("sin", 2.0, 0.7, None),
        ("tanh", 2.0, 0.05, ("tanh", 0.0)),
        ("tanh", 2.0, 0.5, None),
        ("exp", 2.0, 0.0, None),
    ],
)
def test_a_shift_may_be_left_out(function, a, b, expected):
    x = np.linspace(0.5, 3, 50)
    values = LIBRARY[function].values(a * x + b)
    match, *_ = match_edge(Activation(Edge(0, 0, 0), x, values, 1.0), LIBRARY.select([function]))
    first, *rest = _shifted(match, x)
    assert first is match
    assert [(m.function.name, m.b) for m in rest] == ([] if expected is None else [expected])
    for m in rest:
        assert "b" not in m.function.free
        assert m.a == (1.0 if a == 1.0 else pytest.approx(match.a, abs=0.05))
