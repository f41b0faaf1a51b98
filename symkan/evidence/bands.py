"""Prediction bands: where the mean and a new observation lie, from what a record keeps of the fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from symkan.evidence.constants import constant_name
from symkan.evidence.records import Band
from symkan.search.evaluation import error_sizes, evaluate, rms
from symkan.symbolic.models import parametrise
from symkan.symbolic.refitting import students_t
from symkan.symbolic.streaming import chunks, fit_in_chunks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.search.candidates import Candidate
    from symkan.symbolic.models import ParametricModel

    Array = NDArray[np.float64]


def band(
    law: Candidate, x: Array, *, y: Array, rows: NDArray[np.int64], sigma: Array | None = None
) -> Band | None:
    """The band of a law.

    Parameters
    ----------
    law
        The law.
    x, y
        The table, [n, features] and [n].
    rows
        Numbers of the rows that its constants were fitted to.
    sigma
        Standard errors of y [n], for a law fitted with them; those of new observations count as their root mean square.

    Returns
    -------
    Band or None
        None for a law with splines, without degrees of freedom, or with constants that the rows leave undetermined.
    """
    if law.splines:
        return None
    model = parametrise(law.expression)
    freedom = len(rows) - len(model.start)
    here = fit_in_chunks(model, x, y=y, rows=rows, sizes=error_sizes(law, x, sigma), steps=0)
    if freedom < 1 or not np.isfinite(here.covariance).all():
        return None
    scale = math.sqrt(here.rss / freedom)
    cov, scatter = here.covariance, scale
    if sigma is not None:  # errors are absolute
        cov, scatter = cov / max(scale, 1e-300) ** 2, rms(sigma[rows])
    names = tuple(constant_name(law, value) for value in model.start)
    return Band(names, tuple(model.start.tolist()), cov, scatter, freedom)


def limits(law: Candidate, known: Band, x: Array, *, observation: bool = True) -> tuple[Array, Array]:
    """95 % limits, for a new observation or for the law's mean value, by the delta method.

    Parameters
    ----------
    law, known
        The law, and its band.
    x
        Rows [n, features].
    observation
        Whether the scatter of a single observation is to be added.

    Returns
    -------
    low, high
        Shape [n] each; nan where the law is undefined.
    """
    t = students_t(known.freedom)
    low, high = np.empty((2, len(x)))
    with np.errstate(all="ignore"):
        for part in chunks(len(x)):
            values = evaluate(law, x[part])
            scatter = known.sigma * (np.abs(values) if law.errors == "proportional" else 1.0)
            variance = np.square(spread(law, known, x[part])).sum(axis=1) + observation * scatter**2
            low[part], high[part] = values - t * np.sqrt(variance), values + t * np.sqrt(variance)
    return low, high


def spread(law: Candidate, known: Band, x: Array) -> Array:
    """How values at rows x [n, features] move with independent errors of unit size in the constants: J·C^(1/2), [n, m].

    Its squares summed over m are the variances of the law's mean values.
    """
    model = parametrise(law.expression)
    moves: Array = model.jacobian(x, model.start)[1] @ root(model, known)
    return moves


def root(model: ParametricModel, known: Band) -> Array:
    """C^(1/2) of the constants of a model, [m, m]: what independent errors of unit size do to them."""
    order = _order(model, known)
    m = len(order)
    cov = known.covariance.reshape(m, m)[order][:, order]  # an empty one loses its shape in a file
    size = np.sqrt(np.diag(cov)).clip(min=1e-300)
    variances, directions = np.linalg.eigh(cov / np.outer(size, size))  # of constants in their own errors
    found: Array = size[:, None] * directions * np.sqrt(variances.clip(min=0))
    return found


def _order(model: ParametricModel, known: Band) -> list[int]:
    """The place in the band of each constant of the model: a formula that was read may have another order."""
    left = list(range(len(known.values)))
    order = []
    for value in model.start:
        order.append(min(left, key=lambda k: abs(known.values[k] - value)))
        left.remove(order[-1])
    return order
