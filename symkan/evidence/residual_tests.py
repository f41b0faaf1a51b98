"""Whether the residuals of a law are noise: classical tests, each with its probability under noise alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from symkan.evidence.records import ResidualTest
from symkan.search.residuals import structure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def residual_tests(x: Array, prediction: Array, residual: Array) -> tuple[ResidualTest, ...]:
    """Test residuals for structure, runs, changing size, correlation of neighbours and lack of fit.

    Parameters
    ----------
    x
        Rows [n, features], in the file's order.
    prediction, residual
        Of the law, [n]; residuals of one size where noise is of the kind that the law assumes.

    Returns
    -------
    tuple of ResidualTest
        An F-test of polynomials in the columns; the runs test of Wald and Wolfowitz (1940) over the order of the
        predictions; Breusch and Pagan (1979), in Koenker's form, on the predictions; the correlation of
        neighbours in the file; and, where rows have equal columns, lack of fit against pure error.
    """
    if len(residual) < 8 or not residual.any():
        return ()
    tests = [
        ResidualTest("structure", structure(x, residual), "polynomials in the columns explain residuals"),
        ResidualTest("runs", _runs(residual[np.argsort(prediction, kind="stable")]), "signs come in runs"),
        ResidualTest(
            "size", _changing_size(prediction, residual), "errors change in size with the prediction"
        ),
        ResidualTest("neighbours", _neighbours(residual), "neighbours in the file have like errors"),
    ]
    replicated = _lack_of_fit(x, prediction, residual)
    if replicated is not None:
        tests.append(ResidualTest("replicates", replicated, "errors are larger than replicates allow"))
    return tuple(tests)


def _runs(residual: Array) -> float:
    """Two-sided p-value of the number of runs of one sign, by the normal approximation."""
    sign = residual > np.median(residual)
    above, below = int(sign.sum()), int((~sign).sum())
    n = above + below
    if min(above, below) < 3:
        return 1.0
    runs = 1 + int(np.count_nonzero(sign[1:] != sign[:-1]))
    mean = 1 + 2 * above * below / n
    variance = (mean - 1) * (mean - 2) / (n - 1)
    return _two_sided((runs - mean) / np.sqrt(variance))


def _changing_size(prediction: Array, residual: Array) -> float:
    """p-value of n·R² of the squared residuals on the prediction, chi-squared with one degree of freedom."""
    from scipy.special import chdtrc

    squares, z = residual**2, prediction - prediction.mean()
    spread = float(z @ z) * float(np.square(squares - squares.mean()).sum())
    if not 0 < spread < np.inf:
        return 1.0
    r2 = float(z @ (squares - squares.mean())) ** 2 / spread
    return float(chdtrc(1, len(z) * r2))


def _neighbours(residual: Array) -> float:
    """p-value of the correlation of residuals with those one row before."""
    centred = residual - residual.mean()
    correlation = float(centred[1:] @ centred[:-1]) / float(centred @ centred)
    return _two_sided(correlation * np.sqrt(len(residual)))


def _lack_of_fit(x: Array, prediction: Array, residual: Array) -> float | None:
    """p-value of the F-test of lack of fit against the spread of replicates; None where there are too few."""
    from scipy.special import fdtrc

    _, group, count = np.unique(x, axis=0, return_inverse=True, return_counts=True)
    group = group.ravel()
    pure = len(residual) - len(count)
    if pure < 3 or len(count) < 3:
        return None
    means = np.bincount(group, residual) / count
    within = float(np.square(residual - means[group]).sum())
    between = float((count * means**2).sum())
    if within == 0:
        return None
    return float(fdtrc(len(count) - 1, pure, between / (len(count) - 1) / (within / pure)))


def _two_sided(z: float) -> float:
    from scipy.special import erfc

    return float(erfc(abs(z) / np.sqrt(2)))
