"""A KAN of a single layer, whose node adds or multiplies: least squares find its splines, without training.

No torch is loaded for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

INTERVALS = (12, 6, 3)
"""Of the cubic splines, as many as the data say; fewer where there are many columns."""
STARTS = 16
"""Random first splines of products."""
KEPT = 3
"""Starts of a product that go on to finer grids."""
SWEEPS = 12
"""Of alternating least squares over all columns: on the coarse grid, and between looks at the error on the fine one."""
LOOKS = 5
"""At the error of a product on the fine grid."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A KAN [n, 1] or [n, (0, 1)]: a cubic spline on a uniform grid for each column, a node that adds or multiplies.

    Attributes
    ----------
    low, high
        Ends of the grids, [columns].
    coefficients
        [columns, intervals + 3].
    product
        Whether the node multiplies.
    """

    low: Array
    high: Array
    coefficients: Array
    product: bool

    @classmethod
    def fit(cls, x: Array, z: Array, weights: Array, *, product: bool = False) -> Layer | None:
        """The layer for target z [n] at rows x [n, columns], its grid by generalised cross-validation.

        None where there are too few rows, or one value of a column.
        """
        rows, columns = x.shape
        low, high = x.min(0), x.max(0)
        best, least = None, np.inf
        for intervals in dict.fromkeys(min(count, rows // (3 * columns) - 3) for count in INTERVALS):
            if intervals < 2 or (low == high).any():
                break
            layer = cls(
                low, high, (_factors if product else _summands)(x, z, weights, intervals=intervals), product
            )
            error = layer.error(x, z, weights)
            if error < least:
                best, least = layer, error
        return best

    def error(self, x: Array, z: Array, weights: Array) -> float:
        """Mean square of what is left of z [n], as other rows would have it (generalised cross-validation)."""
        left = (self.node(self.curves(x)) - z) * weights
        columns = len(self.low)
        free = 1 - (self.coefficients.size - columns + 1) / len(
            z
        )  # the splines share their constants, or sizes
        return float(left @ left) / len(z) / free**2

    def curves(self, x: Array) -> Array:
        """Values of the edges, [n, columns]; beyond its grid an edge goes on as it ends."""
        inside = np.clip(x, self.low, self.high)
        design = _design(inside, self.low, self.high, self.coefficients.shape[1] - 3)
        values: Array = np.einsum("nig,ig->ni", design, self.coefficients)
        return values

    def node(self, values: Array) -> Array:
        """What values [n, columns] of the edges come to, [n]."""
        result: Array = values.prod(1) if self.product else values.sum(1)
        return result

    @property
    def shape(self) -> str:
        """Such as [3, 1], and [3, (0, 1)] of a product."""
        return f"[{len(self.low)}, {'(0, 1)' if self.product else 1}]"


def _summands(x: Array, z: Array, weights: Array, *, intervals: int) -> Array:
    """Coefficients [columns, intervals + 3] of the splines whose sum is nearest to z [n], by least squares."""
    design = _design(x, x.min(0), x.max(0), intervals).reshape(len(x), -1)
    c, *_ = np.linalg.lstsq(design * weights[:, None], z * weights, rcond=1e-12)
    return np.asarray(c.reshape(x.shape[1], -1), dtype=np.float64)


def _factors(x: Array, z: Array, weights: Array, *, intervals: int) -> Array:
    """Coefficients [columns, intervals + 3] of splines whose product is near to z [n], by alternating least squares.

    Each spline in turn is a linear regression, the others held. On a grid of one interval from many starts, since there
    are minima besides the least; the best go on to the fine grid, from what they are there.
    """
    low, high = x.min(0), x.max(0)
    t = np.linspace(-1, 1, 4)
    start = np.random.default_rng(0).normal(size=(STARTS, x.shape[1], 3))
    start[0] = [1, 0, 0]
    c = start @ np.stack([np.ones_like(t), t, t**2 - 1 / 3])
    coarse = _design(x, low, high, 1)
    curves = np.einsum("nig,sig->sni", coarse, c)
    _alternate(coarse, curves, z * weights, weights)
    curves = curves[np.argsort(_losses(curves, z, weights))[:KEPT]]
    fine, before = _design(x, low, high, intervals), np.inf
    for _ in range(LOOKS):
        c = _alternate(fine, curves, z * weights, weights)
        losses = _losses(curves, z, weights)
        if not losses.min() < 0.98 * before:
            break
        before = losses.min()
    best: Array = c[np.argmin(losses)]
    return best


def others(curves: Array) -> Array:
    """For each of the last axis the product of all others."""
    return np.stack([np.delete(curves, i, -1).prod(-1) for i in range(curves.shape[-1])], -1)


def _losses(curves: Array, z: Array, weights: Array) -> Array:
    """Mean squares [starts] of what products of curves [starts, n, columns] leave; infinite where undefined."""
    left = (curves.prod(2) - z) * weights
    losses: Array = np.nan_to_num(np.mean(left**2, axis=1), nan=np.inf)
    return losses


def _alternate(design: Array, curves: Array, goal: Array, weights: Array) -> Array:
    """Sweeps over the columns, in place of curves [starts, n, columns]; the coefficients [starts, columns, splines]."""
    starts, _, columns = curves.shape
    c = np.zeros((starts, columns, design.shape[2]))
    for _ in range(SWEEPS):
        for i in range(columns):
            a = design[None, :, i] * (np.delete(curves, i, 2).prod(2) * weights)[..., None]
            gram = a.transpose(0, 2, 1) @ a
            ridge = 1e-9 * np.trace(gram, axis1=1, axis2=2) / gram.shape[1] + 1e-300
            gram += ridge[:, None, None] * np.eye(gram.shape[1])
            c[:, i] = np.linalg.solve(gram, (a.transpose(0, 2, 1) @ goal)[..., None])[..., 0]
            values = c[:, i] @ design[:, i].T
            if i < columns - 1:  # the last one carries the size
                size = np.sqrt(np.mean(values**2, axis=1))[:, None] + 1e-300
                c[:, i] /= size
                values /= size
            curves[:, :, i] = values
    return c


def _design(x: Array, low: Array, high: Array, intervals: int) -> Array:
    """Cubic B-splines on uniform grids at x [n, columns]: [n, columns, intervals + 3]."""
    t = (x - low) * (intervals / (high - low))
    place = np.minimum(t.astype(np.int64), intervals - 1)
    u = t - place
    active = [(1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, 3 * (u + u**2 - u**3) + 1, u**3]
    design = np.zeros((*x.shape, intervals + 3))
    np.put_along_axis(design, place[..., None] + np.arange(4), np.stack(active, -1) / 6, axis=-1)
    return design
