"""Where to start: the grid of affine arguments a·t + b of a library function, with c and d in closed form.

An edge is searched on t in [-1, 1]. The grid of a function follows from its shape, read off its values: does
it repeat, is it its own mirror image, and where are its poles and the ends of its domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.symbolic.library import Function

    Vector = NDArray[np.float64]

INFINITY = float("inf")
FASTEST = 400.0  # no grid goes beyond this many radians per half range, however dense the samples
_NARROWEST = 40.0  # the same for functions that do not repeat
_ENDS = (-np.pi, -np.pi / 2, -1.0, 0.0, 1.0, np.pi / 2, np.pi)  # where a function may have a pole or an end
_PROBES = np.array([0.2, 0.5, 0.8, 1.3, 2.1, 2.9])
_FLAT = 0.02  # beside a pole, a shorter stretch of a function looks like a power
_PEERS = 48  # peaks of the grid among which different curves are sought
_APART = 0.1  # curves that share less than 1 - this of their variance are surely different


@dataclass(frozen=True)
class Shape:
    """What the values of a function tell about its grid.

    Attributes
    ----------
    branches
        Intervals between its poles and the ends of its domain.
    mirrored
        f(-u) = ±f(u) + constant, so that the sign of `a` is free.
    periodic
        f(u + 2π) = f(u).
    """

    branches: tuple[tuple[float, float], ...]
    mirrored: bool
    periodic: bool

    @property
    def bounded(self) -> bool:
        """Whether a pole or an end of the domain exists."""
        return self.branches != ((-INFINITY, INFINITY),)


@dataclass(frozen=True, eq=False)
class Table:
    """The curves of one function over its grid: rows are centred and have norm 1."""

    a: Vector
    b: Vector
    rows: NDArray[np.float64]

    def scores(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Squared correlations of the curves with edges z, shape [m] or [m, edges], times the squared norm of z."""
        return np.square(self.rows @ z)

    def best(self, score: Vector, count: int) -> tuple[Vector, Vector]:
        """a and b of at most `count` different curves with the highest scores."""
        beside = np.concatenate([[-1.0], score, [-1.0]])
        peaks = np.flatnonzero((score >= beside[:-2]) & (score >= beside[2:]))
        peaks = peaks[np.argsort(-score[peaks])[:_PEERS]]
        if not len(peaks):
            return self.a[:0], self.b[:0]
        rows = self.rows[peaks]
        apart = 1 - np.square(rows @ rows.T)
        chosen: list[int] = []
        missed = 1 - float(score[peaks[0]])
        fine, coarse = apart > min(_APART, missed / 2), apart > _APART
        centres = self.b[peaks]
        coarse |= (np.abs(centres[:, None] - centres) > 1) & fine
        for differs, enough in ((fine, count // 2), (coarse, count)):
            for row in range(len(peaks)):
                if len(chosen) < enough and differs[row, chosen].all():
                    chosen.append(row)
        return self.a[peaks[chosen]], self.b[peaks[chosen]]


@lru_cache(maxsize=256)
def shape(function: Function) -> Shape:
    """Read the shape of a function off its values."""

    def values(u: Vector) -> Vector:
        with np.errstate(all="ignore"):
            return np.asarray(function.values(u), dtype=np.float64)

    right, left, later = values(_PROBES), values(-_PROBES), values(_PROBES + 2 * np.pi)
    both = np.isfinite(right) & np.isfinite(left)
    even, odd = (right - left)[both], (right + left)[both]
    mirrored = both.sum() > 1 and bool(min(np.ptp(even), np.ptp(odd)) < 1e-9)
    flat = np.ptp(right[both]) == 0 if both.any() else False
    periodic = not flat and bool(np.allclose(right, later, rtol=1e-6, atol=1e-9))
    edges = [end for end in _ENDS if _is_edge(values(end + np.array([-1e-7, 0.0, 1e-7])))]
    bounds = [-INFINITY, *edges, INFINITY]
    branches = [
        (low, high)
        for low, high in pairwise(bounds)
        if np.isfinite(values(np.array([_inside(low, high)])))[0]
        and not (mirrored and high <= 0)
        and not (periodic and edges and (np.isinf(low) or np.isinf(high)))
    ]
    return Shape(tuple(branches) or ((-INFINITY, INFINITY),), mirrored, periodic)


def _is_edge(around: Vector) -> bool:
    """Whether the values just before, at and just after a place show a pole or an end, not just a gap (sin(u)/u)."""
    before, at, after = np.abs(around)
    continues = before < 1e12 and after < 1e12
    return not (continues and (at < 1e12 or np.isclose(around[0], around[2], rtol=1e-3)))


def _inside(low: float, high: float) -> float:
    if np.isinf(low):
        return 0.3 if np.isinf(high) else high - 1.1
    return low + 1.1 if np.isinf(high) else (low + high) / 2


def table(function: Function, t: Vector, fastest: float) -> Table:
    """The curves of `function` at t, shape [m] within [-1, 1], for |a| up to `fastest`.

    Memory is bounded to about 10⁶ floats by thinning the grid. Points where the function is not finite at all
    t are left out.
    """
    a, b = _grid(function, min(fastest, FASTEST))
    stride = -(-len(a) * len(t) // 1_200_000)
    a, b = a[::stride], b[::stride]
    with np.errstate(all="ignore"):
        rows = np.asarray(function.values(a[:, None] * t + b[:, None]), dtype=np.float64)
        rows = rows / np.abs(rows).max(axis=1, keepdims=True)
        rows -= rows.mean(axis=1, keepdims=True)
        norm = np.sqrt(np.einsum("gm,gm->g", rows, rows))
        usable = np.isfinite(norm) & (norm > 1e-9)
        return Table(a[usable], b[usable], rows[usable] / norm[usable, None])


def _grid(function: Function, fastest: float) -> tuple[Vector, Vector]:
    form = shape(function)
    symmetric = form.mirrored and all(low == -high for low, high in form.branches)
    match "a" in function.free, "b" in function.free:
        case False, False:
            return np.ones(1), np.zeros(1)
        case False, True:
            b = np.concatenate([_shifts(*branch) for branch in form.branches])
            a = np.ones_like(b)
        case True, False:
            a = np.geomspace(0.05, max(60.0, fastest), 48)
            b = np.zeros_like(a)
        case _ if form.bounded:
            a, b = _joined([_chords(*branch) for branch in form.branches])
        case _ if form.periodic:
            return _frequencies(fastest)
        case _:
            a, b = _scales_and_centres(fastest)
    return (a, b) if symmetric else (np.concatenate([a, -a]), np.concatenate([b, b]))


def _joined(parts: list[tuple[Vector, Vector]]) -> tuple[Vector, Vector]:
    return np.concatenate([a for a, _ in parts]), np.concatenate([b for _, b in parts])


def _chords(low: float, high: float) -> tuple[Vector, Vector]:
    """All ways to lay the range of the data onto a ladder of places in the branch, dense where it ends."""
    if np.isinf(low) or np.isinf(high):
        steps = np.geomspace(1e-5, 60.0, 24)
        ladder = low + steps if np.isinf(high) else (high - steps)[::-1]
    else:
        near = np.array([1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 0.03, 0.08, 0.17, 0.28, 0.4])
        ladder = np.concatenate([low + (high - low) * near, high - (high - low) * near[::-1]])
    first, last = np.triu_indices(len(ladder), 1)
    a, b = (ladder[last] - ladder[first]) / 2, (ladder[last] + ladder[first]) / 2
    return a[a > _FLAT], b[a > _FLAT]


def _frequencies(fastest: float) -> tuple[Vector, Vector]:
    """From a fraction of a bend to the sampling limit, in steps of a tenth of a turn."""
    slow = np.geomspace(0.1, 0.8, 6)
    a = np.concatenate([slow, np.arange(1.2, max(fastest, 6.0), 0.6)])
    phases = np.arange(4) * np.pi / 4
    return np.repeat(a, 4), np.tile(phases, len(a))


def _scales_and_centres(fastest: float) -> tuple[Vector, Vector]:
    """Widths from a fraction of a bend to the sampling limit, the centre in the range or beside it."""
    scales = [0.25]
    while scales[-1] < min(max(fastest / 2, 8.0), _NARROWEST):
        scales.append(scales[-1] * 1.25)
    parts = []
    for scale in scales:
        b = np.linspace(-scale - 3, scale + 3, 2 * int(np.ceil(1.2 * (scale + 3))) + 1)
        parts.append((np.full_like(b, scale), b))
    return _joined(parts)


def _shifts(low: float, high: float) -> Vector:
    """The end of the branch 10⁻⁶ to 100 half ranges outside the range; without an end, u = 0 everywhere."""
    beyond = 1 + np.geomspace(1e-6, 100.0, 33)
    if np.isfinite(low):
        return low + beyond
    if np.isfinite(high):
        return high - beyond
    far = np.geomspace(1.4, 30.0, 10)
    return np.concatenate([-far[::-1], np.linspace(-1.2, 1.2, 25), far])
