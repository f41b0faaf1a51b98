"""Writing an edge with library functions: y ≈ c·f(a·x + b) + d, ranked by description length."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from symkan.options import MatchOptions
from symkan.symbolic.activation import Activation, SymbolicActivation
from symkan.symbolic.affine_grid import Table, shape, table
from symkan.symbolic.polish import Curves, polish

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from symkan.symbolic.library import Function, Library

    Vector = NDArray[np.float64]

_STARTS = 4  # different curves of each function that are polished
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
    options = options or MatchOptions()
    functions, constant = _tried(library)
    finite = np.isfinite(activation.x) & np.isfinite(activation.y)
    data = _Data.of(activation.x[finite], activation.y[finite])
    if data.constant:
        return (_write(data, constant, (1.0, 0.0), activation, options),)
    sample = _Sample.of(data, options)
    functions = [f for f in functions if len(f.free) < sample.distinct and (sample.log or not f.logarithmic)]
    matches = [
        _write(data, f, arguments, activation, options)
        for f, arguments in _arguments(functions, sample, options)
    ]
    matches = [match for match in matches if np.isfinite(match.bits)]
    return tuple(sorted(matches, key=lambda match: match.bits)[: options.top])


@dataclass(frozen=True, eq=False)
class _Data:
    """All rows; y = middle + size·z with z centred and at most about 1."""

    x: Vector
    y: Vector
    z: Vector
    size: float

    @classmethod
    def of(cls, x: Vector, y: Vector) -> _Data:
        if not len(x):
            return cls(x, y, y, 0.0)
        centred = y - y.mean()
        size = float(np.abs(centred).max())
        z = centred / size if size > 0 else centred
        return cls(x, y, z - z.mean(), size)

    @property
    def constant(self) -> bool:
        if len(self.x) < 2 or not np.ptp(self.x) > 0:
            return True
        return self.size <= 8.0 * float(np.finfo(float).eps) * float(np.abs(self.y).max())


@dataclass(frozen=True, eq=False)
class _View:
    """An argument, x or log x, mapped to t in [-1, 1]: middle + half·t."""

    t: Vector
    middle: float
    half: float

    @classmethod
    def of(cls, x: Vector) -> _View | None:
        low, high = x[0] / 2, x[-1] / 2
        middle, half = float(high + low), float(high - low)
        return cls((x - middle) / half, middle, half) if half > 0 else None


@dataclass(frozen=True, eq=False)
class _Sample:
    """At most `options.samples` rows sorted by x, as the search sees them."""

    z: Vector
    linear: _View
    log: _View | None
    distinct: int

    @classmethod
    def of(cls, data: _Data, options: MatchOptions) -> _Sample:
        order = np.argsort(data.x, kind="stable")
        rows = order[_thinned(data.x[order], options.samples)]
        x, z = data.x[rows], data.z[rows]
        linear = _View.of(x)
        assert linear is not None, "an edge with one x is constant"
        log = _View.of(np.log(x)) if x[0] > 0 else None
        return cls(z - z.mean(), linear, log, len(np.unique(data.x)))

    def view(self, function: Function) -> _View:
        view = self.log if function.logarithmic else self.linear
        assert view is not None, function
        return view


def _tried(library: Library | None) -> tuple[list[Function], Function]:
    """The functions to try, and the constant one (from the whole library if need be)."""
    from symkan.symbolic.library import default_library

    whole: Iterable[Function] = default_library()
    functions = [f for f in (whole if library is None else library) if not f.alias]
    constants = [f for f in functions if f.free == "d"] or [f for f in whole if f.free == "d"]
    return functions, constants[0]


def _thinned(x: Vector, count: int) -> NDArray[np.intp]:
    """At most `count` indices into sorted x, ends included, spread half by rank and half by range."""
    if len(x) <= count:
        return np.arange(len(x))
    place = np.linspace(0, 1, len(x)) + (x - x[0]) / (x[-1] - x[0])
    return np.unique(np.searchsorted(place, np.linspace(0, place[-1], count)))


def _arguments(
    functions: Sequence[Function], sample: _Sample, options: MatchOptions
) -> list[tuple[Function, tuple[float, float]]]:
    """The best a, b in units of x of the most promising functions: ever longer polish of ever fewer."""
    if not functions:
        return []
    t = np.stack([sample.view(f).t for f in functions])
    few = _thinned(sample.linear.t, options.grid)
    z = sample.z[few] - sample.z[few].mean()
    curves = polish(_starts(functions, sample, options), t[:, few], z, steps=_STEPS[0])
    curves = _promising(curves, 4 * options.top, len(sample.z), options)
    curves = polish(curves, t[:, few], z, steps=_STEPS[1])
    curves = _promising(curves, 2 * options.top, len(sample.z), options, single=True)
    curves = polish(curves, t, sample.z, steps=options.polish_steps)
    return [
        (functions[k], _in_units(functions[k], sample.view(functions[k]), float(a), float(b)))
        for k, a, b in zip(curves.owner, curves.a, curves.b, strict=True)
    ]


def _promising(
    curves: Curves, count: int, rows: int, options: MatchOptions, *, single: bool = False
) -> Curves:
    """The curves of the `count` functions with the fewest bits; only the best of each if `single`."""
    rated = []
    for k, block in curves.blocks():
        best = int(np.argmin(curves.loss[block]))
        bits = _bits(curves.functions[k], float(curves.loss[block][best]), rows, options)
        kept = range(block.start + best, block.start + best + 1) if single else range(block.start, block.stop)
        rated.append((bits, kept))
    rated.sort(key=lambda item: item[0])
    return curves.subset(np.array(sorted(i for _, kept in rated[:count] for i in kept), dtype=np.intp))


def _starts(functions: Sequence[Function], sample: _Sample, options: MatchOptions) -> Curves:
    """The best different curves of each function on its grid."""
    views = [view for view in (sample.linear, sample.log) if view]
    nodes = {id(view): _Nodes.of(view.t, sample.z, options.grid) for view in views}
    parts = []
    for k, function in enumerate(functions):
        view = sample.view(function)
        a, b = nodes[id(view)].best(function)
        if function.free == "bcd":
            a, b = np.insert(a, 0, 1.0), np.insert(b, 0, _special(function, view, sample.z))
        parts.append((np.full(len(a), k), a, b))
    owner, a, b = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Curves(tuple(functions), owner, a, b, np.full(len(a), np.inf))


def _special(function: Function, view: _View, z: Vector) -> float:
    """A shift that the grid may miss: a pole at x = 0 between samples, or a jump at the steepest place."""
    if shape(function).bounded:
        return view.middle / view.half
    steepest = int(np.argmax(np.abs(np.diff(z))))
    return -float(view.t[steepest] + view.t[steepest + 1]) / 2


@dataclass(frozen=True, eq=False)
class _Nodes:
    """Where the grid is compared with the edge: at standard places if these carry the edge (the curves of all
    functions are known there already), else at samples: at a few, or at all where the function oscillates."""

    t: Vector
    z: Vector
    count: int
    standard: bool

    @classmethod
    def of(cls, t: Vector, z: Vector, count: int) -> _Nodes:
        places = _places(count)
        values = np.interp(places, t, z)
        if np.square(np.interp(t, places, values) - z).sum() < 0.01 * (z @ z):
            return cls(places, values - values.mean(), count, standard=True)
        return cls(t, z, count, standard=False)

    def best(self, function: Function) -> tuple[Vector, Vector]:
        """a and b of the best different curves."""
        if self.standard:
            curves = _standard_table(function, self.count)
            return curves.best(self.z, _STARTS)
        rows = _thinned(self.t, len(self.t) if shape(function).periodic else self.count)
        gaps = np.diff(self.t[rows])
        curves = table(function, self.t[rows], np.pi / float(np.median(gaps[gaps > 0])))
        return curves.best(self.z[rows] - self.z[rows].mean(), _STARTS)


def _places(count: int) -> Vector:
    return -np.cos(np.linspace(0, np.pi, count))


@lru_cache(maxsize=256)
def _standard_table(function: Function, count: int) -> Table:
    return table(function, _places(count), count / 2)


def _in_units(function: Function, view: _View, a: float, b: float) -> tuple[float, float]:
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
    activation: Activation,
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
    return SymbolicActivation(activation.edge, function, a, b, c, d, 1.0 - loss, bits)


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
