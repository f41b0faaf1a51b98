"""Which function each edge of a single layer is: matched one by one, chosen together.

A curve carries the noise of the target, so that its best match by itself may be another function than the law's. Here
edges choose among their matches in turn, all sizes and constants refitted to the target itself. Then each edge is
drawn anew, the others being what they were chosen to be, which leaves it far less noise; and all choose again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.options import MatchOptions
from symkan.search.scan import residual_bits
from symkan.search.single_layer import Layer, others
from symkan.symbolic.activation import Activation, Edge, SymbolicActivation
from symkan.symbolic.assembly import SymbolicEdge
from symkan.symbolic.library import Library
from symkan.symbolic.matching import match_edge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LIGHT = 1e-3
"""Of the median weight, below which a row does not show what a curve is."""
TOP = 10
"""Functions that each edge may choose from."""
SHIFT = 0.2
"""Of the argument of a function such as tanh, below which none is tried too."""
MOST = 20
"""Choices of functions that are proposed."""
PLAIN = 5
"""Of them, without constants; so many of the best are tried so."""
ROUNDS = 4
"""In which each edge chooses, at most."""
SWEEPS = 3
"""Of alternating least squares, for the sizes and constants of factors."""

Matches = tuple[SymbolicActivation, ...]


class Met(NamedTuple):
    """A choice that was met: bits, error as a share of the target, functions, and which options they are."""

    bits: float
    error: float
    matches: Matches
    choice: tuple[int, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """What a refit starts from: functions, arguments roughly, and whether a constant is added."""
        return tuple(
            f"{m.function.name} {m.a:.2g} {m.b:.1f} {m.function.free} {m.d != 0}" for m in self.matches
        )

    @property
    def plain(self) -> bool:
        """Whether no constant is added to a function."""
        return not any(match.d for match in self.matches)


def choices(
    layer: Layer, x: Array, target: tuple[Array, Array], library: Library, late: Callable[[], bool]
) -> list[Met]:
    """Functions for the edges of a layer at rows x [n, columns], the shortest description first, as met until late.

    The best, and the best without constants. The target is given with the weights of its errors, [n] each.
    """
    z, weights = target
    curves = layer.curves(x)
    left = (layer.node(curves) - z) * weights
    noise = float(np.sqrt(np.mean(left**2) * layer.coefficients.shape[1] / len(z)))
    drawn = zip(activations(layer, x, curves), _moving(layer, curves).T, strict=True)
    options = [
        _options(a, noise, (moved * weights, weights), library, product=layer.product) for a, moved in drawn
    ]
    if not all(options) or late():
        return []
    first = _Choices(layer.product, options, (0,) * len(options), z, weights)
    found = first.met(late)
    if not found:
        return []
    again = [] if late() else first.redrawn(x, found[0], library).met(late)
    distinct: dict[tuple[str, ...], Met] = {}
    for met in sorted([*found, *again], key=lambda met: met.bits):
        distinct.setdefault(met.key, met)
    ranked = list(distinct.values())
    plain = [met for met in ranked if met.plain][:PLAIN]  # what the constants made up for, a refit does
    return list({met.key: met for met in (*ranked[: MOST - len(plain)], *plain)}.values())


def activations(layer: Layer, x: Array, curves: Array) -> list[Activation]:
    """The edges over rows x [n, columns], with values [n, columns]."""
    whole, moving = float(layer.node(curves).std()), _moving(layer, curves).std(0)
    scores = np.minimum(moving / whole, 1.0) if whole > 0 else np.zeros(x.shape[1])
    return [Activation(Edge(0, 0, i), x[:, i], curves[:, i], float(score)) for i, score in enumerate(scores)]


def _moving(layer: Layer, curves: Array) -> Array:
    """What each edge moves the node, from its curve, [n, columns]: in a product the other factors weigh in."""
    moved: Array = curves - curves.mean(0)
    return moved * others(curves) if layer.product else moved


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
    """What each edge may be and is at first, and the target that decides."""

    product: bool
    options: list[list[_Option]]
    start: tuple[int, ...]
    z: Array
    weights: Array

    def met(self, late: Callable[[], bool]) -> list[Met]:
        """The choices that were met, the shortest description first.

        In each round every edge in turn takes what describes the target shortest, the others as they are. The best are
        then tried without the constants of their factors.
        """
        seen: dict[tuple[int, ...], Met] = {}

        def bits(choice: tuple[int, ...]) -> float:
            if choice not in seen:
                seen[choice] = self._judged(choice)
            return seen[choice].bits

        choice = self.start
        for _ in range(ROUNDS):
            before = choice
            for i, options in enumerate(self.options):
                if not late():
                    choice = min(((*choice[:i], k, *choice[i + 1 :]) for k in range(len(options))), key=bits)
            if choice == before:
                break
        for met in sorted(seen.values(), key=lambda met: met.bits)[:PLAIN]:
            bits(tuple(k + o[k].constant for o, k in zip(self.options, met.choice, strict=True)))
        return sorted((met for met in seen.values() if np.isfinite(met.bits)), key=lambda met: met.bits)

    def redrawn(self, x: Array, met: Met, library: Library) -> _Choices:
        """With more options for each edge: those of its curve at rows x when the others are what was chosen."""
        values = np.stack([SymbolicEdge.of_match(m).values(x[:, m.edge.source]) for m in met.matches], 1)
        more = [
            [*options, *self._drawn(x[:, i], np.delete(values, i, 1), match, library)]
            for i, (options, match) in enumerate(zip(self.options, met.matches, strict=True))
        ]
        return replace(self, options=more, start=met.choice)

    def _drawn(self, x: Array, rest: Array, match: SymbolicActivation, library: Library) -> list[_Option]:
        """The options of the edge of column x [n], the others having values `rest` [n, columns - 1]."""
        goal, weights = self.z - rest.sum(1), self.weights
        if self.product:
            size = rest.prod(1)
            goal = np.divide(self.z, size, out=np.zeros_like(size), where=size != 0)
            weights = self.weights * np.abs(size)
        layer = Layer.fit(x[:, None], goal, weights)
        if layer is None:
            return []
        curve = layer.curves(x[:, None])[:, 0]
        noise = float(np.sqrt(layer.error(x[:, None], goal, weights) * layer.coefficients.size / len(goal)))
        moved = (curve - curve.mean()) * weights
        seen = Activation(match.edge, x, curve, 1.0)
        return _options(seen, noise, (moved, weights), library, product=self.product)

    def _judged(self, choice: tuple[int, ...]) -> Met:
        options = [found[k] for found, k in zip(self.options, choice, strict=True)]
        c, d = (_sizes_of_factors if self.product else _sizes_of_summands)(options, self.z, self.weights)
        usable = bool(np.isfinite([*c, *d]).all() and np.all(c != 0))
        fitted = list(zip(options, c.tolist(), d.tolist(), strict=True))
        values = np.stack([c * option.values + d for option, c, d in fitted], 1)
        left = ((values.prod(1) if self.product else values.sum(1)) - self.z) * self.weights
        error = float(np.sqrt(np.mean(left**2) / np.mean((self.z * self.weights) ** 2)))
        size = 4 * sum(option.size for option in options)
        bits = residual_bits(len(left), error) + size if usable else np.inf
        return Met(bits, error, tuple(replace(option.match, c=c, d=d) for option, c, d in fitted), choice)


def _options(
    activation: Activation, noise: float, seen: tuple[Array, Array], library: Library, *, product: bool
) -> list[_Option]:
    """The matches of an edge, and nothing but a constant; factors with a constant of their own, then without.

    `noise` is that of the curve, and `seen` what the curve does in the target, and the weights of the rows, [n] each:
    differences of fit below the ratio of noise do not count, and neither do rows of no weight.
    """
    moved, weights = seen
    accuracy = min(noise / max(float(moved.std()), 1e-300), 1.0)
    options = MatchOptions(top=TOP, accuracy=max(accuracy, MatchOptions.accuracy))
    heavy = weights > LIGHT * np.median(weights)
    told = replace(activation, x=activation.x[heavy], y=activation.y[heavy])
    matches = match_edge(told, library, options=options)
    found = [variant for match in matches for variant in _shifted(match, told.x, library)]
    nothing = Library.default()["constant"]
    found.append(SymbolicActivation(activation.edge, nothing, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0))
    plain = [SymbolicEdge.of_match(replace(m, c=1.0, d=0.0)).values(activation.x) for m in found]
    return [
        _Option(match, values, constant)
        for match, values in zip(found, plain, strict=True)
        if np.isfinite(values).all()
        for constant in ((True, False) if product and match.function is not nothing else (False,))
    ]


def _shifted(match: SymbolicActivation, x: Array, library: Library) -> Iterator[SymbolicActivation]:
    """The match, and the one without shift b: of log(x + b) always, of tanh(a·x + b) if the shift is small.

    A sine with a shift near odd multiples of π/2 is a cosine, if there is one in the library.
    """
    yield match
    f, b = match.function, match.b
    if f == Library.default()["sin"]:
        cosine = [g for g in library if g == Library.default()["cos"]]
        turn = np.pi / 2 if cosine else np.pi
        turns = round(b / turn)
        b -= turns * turn
        f = cosine[0] if cosine and turns % 2 else f
    if "b" in f.free and ("a" not in f.free or abs(b) < SHIFT):
        a = match.a + float(b * x.sum() / (x @ x)) if "a" in f.free else match.a  # nearest to a·x + b
        yield replace(match, function=replace(f, free=f.free.replace("b", "")), a=a, b=0.0)


def _sizes_of_summands(options: list[_Option], z: Array, weights: Array) -> tuple[Array, Array]:
    """c and d [columns] of the sum c·f + d that is nearest to z [n]; one d for all."""
    c = _regressed([*(option.values for option in options), np.ones(len(z))], weights, z * weights)
    return np.asarray(c[:-1]), np.array([float(c[-1]), *[0.0] * (len(options) - 1)])


def _regressed(columns: list[Array], weights: Array, goal: Array) -> Array:
    """Coefficients with which columns [n], times weights [n], are nearest to the goal [n], whatever their units."""
    a = np.stack(columns, 1) * weights[:, None]
    size = np.sqrt(np.einsum("nk,nk->k", a, a))
    size = np.where((size > 0) & np.isfinite(size), size, 1.0)
    a = a / size
    if not np.isfinite(a).all():
        return np.zeros(len(columns))
    c: Array = np.linalg.lstsq(a, goal, rcond=1e-12)[0] / size
    return c


def _sizes_of_factors(options: list[_Option], z: Array, weights: Array) -> tuple[Array, Array]:
    """c and d [columns] of the product of c·f + d that is near to z [n]; d = 0 where there is to be none."""
    c = np.array([option.match.c for option in options])
    d = np.array([option.match.d if option.constant else 0.0 for option in options])
    values = np.stack([c * o.values + d for o, c, d in zip(options, c, d, strict=True)], 1)
    for _ in range(SWEEPS):
        for i, option in enumerate(options):
            columns = [option.values, np.ones(len(z))] if option.constant else [option.values]
            rest = np.delete(values, i, 1).prod(1) * weights
            c[i], d[i] = [*_regressed(columns, rest, z * weights), 0.0][:2]
            values[:, i] = c[i] * option.values + d[i]
    return c, d
