"""The hall of fame: candidates, where each came from, and which of them is the answer so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from symkan.search.candidates import Candidate, pareto_front
from symkan.search.records import Portrait, Stage

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True, eq=False)
class Trail:
    """A candidate, its loss at each stage, and the network it was read from."""

    candidate: Candidate
    stages: tuple[Stage, ...] = ()
    portrait: Portrait | None = None


DIGITS = 7
"""Formulas whose constants agree to so many, and whose errors agree, are one: where a fit ends varies."""

CLOSE = 1e-3
"""Relative difference of errors that agree."""


def _written(expression: sympy.Expr) -> str:
    import sympy

    numbers = expression.atoms(sympy.Float)
    return str(expression.xreplace({n: sympy.Float(f"{float(n):.{DIGITS}g}") for n in numbers}))


@dataclass
class Bank:
    """All candidates; one for each formula."""

    trails: dict[str, Trail] = field(default_factory=dict)

    def add(self, trail: Trail) -> None:
        """Keep the trail, unless the same formula is here with a shorter description."""
        new = trail.candidate
        key = _written(new.expression)
        known = self.trails.get(key)
        if known and not math.isclose(new.validation_rmse, known.candidate.validation_rmse, rel_tol=CLOSE):
            key = str(new.expression)  # further digits matter
            known = self.trails.get(key)
        if (
            known is None
            or new.bits < known.candidate.bits
            or (trail.stages and not known.stages and new.bits <= known.candidate.bits + 1)
        ):
            self.trails[key] = trail

    @property
    def best(self) -> Trail | None:
        """The candidate with the shortest description."""
        return min(self.trails.values(), key=lambda trail: trail.candidate.bits, default=None)

    @property
    def best_validation(self) -> float:
        """Lowest validation RMSE of any candidate, in units of the target."""
        return min((t.candidate.validation_rmse for t in self.trails.values()), default=math.inf)

    def runners_up(self, most: int) -> tuple[Candidate, ...]:
        """The candidates with the shortest descriptions after the answer's."""
        ranked = sorted((trail.candidate for trail in self.trails.values()), key=lambda c: c.bits)
        return tuple(ranked[1 : most + 1])

    def front(self) -> tuple[Candidate, ...]:
        """Pareto front of complexity and validation RMSE; the answer is always on it."""
        candidates = [trail.candidate for trail in self.trails.values()]
        front = pareto_front(candidates)
        if self.best is None or self.best.candidate in front:
            return front
        return tuple(sorted((*front, self.best.candidate), key=lambda c: c.complexity))
