"""Whether residuals are noise: an F-test of a polynomial in the columns against none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from symkan.search.chebyshev import coordinate, highest_degree, products

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST = (60, 180)
"""Terms of a low and of a high polynomial in all columns, at most, and at most one for every five rows."""


def structure(x: Array, residual: Array) -> float:
    """The probability that noise alone gives as much structure as there is in residuals.

    Parameters
    ----------
    x
        Columns, [rows, columns].
    residual
        What a formula leaves, [rows]; of one size, or divided by the size that is expected.

    Returns
    -------
    float
        The smallest p-value of three F-tests, times three: of a polynomial in each column, and of a low and a high one
        in all columns together.

    Examples
    --------
    >>> x = np.linspace(0, 1, 60)[:, None]
    >>> noise = np.random.default_rng(0).normal(size=60)
    >>> structure(x, noise) > 0.05, structure(x, noise + 9 * x[:, 0] ** 2) < 1e-6
    (True, True)
    """
    rows, columns = x.shape
    bases = [coordinate(column) for column in x.T]
    each = max(1, min(6, rows // 6 // columns))
    alone = np.concatenate(
        [np.ones((rows, 1)), *(products(bases, [k], each)[:, 1:] for k in range(columns))], axis=1
    )
    degrees = {highest_degree(columns, min(most, rows // 5)) for most in MOST}
    together = [products(bases, list(range(columns)), degree) for degree in degrees]
    tests = [_p_value(terms, residual) for terms in (alone, *together) if terms.shape[1] < rows // 2]
    return min(1.0, 3 * min(tests, default=1.0))


def worse(residual: Array, other: Array) -> bool:
    """Whether residuals [n] are larger than others on the same rows, by more than twice their squares' standard error.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=50)
    >>> worse(noise, noise[::-1]), worse(2 * noise, noise)
    (False, True)
    """
    rise = residual**2 - other**2
    return not float(rise.mean()) <= 2 * float(rise.std(ddof=1)) / len(rise) ** 0.5


def telling(rows: int, columns: int) -> bool:
    """Whether so many rows show curvature and products of columns in residuals, and not only slopes.

    Examples
    --------
    >>> telling(50, 4), telling(100, 4)
    (False, True)
    """
    return highest_degree(columns, rows // 5) > 1


def _p_value(terms: Array, residual: Array) -> float:
    from scipy.special import fdtrc  # scipy.stats takes half a second to import

    q, r = np.linalg.qr(terms)
    q = q[:, np.abs(np.diag(r)) > 1e-9 * np.abs(np.diag(r)).max()]
    explained = float(np.sum((q.T @ residual) ** 2))
    left = float(residual @ residual) - explained
    freedom = len(residual) - q.shape[1]
    if left <= 0 or freedom <= 0:
        return 0.0
    return float(fdtrc(q.shape[1], freedom, (explained / q.shape[1]) / (left / freedom)))
