"""Fits to more rows than fit into memory with their derivatives: Gauss-Newton, a chunk of rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.symbolic.models import ParametricModel

    Array = NDArray[np.float64]

CHUNK = 100_000
"""Rows at a time."""


class Streamed(NamedTuple):
    """A fit of constants.

    Attributes
    ----------
    theta
        Their values, [m].
    rss
        Sum of squared residuals; inf where the model is undefined on a row.
    covariance
        Of the constants, [m, m]; infinite where the rows leave one undetermined.
    """

    theta: Array
    rss: float
    covariance: Array


class _Pass(NamedTuple):
    """What one pass over the rows gives: R of the QR decomposition of [J, y - f], of which the last column holds
    Qᵀ(y - f) and, at its end, the length of what no step can lower."""

    root: Array
    rss: float


def chunks(rows: int, size: int = CHUNK) -> Iterator[slice]:
    """Slices that cover so many rows.

    Examples
    --------
    >>> list(chunks(5, 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))


def fit_in_chunks(
    model: ParametricModel,
    x: Array,
    *,
    y: Array,
    rows: NDArray[np.int64],
    sizes: Array | None = None,
    steps: int = 8,
) -> Streamed:
    """Fit the constants of a model by Gauss-Newton, from its own start.

    The memory needed does not grow with the rows: the QR decomposition of one chunk after the other is merged with
    that of all before it (Golub and Van Loan, Matrix Computations, section 5.3).

    Parameters
    ----------
    model
        From `parametrise`.
    x, y
        The table, [n, features] and [n].
    rows
        Numbers of the rows to fit.
    sizes
        Of the errors, [n], by which residuals are divided; None where all are equal.
    steps
        At most so many, 0 to stay at the start; each is halved until it lowers the loss.
    """
    theta = model.start

    def look(theta: Array) -> _Pass:
        parts = (rows[part] for part in chunks(len(rows)))
        table = ((x[part], y[part], None if sizes is None else sizes[part]) for part in parts)
        return _pass(model, theta, table)

    now = look(theta)
    for _ in range(steps):
        if not len(theta) or not np.isfinite(now.rss):
            break
        step, promise = _step(now.root)
        if promise <= 1e-12 * now.rss:
            break
        for halving in range(8):
            trial = theta + step / 2**halving
            after = look(trial)
            if after.rss < now.rss:
                theta, now = trial, after
                break
        else:
            break
    return Streamed(theta, now.rss, _covariance(now, len(rows)))


def _pass(model: ParametricModel, theta: Array, table: Iterable[tuple[Array, Array, Array | None]]) -> _Pass:
    width = len(theta) + 1
    root, rss = np.zeros((0, width)), 0.0
    for x, y, sizes in table:
        values, jacobian = model.jacobian(x, theta)
        block = np.column_stack([jacobian, y - values])
        if sizes is not None:
            block /= sizes[:, None]
        if not np.isfinite(block).all():
            return _Pass(np.zeros((width, width)), np.inf)
        rss += float(block[:, -1] @ block[:, -1])
        root = np.asarray(np.linalg.qr(np.vstack([root, block]), mode="r"))
    return _Pass(root, rss)


def _step(root: Array) -> tuple[Array, float]:
    """The full step, and by how much it lowers the loss of the linearised model."""
    m = root.shape[1] - 1
    scale = np.maximum(np.linalg.norm(root[:, :m], axis=0), 1e-300)
    step, *_ = np.linalg.lstsq(root[:m, :m] / scale, root[:m, m], rcond=1e-13)
    return step / scale, float(root[:m, m] @ root[:m, m])


def _covariance(fitted: _Pass, rows: int) -> Array:
    m = fitted.root.shape[1] - 1
    scale = np.linalg.norm(fitted.root[:, :m], axis=0)
    if rows <= m or not np.isfinite(fitted.rss) or not (scale > 0).all():
        return np.diag(np.full(m, np.inf))
    right, singular, _ = np.linalg.svd((fitted.root[:m, :m] / scale).T)
    if m and singular[-1] <= 1e-11 * singular[0]:
        return np.diag(np.full(m, np.inf))
    half = right / singular / scale[:, None]
    cov: Array = half @ half.T * (fitted.rss / (rows - m))
    return cov
