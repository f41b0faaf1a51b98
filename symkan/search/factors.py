"""Columns that enter a law as a power alone, or not at all: found without knowing the law.

y = x_i^p · g(rest) is compared with y = g(all), both with a polynomial for g of one degree, by the noise that each
leaves. The polynomial need not be good: where a column is a factor, the smaller model loses nothing. p = 0 is a column
that plays no part.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.search.chebyshev import coordinate, highest_degree, products

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.search.networks import Sample
    from symkan.search.problems import Problem

    Array = NDArray[np.float64]

POWERS = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 1.5, -1.5, 4.0, -4.0)
"""In the order of preference."""

IDLE = 1.02
"""A column without which the error rises by less plays no part, and is left out before factors are looked for."""

UNUSED = 1.05
"""By how much the error may rise when a column is left out: what a polynomial misses is no noise."""

POOR = 0.8
"""A polynomial that leaves more than this share of the target tells nothing."""


def separable_powers(
    problem: Problem, table: Dataset, sample: Sample, *, margin: float = 1.01
) -> dict[int, Fraction]:
    """Which columns of a problem are factors of its target, with their powers.

    Parameters
    ----------
    problem
        Columns and target.
    table
        Rows of the whole table; errors count as they show in its target.
    sample
        Rows that may be looked at.
    margin
        By how much the error may rise when a column becomes a factor.
    """
    rows = sample.rows
    x = problem.x[rows]
    bases = [coordinate(column)[rows] for column in problem.x.T]
    found: dict[int, Fraction] = {}
    factor = problem.weights(table)[rows]
    rest = list(range(len(bases)))
    t = problem.t[rows] * factor
    while len(rest) > 1:
        degree = highest_degree(len(rest), min(len(rows) // 5, 160))
        whole = _error(products(bases, rest, degree) * factor[:, None], t)
        if whole > POOR * float(np.std(t)):
            break
        fewer = {i: products(bases, [k for k in rest if k != i], degree) for i in rest}
        unused = [_Trial(_error(terms * factor[:, None], t), i, 0.0) for i, terms in fewer.items()]
        best = min(unused)
        if best.error > IDLE * whole:  # with fewer columns the degree rises, so that factors show better
            powers = [
                _Trial(_error(fewer[i] * (factor * x[:, i] ** p)[:, None], t), i, p)
                for i in rest
                for p in POWERS
                if not ((p < 0 and (x[:, i] == 0).any()) or (p % 1 and (x[:, i] < 0).any()))
            ]
            best = min((*unused, *powers), key=lambda trial: trial.error * 1.002 ** _rank(trial.power))
        if not best.error <= (margin if best.power else UNUSED) * whole:
            break
        found[best.column] = Fraction(best.power)
        factor = factor * x[:, best.column] ** best.power
        rest.remove(best.column)
    return found


class _Trial(NamedTuple):
    """A column taken for a power of this exponent, and the error of the polynomial in the others."""

    error: float
    column: int
    power: float


def _rank(power: float) -> int:
    return 1 + POWERS.index(power) if power else 0


def _error(terms: Array, t: Array) -> float:
    """Standard deviation of what a sum of terms, fitted to t [rows], leaves; terms cost degrees of freedom."""
    scale = np.maximum(np.sqrt(np.mean(terms**2, axis=0)), 1e-300)
    if not np.isfinite(scale).all():
        return np.inf
    c, *_ = np.linalg.lstsq(terms / scale, t, rcond=1e-9)
    residual = terms / scale @ c - t
    return float(np.sqrt(residual @ residual / max(len(t) - terms.shape[1], 1)))
