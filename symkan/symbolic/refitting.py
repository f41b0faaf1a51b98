"""Fitting the free constants of an expression, with standard errors."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from symkan.symbolic.least_squares import ROUNDING, covariance, fit
from symkan.symbolic.models import ParametricModel, parametrise

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NORMAL = 1.959963984540054
"""Half the width of a 95 % interval of the normal distribution."""


@dataclass(frozen=True)
class Parameter:
    """A fitted constant of an expression.

    Attributes
    ----------
    symbol
        Its name in order of appearance: c1, c2, …
    value, standard_error
        Least-squares value and its standard error (from the Jacobian at the optimum; that of rounding for an
        exact fit; infinite when the data do not determine the constant).
    low, high
        95 % interval (Student's t).
    exact
        The closed form it was snapped to, such as "3/2" or "pi"; None while it is a fitted number.
    """

    symbol: str
    value: float
    standard_error: float
    low: float
    high: float
    exact: str | None = None

    def stands_for(self, number: float) -> bool:
        """Whether a number in the formula is this constant, up to its sign."""
        return math.isclose(abs(self.value), abs(number), rel_tol=1e-12)


@dataclass(frozen=True)
class Snap:
    """One proposal to replace a fitted constant by a closed form, and what came of it."""

    value: float
    low: float
    high: float
    proposed: str
    accepted: bool
    reason: str


@dataclass(frozen=True, eq=False)
class Refitted:
    """An expression with its constants fitted.

    Attributes
    ----------
    expression
        With the fitted numbers in it.
    parameters
        One for each free constant.
    covariance
        Of the constants, shape [m, m]; infinite variance where the data leave a constant undetermined.
    rss, r2
        Sum of squared residuals, in squared units of y; 1 - SS_res/SS_tot.
    """

    expression: sympy.Expr
    parameters: tuple[Parameter, ...]
    covariance: Array
    rss: float
    r2: float


def parameters(model: ParametricModel, theta: Array, errors: Array, *, rows: int) -> tuple[Parameter, ...]:
    """Constants [m] fitted to so many rows, with their standard errors [m] and 95 % intervals of Student's t."""
    t = students_t(rows - len(theta))
    return tuple(
        Parameter(name, float(value), float(error), float(value - t * error), float(value + t * error))
        for name, value, error in zip(model.constants, theta, errors, strict=True)
    )


def students_t(freedom: int) -> float:
    """Half the width of a 95 % interval in standard errors; infinite without degrees of freedom.

    Examples
    --------
    >>> round(students_t(10), 3)
    2.228
    """
    from scipy.special import stdtrit  # scipy.stats takes half a second to import

    return float(stdtrit(freedom, 0.975)) if freedom > 0 else float("inf")


def absolute(found: tuple[Parameter, ...], factor: float) -> tuple[Parameter, ...]:
    """Fitted constants with standard errors times a factor: for errors of y that are known; normal 95 % intervals."""
    made = []
    for p in found:
        error = p.standard_error * factor
        low, high = p.value - NORMAL * error, p.value + NORMAL * error
        made.append(p if p.exact is not None else replace(p, standard_error=error, low=low, high=high))
    return tuple(made)


def standard_errors(cov: Array, theta: Array) -> Array:
    """Roots of the variances, not below the rounding of the constants themselves."""
    return np.maximum(np.sqrt(np.diag(cov)), ROUNDING * np.abs(theta))


def refit(
    expression: sympy.Expr, x: Array, *, y: Array, steps: int = 30, weights: Array | None = None
) -> Refitted:
    """Fit all constants of an expression.

    Parameters
    ----------
    expression
        In x1, x2, …; every float in it is a constant to be fitted.
    x, y
        Rows [n, features] and target [n].
    steps
        At most so many steps of Levenberg-Marquardt.
    weights
        By which residuals and target are multiplied, [n], for `rss` and `r2`, too; None where all errors are equal.

    Returns
    -------
    Refitted
        Never worse than the expression given.
    """
    model = replace(parametrise(expression), weights=weights)
    goal = y if weights is None else y * weights
    fitted = fit(model, x, goal, steps=steps)
    cov = covariance(fitted, goal)
    errors = standard_errors(cov, fitted.theta)
    return Refitted(
        model.expression(fitted.theta),
        parameters(model, fitted.theta, errors, rows=len(y)),
        cov,
        fitted.rss,
        r_squared(fitted.rss, goal),
    )


def r_squared(rss: float, y: Array) -> float:
    """1 - SS_res/SS_tot; for a constant target 1 when the fit is exact, else -inf."""
    size = float(np.abs(y).max(initial=0.0)) or 1.0
    scaled = y / size
    total = float(np.square(scaled - scaled.mean()).sum())
    if total == 0:
        return 1.0 if rss == 0 else float("-inf")
    return 1 - rss / size**2 / total
