"""95 % intervals of fitted constants: by standard errors, or by profile likelihood where those are not enough.

The profile of a constant is the loss with this constant held and all others fitted again (Bates and Watts, Nonlinear
Regression Analysis and Its Applications, 1988, chapter 6). τ, the root of the loss's rise over the residual variance,
is proportional to the shift for a constant that acts linearly; the interval ends where τ reaches Student's t.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.evidence.constants import constant_name
from symkan.evidence.records import ProfileInterval
from symkan.search.evaluation import error_sizes, rms
from symkan.symbolic.least_squares import covariance, fit
from symkan.symbolic.models import parametrise
from symkan.symbolic.refitting import NORMAL, standard_errors, students_t
from symkan.symbolic.streaming import CHUNK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.search.candidates import Candidate
    from symkan.symbolic.least_squares import Fit
    from symkan.symbolic.models import ParametricModel

    Array = NDArray[np.float64]

STRAIGHT = 0.05
"""τ at the ends of a symmetric interval may differ from Student's t by this share."""
EXACT = 1e-11
"""Residuals below this share of the target are rounding: there is no error to speak of."""
DOUBLINGS = 30
"""A constant that bears so many doublings of its shift has no limit on that side."""
LEAST = 1e-4
"""A smaller shift is none: the loss of a degenerate fit may jump beside the value itself."""
FLAT = 1e-4
"""Nor has one whose τ grows by a smaller share of Student's t in a doubling."""


def intervals(
    law: Candidate, x: Array, *, y: Array, rows: NDArray[np.int64], sigma: Array | None = None
) -> tuple[ProfileInterval, ...]:
    """95 % intervals of the free constants of a law; none for laws with splines.

    Parameters
    ----------
    law
        The law.
    x, y
        The table, [n, features] and [n].
    rows
        Numbers of the rows that its constants were fitted to. Of more than 100,000 the loss counts as quadratic.
    sigma
        Standard errors of y [n], for a law that was fitted with them.
    """
    if law.splines:
        return ()
    wald = tuple(
        ProfileInterval(p.symbol, p.low, p.high, "wald", "") for p in law.parameters if p.exact is None
    )
    errors = None if sigma is None else sigma[rows]
    profile = _Profile.of(law, x[rows], y[rows], errors) if wald and len(rows) <= CHUNK else None
    if profile is None:
        return wald
    places = {constant_name(law, value): k for k, value in enumerate(profile.model.start)}
    return tuple(profile.interval(places[w.symbol], w) if w.symbol in places else w for w in wald)


class _Point(NamedTuple):
    """A constant shifted by so many steps, τ there (inf where the formula is undefined), and all constants."""

    shift: float
    tau: float
    theta: Array


@dataclass(frozen=True, eq=False)
class _Profile:
    """A law fitted, and what its profiles are measured by.

    A shift by 1 moves a constant by its `steps` [m], which is its standard error where it has one; `paths` [m, m]
    holds for each constant how all follow, as the linearised model sees it.
    """

    model: ParametricModel
    x: Array
    y: Array
    best: Fit
    variance: float
    limit: float
    steps: Array
    paths: Array

    @classmethod
    def of(cls, law: Candidate, x: Array, y: Array, sigma: Array | None) -> _Profile | None:
        """None for a fit without error or without degrees of freedom."""
        sizes = error_sizes(law, x, sigma)
        weights = None if sizes is None else 1 / sizes
        model = replace(parametrise(law.expression), weights=weights)
        goal = y if weights is None else y * weights
        best = fit(model, x, goal, steps=100)
        freedom = len(y) - len(best.theta)
        if freedom < 1 or not math.sqrt(best.rss / freedom) > EXACT * rms(goal):
            return None
        variance, limit = best.rss / freedom, students_t(freedom)
        cov = covariance(best, goal)
        if sigma is not None:  # errors are absolute
            cov, variance, limit = cov / variance, 1.0, NORMAL
        errors = standard_errors(cov, best.theta)
        steps = np.where(np.isfinite(errors), errors, np.abs(best.theta) / 8 + 1e-9)
        paths = np.where(np.isfinite(errors)[:, None], cov / steps[:, None], np.diag(steps))
        return cls(model, x, goal, best, variance, limit, steps, paths)

    def interval(self, k: int, wald: ProfileInterval) -> ProfileInterval:
        """By the profile of constant `k`, unless τ is straight as far as the ends of the symmetric interval."""
        ends = [self.at(k, sign * self.limit) for sign in (-1, 1)]
        if all(abs(end.tau / self.limit - 1) < STRAIGHT for end in ends):
            return wald
        low, high = (self.end(k, end) for end in ends)
        value = float(self.best.theta[k])
        if min(value - low[0], high[0] - value) < 2 * LEAST * self.steps[k]:
            return replace(
                wald, text="the fit breaks down beside the value: nothing but the standard error is known"
            )
        return ProfileInterval(wald.symbol, low[0], high[0], "profile", _text(value, low, high))

    def at(self, k: int, shift: float, near: _Point | None = None) -> _Point:
        """The profile of constant `k` at a shift; from the path through a point nearby, if there is one."""
        best, name = self.best.theta, self.model.constants[k]
        step = self.paths[k] if near is None else (near.theta - best) / near.shift
        value = float(best[k] + shift * self.steps[k])
        for start in (best + shift * step, best if near is None else near.theta):
            found = fit(self.model, self.x, self.y, start=start, fixed={name: value}, steps=50)
            if math.isfinite(found.rss):
                break
        return _Point(shift, math.sqrt(max(found.rss - self.best.rss, 0.0) / self.variance), found.theta)

    def end(self, k: int, outer: _Point) -> tuple[float, bool]:
        """Where τ reaches its limit, outwards from a point; and whether it jumps there, the formula being undefined."""
        inner = _Point(0.0, 0.0, self.best.theta)
        for doubling in range(DOUBLINGS):
            if outer.tau >= self.limit:
                break
            inner, outer = outer, self.at(k, 2 * outer.shift, outer)
            if doubling > 5 and outer.tau - inner.tau < FLAT * self.limit:
                return math.copysign(math.inf, outer.shift), False
        else:
            return math.copysign(math.inf, outer.shift), False
        while abs(outer.shift - inner.shift) > 1e-4 * max(abs(outer.shift), LEAST):
            share = (self.limit - inner.tau) / (outer.tau - inner.tau)  # 0 where the outer one is infinite
            share = min(max(share, 0.1), 0.9) if math.isfinite(outer.tau) else 0.5
            shift = inner.shift + share * (outer.shift - inner.shift)
            middle = self.at(k, shift, inner if inner.shift else outer)
            if abs(middle.tau / self.limit - 1) < 1e-4:
                outer = middle
                break
            inner, outer = (middle, outer) if middle.tau < self.limit else (inner, middle)
        return float(self.best.theta[k] + outer.shift * self.steps[k]), math.isinf(outer.tau)


def _text(value: float, low: tuple[float, bool], high: tuple[float, bool]) -> str:
    """What is peculiar about an interval, its ends with whether the formula is undefined beyond them."""
    parts = []
    for (end, undefined), word, others in ((low, "lower", "smaller"), (high, "upper", "larger")):
        if math.isinf(end):
            parts.append(f"no {word} limit: {others} values fit as well")
        elif undefined:
            parts.append(f"the formula is undefined for {others} values than {end:.3g}")
    below, above = value - low[0], high[0] - value
    if not parts and max(below, above) > 1.05 * min(below, above):
        parts.append(f"skewed: {below:.2g} below the value, {above:.2g} above it")
    return "; ".join(parts) or "the loss is no parabola, so the standard error alone would mislead"
