"""What the figures draw, taken from a result; an error says how to get what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.errors import ResultError
from symkan.search.evaluation import evaluate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.evidence.records import Evidence
    from symkan.result import Discovery
    from symkan.search.records import Portrait, Stage

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Picture:
    """A figure of a report.

    Attributes
    ----------
    name
        Stem of its files.
    title, caption
        What it shows, and how it is to be read; plain text.
    alt
        What there is to see, for those who do not see it.
    """

    name: str
    title: str
    caption: str
    alt: str


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows to draw: x [n, features], y and the law's values [n], and the part each belongs to [n]."""

    x: Array
    y: Array
    law: Array
    part: NDArray[np.int64]


def rows(discovery: Discovery) -> Rows:
    """The rows that the evidence keeps, where the law is defined.

    Raises
    ------
    ResultError
        When the result has no evidence.
    """
    sample = evidence(discovery).sample
    law = evaluate(discovery.best, sample.x)
    known = np.isfinite(law)
    return Rows(sample.x[known], sample.y[known], law[known], np.array(sample.part, dtype=np.int64)[known])


def evidence(discovery: Discovery) -> Evidence:
    """The evidence.

    Raises
    ------
    ResultError
        When there is none.
    """
    if discovery.evidence is None:
        raise ResultError(
            "this result has no evidence, and so no rows to draw; "
            "call symkan.examine(discovery, dataset) first, and plot what it returns"
        )
    return discovery.evidence


def portrait(discovery: Discovery) -> Portrait:
    """The network that the law was read from, or else the one trained beside it.

    Raises
    ------
    ResultError
        When there is none.
    """
    if discovery.network is not None:
        return discovery.network
    if discovery.evidence is None:
        raise ResultError(
            "this law was found without a network; "
            "call symkan.examine(discovery, dataset) first, which trains one beside it, and plot what it returns"
        )
    raise ResultError(
        "there is no network to draw: none was trained beside this law; "
        "call symkan.examine with more options.evidence.network_seconds"
    )


def stages(discovery: Discovery) -> tuple[Stage, ...]:
    """The loss at each stage; of a law without a network, the stages of the one beside it first."""
    drawn = discovery.network
    before = drawn.stages if drawn and discovery.portrait is None else ()
    return (*before, *discovery.stages)
