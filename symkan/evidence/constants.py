"""What the constants of a law are worth: information criteria, and pairs that the data can hardly tell apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from symkan.evidence.records import Correlation
from symkan.search.evaluation import error_sizes, evaluate
from symkan.symbolic.models import parametrise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.search.candidates import Candidate

    Array = NDArray[np.float64]

STRONG = 0.9
"""Correlations beyond this are told."""


def reduced_chi2(law: Candidate, x: Array, *, y: Array, sigma: Array) -> float:
    """χ² over degrees of freedom, on the rows x [n, features], y [n] that a law was fitted to, of errors sigma [n].

    About 1 where the law is right and the errors are as stated; nan without degrees of freedom.
    """
    freedom = len(y) - sum(p.exact is None for p in law.parameters)
    chi2 = float(np.square((evaluate(law, x) - y) / sigma).sum())
    return chi2 / freedom if freedom > 0 else math.nan


def information_criteria(
    law: Candidate, x: Array, *, y: Array, sigma: Array | None = None
) -> tuple[float, float]:
    """AIC and BIC (natural logarithms) of a law on rows x [n, features], y [n], for normal errors.

    Their size is a constant, fitted, too; in proportion to the target where the law's errors are, or to sigma [n] where
    that is given. Both are -inf for a law that leaves no residual.
    """
    residual = evaluate(law, x) - y
    sizes = error_sizes(law, x, sigma)
    scale = np.ones_like(y) if sizes is None else sizes
    variance = float(np.mean((residual / scale) ** 2))
    if variance == 0:
        return -math.inf, -math.inf
    rows = len(y)
    loss = rows * (math.log(2 * math.pi * variance) + 1) + 2 * float(np.log(scale).sum())
    free = sum(p.exact is None for p in law.parameters) + sum(len(s.coefficients) for s in law.splines) + 1
    return loss + 2 * free, loss + math.log(rows) * free


def correlations(law: Candidate, x: Array, *, sigma: Array | None = None) -> tuple[Correlation, ...]:
    """Pairs of fitted constants whose estimates are correlated by more than 0.9 on rows x [n, features]."""
    if law.splines:
        return ()
    model = parametrise(law.expression)
    names = [constant_name(law, value) for value in model.start]
    _, jacobian = model.jacobian(x, model.start)
    if (sizes := error_sizes(law, x, sigma)) is not None:
        jacobian = jacobian / sizes[:, None]
    jacobian = jacobian / np.maximum(np.linalg.norm(jacobian, axis=0), 1e-300)
    covariance = np.linalg.pinv(jacobian.T @ jacobian, hermitian=True)
    size = np.sqrt(np.diag(covariance))
    found = covariance / np.outer(size, size).clip(min=1e-300)
    return tuple(
        Correlation(first, second, float(found[i, j]))
        for i, first in enumerate(names)
        for j, second in enumerate(names[:i])
        if first and second and abs(found[i, j]) > STRONG
    )


def constant_name(law: Candidate, value: float) -> str:
    """The constant of the law that has this value; empty where none has."""
    return next((p.symbol for p in law.parameters if math.isclose(p.value, value, rel_tol=1e-12)), "")
