"""One law fitted to several tables at once, some of its constants shared by all, from the fits of each table alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

EXACT = 1e-9
"""Relative error below which constants are equal, however small their standard errors."""


class Joint(NamedTuple):
    """A fit of k tables with q of the m constants shared.

    Attributes
    ----------
    shared
        Which are shared, by position.
    values, errors
        Constants of each table and their standard errors, [k, m]; those of shared ones are alike in all.
    distance, freedom, p
        By how much the fit of all rows gets worse by sharing (χ²), its degrees of freedom (k - 1)·q, and the
        probability that chance alone makes it as much worse; 1 where nothing is shared.
    rows
        How many were fitted; 0 where the fits of each table alone had to do.
    """

    shared: tuple[int, ...]
    values: Array
    errors: Array
    distance: float
    freedom: int
    p: float
    rows: int = 0


def joint(values: Array, covariances: Array, *, shared: tuple[int, ...]) -> Joint:
    """The joint fit by generalised least squares.

    Near its minimum the χ² of a table is (θ - θᵢ)ᵀ Cᵢ⁻¹ (θ - θᵢ), so estimates and covariances say all that the joint
    fit needs to know of the rows: exactly where constants enter linearly, to first order in their errors elsewhere.

    Parameters
    ----------
    values, covariances
        Constants of each table fitted alone, [k, m], and their covariance, [k, m, m].
    shared
        Positions of the constants that are one in all tables.
    """
    from scipy.special import chdtrc

    errors = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    floor = np.maximum(errors, EXACT * np.abs(values))
    floor[floor == 0] = np.finfo(float).tiny
    # a small share of variance that is not correlated keeps what rounding leaves of an exact fit invertible
    scale = floor[:, :, None] * floor[:, None, :]
    correlation = covariances / scale
    index = np.arange(values.shape[1])
    correlation[:, index, index] = 1.0 + 1e-12
    covariances = correlation * scale
    if not shared:
        return Joint((), values, floor, 0.0, 0, 1.0)
    own = covariances[:, shared, :][:, :, shared]  # [k, q, q]
    size = np.median(floor[:, shared], axis=0)  # constants may be 1e-34 and 1e24
    unit = np.outer(size, size)
    weights = np.linalg.inv(own / unit)
    middle = np.median(values[:, shared], axis=0)  # subtracted first: means of nearly equal numbers
    apart = (values[:, shared] - middle) / size
    spread = np.linalg.inv(weights.sum(axis=0))
    mean = spread @ np.einsum("kij,kj->i", weights, apart)
    rest = apart - mean
    distance = float(np.einsum("ki,kij,kj->", rest, weights, rest))
    freedom = (len(values) - 1) * len(shared)
    # what is not shared follows: f + C_fs C_ss⁻¹ (s - sᵢ)
    gain = covariances[:, :, shared] @ (weights / unit)
    moved = values - np.einsum("kmq,kq->km", gain, rest * size)
    left = covariances - gain @ covariances[:, shared, :] + gain @ (spread * unit) @ gain.transpose(0, 2, 1)
    return Joint(
        shared,
        moved,
        np.sqrt(np.maximum(np.diagonal(left, axis1=1, axis2=2), 0.0)),
        distance,
        freedom,
        float(chdtrc(freedom, distance)),
    )
