"""What an answer may be called: a law, a tentative one, or none, with the reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from symkan.evidence.baselines import FEWEST
from symkan.evidence.domain import Status
from symkan.evidence.records import Trust, Verdict
from symkan.evidence.scores import to_rounding
from symkan.search.records import Outcome

if TYPE_CHECKING:
    from symkan.evidence.records import Evidence, Scores
    from symkan.options import EvidenceOptions
    from symkan.search.candidates import Candidate


def verdict(outcome: Outcome, law: Candidate, found: Evidence, options: EvidenceOptions) -> Verdict:
    """Judge an answer by what was found out about it.

    Parameters
    ----------
    outcome
        How far the search came.
    law
        The answer.
    found
        The evidence; its own verdict is not looked at.
    options
        What is enough.
    """
    bits = max(found.chance_bits, found.effect_bits - 1)  # one bit is the price of looking at both
    if bits < options.chance_bits or not law.expression.free_symbols:
        return Verdict(Trust.NONE, (_chance(found.chance_bits),))
    if outcome is Outcome.NONE:
        return Verdict(Trust.NONE, (outcome.text,))
    if outcome is Outcome.EXACT and _reproduces(found.scores):
        rest = (
            "the locked ones included"
            if found.scores.test
            else "of which there were too few to lock some away"
        )
        return Verdict(Trust.LAW, (f"the formula reproduces all rows to rounding, {rest}",))
    doubts = [*_misfit(law, found, options), *_rivalry(found, options)]
    if doubts:
        return Verdict(Trust.TENTATIVE, tuple(doubts))
    reasons = (_fit(found.scores), *_comparison(found, options), _chance(found.chance_bits))
    return Verdict(Trust.LAW, reasons)


def _reproduces(scores: Scores) -> bool:
    """Whether the locked rows, which the search did not see, are met as closely as the others."""
    return scores.test is None or to_rounding(scores.test, scores.train.rmse)


def _fit(scores: Scores) -> str:
    score = scores.test or scores.train
    left = 1 - score.r2
    share = f"leaves {left:.1g}" if left < 1e-3 else f"explains {100 * score.r2:.4g} %"
    if scores.test:
        return f"it {share} of the variance of {score.rows} rows that it was not fitted to"
    return f"it {share} of the variance; there are too few rows to lock some away"


def _comparison(found: Evidence, options: EvidenceOptions) -> Iterator[str]:
    rows = found.scores.test.rows if found.scores.test else 0
    if found.baselines and rows >= FEWEST:
        many = len(found.baselines)
        yield f"of {many} other models none predicts these rows better by {options.ahead:g} standard errors"
    else:
        yield "there are too few locked rows to compare it with other models"
    if found.tests:
        yield "its residuals show no structure in the columns"


def _chance(bits: float) -> str:
    if bits <= 0:
        return "some formula fits noise as well"
    if bits > 60:
        return "noise alone lets a formula of this length fit as well with a probability below 1e-18"
    return (
        f"noise alone lets a formula of this length fit as well with a probability of up to {2.0**-bits:.1g}"
    )


def _misfit(law: Candidate, found: Evidence, options: EvidenceOptions) -> Iterator[str]:
    if found.chance_bits < options.chance_bits:
        yield f"the columns have an effect, but {_chance(found.chance_bits)}: there are too few rows for its form"
    for test in found.tests:
        if test.name in ("structure", "replicates") and test.p < options.significance:
            yield f"the formula does not explain all: {test.text} (p = {test.p:.1g})"
    if law.splines:
        yield "a part of the formula is a spline that no function of the library fits"
    if law.clash:
        yield f"its dimensions are not consistent: {law.clash}"
    if any(condition.status is Status.FAILS for condition in found.domain.conditions):
        yield "it is not defined everywhere within the ranges of the columns"
    for other in found.baselines:
        if other.ahead > options.ahead:
            yield f"{other.name} predicts the locked rows better, by {other.ahead:.1f} standard errors"


def _rivalry(found: Evidence, options: EvidenceOptions) -> Iterator[str]:
    close = [rival for rival in found.rivals if rival.bits < options.rival_bits]
    if close:
        yield f"{'another formula fits' if len(close) == 1 else f'{len(close)} other formulas fit'} as well"
    again = found.stability
    if again is not None and again.law < options.stable:
        yield f"of {again.resamples} samples of the rows only {100 * again.law:.0f} % choose this formula again"
