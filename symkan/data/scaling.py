"""Bring columns to the size of one for training, by factors alone: zero stays zero, and powers stay powers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.options import ScalingOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scaling:
    """Scaled value = value / scale, column by column.

    Attributes
    ----------
    x
        Scales of the features, shape [features], in their units; negative where a column is negative throughout,
        so that its scaled values are positive.
    y
        Scale of the target, in its unit; positive.
    """

    x: Array
    y: float


def fit_scaling(x: Array, y: Array, options: ScalingOptions | None = None) -> Scaling:
    """Scales of each column of `x` [rows, features] and of `y` [rows], all finite.

    The scale is a high quantile of the absolute values and not the largest, so that one far value does not squeeze
    the others together.

    Examples
    --------
    >>> import numpy as np
    >>> scaling = fit_scaling(np.array([[-1.0], [-2.0], [-2.0]]), np.array([1e-34, 3e-34, 3e-34]))
    >>> scaling.x.tolist(), scaling.y
    ([-2.0], 3e-34)
    """
    options = options or ScalingOptions()
    sizes = [_size(column, options) * (-1.0 if (column < 0).all() else 1.0) for column in x.T]
    return Scaling(np.array(sizes, dtype=np.float64), _size(y, options))


def _size(values: Array, options: ScalingOptions) -> float:
    size = float(np.quantile(np.abs(values), options.quantile, method="higher"))
    return size if size > 0 else float(np.max(np.abs(values), initial=0.0)) or 1.0
