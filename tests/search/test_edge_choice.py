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


def chosen(x, z, *, product, weights=None, library=LIBRARY, late=False):
    weights = np.ones(len(z)) if weights is None else weights
    layer = Layer.fit(x, z, weights, product=product)
    return choices(layer, x, (z, weights), library, lambda: late)


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
    assert found[0].bits == min(met.bits for met in found)
    assert len(found) <= 20
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
    first, *rest = _shifted(match, x, LIBRARY)
    assert first is match
    assert [(m.function.name, m.b) for m in rest] == ([] if expected is None else [expected])
    for m in rest:
        assert "b" not in m.function.free
        assert m.a == (1.0 if a == 1.0 else pytest.approx(match.a, abs=0.05))


@pytest.mark.parametrize("scale", [1e7, 1e-8])
@pytest.mark.parametrize("product", [False, True])
def test_units_of_a_column_do_not_matter(scale, product):
    random = np.random.default_rng(5)
    u = random.uniform(-2, 2, (400, 2))
    z = (u[:, 0] ** 2 - 2) * np.tanh(2 * u[:, 1]) if product else u[:, 0] ** 2 + 3 * np.tanh(2 * u[:, 1])
    z += 0.01 * z.std() * random.normal(size=400)
    best = chosen(u * [scale, 1.0], z, product=product)[0]
    assert [match.function.name for match in best.matches] == ["x^2", "tanh"]


def test_no_function_that_the_library_lacks():
    random = np.random.default_rng(6)
    x = random.uniform(-2.9, 2.9, (500, 2))
    z = np.cos(2 * x[:, 0]) * np.cos(x[:, 1]) + 0.02 * random.normal(size=500)
    without = LIBRARY.select([f.name for f in LIBRARY if f.name != "cos"])
    for library, expected in ((LIBRARY, True), (without, False)):
        found = chosen(x, z, product=True, library=library)
        assert ("cos" in {match.function.name for met in found for match in met.matches}) == expected
        assert found[0].error < 0.05


def test_rows_of_no_weight_do_not_choose():
    random = np.random.default_rng(7)
    x = random.uniform(0, 3, (500, 2))
    junk = x[:, 0] > 2
    z = np.exp(-x[:, 0]) + x[:, 1] ** 2 + np.where(junk, 30 * random.normal(size=500), 0.0)
    best = chosen(x, z, product=False, weights=np.where(junk, 1e-9, 1.0))[0]
    assert [match.function.name for match in best.matches] == ["exp", "x^2"]
    assert best.error < 1e-3


def test_a_factor_that_is_nothing_but_a_constant_has_a_size():
    """Least squares may give an irrelevant factor the size 0 and the constant 1, exactly."""
    random = np.random.default_rng(59)
    rows = int(random.choice([60, 100, 150]))
    x = np.stack([random.lognormal(0, 2, rows), 100 + random.random(rows), random.normal(size=rows)], 1)
    for met in chosen(x, x[:, 0] ** 5 * np.sign(x[:, 2]), product=True):
        assert all(match.c != 0 for match in met.matches)


def test_products_are_tried_without_constants_too():
    random = np.random.default_rng(8)
    x = random.uniform(0.2, 2, (300, 3))
    z = np.sin(1.3 * x[:, 0]) * np.exp(-0.8 * x[:, 1]) * np.tanh(1.5 * x[:, 2])
    found = chosen(x, z + 0.03 * z.std() * random.normal(size=300), product=True)
    plain = [met for met in found if all(match.d == 0 for match in met.matches)]
    assert any([m.function.name for m in met.matches] == ["sin", "exp", "tanh"] for met in plain)


def test_nothing_is_chosen_when_it_is_late():
    x = np.random.default_rng(9).uniform(0.2, 2, (300, 3))
    assert chosen(x, x.prod(1), product=True, late=True) == []
