"""Levenberg-Marquardt on a and b for many curves at once, with c and d eliminated.

Variable projection (Golub and Pereyra 1973) with Kaufman's approximation of the Jacobian (BIT 15, 1975): for
given a, b the best c, d follow from linear regression, and what is left to fit are two numbers a curve, so
the normal equations of all curves are solved by hand in one batch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from symkan.symbolic.library import Function

    Vector = NDArray[np.float64]
    Matrix = NDArray[np.float64]

PERFECT = 1e-28  # share of the variance at which rounding is all that is left
_CONVERGED = 1e-11  # relative change of the residual below which a curve is left alone
_STUCK = 1e12  # damping from which a curve is left alone


@dataclass(frozen=True, eq=False)
class Points:
    """Where the curves are compared with the edges: rows of one length, padded where an edge has fewer points.

    Attributes
    ----------
    t
        Arguments in [-1, 1], one row for each way to look at an edge, shape [views, m].
    z
        Values of the edges, centred, 0 where padded, shape [edges, m].
    inside
        1, and 0 where padded, shape [edges, m]; None where nothing is.
    """

    t: Matrix
    z: Matrix
    inside: Matrix | None

    @classmethod
    def of(cls, t: Sequence[Vector], z: Sequence[Vector], edge: Sequence[int]) -> Points:
        """From rows of different lengths; `edge` says which edge each row of t looks at."""
        lengths = np.array([len(row) for row in z])
        m = int(lengths.max())
        inside = (np.arange(m) < lengths[:, None]).astype(np.float64)
        whole = bool((lengths == m).all())
        return cls(
            np.stack([np.pad(row, (0, m - lengths[e]), mode="edge") for e, row in zip(edge, t, strict=True)]),
            np.stack([np.pad(row, (0, m - len(row))) for row in z]),
            None if whole else inside,
        )

    def centred(self, values: Matrix, edge: NDArray[np.intp]) -> Matrix:
        """Rows [..., s, m] freed of their mean over the points, s curves of the given edges [s]."""
        if self.inside is None:
            whole: Matrix = values - values.mean(axis=-1, keepdims=True)
            return whole
        inside = self.inside[edge]
        values = np.where(inside > 0, values, 0.0)
        centred: Matrix = values - values.sum(-1, keepdims=True) / inside.sum(-1, keepdims=True)
        centred *= inside
        return centred


@dataclass(frozen=True, eq=False)
class Curves:
    """A batch of curves c·f(a·t + b) + d for some edges. Curves of one function stand together, then of one edge.

    Attributes
    ----------
    functions
        The functions of the batch.
    owner, edge, view
        Which function each curve belongs to, ascending, which edge it is to follow, and the row of `Points.t` that
        is its argument, shape [s] each.
    a, b
        Arguments, shape [s] each.
    loss
        Share of the variance that is left, 1 - R², shape [s]; infinite where the curve is not finite.
    """

    functions: tuple[Function, ...]
    owner: NDArray[np.intp]
    edge: NDArray[np.intp]
    view: NDArray[np.intp]
    a: Vector
    b: Vector
    loss: Vector

    def subset(self, kept: NDArray[np.intp]) -> Curves:
        """The curves with the given indices, ascending."""
        owner, edge, view = self.owner[kept], self.edge[kept], self.view[kept]
        return Curves(self.functions, owner, edge, view, self.a[kept], self.b[kept], self.loss[kept])

    def blocks(self) -> list[tuple[int, slice]]:
        """Index of each function that has curves, and which these are."""
        bounds = np.searchsorted(self.owner, np.arange(len(self.functions) + 1)).tolist()
        return [(k, slice(i, j)) for k, (i, j) in enumerate(pairwise(bounds)) if j > i]

    def groups(self) -> NDArray[np.intp]:
        """Index of the first curve of each function for each edge."""
        new = (np.diff(self.owner, prepend=-1) != 0) | (np.diff(self.edge, prepend=-1) != 0)
        return np.flatnonzero(new)


def polish(curves: Curves, points: Points, *, steps: int) -> Curves:
    """Improve a and b of every curve.

    Parameters
    ----------
    curves
        Where to start; `loss` is not read.
    points
        Where, and what, to fit.
    steps
        At most so many steps.
    """
    a, b = curves.a.copy(), curves.b.copy()
    free_a = np.array(["a" in f.free for f in curves.functions])[curves.owner]
    free_b = np.array(["b" in f.free for f in curves.functions])[curves.owner]
    total = np.einsum("em,em->e", points.z, points.z)[curves.edge]
    with np.errstate(all="ignore"):
        residual, centred, c = _regress(_evaluate(curves, a, b, points), points, curves.edge)
        loss = _loss(residual, total)
        damping = np.full(len(a), 1e-3)
        active = np.flatnonzero(np.isfinite(loss) & (free_a | free_b) & (loss > PERFECT))
        for _ in range(steps):
            if not len(active):
                break
            part = curves.subset(active)
            step_a, step_b = _step(
                _slopes(part, a[active], b[active], points, (c[active], centred[active])),
                residual[active],
                damping[active],
                np.stack([free_a[active], free_b[active]]),
            )
            new_a, new_b = a[active] + step_a, b[active] + step_b
            new_residual, new_centred, new_c = _regress(
                _evaluate(part, new_a, new_b, points), points, part.edge
            )
            new_loss = _loss(new_residual, total[active])
            new_loss[~_sensible(new_a, new_b, free_a[active])] = np.inf
            better = new_loss < loss[active]
            done = (new_loss <= PERFECT) | (np.abs(loss[active] - new_loss) < _CONVERGED * loss[active])
            rows = active[better]
            a[rows], b[rows], c[rows], loss[rows] = (
                new_a[better],
                new_b[better],
                new_c[better],
                new_loss[better],
            )
            residual[rows], centred[rows] = new_residual[better], new_centred[better]
            damping[active] = np.where(better, damping[active] * 0.1, damping[active] * 6)
            active = active[~done & (damping[active] < _STUCK)]
    return replace(curves, a=a, b=b, loss=loss)


def _sensible(a: Vector, b: Vector, free_a: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Beyond these limits a function is almost a line, a parabola or an exponential, where a, b drift."""
    farthest = np.where(free_a, 30.0, 300.0) + 2 * np.abs(a)
    sensible: NDArray[np.bool_] = (np.abs(a) > 5e-3) & (np.abs(b) < farthest)
    return sensible


def _loss(residual: Matrix, total: Vector) -> Vector:
    loss: Vector = np.einsum("sm,sm->s", residual, residual) / total
    loss[~np.isfinite(loss)] = np.inf
    return loss


def _evaluate(curves: Curves, a: Vector, b: Vector, points: Points) -> Matrix:
    values = np.empty((len(a), points.t.shape[1]))
    for k, rows in curves.blocks():
        t = points.t[curves.view[rows]]
        values[rows] = curves.functions[k].values(a[rows, None] * t + b[rows, None])
    return values


def _regress(values: Matrix, points: Points, edge: NDArray[np.intp]) -> tuple[Matrix, Matrix, Vector]:
    """Residuals and centred curves, both [s, m], and coefficients c of the regression of z on each row."""
    centred, z = points.centred(values, edge), points.z[edge]
    c = np.einsum("sm,sm->s", centred, z) / np.einsum("sm,sm->s", centred, centred)
    return z - c[:, None] * centred, centred, c


def _slopes(curves: Curves, a: Vector, b: Vector, points: Points, fit: tuple[Vector, Matrix]) -> Matrix:
    """Derivatives of the fit (c, centred curves) by a and b, freed of what c and d would make up for, [2, s, m]."""
    c, centred = fit
    slopes = np.empty((2, len(a), points.t.shape[1]))
    for k, rows in curves.blocks():
        t = points.t[curves.view[rows]]
        slopes[1, rows] = curves.functions[k].slopes(a[rows, None] * t + b[rows, None])
        np.multiply(slopes[1, rows], t, out=slopes[0, rows])
    slopes *= c[:, None]
    slopes[~np.isfinite(slopes)] = 0.0
    slopes = points.centred(slopes, curves.edge)
    share = np.einsum("psm,sm->ps", slopes, centred) / np.einsum("sm,sm->s", centred, centred)
    slopes -= share[:, :, None] * centred
    return slopes


def _step(
    slopes: Matrix, residual: Matrix, damping: Vector, free: NDArray[np.bool_]
) -> tuple[Vector, Vector]:
    """Solve the damped normal equations of every curve; `free`, shape [2, s], is where a, b may move."""
    gradient = np.einsum("psm,sm->ps", slopes, residual)
    diagonal = np.einsum("psm,psm->ps", slopes, slopes)
    mixed = np.einsum("sm,sm->s", slopes[0], slopes[1])
    scale = np.sqrt(np.where(free & (diagonal > 0), diagonal, np.inf))
    g_a, g_b = gradient / scale
    h = mixed / (scale[0] * scale[1])
    main = 1 + damping
    determinant = main * main - h * h
    return (main * g_a - h * g_b) / determinant / scale[0], (main * g_b - h * g_a) / determinant / scale[1]
