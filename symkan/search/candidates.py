"""Candidates for the law, and the Pareto front of complexity against validation loss."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING

from symkan.errors import ResultError
from symkan.symbolic.refitting import Parameter, Snap

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True)
class Spline:
    """An edge that no library function fits, kept as a named B-spline g1, g2, … of one argument.

    Outside its knots' range it goes on as a straight line.
    """

    name: str
    knots: tuple[float, ...]
    coefficients: tuple[float, ...]
    order: int

    def __post_init__(self) -> None:
        """Raise a ResultError where no spline has such numbers."""
        knots, first, last = self.knots, self.order, len(self.knots) - self.order - 1
        rise = all(a <= b for a, b in pairwise(knots)) and all(map(isfinite, (*knots, *self.coefficients)))
        named = re.fullmatch(r"g\d+", self.name)
        if not (
            named
            and rise
            and first >= 0
            and last == len(self.coefficients) > first
            and knots[first] < knots[last]
        ):
            raise ResultError(
                f"spline {self.name!r}: name, knots, coefficients and order do not fit together"
            )


@dataclass(frozen=True)
class Candidate:
    """One formula for the target, in the safe symbols x1, x2, …, in the file's own units.

    Attributes
    ----------
    expression
        The formula with the numbers in it, full precision; `Spline` names appear as functions.
    parameters
        Its fitted constants with standard errors.
    snaps
        Each replacement of a fitted constant by a closed form (0, 3/2, pi, …), accepted or refused.
    splines
        Edges kept as splines; empty for a closed form.
    complexity
        Nodes of the expression tree (PySR's measure: each operator, function, variable and constant counts 1).
    train_rmse, validation_rmse
        In units of the target. With k-fold validation the mean over folds.
    r2
        1 - SS_res/SS_tot on training and validation rows together.
    bits
        Description length by which candidates are compared (smaller is better).
    network
        The network it came from, such as "[2, 1, 1]".
    errors
        "equal" where residuals are of one size, "proportional" where they grow with the target, "given" where the
        table has standard errors; the constants were fitted accordingly.
    clash
        Where the dimensions of the columns clash in the formula, such as "x1 + x2 adds m and s"; empty where they do
        not, or where units are not known.
    """

    expression: sympy.Expr
    parameters: tuple[Parameter, ...]
    snaps: tuple[Snap, ...]
    splines: tuple[Spline, ...]
    complexity: int
    train_rmse: float
    validation_rmse: float
    r2: float
    bits: float
    network: str
    errors: str = "equal"
    clash: str = ""


def pareto_front(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Candidates that no other beats in both complexity and validation loss, simplest first.

    Parameters
    ----------
    candidates
        Any number of candidates.

    Returns
    -------
    tuple of Candidate
        Strictly rising complexity, strictly falling validation RMSE.
    """
    front: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.complexity, c.validation_rmse)):
        if not front or candidate.validation_rmse < front[-1].validation_rmse:
            front.append(candidate)
    return tuple(front)
