"""Errors of a model on the rows that trained, that validated and that stayed locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from symkan.evidence.records import Scores
from symkan.search.evaluation import rms
from symkan.search.records import Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.splitting import Split


def score(y: NDArray[np.float64], prediction: NDArray[np.float64]) -> Score | None:
    """Errors of predictions [n] for y [n]; None for no rows.

    Examples
    --------
    >>> score(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 6.0])).max_error
    2.0
    """
    if not len(y):
        return None
    residual, spread = prediction - y, rms(y - y.mean())
    rmse = rms(residual)
    nrmse = rmse / spread if spread > 0 else float("nan")
    return Score(len(y), rmse, nrmse, 1 - nrmse**2, float(np.max(np.abs(residual))))


def to_rounding(test: Score, fitted: float) -> bool:
    """Whether errors on other rows are as small as the RMSE on those fitted, which is rounding; rounding varies."""
    spread = test.rmse / test.nrmse if test.nrmse > 0 else 0.0
    return test.rmse <= 1e3 * max(fitted, 1e-15 * spread)


def scores(y: NDArray[np.float64], prediction: NDArray[np.float64], split: Split) -> Scores:
    """Errors of predictions [rows] for y [rows] on each part of the rows."""
    train, validation, test = (
        score(y[rows], prediction[rows]) for rows in (split.train, split.validation, split.test)
    )
    assert train is not None
    return Scores(train, validation, test)
