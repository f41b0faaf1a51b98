"""A smooth curve through scattered points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def local_lines(x: Array, y: Array, at: Array, *, share: float = 2 / 3) -> Array:
    """Local regression: at each place the line through the nearest points, weighted by the tricube of distance.

    Parameters
    ----------
    x, y
        Points, shape [n] each.
    at
        Where the curve is wanted, shape [m].
    share
        Of the points, how many count at each place.

    Returns
    -------
    array
        Shape [m].

    References
    ----------
    W. S. Cleveland, Robust locally weighted regression and smoothing scatterplots, JASA 74 (1979) 829.
    """
    size = max(float(np.ptp(x)), 1e-300)
    distance = (x[None, :] - at[:, None]) / size  # [m, n]
    nearest = min(len(x) - 1, max(3, int(share * len(x))))
    reach = np.maximum(np.partition(np.abs(distance), nearest, axis=1)[:, nearest], 1e-9)[:, None]
    weight = (1 - np.minimum(np.abs(distance) / reach, 1) ** 3) ** 3
    weight /= np.maximum(weight.sum(1, keepdims=True), 1e-300)
    mean_x, mean_y = (weight * distance).sum(1), weight @ y
    off = distance - mean_x[:, None]
    spread = (weight * off**2).sum(1)
    slope = (weight * off * (y[None, :] - mean_y[:, None])).sum(1) / np.maximum(spread, 1e-12)
    return np.asarray(mean_y - slope * mean_x)
