"""Intervals of constants by the bootstrap: a check of those that theory gives, for tables of few rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.evaluation import error_sizes
from symkan.symbolic.least_squares import fit
from symkan.symbolic.models import parametrise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.search.candidates import Candidate

    Array = NDArray[np.float64]


def bootstrap(
    law: Candidate, x: Array, *, y: Array, pairs: bool = False, draws: int = 1000, seed: int = 0
) -> Array:
    """95 % percentile intervals of the free constants (Efron and Tibshirani, 1993).

    Parameters
    ----------
    law
        Without splines, and not fitted with standard errors of y.
    x, y
        The rows that its constants were fitted to, [n, features] and [n].
    pairs
        Whether whole rows are drawn again, which is right for errors of any size; else residuals, which keeps the
        columns as they are, and is better for few rows.
    draws
        Fits; those that leave the formula undefined do not count.
    seed
        Of the draws.

    Returns
    -------
    array
        Low and high end for each constant, in order of appearance in `parametrise(law.expression)`; shape [m, 2].
    """
    n, generator = len(y), np.random.default_rng(seed)
    sizes = error_sizes(law, x)
    weights = np.ones(n) if sizes is None else 1 / sizes
    model = replace(parametrise(law.expression), weights=weights)
    best, goal = model.start, y * weights
    values = model.values(x, best)
    residual = (goal - values) * np.sqrt(n / max(n - len(best), 1))  # a fit makes its residuals too small
    found = []
    for rows in generator.integers(n, size=(draws, n)):
        if pairs:
            drawn = fit(replace(model, weights=weights[rows]), x[rows], goal[rows], start=best)
        else:
            drawn = fit(model, x, values + residual[rows], start=best)
        if np.isfinite(drawn.rss):
            found.append(drawn.theta)
    return np.quantile(found, (0.025, 0.975), axis=0).T
