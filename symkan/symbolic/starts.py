"""Where the curves of an edge start: its rows as the search sees them, and the best of the grid for each function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from symkan.symbolic.affine_grid import Table, shape, table
from symkan.symbolic.polish import Curves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.symbolic.library import Function

    Vector = NDArray[np.float64]

_STARTS = 4  # different curves of each function that are polished


@dataclass(frozen=True, eq=False)
class View:
    """An argument, x or log x, mapped to t in [-1, 1]: middle + half·t."""

    t: Vector
    middle: float
    half: float

    @classmethod
    def of(cls, x: Vector) -> View | None:
        """The view of sorted x; None where all are one."""
        low, high = x[0] / 2, x[-1] / 2
        middle, half = float(high + low), float(high - low)
        return cls((x - middle) / half, middle, half) if half > 0 else None


@dataclass(frozen=True, eq=False)
class Sample:
    """Some rows of an edge sorted by x, as the search sees them."""

    z: Vector
    linear: View
    log: View | None
    distinct: int

    @classmethod
    def of(cls, x: Vector, z: Vector, count: int) -> Sample:
        """At most `count` rows of an edge with different x."""
        distinct = len(np.unique(x))
        order = np.argsort(x, kind="stable")
        rows = order[thinned(x[order], count)]
        x, z = x[rows], z[rows]
        linear = View.of(x)
        assert linear is not None, "an edge with one x is constant"
        log = View.of(np.log(x)) if x[0] > 0 else None
        return cls(z - z.mean(), linear, log, distinct)

    def admits(self, function: Function) -> bool:
        """Whether there are more different x than constants, and logarithms of x where they are needed."""
        known = (
            len(function.free) < self.distinct or function.free == "cd"
        )  # a line through two x is all there is
        return known and (self.log is not None or not function.logarithmic)

    def view(self, function: Function) -> View:
        """How the function sees x."""
        view = self.log if function.logarithmic else self.linear
        assert view is not None, function
        return view


def thinned(x: Vector, count: int) -> NDArray[np.intp]:
    """At most `count` indices into sorted x, ends included, spread half by rank and half by range."""
    if len(x) <= count:
        return np.arange(len(x))
    place = np.linspace(0, 1, len(x)) + (x - x[0]) / (x[-1] - x[0])
    return np.unique(np.searchsorted(place, np.linspace(0, place[-1], count)))


def starting_curves(functions: Sequence[Function], samples: Sequence[Sample], count: int) -> Curves:
    """The best different curves of each function on its grid, for each edge."""
    looks = _Looks.of(samples, count)
    parts = []
    for k, function in enumerate(functions):
        for e, a, b in looks.best(function):
            parts.append((np.full((3, len(a)), [[k], [e], [2 * e + function.logarithmic]]), a, b))
    if not parts:
        parts.append((np.zeros((3, 0), dtype=np.intp), np.zeros(0), np.zeros(0)))
    (owner, edge, view), a, b = (np.concatenate(columns, axis=-1) for columns in zip(*parts, strict=True))
    return Curves(tuple(functions), owner, edge, view, a, b, np.full(len(a), np.inf))


def _special(function: Function, view: View, z: Vector) -> float:
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
        """a and b of the best different curves, at samples."""
        rows = thinned(self.t, len(self.t) if shape(function).periodic else self.count)
        gaps = np.diff(self.t[rows])
        curves = table(function, self.t[rows], np.pi / float(np.median(gaps[gaps > 0])))
        return curves.best(curves.scores(self.z[rows] - self.z[rows].mean()), _STARTS)


@dataclass(frozen=True, eq=False)
class _Looks:
    """The edges as the grid sees them, by x and by log x; those at standard places are compared in one product."""

    samples: Sequence[Sample]
    nodes: tuple[list[_Nodes | None], list[_Nodes | None]]
    count: int

    @classmethod
    def of(cls, samples: Sequence[Sample], count: int) -> _Looks:
        views = ([s.linear for s in samples], [s.log for s in samples])
        linear, log = (
            [_Nodes.of(view.t, s.z, count) if view else None for view, s in zip(kind, samples, strict=True)]
            for kind in views
        )
        return cls(samples, (linear, log), count)

    def best(self, function: Function) -> Iterator[tuple[int, Vector, Vector]]:
        """Index of each edge that may be the function, with a and b of the best different curves."""
        nodes = self.nodes[function.logarithmic]
        usable = {e: n for e, n in enumerate(nodes) if n is not None and self.samples[e].admits(function)}
        standard = [e for e, n in usable.items() if n.standard]
        columns = {e: i for i, e in enumerate(standard)}
        if standard:
            curves = _standard_table(function, self.count)
            scores = curves.scores(np.stack([usable[e].z for e in standard], axis=1))
        for e, node in usable.items():
            column = columns.get(e)
            a, b = node.best(function) if column is None else curves.best(scores[:, column], _STARTS)
            if function.free == "bcd":
                sample = self.samples[e]
                shift = _special(function, sample.view(function), sample.z)
                a, b = np.insert(a, 0, 1.0), np.insert(b, 0, shift)
            yield e, a, b


def _places(count: int) -> Vector:
    return -np.cos(np.linspace(0, np.pi, count))


@lru_cache(maxsize=256)
def _standard_table(function: Function, count: int) -> Table:
    return table(function, _places(count), count / 2)
