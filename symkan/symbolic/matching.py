"""Writing an edge with library functions: y ≈ c·f(a·x + b) + d, ranked by description length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.options import MatchOptions
from symkan.symbolic.activation import SymbolicActivation
from symkan.symbolic.affine_grid import shape
from symkan.symbolic.polish import Curves, Points, polish
from symkan.symbolic.starts import Sample, View, starting_curves, thinned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from symkan.symbolic.activation import Activation, Edge
    from symkan.symbolic.library import Function, Library

    Vector = NDArray[np.float64]

_STEPS = (4, 6)  # polishing steps before functions are dropped, and before one curve of each is chosen
_CANCELLATION = 1e8  # a fit is unusable when c·f is so much larger than y


def match_edge(
    activation: Activation, library: Library | None = None, *, options: MatchOptions | None = None
) -> tuple[SymbolicActivation, ...]:
    """Find the library functions that describe an edge best.

    Every function is tried on a grid of arguments a·x + b that follows from the data and from the function's
    shape, with c and d in closed form; the best different curves are polished (Levenberg-Marquardt) and
    ranked by

        bits = n/2·log2(1 - R² + accuracy²) + ½·log2(n)·(number of free parameters) + weight·complexity,

    with n the number of rows, at most `independent`. R² is scale-free: size and offset of y do not matter.

    Parameters
    ----------
    activation
        Samples of the edge, in any order; rows that are not finite are left out.
    library
        Functions to try; the whole library if None.
    options
        How many matches, samples, steps.

    Returns
    -------
    tuple of SymbolicActivation
        Best first, at most `options.top`, each with another function. An edge that is constant up to
        rounding, or has fewer than two different x, gives the constant function alone.
    """
    return match_edges((activation,), library, options=options)[0]


def match_edges(
    activations: Sequence[Activation], library: Library | None = None, *, options: MatchOptions | None = None
) -> list[tuple[SymbolicActivation, ...]]:
    """Match many edges at once: the same as `match_edge` of each, in a fraction of the time.

    The curves of one function are evaluated together for all edges.
    """
    options = options or MatchOptions()
    functions, constant = _tried(library)
    edges = [_Data.of(activation) for activation in activations]
    open_edges = [e for e, data in enumerate(edges) if not data.constant]
    samples = [Sample.of(edges[e].x, edges[e].z, options.samples) for e in open_edges]
    found: list[list[SymbolicActivation]] = [
        [_write(data, constant, (1.0, 0.0), options)] if data.constant else [] for data in edges
    ]
    for e, function, arguments in _arguments(functions, samples, options):
        match = _write(edges[open_edges[e]], function, arguments, options)
        if np.isfinite(match.bits):
            found[open_edges[e]].append(match)
    return [tuple(sorted(matches, key=lambda match: match.bits)[: options.top]) for matches in found]


@dataclass(frozen=True, eq=False)
class _Data:
    """The usable rows of an edge; y = middle + size·z with z centred and at most about 1."""

    edge: Edge
    x: Vector
    y: Vector
    z: Vector
    size: float

    @classmethod
    def of(cls, activation: Activation) -> _Data:
        finite = np.isfinite(activation.x) & np.isfinite(activation.y)
        x, y = activation.x[finite], activation.y[finite]
        if not len(x):
            return cls(activation.edge, x, y, y, 0.0)
        centred = y - y.mean()
        size = float(np.abs(centred).max())
        z = centred / size if size > 0 else centred
        return cls(activation.edge, x, y, z - z.mean(), size)

    @property
    def constant(self) -> bool:
        if len(self.x) < 2 or not np.ptp(self.x) > 0:
            return True
        return self.size <= 8.0 * float(np.finfo(float).eps) * float(np.abs(self.y).max())


def _tried(library: Library | None) -> tuple[list[Function], Function]:
    """The functions to try, and the constant one (from the whole library if need be)."""
    from symkan.symbolic.library import Library

    whole: Iterable[Function] = Library.default()
    functions = [f for f in (whole if library is None else library) if not f.alias]
    constants = [f for f in functions if f.free == "d"] or [f for f in whole if f.free == "d"]
    return functions, constants[0]


def _arguments(
    functions: Sequence[Function], samples: Sequence[Sample], options: MatchOptions
) -> Iterator[tuple[int, Function, tuple[float, float]]]:
    """For each edge the best a, b in units of x of the most promising functions: ever longer polish of ever fewer."""
    curves = starting_curves(functions, samples, options.grid)
    if not len(curves.a):
        return
    few = [thinned(sample.linear.t, options.grid) for sample in samples]
    points = _points(samples, few)
    curves = polish(curves, points, steps=_STEPS[0])
    curves = _promising(curves, 4 * options.top, samples, options)
    curves = polish(curves, points, steps=_STEPS[1])
    curves = _promising(curves, 2 * options.top, samples, options, single=True)
    curves = polish(
        curves, _points(samples, [np.arange(len(s.z)) for s in samples]), steps=options.polish_steps
    )
    for k, e, a, b in zip(curves.owner, curves.edge, curves.a, curves.b, strict=True):
        function = functions[k]
        yield int(e), function, _in_units(function, samples[e].view(function), float(a), float(b))


def _points(samples: Sequence[Sample], rows: Sequence[NDArray[np.intp]]) -> Points:
    """Some rows of each edge, seen by x (views 0, 2, …) and by log x (1, 3, …)."""
    z = [sample.z[r] for sample, r in zip(samples, rows, strict=True)]
    views = [(s.linear, s.log or s.linear) for s in samples]
    return Points.of(
        [view.t[rows[e]] for e, pair in enumerate(views) for view in pair],
        [part - part.mean() for part in z],
        [e for e in range(len(samples)) for _ in range(2)],
    )


def _promising(
    curves: Curves, count: int, samples: Sequence[Sample], options: MatchOptions, *, single: bool = False
) -> Curves:
    """For each edge the curves of the `count` functions with the fewest bits; only the best of each if `single`."""
    first = curves.groups()
    group = np.repeat(np.arange(len(first)), np.diff(first, append=len(curves.a)))
    owner, edge = curves.owner[first], curves.edge[first]
    best = np.lexsort((curves.loss, group))[first]
    bits = np.array(
        [
            _bits(curves.functions[k], loss, len(samples[e].z), options)
            for k, e, loss in zip(owner, edge, curves.loss[best].tolist(), strict=True)
        ]
    )
    order = np.lexsort((bits, edge))
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order)) - np.searchsorted(edge[order], edge[order])
    kept = rank < count
    return curves.subset(np.sort(best[kept]) if single else np.flatnonzero(kept[group]))


def _in_units(function: Function, view: View, a: float, b: float) -> tuple[float, float]:
    """a, b for x (or log x) from a, b for t. What c and d make up for is normalised away."""
    free = function.free
    if "a" not in free:
        return (a, b * view.half - a * view.middle) if "b" in free else (1.0, 0.0)
    a /= view.half
    if "b" not in free:
        return a, 0.0
    b -= a * view.middle
    if shape(function).periodic:
        b -= 2 * np.pi * round(b / (2 * np.pi))
    return a, b


def _write(
    data: _Data,
    function: Function,
    arguments: tuple[float, float],
    options: MatchOptions,
) -> SymbolicActivation:
    """Regress c and d on all rows and rate the match by what it then reproduces."""
    a, b = arguments
    c, d, loss = _regress(data, function, a, b)
    if b and "b" in function.free and abs(b) < 1e-6 * np.abs(data.x).max() * abs(a):
        without = _regress(data, function, a, 0.0)
        if without[2] <= loss * (1 + 1e-6) + 1e-24:
            b, (c, d, loss) = 0.0, without
    if "b" not in function.free and not np.isfinite(loss):  # exp(a·x) overflows far from the origin
        b = -a * float((np.log(data.x) if function.logarithmic else data.x).mean())
        c, d, loss = _regress(data, function, a, b)
    bits = _bits(function, loss, len(data.x), options)
    return SymbolicActivation(data.edge, function, a, b, c, d, 1.0 - loss, bits)


def _regress(data: _Data, function: Function, a: float, b: float) -> tuple[float, float, float]:
    """c, d and the share of the variance that is left."""
    if function.free == "d":
        return 0.0, float(data.y.mean()) if len(data.y) else 0.0, 0.0 if data.constant else 1.0
    with np.errstate(all="ignore"):
        f = np.asarray(function.values(a * (np.log(data.x) if function.logarithmic else data.x) + b))
        size = np.abs(f).max()
        unit = f / size
        centred = unit - unit.mean()
        c = float(centred @ data.z / (centred @ centred) / size * data.size)
        d = float(data.y.mean()) - c * float(f.mean())
        residual = (data.y - (c * f + d)) / data.size
        loss = float(residual @ residual / (data.z @ data.z))
        cancels = abs(c) * size > _CANCELLATION * float(np.abs(data.y).max())
    usable = np.isfinite(loss) and np.isfinite(c) and c != 0 and not cancels
    return c, d, loss if usable else np.inf


def _bits(function: Function, loss: float, rows: int, options: MatchOptions) -> float:
    n = min(rows, options.independent)
    fit = n / 2 * np.log2(loss + options.accuracy**2)
    return float(fit + len(function.free) * np.log2(n) / 2 + options.weight * function.complexity)
