"""What `examine` adds to a result: scores beside baselines, a network, rows to draw, a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

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
        "mean", "linear", "power law", "additive splines", "gradient boosting" or "neural network".
    text
        What it is, in a few words.
    scores
        Its errors; None where it does not apply, and `text` says why.
    """

    name: str
    text: str
    scores: Scores | None


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


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about an answer beyond its own fit.

    Attributes
    ----------
    scores
        Errors of the law.
    aic, bic
        Of the law on all rows but the locked ones, for normal errors of one size or in proportion to the target.
    baselines
        Other models on the same rows.
    portrait
        A network trained beside the law, where it was not read from one; None where it was, or no time was left.
    sample
        Rows for the figures.
    correlations
        Pairs of constants whose estimates are correlated by more than 0.9.
    verdict
        How far to trust it.
    seconds
        What finding this out took.
    """

    scores: Scores
    aic: float
    bic: float
    baselines: tuple[Baseline, ...]
    portrait: Portrait | None
    sample: RowSample
    correlations: tuple[Correlation, ...]
    verdict: Verdict
    seconds: float
