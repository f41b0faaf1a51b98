"""What an answer may be called: a law, a tentative one, or none, with the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from symkan.evidence.records import Trust, Verdict
from symkan.search.evaluation import evaluate
from symkan.search.records import Outcome
from symkan.search.residuals import structure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.evidence.records import Baseline, Scores
    from symkan.options import SearchOptions
    from symkan.search.candidates import Candidate

    Array = NDArray[np.float64]


def verdict(
    outcome: Outcome, law: Candidate, *, scores: Scores, baselines: tuple[Baseline, ...], structured: bool
) -> Verdict:
    """Judge an answer.

    Parameters
    ----------
    outcome
        How far the search came.
    law, scores
        The answer and its errors.
    baselines
        Other models on the same rows.
    structured
        Whether the residuals are more than noise.
    """
    if outcome is Outcome.NONE:
        return Verdict(Trust.NONE, (outcome.text,))
    if outcome is Outcome.EXACT:
        return Verdict(Trust.LAW, ("the formula reproduces all rows, the locked ones included, to rounding",))
    doubts = list(_doubts(law, scores, baselines, structured))
    if not doubts:
        return Verdict(
            Trust.LAW, ("no other model predicts held-out rows better", "the residuals look like noise")
        )
    return Verdict(Trust.TENTATIVE, tuple(doubts))


def residual_structure(law: Candidate, x: Array, *, y: Array, options: SearchOptions) -> bool:
    """Whether what the law leaves on rows x [n, features], y [n] is more than noise."""
    residual = y - evaluate(law, x)
    if law.errors == "proportional":
        residual = residual / y
    return structure(x, residual) <= options.structure


def _doubts(law: Candidate, scores: Scores, baselines: tuple[Baseline, ...], structured: bool) -> list[str]:
    found = []
    if structured:
        found.append("the residuals have structure that the formula does not explain")
    if law.splines:
        found.append("a part of the formula is a spline that no function of the library fits")
    if law.clash:
        found.append(f"its dimensions are not consistent: {law.clash}")
    held_out = scores.test or scores.validation
    for other in baselines:
        theirs = other.scores and (other.scores.test or other.scores.validation)
        if held_out and theirs and theirs.rmse < 0.9 * held_out.rmse:
            found.append(f"{other.name} predicts held-out rows better (RMSE {theirs.rmse:.3g})")
    return found
