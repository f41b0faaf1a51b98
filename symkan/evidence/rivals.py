"""Rival laws: formulas that the data can hardly tell from the answer, and where measuring would decide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from symkan.evidence.records import Point, Rival
from symkan.search.evaluation import evaluate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.search.candidates import Candidate

    Array = NDArray[np.float64]

MOST = 4
"""Rivals that are told, at most."""
NEAR = 20.0
"""Bits that a rival's description may be longer than the answer's."""
WIDER = 0.2
"""Share of each column's range by which the box is widened on either side to look for a deciding point."""
POINTS = 4096
"""Points of the box that are compared."""


def rivals(law: Candidate, others: Iterable[Candidate], *, ranges: Array, sigma: float) -> tuple[Rival, ...]:
    """Formulas whose description is nearly as short as the law's, and that differ from it somewhere.

    Parameters
    ----------
    law
        The answer.
    others
        What else was found.
    ranges
        Of the columns, [features, 2].
    sigma
        Size of one residual, in units of the target; in proportion to the target where the law's errors are.

    Returns
    -------
    tuple of Rival
        At most four, nearest first. Formulas that stay within a tenth of a residual of the law (or of a nearer
        rival) inside and just outside the box say the same, and are left out.
    """
    inside, outside = _points(ranges, 0.0), _points(ranges, WIDER)
    known = [law]
    found: list[Rival] = []
    for other in sorted(others, key=lambda candidate: candidate.bits):
        if len(found) == MOST or other.bits > law.bits + NEAR:
            break
        if all(_differ(other, one, outside, sigma) for one in known):
            known.append(other)
            deciding = (_deciding(law, other, points, sigma) for points in (inside, outside))
            found.append(Rival(other, other.bits - law.bits, *deciding))
    return tuple(found)


def _points(ranges: Array, wider: float) -> Array:
    """Points spread evenly over the box (a Halton sequence and the corners), [n, features]."""
    from scipy.stats import qmc

    low, high = ranges.T
    reach = wider * (high - low)
    # a column that is positive throughout stays so: logarithms and roots are defined there
    floor = np.where(low > 0, low / 2, np.where(low == 0, 0.0, -np.inf))
    low, high = np.maximum(low - reach, floor), high + reach
    unit = qmc.Halton(len(ranges), rng=np.random.default_rng(0)).random(POINTS)
    corners = np.random.default_rng(1).integers(0, 2, (256, len(ranges)))
    return np.array(low + np.vstack([unit, corners]) * (high - low))


def _differ(one: Candidate, other: Candidate, points: Array, sigma: float) -> bool:
    place = _deciding(one, other, points, sigma)
    return place is not None and place.sigmas > 0.1


def _deciding(law: Candidate, rival: Candidate, points: Array, sigma: float) -> Point | None:
    """The point where the two differ most, in residuals; None where they are not both defined anywhere."""
    ours, theirs = evaluate(law, points), evaluate(rival, points)
    size = sigma * np.abs(ours) if law.errors == "proportional" else np.full_like(ours, sigma)
    with np.errstate(all="ignore"):
        apart = np.abs(ours - theirs) / np.maximum(size, 1e-300)
    apart = np.where(np.isfinite(apart), apart, -1.0)
    best = int(np.argmax(apart))
    if apart[best] < 0:
        return None
    return Point(tuple(points[best].tolist()), float(ours[best]), float(theirs[best]), float(apart[best]))
