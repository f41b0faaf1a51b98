"""Sums and products of functions of one column each, read off a KAN of a single layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.edge_choice import Matches, activations, choices
from symkan.search.networks import Sample, table_rmse
from symkan.search.portrait import thinned
from symkan.search.records import History, Network, Portrait, Reading, Stage
from symkan.search.scan import Guess
from symkan.search.single_layer import Layer
from symkan.symbolic.assembly import SymbolicEdge

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.search.problems import Problem
    from symkan.search.transforms import Transform
    from symkan.search.view import Screen

    Array = NDArray[np.float64]

ACCURATE = 3e-3
"""RMSE of the splines, by the spread of the target, up to which their curves surely tell the functions."""
ROUGH = 0.3
"""That up to which they may, through noise."""


@dataclass(frozen=True, eq=False)
class Edges:
    """A layer, what its target is behind, and the function that each of its edges was matched with."""

    layer: Layer
    transform: Transform
    matches: Matches

    def values(self, x: Array) -> Array:
        """Of the functions, [n, columns]."""
        return np.stack([edge.values(x[:, edge.source]) for edge in self._written], 1)

    def expression(self, columns: Sequence[sympy.Expr]) -> sympy.Expr:
        """Their sum, or their product with one size for all."""
        import sympy

        if not self.layer.product:
            return sympy.Add(*(edge.of(columns[edge.source]) for edge in self._written))
        size = sympy.Float(float(np.prod([match.c for match in self.matches])))
        factors = [e.bare(columns[e.source]) + (sympy.Float(e.d / e.c) if e.d else 0) for e in self._written]
        return sympy.Mul(size, *factors)

    @property
    def _written(self) -> list[SymbolicEdge]:
        return [SymbolicEdge.of_match(match) for match in self.matches]


def additive(screen: Screen, *, rough: bool = False) -> list[Guess]:
    """The target as a sum of library functions, one of each column; none where it is no such sum.

    If `rough`, only where splines explain it but roughly, since there is noise.
    """
    return _read(screen, product=False, rough=rough)


def multiplicative(screen: Screen, *, rough: bool = False) -> list[Guess]:
    """The target as a product of library functions, one of each column, of any sign; none where it is no product."""
    return _read(screen, product=True, rough=rough)


def _read(screen: Screen, *, product: bool, rough: bool) -> list[Guess]:
    problem, rows = screen.view.problem, screen.view.chosen
    x = problem.x[rows]
    if x.shape[1] < 2 or screen.dimension is not None or screen.view.late:
        return []
    z, weights = screen.z, screen.weights
    layer = _layer(screen, x, product=product)
    spread = np.mean((z - np.average(z, weights=weights**2)) ** 2 * weights**2)
    if layer is None:
        return []
    low, high = (ACCURATE, ROUGH) if rough else (-1.0, ACCURATE)
    if not low < np.sqrt(layer.error(x, z, weights) / spread) <= high:
        return []
    guesses = []
    for met in choices(layer, x, (z, weights), screen.view.library, lambda: screen.view.late):
        edges = Edges(layer, screen.transform, met.matches)
        guesses.append(Guess(edges.expression(problem.columns), met.error, met.bits, edges))
    return guesses


def _layer(screen: Screen, x: Array, *, product: bool) -> Layer | None:
    """The layer for a screen, fitted once."""
    known = screen.view.layers
    key = (product, screen.z.tobytes())
    if key not in known:
        known[key] = Layer.fit(x, screen.z, screen.weights, product=product)
    return known[key]


def read_layer(
    guess: Guess, law: sympy.Expr, problem: Problem, table: Dataset, sample: Sample
) -> Reading | None:
    """The law of the table that a guess for a problem comes to, and its layer; None where it comes from none."""
    edges = guess.edges
    if edges is None:
        return None
    layer = edges.layer
    behind = problem.behind(edges.transform)
    name = f"{layer.shape} for {edges.transform.of(problem.target)}"
    curves = layer.curves(problem.x)

    def stage(what: str, values: Array) -> Stage:
        losses = [
            table_rmse(behind, layer.node(values), table, rows) for rows in (sample.train, sample.validation)
        ]
        return Stage(what, name, *losses)

    drawn = [thinned(a) for a in activations(layer, problem.x[sample.train], curves[sample.train])]
    network = Network(problem.columns, ((layer.product,),), tuple(drawn))
    stages = (stage("network", curves), stage("symbolised", edges.values(problem.x)))
    kept = tuple(activation.edge for activation in drawn)
    return Reading(
        law, (), Portrait(name, network, network, kept, edges.matches, History(name, (), (), ()), stages)
    )
