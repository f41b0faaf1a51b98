"""Sums of functions of one column each: a KAN of a single layer, whose splines least squares find at once.

Behind a logarithm these are products of such functions. No network is trained for them, so torch need not be loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.networks import Sample, table_rmse
from symkan.search.portrait import thinned
from symkan.search.records import History, Network, Portrait, Reading, Stage
from symkan.search.scan import Guess
from symkan.symbolic.activation import Activation, Edge
from symkan.symbolic.assembly import SymbolicEdge
from symkan.symbolic.matching import match_edges

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.search.problems import Problem
    from symkan.search.transforms import Transform
    from symkan.search.view import Screen
    from symkan.symbolic.activation import SymbolicActivation

    Array = NDArray[np.float64]

INTERVALS = 12
"""Of the cubic splines; fewer where there are many columns."""
ACCURATE = 3e-3
"""RMSE of the splines, by the spread of the target, from which on their curves tell the functions."""
MOST = 30
"""Choices of functions that are proposed."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A KAN [n, 1]: a cubic spline on a uniform grid for each column.

    Attributes
    ----------
    low, high
        Ends of the grids, [columns].
    coefficients
        [columns, intervals + 3].
    transform
        What the target is behind.
    """

    low: Array
    high: Array
    coefficients: Array
    transform: Transform

    @classmethod
    def fit(cls, x: Array, screen: Screen) -> Layer | None:
        """The layer for rows x [n, columns]; None where it does not explain their target."""
        rows, columns = x.shape
        intervals = min(INTERVALS, rows // (3 * columns) - 3)
        low, high = x.min(0), x.max(0)
        if intervals < 2 or (low == high).any():
            return None
        z, weights = screen.z, screen.weights
        design = _design(x, low, high, intervals).reshape(rows, -1)
        c, *_ = np.linalg.lstsq(design * weights[:, None], z * weights, rcond=1e-12)
        left = (design @ c - z) * weights
        free = rows - len(c) + columns - 1  # the splines share their constants
        spread = (z - np.average(z, weights=weights**2)) * weights
        if not left @ left / free < ACCURATE**2 * (spread @ spread) / rows:
            return None
        return cls(low, high, np.asarray(c.reshape(columns, -1), dtype=np.float64), screen.transform)

    def curves(self, x: Array) -> Array:
        """Values of the edges, [n, columns]; beyond its grid an edge goes on as it ends."""
        inside = np.clip(x, self.low, self.high)
        design = _design(inside, self.low, self.high, self.coefficients.shape[1] - 3)
        values: Array = np.einsum("nig,ig->ni", design, self.coefficients)
        return values


@dataclass(frozen=True, eq=False)
class Edges:
    """A layer, and the function that each of its edges was matched with."""

    layer: Layer
    matches: tuple[SymbolicActivation, ...]

    def values(self, x: Array) -> Array:
        """Of the functions, [n, columns]."""
        return np.stack([edge.values(x[:, edge.source]) for edge in self._written], 1)

    def expression(self, columns: Sequence[sympy.Expr]) -> sympy.Expr:
        """Their sum."""
        import sympy

        return sympy.Add(*(edge.of(columns[edge.source]) for edge in self._written))

    @property
    def _written(self) -> list[SymbolicEdge]:
        return [SymbolicEdge(m.edge.source, m.function, m.a, m.b, m.c, m.d) for m in self.matches]


def additive(screen: Screen) -> list[Guess]:
    """The target as a sum of library functions, one of each column; none where it is no such sum, or noise hides it."""
    problem, rows = screen.view.problem, screen.view.chosen
    x = problem.x[rows]
    if x.shape[1] < 2 or screen.dimension is not None or (layer := Layer.fit(x, screen)) is None:
        return []
    total = float(np.sqrt(np.mean((screen.z * screen.weights) ** 2)))
    guesses = []
    for chosen in _choices(match_edges(_activations(x, layer.curves(x)), screen.view.library)):
        edges = Edges(layer, chosen)
        left = (edges.values(x).sum(1) - screen.z) * screen.weights
        error = float(np.sqrt(np.mean(left**2))) / total
        size = sum(match.function.complexity + 2 * len(match.function.free) for match in chosen)
        if np.isfinite(error):
            bits = len(left) * float(np.log2(error + 1e-11)) + 4 * size
            guesses.append(Guess(edges.expression(problem.columns), error, bits, edges))
    return sorted(guesses, key=lambda guess: guess.bits)


def read_layer(
    guess: Guess, law: sympy.Expr, problem: Problem, table: Dataset, sample: Sample
) -> Reading | None:
    """The law of the table that a guess for a problem comes to, and its layer; None where it comes from none."""
    edges = guess.edges
    if edges is None:
        return None
    behind = problem.behind(edges.layer.transform)
    label = (
        edges.layer.transform.name
        if problem.plain
        else edges.layer.transform.name.replace("y", "a factor of y")
    )
    name = f"[{problem.x.shape[1]}, 1] for {label}"
    curves = edges.layer.curves(problem.x)

    def stage(what: str, values: Array) -> Stage:
        t = values.sum(1)
        return Stage(
            what, name, *(table_rmse(behind, t, table, rows) for rows in (sample.train, sample.validation))
        )

    drawn = [thinned(a) for a in _activations(problem.x[sample.train], curves[sample.train])]
    network = Network(problem.columns, ((False,),), tuple(drawn))
    stages = (stage("network", curves), stage("symbolised", edges.values(problem.x)))
    kept = tuple(activation.edge for activation in drawn)
    return Reading(
        law, (), Portrait(name, network, network, kept, edges.matches, History(name, (), (), ()), stages)
    )


def _activations(x: Array, curves: Array) -> list[Activation]:
    """The edges over rows x [n, columns], with values [n, columns]."""
    whole = float(curves.sum(1).std())
    scores = np.minimum(curves.std(0) / whole, 1.0) if whole > 0 else np.zeros(x.shape[1])
    return [Activation(Edge(0, 0, i), x[:, i], curves[:, i], float(score)) for i, score in enumerate(scores)]


def _design(x: Array, low: Array, high: Array, intervals: int) -> Array:
    """Cubic B-splines on uniform grids at x [n, columns]: [n, columns, intervals + 3]."""
    t = (x - low) * (intervals / (high - low))
    place = np.minimum(t.astype(np.int64), intervals - 1)
    u = t - place
    active = [(1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, 3 * (u + u**2 - u**3) + 1, u**3]
    design = np.zeros((*x.shape, intervals + 3))
    np.put_along_axis(design, place[..., None] + np.arange(4), np.stack(active, -1) / 6, axis=-1)
    return design


def _choices(matches: list[tuple[SymbolicActivation, ...]]) -> list[tuple[SymbolicActivation, ...]]:
    """All choices of one match for each column, or, of too many, those with one column's next best."""
    if prod(map(len, matches)) <= MOST:
        return list(product(*matches))
    best = tuple(found[0] for found in matches)
    others = [(*best[:i], match, *best[i + 1 :]) for i, found in enumerate(matches) for match in found[1:]]
    return [best, *others][:MOST]
