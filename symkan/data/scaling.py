"""Bring columns to about [-1, 1] for training; affine, so that the formula gets the file's own units back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.options import ScalingOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALLEST = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class Scaling:
    """Scaled value = (value - center) / scale, column by column.

    Attributes
    ----------
    x_center, x_scale
        Shape [features], in the units of the features; scales are positive.
    y_center, y_scale
        In the unit of the target; the scale is positive.
    """

    x_center: NDArray[np.float64]
    x_scale: NDArray[np.float64]
    y_center: float
    y_scale: float

    def scale_x(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Features [rows, features], scaled."""
        return (x - self.x_center) / self.x_scale

    def scale_y(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Target [rows], scaled."""
        return (y - self.y_center) / self.y_scale

    def unscale_y(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Target [rows] in its own unit, from scaled values."""
        return scaled * self.y_scale + self.y_center


def fit_scaling(
    x: NDArray[np.float64], y: NDArray[np.float64], options: ScalingOptions | None = None
) -> Scaling:
    """Centre and scale of each column of `x` [rows, features] and of `y` [rows], all finite.

    A column is mapped from its smallest and largest value to -1 and 1. Where this range is more than
    `options.skew` times the central 90 % of the values (normal: 2; exponential: 2 to 4; both up to 100,000 rows),
    far values would squeeze the others together: then the median goes to 0 and the central 90 % get a width of 2, but
    no value comes to lie beyond about `options.reach`.

    Examples
    --------
    >>> import numpy as np
    >>> scaling = fit_scaling(np.array([[0.0], [1.0], [4.0]]), np.array([1e-34, 2e-34, 3e-34]))
    >>> scaling.scale_x(np.array([[3.0]])).item(), scaling.y_center
    (0.5, 2e-34)
    """
    options = options or ScalingOptions()
    columns = [_affine(column, options) for column in x.T]
    center, scale = np.array(columns, dtype=np.float64).reshape(-1, 2).T
    return Scaling(center, scale, *_affine(y, options))


def _affine(values: NDArray[np.float64], options: ScalingOptions) -> tuple[float, float]:
    """Centre and scale of one column; halves are taken first since the difference of two floats may overflow."""
    halves = values / 2
    low, high = float(halves.min()), float(halves.max())
    lower, upper = np.quantile(halves, (0.05, 0.95))
    full, bulk = high - low, float(upper - lower)
    if full <= _SMALLEST:  # constant in these rows
        return float(values[0]), max(abs(float(values[0])), 1.0 if values[0] == 0 else _SMALLEST)
    if full <= options.skew * bulk:
        return high + low, full
    return float(np.median(values)), max(bulk, full / (options.reach / 2))
