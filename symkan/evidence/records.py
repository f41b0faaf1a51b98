"""What `examine` adds to a result: scores beside baselines, a network, rows to draw, a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from symkan.evidence.custody import Custody
from symkan.evidence.domain import Domain
from symkan.search.candidates import Candidate
from symkan.search.records import Portrait, Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Scores:
    """Errors on training, validation and locked test rows; None where there are no such rows."""

    train: Score
    validation: Score | None
    test: Score | None


@dataclass(frozen=True)
class Baseline:
    """Another model of the same rows.

    Attributes
    ----------
    name
        "mean", "linear", "power law", "additive splines", "gradient boosting", "neural network" or "Gaussian process".
    text
        What it is, in a few words.
    scores
        Its errors; None where it does not apply, and `text` says why.
    ahead
        By how many standard errors its mean squared error on held-out rows is lower than the law's, row by row;
        negative where it is higher, 0 where that is not known.
    """

    name: str
    text: str
    scores: Scores | None
    ahead: float


@dataclass(frozen=True, eq=False)
class RowSample:
    """Rows to draw.

    Attributes
    ----------
    x, y
        Shapes [n, features] and [n], in the file's units.
    part
        0 for training, 1 for validation, 2 for locked rows, [n].
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    part: tuple[int, ...]


@dataclass(frozen=True)
class Correlation:
    """Two fitted constants that the data can hardly tell apart."""

    first: str
    second: str
    value: float


@dataclass(frozen=True)
class ResidualTest:
    """A test of the residuals: the probability that noise alone shows as much, and what a small one means."""

    name: str
    p: float
    text: str


@dataclass(frozen=True)
class Point:
    """Where two formulas differ: the columns, both values, and the difference in residuals."""

    x: tuple[float, ...]
    law: float
    rival: float
    sigmas: float


@dataclass(frozen=True)
class Rival:
    """A formula that the data can hardly tell from the answer.

    Attributes
    ----------
    candidate
        The formula.
    bits
        By how much its description is longer; ten bits are odds of a thousand to one.
    inside, outside
        Where the two differ most within the ranges of the columns, and a little beyond them.
    """

    candidate: Candidate
    bits: float
    inside: Point | None
    outside: Point | None


@dataclass(frozen=True)
class Stability:
    """How often the law is chosen again from rows drawn anew, and how often each column has a part in the choice."""

    resamples: int
    law: float
    columns: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Extrapolation:
    """Errors of the law, its constants fitted to the inner four fifths of the rows, there and on the outer fifth."""

    inner: Score
    outer: Score


@dataclass(frozen=True)
class ProfileInterval:
    """The 95 % interval of a constant.

    Attributes
    ----------
    symbol
        The constant's name in the law.
    low, high
        Its ends; infinite where the data set no limit on that side.
    kind
        "wald" where the symmetric interval by the standard error is good, "profile" where it is not.
    text
        What is peculiar about it, in plain words; mostly empty for "wald".
    """

    symbol: str
    low: float
    high: float
    kind: str
    text: str


@dataclass(frozen=True, eq=False)
class Band:
    """What of a fit its prediction bands follow from.

    Attributes
    ----------
    constants, values
        Names of the law's free constants and their values.
    covariance
        Of the constants, [m, m].
    sigma
        Residual standard deviation: in units of the target, or where errors are proportional as a share of it.
    freedom
        Degrees of freedom of `sigma`: rows fitted less free constants.
    """

    constants: tuple[str, ...]
    values: tuple[float, ...]
    covariance: NDArray[np.float64]
    sigma: float
    freedom: int


class Trust(StrEnum):
    """What the answer may be called."""

    LAW = "law"
    TENTATIVE = "tentative"
    NONE = "none"


@dataclass(frozen=True)
class Verdict:
    """How far the answer can be trusted, and why: a sentence for each reason."""

    trust: Trust
    reasons: tuple[str, ...]


UNKNOWN = Verdict(Trust.TENTATIVE, ())
UNFOLLOWED = Custody(())


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about an answer beyond its own fit.

    Attributes
    ----------
    scores
        Errors of the law.
    aic, bic
        Of the law on all rows but the locked ones, for normal errors of the kind that the law has.
    baselines
        Other models on the same rows.
    portrait
        A network trained beside the law, where it was not read from one; None where it was, or no time was left.
    sample
        Rows for the figures.
    correlations
        Pairs of constants whose estimates are correlated by more than 0.9.
    intervals
        95 % intervals of the free constants, by profile likelihood where standard errors are not enough.
    band
        What prediction bands follow from; None where there are none.
    domain
        Where the law is defined.
    chance_bits
        Noise would be described as well by any formula with a probability of at most 2 to the minus this (see
        `symkan.evidence.chance.chance_bits`).
    effect_bits
        The columns would be correlated as much with noise with a probability of 2 to the minus this (`effect_bits`).
    tests
        Of the residuals.
    rivals
        What the data can hardly tell from the law.
    stability, extrapolation
        What other rows would have said; None where the law has splines.
    remarks
        What the data cannot tell, in plain words.
    verdict
        How far to trust it.
    custody
        That each form of the law is the law that was fitted.
    """

    scores: Scores
    aic: float
    bic: float
    baselines: tuple[Baseline, ...]
    portrait: Portrait | None
    sample: RowSample
    correlations: tuple[Correlation, ...]
    intervals: tuple[ProfileInterval, ...]
    band: Band | None
    domain: Domain
    chance_bits: float
    effect_bits: float
    tests: tuple[ResidualTest, ...]
    rivals: tuple[Rival, ...]
    stability: Stability | None
    extrapolation: Extrapolation | None
    remarks: tuple[str, ...]
    verdict: Verdict = UNKNOWN
    custody: Custody = UNFOLLOWED
