"""Polynomials in several columns: products of Chebyshev polynomials of columns brought to [-1, 1]."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def coordinate(column: Array) -> Array:
    """The column, or its logarithm where it is positive, brought to [-1, 1]."""
    u = np.log(column) if (column > 0).all() else column
    low, high = float(u.min()), float(u.max())
    return (2 * u - low - high) / max(high - low, 1e-300)


def highest_degree(columns: int, most: int) -> int:
    """The highest total degree of a polynomial with so many terms at most."""
    degree = 1
    while degree < 10 and math.comb(columns + degree + 1, columns) <= most:
        degree += 1
    return degree


def products(bases: list[Array], used: list[int], degree: int) -> Array:
    """Products of Chebyshev polynomials [rows, terms] up to a total degree."""
    orders = np.arange(1, degree + 1)
    single = {k: np.cos(orders[:, None] * np.arccos(np.clip(bases[k], -1, 1))) for k in used}
    columns = [(np.ones(len(bases[0])), 0)]
    for k in used:
        columns += [
            (value * single[k][d - 1], size + d)
            for value, size in columns
            for d in range(1, degree - size + 1)
        ]
    return np.stack([value for value, _ in columns], axis=1)
