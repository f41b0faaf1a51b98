"""How networks by hand are fitted and judged, with the defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symkan.kan.training import Method


@dataclass(frozen=True)
class FitOptions:
    """How a network by hand is fitted.

    Attributes
    ----------
    validation
        A pair (X, y) of rows by which states are compared; None for the training rows.
    steps
        At most so many, on each grid.
    method
        "lm" (Levenberg-Marquardt), "lbfgs" or "adam".
    restarts
        Number of starts, the best of which is kept: the network as it is, and others from random splines.
    grids
        Grid intervals of the stages, coarse to fine; None for the grid as it is.
    """

    validation: tuple[Any, Any] | None = None
    steps: int = 100
    method: Method = "lm"
    restarts: int = 1
    grids: Sequence[int] | None = None


@dataclass(frozen=True)
class StructureOptions:
    """When what a network does counts as nothing.

    Attributes
    ----------
    tolerance
        Relative to the differences or derivatives that it is made of.
    share
        Columns whose share of the output is below this play no part.
    """

    tolerance: float = 0.03
    share: float = 0.01
