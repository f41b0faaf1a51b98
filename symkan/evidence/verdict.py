"""What an answer may be called: a law, a tentative one, or none, with the reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from symkan.evidence.domain import Status
from symkan.evidence.records import Trust, Verdict
from symkan.search.records import Outcome

if TYPE_CHECKING:
    from symkan.evidence.records import Evidence
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
    held_out, chance_bits = found.scores, found.chance_bits
    if chance_bits < options.chance_bits or not law.expression.free_symbols:
        return Verdict(Trust.NONE, (_chance(chance_bits),))
    if outcome is Outcome.NONE:
        return Verdict(Trust.NONE, (outcome.text,))
    score = held_out.test or held_out.validation or held_out.train
    if outcome is Outcome.EXACT:
        return Verdict(Trust.LAW, ("the formula reproduces all rows to rounding, the locked ones included",))
    doubts = [*_misfit(law, found, options), *_rivalry(found, options)]
    if doubts:
        return Verdict(Trust.TENTATIVE, tuple(doubts))
    reasons = (
        f"it explains {100 * score.r2:.4g} % of the variance of {score.rows} rows that it was not fitted to"
        if held_out.test or held_out.validation
        else f"it explains {100 * score.r2:.4g} % of the variance; there are too few rows to lock some away",
        "no other model predicts better, and what the formula leaves looks like noise",
        _chance(chance_bits),
    )
    return Verdict(Trust.LAW, reasons)


def _chance(bits: float) -> str:
    if bits <= 0:
        return "no formula describes the rows in fewer bits than their mean does"
    if bits > 60:
        return "noise alone gives such a fit at this complexity with a probability below 1e-18"
    return f"noise alone gives such a fit at this complexity with a probability of up to {2.0**-bits:.1g}"


def _misfit(law: Candidate, found: Evidence, options: EvidenceOptions) -> Iterator[str]:
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
            yield f"{other.name} predicts held-out rows better, by {other.ahead:.1f} standard errors"


def _rivalry(found: Evidence, options: EvidenceOptions) -> Iterator[str]:
    close = [rival for rival in found.rivals if rival.bits < options.rival_bits]
    if close:
        yield f"{'another formula fits' if len(close) == 1 else f'{len(close)} other formulas fit'} as well"
    again = found.stability
    if again is not None and again.law < options.stable:
        yield f"of {again.resamples} samples of the rows only {100 * again.law:.0f} % choose this formula again"
