"""Whether new rows contradict a law: its errors, its mean, its constants, and structure in what it leaves.

The constants are known with a covariance C only, so residuals of new rows are r = B·u + e with B = J·C^(1/2), u of unit
variance, and e the noise. Along the singular vectors of B, errors of the constants and noise cannot be told apart, and
their variances add; across them there is noise alone. So each test has the right size, be the new rows few or many
(Chow, Econometrica 28, 1960, for linear models).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.errors import RowsError
from symkan.evidence.bands import spread
from symkan.search.evaluation import evaluate, rms
from symkan.search.residuals import structure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.evidence.records import Band
    from symkan.search.candidates import Candidate
    from symkan.search.records import DataSummary, Score

    Array = NDArray[np.float64]

LEVEL = 0.05
"""A true law fails in this share of cases; each test has its part of it."""
FEWEST = 3
"""Rows that say anything."""


@dataclass(frozen=True)
class Trial:
    """One test: what it looks at, what it found in plain words, and how often a true law would do no better."""

    name: str
    text: str
    probability: float
    passed: bool


@dataclass(frozen=True)
class Falsification:
    """What new rows say about a law.

    Attributes
    ----------
    passed
        Whether nothing speaks against it.
    trials
        The tests, on rows inside the fitted ranges.
    rows, outside, unusable
        Rows inside the ranges that were fitted, rows outside, and rows with a gap.
    rmse, rmse_outside
        Of the law on both, in units of the target; nan where there are no such rows, or it is undefined on one.
    expected
        RMSE that the record leads to expect.
    """

    passed: bool
    trials: tuple[Trial, ...]
    rows: int
    outside: int
    unusable: int
    rmse: float
    rmse_outside: float
    expected: float


class _Expected(NamedTuple):
    """The size of errors (a share of the target where they are proportional), and its degrees of freedom."""

    sigma: float
    freedom: int


def falsify(
    law: Candidate, x: Array, *, y: Array, data: DataSummary, test: Score | None, band: Band | None
) -> Falsification:
    """Test a law on rows that it has not seen.

    Parameters
    ----------
    law
        The law.
    x, y
        New rows, [n, features] and [n]; rows with a nan do not count.
    data, test
        From the record: what the law was fitted to, and its errors on locked rows.
    band
        From its evidence. Without it constants count as known exactly, which is fair to few new rows only.

    Raises
    ------
    RowsError
        When fewer than three usable rows lie inside the fitted ranges.
    """
    usable = np.isfinite(x).all(axis=1) & np.isfinite(y)
    low, high = np.array(data.feature_ranges, dtype=np.float64).reshape(-1, 2).T
    inside = usable & ((x >= low) & (x <= high)).all(axis=1)
    outside = usable & ~inside
    if inside.sum() < FEWEST:
        raise RowsError(
            f"{inside.sum()} usable rows lie inside the ranges that the law was fitted to, and {FEWEST} are needed; "
            "give more rows"
        )
    prediction = evaluate(law, x)
    expected = _expected(law, data, test, band)
    trials = _trials(law, x[inside], y[inside], expected=expected, band=band)
    return Falsification(
        all(trial.passed for trial in trials),
        trials,
        int(inside.sum()),
        int(outside.sum()),
        int((~usable).sum()),
        rms((prediction - y)[inside]),
        rms((prediction - y)[outside]) if outside.any() else float("nan"),
        expected.sigma * (rms(y[inside]) if law.errors == "proportional" and band else 1.0),
    )


def _expected(law: Candidate, data: DataSummary, test: Score | None, band: Band | None) -> _Expected:
    """From the locked rows together with those that validated; the fit's own where only that is relative."""
    if band is not None and law.errors == "proportional":
        return _Expected(band.sigma, band.freedom)
    validated = data.validation_rows or data.train_rows  # by folds, of which each row is left out once
    locked = test.rows if test else 0
    squares = validated * law.validation_rmse**2 + (locked * test.rmse**2 if test else 0.0)
    return _Expected(float(np.sqrt(squares / (validated + locked))), validated + locked)


def _trials(
    law: Candidate, x: Array, y: Array, *, expected: _Expected, band: Band | None
) -> tuple[Trial, ...]:
    prediction = evaluate(law, x)
    lost = int((~np.isfinite(prediction)).sum())
    if lost:
        return (Trial("defined", f"the law is undefined on {lost} rows inside its ranges", 0.0, False),)
    size = np.abs(prediction) if band is not None and law.errors == "proportional" else np.ones(len(y))
    residual = (y - prediction) / size
    moves = np.zeros((len(y), 0)) if band is None else spread(law, band, x) / size[:, None]
    floor = 1e-12 * rms(y / size)  # errors of rounding
    found = list(_tests(x, residual, moves, _Expected(max(expected.sigma, floor), expected.freedom)))
    if law.errors == "given":  # those of the new rows are not known, so their size says nothing
        found = [test for test in found if test[0] != "size of errors"]
    return tuple(
        Trial(name, text, probability, probability > LEVEL / len(found)) for name, text, probability in found
    )


def _tests(x: Array, residual: Array, moves: Array, expected: _Expected) -> list[tuple[str, str, float]]:
    """Name, finding and probability of each test; `moves` is B, [rows, constants]."""
    from scipy.special import fdtrc, stdtr

    n, (sigma, freedom) = len(residual), expected
    u, s, _ = np.linalg.svd(moves, full_matrices=False)
    u, s = u[:, s > 1e-9 * sigma], s[s > 1e-9 * sigma]
    along = u.T @ residual
    left = residual - u @ along
    free = n - len(s)
    found = []
    if free > 0:
        ratio = float(left @ left) / free / sigma**2
        text = f"errors are {np.sqrt(ratio):.3g} times as large as expected from the fit"
        found.append(("size of errors", text, float(fdtrc(free, freedom, ratio))))
    mean = float(residual.mean())
    error = float(np.sqrt(sigma**2 / n + np.sum(moves.mean(axis=0) ** 2)))
    text = f"the mean error is {mean / error:+.3g} standard errors"
    found.append(("bias", text, 2 * float(stdtr(freedom, -abs(mean) / error))))
    if len(s):
        ratio = float(np.mean(along**2 / (s**2 + sigma**2)))
        text = f"constants fitted to these rows differ by {np.sqrt(ratio):.2g} times their errors"
        found.append(("constants", text, float(fdtrc(len(s), freedom, ratio))))
    probability = structure(np.column_stack([x, np.arange(n)]), left)
    text = f"noise alone shows as much structure with probability {probability:.2g}"
    found.append(("drift", text, probability))
    return found
