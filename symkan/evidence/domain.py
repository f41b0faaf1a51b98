"""Where a law is defined: a condition for each operation that is not always possible, proved or refuted over a box."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from symkan.evidence.conditions import Claim, Requirement, claims_of, verdict
from symkan.evidence.enclosure import Interval
from symkan.symbolic.expressions import complexity

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.candidates import Candidate

    Array = NDArray[np.float64]

BOXES = 4000
"""Boxes that all proofs over the data's box may look at together; half as many bound the law's values."""
NODES = 40
"""Laws with more nodes look at fewer boxes, so that the work stays the same."""
WIDER_BOXES = 200
"""Boxes of one proof over a wider box."""
HALVINGS = 10
"""Steps of the bisection of the share by which the box may be widened."""
DEPTH = 60
POINTS = 512


class Status(StrEnum):
    """What is known of a condition over the box."""

    PROVED = "proved"
    FAILS = "fails"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Condition:
    """What one operation of a law requires.

    Attributes
    ----------
    operation
        "log", "power", "quotient", "tan", …; "value" for the law as a whole.
    argument
        The expression of which something is required, in x1, x2, …; for tan(z) it is cos(z).
    requirement
        What.
    status
        Whether it holds in all of the data's box.
    point
        Where it fails, a value for each column; empty where it does not, or none is known.
    """

    operation: str
    argument: sympy.Expr
    requirement: Requirement
    status: Status
    point: tuple[float, ...]


@dataclass(frozen=True)
class Domain:
    """Where a law is defined.

    Attributes
    ----------
    conditions
        One for each operation that is not always possible; the last is that the value is a finite float.
    low, high
        Bounds of the law's values over the data's box, infinite where none are known.
    wider
        Share of its range, up to 1, by which each column may be widened on both sides with all conditions proved.
    limit
        The condition that stops it there, by its index; -1 for none.
    """

    conditions: tuple[Condition, ...]
    low: float
    high: float
    wider: float
    limit: int

    @property
    def safe(self) -> bool:
        """Whether all conditions are proved over the data's box."""
        return all(condition.status == Status.PROVED for condition in self.conditions)


def domain(law: Candidate, ranges: Array) -> Domain:
    """Prove or refute by branch and bound that a law is defined over a box.

    Parameters
    ----------
    law
        Any formula, splines included.
    ranges
        Of the columns, [features, 2].

    Returns
    -------
    Domain
        The work is bounded, so conditions may stay undecided; a failure is verified by evaluation.
    """
    ranges = np.asarray(ranges, dtype=np.float64).reshape(-1, 2)
    low, high = ranges.T
    claims = claims_of(law, len(ranges))
    boxes = round(BOXES * min(1.0, NODES / complexity(law.expression)))
    found = [_settle(claim, low, high, boxes=boxes // len(claims)) for claim in claims]
    if found[-1][0] is Status.UNDECIDED:
        found[-1] = _overflow(claims, low, high)
    conditions = tuple(
        Condition(claim.operation, claim.argument, claim.requirement, *outcome)
        for claim, outcome in zip(claims, found, strict=True)
    )
    open_ = [i for i, condition in enumerate(conditions) if condition.status is not Status.PROVED]
    wider, limit = (0.0, open_[0]) if open_ else _wider(claims, low, high)
    return Domain(conditions, *_values(claims[-1], low, high, boxes=boxes // 2), wider, limit)


def certain(law: Candidate, x: Array) -> tuple[NDArray[np.bool_], Array]:
    """Rows at which rounding does not decide whether the law is defined, and by how much it may move its values.

    Parameters
    ----------
    law
        Any formula.
    x
        Rows [n, features].

    Returns
    -------
    array, array
        Shapes [n]; the second is nan where nothing can be said.
    """
    claims = claims_of(law, x.shape[1])
    sure = np.all([verdict(c.requirement, c.bounds(x, x)) != 0 for c in claims[:-1]], axis=0)
    bounds = claims[-1].bounds(x, x)
    return np.broadcast_to(sure, len(x)), bounds.high - bounds.low


def _settle(claim: Claim, low: Array, high: Array, *, boxes: int) -> tuple[Status, tuple[float, ...]]:
    """Branch and bound: boxes that prove the claim go, the others are halved, and their middles are looked at."""
    points = _points(low, high)
    if point := claim.violated(points):
        return Status.FAILS, point
    size = np.where(high > low, high - low, 1.0)
    low, high = low[None], high[None]
    for _ in range(DEPTH):
        left = verdict(claim.requirement, claim.bounds(low, high)) < 1
        if not left.any():
            return Status.PROVED, ()
        low, high = low[left], high[left]
        if point := claim.violated(np.vstack([points[:1], low + 0.5 * (high - low)])):
            return Status.FAILS, point
        boxes -= 2 * len(low)
        if boxes < 0:
            break
        low, high = _halved(low, high, size, claim.columns)
    return Status.UNDECIDED, ()


def _halved(low: Array, high: Array, size: Array, columns: tuple[int, ...]) -> tuple[Array, Array]:
    """Each box in two, across the column of `columns` in which it is widest."""
    rows = np.arange(len(low))
    widest = np.array(columns)[np.argmax(((high - low) / size)[:, columns], axis=1)]
    middle = low[rows, widest] + 0.5 * (high - low)[rows, widest]
    first, second = high.copy(), low.copy()
    first[rows, widest] = second[rows, widest] = middle
    return np.vstack([low, second]), np.vstack([first, high])


def _points(low: Array, high: Array) -> Array:
    """The middle of the box, corners of it, and points at random, [n, features]."""
    generator = np.random.default_rng(0)
    features = len(low)
    if features <= 6:
        corners = np.indices((2,) * features).reshape(features, -1).T
    else:
        corners = generator.integers(0, 2, (POINTS // 4, features))
    unit = np.vstack([np.full((1, features), 0.5), corners, generator.uniform(size=(POINTS, features))])
    return np.array(np.where(unit == 1, high, low + unit * (high - low)))


def _overflow(claims: list[Claim], low: Array, high: Array) -> tuple[Status, tuple[float, ...]]:
    """Whether the law has no value at a point where all else holds."""
    points = _points(low, high)
    bad = np.isnan(claims[-1].values(points))
    for claim in claims[:-1]:
        values = claim.values(points)
        bad &= verdict(claim.requirement, Interval(values, values)) > 0
    places = np.flatnonzero(bad)
    return (Status.FAILS, tuple(points[places[0]].tolist())) if len(places) else (Status.UNDECIDED, ())


def _wider(claims: list[Claim], low: Array, high: Array) -> tuple[float, int]:
    """The largest share for which all claims are proved, by bisection, and the claim that stops it."""
    best, limit = 1.0, -1

    def proved(claim: Claim, share: float) -> bool:
        reach = share * (high - low)
        return _settle(claim, low - reach, high + reach, boxes=WIDER_BOXES)[0] is Status.PROVED

    for i, claim in enumerate(claims):
        if proved(claim, best):
            continue
        least, most = 0.0, best
        for _ in range(HALVINGS):
            middle = 0.5 * (least + most)
            least, most = (middle, most) if proved(claim, middle) else (least, middle)
        best, limit = least, i
    return best, limit


def _values(claim: Claim, low: Array, high: Array, *, boxes: int) -> tuple[float, float]:
    """Bounds of the law: boxes that may hold a value beyond all those known are halved."""
    seen = claim.values(_points(low, high))
    seen = seen[np.isfinite(seen)]
    least, most = seen.min(initial=math.inf), seen.max(initial=-math.inf)
    slack = 1e-3 * max(most - least, 0.0)
    size = np.where(high > low, high - low, 1.0)
    low, high = low[None], high[None]
    while True:
        bounds = claim.bounds(low, high)
        left = ~((bounds.low >= least - slack) & (bounds.high <= most + slack))
        boxes -= 2 * int(left.sum())
        if not left.any() or boxes < 0 or not claim.columns:
            break
        least = bounds.low[~left].min(initial=least)
        most = bounds.high[~left].max(initial=most)
        low, high = _halved(low[left], high[left], size, claim.columns)
    if np.isnan(bounds.low).any():
        return -math.inf, math.inf
    return float(bounds.low.min(initial=least)), float(bounds.high.max(initial=most))
