"""Fitting the free constants of an expression, with standard errors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """A fitted constant of an expression.

    Attributes
    ----------
    symbol
        Its name in order of appearance: c1, c2, …
    value, standard_error
        Least-squares value and its standard error (from the Jacobian at the optimum; 0 for an exact fit).
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


@dataclass(frozen=True)
class Snap:
    """One proposal to replace a fitted constant by a closed form, and what came of it."""

    value: float
    low: float
    high: float
    proposed: str
    accepted: bool
    reason: str
