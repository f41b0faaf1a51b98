"""Which networks are tried, in which order: simplest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symkan.search.transforms import Transform

STEP = 1.5
"""How many steps on the ladder of networks a step in the complexity of the transform is worth."""

Width = int | tuple[int, int]


@dataclass(frozen=True)
class Proposal:
    """A network to train.

    Attributes
    ----------
    widths
        Of its layers, as for `Networks`.
    intervals
        Grid intervals of its splines.
    restarts
        How many are trained together from different starts.
    linear_output
        Whether the last layer's edges are straight lines, so that the output is c₀ + Σ c_k · node_k.
    linear_input
        Whether the first layer's edges are: the nodes are then weighted sums of the columns, such as x1 - x2.
    """

    widths: tuple[Width, ...]
    intervals: int
    restarts: int
    linear_output: bool = False
    linear_input: bool = False

    @property
    def coefficients(self) -> int:
        """Number of spline coefficients of order 3."""
        nodes = [w if isinstance(w, int) else sum(w) for w in self.widths]
        layers = list(pairwise(nodes))
        splines = layers[self.linear_input : len(layers) - self.linear_output]
        edges = sum(a * b for a, b in splines)
        return edges * (self.intervals + 3)

    def __str__(self) -> str:
        return f"[{', '.join(str(w) if isinstance(w, int) or w[0] else f'(0, {w[1]})' for w in self.widths)}]"


def propose(inputs: int, rows: int) -> Iterator[Proposal]:
    """Networks for a table with so many inputs and training rows, simplest first.

    Sums of univariate functions, then sums of one to three products of them, then two layers. A network has at most
    a coefficient for every two rows; where it would have more, its grid is made coarser, down to two intervals.
    """
    products: list[tuple[Width, int]] = [((0, 1), 2), ((1, 1), 4), ((0, 2), 4), ((1, 2), 4), ((0, 3), 4)]
    if inputs == 1:
        products = []
    ladder = [
        Proposal((inputs, 1), 8, 1),
        *(Proposal((inputs, width, 1), 6, restarts, linear_output=True) for width, restarts in products[:2]),
        Proposal((inputs, 1, 1), 10, 3),
        *(Proposal((inputs, width, 1), 6, restarts, linear_output=True) for width, restarts in products[2:]),
        Proposal((inputs, 2, 1), 8, 3),
    ]
    if inputs > 1:
        ladder[-3:-3] = [Proposal((inputs, h, 1), 8, 4, linear_input=True) for h in (2, 3)]
    for proposal in ladder:
        for intervals in range(proposal.intervals, 1, -2):
            fitting = replace(proposal, intervals=intervals)
            if 2 * fitting.coefficients <= rows:
                yield fitting
                break


def in_order(
    proposals: Iterable[Proposal], transforms: Sequence[Transform]
) -> list[tuple[Proposal, Transform]]:
    """Pairs of a network and a transform of its target, those with the simplest networks and transforms first.

    The target itself is tried from twice as many starts as its transforms.
    """
    ranked = [
        (rank + STEP * transform.complexity, i, proposal, transform)
        for rank, proposal in enumerate(proposals)
        for i, transform in enumerate(transforms)
    ]
    ranked.sort(key=lambda pair: pair[:2])
    return [
        (
            proposal
            if transform.complexity == 0
            else replace(proposal, restarts=(proposal.restarts + 1) // 2),
            transform,
        )
        for *_, proposal, transform in ranked
    ]


def surrogates(inputs: int) -> tuple[Proposal, ...]:
    """Networks that fit smooth targets of all kinds: they take the noise out of a table."""
    if inputs == 1:
        return (Proposal((1, 1), 8, 1),)
    return (
        Proposal((inputs, (1, 2), 1), 5, 3, linear_output=True),
        Proposal((inputs, 1, 1), 6, 2),
    )
