"""Sums and products of functions of one column each, read off a KAN of a single layer.

Each edge is matched by itself; then edges choose among their matches in turn, all sizes and constants refitted to the
target, so that noise in a curve does not decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from symkan.options import MatchOptions
from symkan.search.networks import Sample, table_rmse
from symkan.search.portrait import thinned
from symkan.search.records import History, Network, Portrait, Reading, Stage
from symkan.search.scan import Guess, residual_bits
from symkan.search.single_layer import Layer, others
from symkan.symbolic.activation import Activation, Edge, SymbolicActivation
from symkan.symbolic.assembly import SymbolicEdge
from symkan.symbolic.library import Library
from symkan.symbolic.matching import match_edge

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.search.problems import Problem
    from symkan.search.view import Screen

    Array = NDArray[np.float64]

MOST = 20
"""Choices of functions that are proposed."""
TOP = 10
"""Functions that each edge may choose from."""
ROUNDS = 4
"""In which each edge chooses, at most."""
SWEEPS = 3
"""Of alternating least squares, for the sizes and constants of factors."""


@dataclass(frozen=True, eq=False)
class Edges:
    """A layer, and the function that each of its edges was matched with."""

    layer: Layer
    matches: tuple[SymbolicActivation, ...]

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


def additive(screen: Screen) -> list[Guess]:
    """The target as a sum of library functions, one of each column; none where it is no such sum."""
    return _read(screen, product=False)


def multiplicative(screen: Screen) -> list[Guess]:
    """The target as a product of library functions, one of each column, of any sign; none where it is no product."""
    return _read(screen, product=True)


def _read(screen: Screen, *, product: bool) -> list[Guess]:
    problem, rows = screen.view.problem, screen.view.chosen
    x = problem.x[rows]
    if x.shape[1] < 2 or screen.dimension is not None:
        return []
    layer = Layer.fit(x, screen, product=product)
    if layer is None:
        return []
    return [
        Guess(edges.expression(problem.columns), error, bits, edges)
        for bits, error, edges in _Choices.of(layer, x, screen).best()
    ]


@dataclass(frozen=True, eq=False)
class _Option:
    """A function for an edge: as matched, its values at the rows [n], and whether a constant of its own is added."""

    match: SymbolicActivation
    values: Array
    constant: bool = False

    @property
    def size(self) -> int:
        """Nodes and constants."""
        free = len(self.match.function.free.replace("d", "")) + self.constant
        return self.match.function.complexity + 2 * free


@dataclass(frozen=True, eq=False)
class _Choices:
    """What each edge may be, and the target that decides."""

    layer: Layer
    options: list[list[_Option]]
    z: Array
    weights: Array

    @classmethod
    def of(cls, layer: Layer, x: Array, screen: Screen) -> _Choices:
        """The matches of the edges at rows x [n, columns], and nothing but a constant; factors with one and without."""
        nothing = Library.default()["constant"]
        options = []
        curves = layer.curves(x)
        left = (layer.node(curves) - screen.z) * screen.weights
        noise = float(np.sqrt(np.mean(left**2) * layer.coefficients.shape[1] / len(x)))  # of a curve, in z
        for i, activation in enumerate(_activations(layer, x, curves)):
            moves = float((_moving(layer, curves)[:, i] * screen.weights).std())
            seen = MatchOptions(
                top=TOP, accuracy=max(min(noise / max(moves, 1e-300), 1.0), MatchOptions.accuracy)
            )
            found = match_edge(activation, screen.view.library, options=seen)
            found = (*found, SymbolicActivation(activation.edge, nothing, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0))
            plain = [
                SymbolicEdge.of_match(replace(match, c=1.0, d=0.0)).values(activation.x) for match in found
            ]
            kinds = [True, False] if layer.product else [False]
            options.append(
                [
                    _Option(match, values, constant)
                    for match, values in zip(found, plain, strict=True)
                    if np.isfinite(values).all()
                    for constant in (kinds if match.function is not nothing else [False])
                ]
            )
        return cls(layer, options, screen.z, screen.weights)

    def best(self) -> list[tuple[float, float, Edges]]:
        """Bits, error as a share of the target and edges of the best choices that were met, best first.

        From the best match of each edge by itself; in each round every edge in turn takes what describes the target
        shortest, the others as they are.
        """
        seen: dict[tuple[int, ...], tuple[float, float, Edges]] = {}

        def bits(choice: tuple[int, ...]) -> float:
            if choice not in seen:
                seen[choice] = self._judged([o[k] for o, k in zip(self.options, choice, strict=True)])
            return seen[choice][0]

        choice = (0,) * len(self.options)
        for _ in range(ROUNDS):
            before = choice
            for i, options in enumerate(self.options):
                choice = min(((*choice[:i], k, *choice[i + 1 :]) for k in range(len(options))), key=bits)
            if choice == before:
                break
        defined = (entry for entry in seen.values() if np.isfinite(entry[0]))
        return sorted(defined, key=lambda entry: entry[0])[:MOST]

    def _judged(self, options: list[_Option]) -> tuple[float, float, Edges]:
        fit = _sizes_of_factors if self.layer.product else _sizes_of_summands
        c, d = fit(options, self.z, self.weights)
        matches = tuple(
            replace(option.match, c=float(c), d=float(d)) for option, c, d in zip(options, c, d, strict=True)
        )
        values = np.stack([c * option.values + d for option, c, d in zip(options, c, d, strict=True)], 1)
        left = (self.layer.node(values) - self.z) * self.weights
        error = float(np.sqrt(np.mean(left**2) / np.mean((self.z * self.weights) ** 2)))
        size = sum(option.size for option in options)
        return residual_bits(len(left), error) + 4 * size, error, Edges(self.layer, matches)


def _sizes_of_summands(options: list[_Option], z: Array, weights: Array) -> tuple[Array, Array]:
    """c and d [columns] of the sum c·f + d that is nearest to z [n]; one d for all."""
    a = np.stack([*(option.values for option in options), np.ones(len(z))], 1)
    c, *_ = np.linalg.lstsq(a * weights[:, None], z * weights, rcond=1e-12)
    return np.asarray(c[:-1]), np.array([float(c[-1]), *[0.0] * (len(options) - 1)])


def _sizes_of_factors(options: list[_Option], z: Array, weights: Array) -> tuple[Array, Array]:
    """c and d [columns] of the product of c·f + d that is near to z [n]; d = 0 where there is to be none."""
    c = np.array([option.match.c for option in options])
    d = np.array([option.match.d if option.constant else 0.0 for option in options])
    values = np.stack([c * o.values + d for o, c, d in zip(options, c, d, strict=True)], 1)
    for _ in range(SWEEPS):
        for i, option in enumerate(options):
            others = np.delete(values, i, 1).prod(1) * weights
            columns = [option.values, np.ones(len(z))] if option.constant else [option.values]
            (c[i], *rest), *_ = np.linalg.lstsq(
                np.stack(columns, 1) * others[:, None], z * weights, rcond=1e-12
            )
            d[i] = rest[0] if rest else 0.0
            values[:, i] = c[i] * option.values + d[i]
    return c, d


def read_layer(
    guess: Guess, law: sympy.Expr, problem: Problem, table: Dataset, sample: Sample
) -> Reading | None:
    """The law of the table that a guess for a problem comes to, and its layer; None where it comes from none."""
    edges = guess.edges
    if edges is None:
        return None
    layer = edges.layer
    behind = problem.behind(layer.transform)
    name = f"{layer.shape} for {layer.transform.of(problem.target)}"
    curves = layer.curves(problem.x)

    def stage(what: str, values: Array) -> Stage:
        losses = [
            table_rmse(behind, layer.node(values), table, rows) for rows in (sample.train, sample.validation)
        ]
        return Stage(what, name, *losses)

    drawn = [thinned(a) for a in _activations(layer, problem.x[sample.train], curves[sample.train])]
    network = Network(problem.columns, ((layer.product,),), tuple(drawn))
    stages = (stage("network", curves), stage("symbolised", edges.values(problem.x)))
    kept = tuple(activation.edge for activation in drawn)
    return Reading(
        law, (), Portrait(name, network, network, kept, edges.matches, History(name, (), (), ()), stages)
    )


def _activations(layer: Layer, x: Array, curves: Array) -> list[Activation]:
    """The edges over rows x [n, columns], with values [n, columns]."""
    whole, moving = float(layer.node(curves).std()), _moving(layer, curves).std(0)
    scores = np.minimum(moving / whole, 1.0) if whole > 0 else np.zeros(x.shape[1])
    return [Activation(Edge(0, 0, i), x[:, i], curves[:, i], float(score)) for i, score in enumerate(scores)]


def _moving(layer: Layer, curves: Array) -> Array:
    """What each edge moves the node, from its curve, [n, columns]: in a product the other factors weigh in."""
    moved: Array = curves - curves.mean(0)
    return moved * others(curves) if layer.product else moved
