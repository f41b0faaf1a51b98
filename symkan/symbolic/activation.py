"""The records that pass from the network to the formula: an edge, what it does, and what it was matched with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from symkan.symbolic.library import Function


class Edge(NamedTuple):
    """The edge φ_{l,j,i} of Liu et al. 2024 (arXiv 2404.19756): layer l, from node `source` to node `target`."""

    layer: int
    target: int
    source: int

    def __str__(self) -> str:
        return f"φ[{self.layer},{self.target},{self.source}]"


@dataclass(frozen=True, eq=False)
class Activation:
    """What one edge of a trained network does on the samples.

    Attributes
    ----------
    edge
        Which edge.
    x, y
        Argument and value of the edge function at each sample, shape [n] each. In the first layer `x` is in the
        units of the column (the scaling is undone).
    score
        Share of the output that depends on the edge, propagated from the output; 0 to 1.
    """

    edge: Edge
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    score: float


@dataclass(frozen=True)
class SymbolicActivation:
    """An edge written with a library function: y = c·f(a·x + b) + d.

    Attributes
    ----------
    edge
        Which edge.
    function
        The function f of the library.
    a, b, c, d
        The affine parameters.
    r2
        Scale-free coefficient of determination of the match, 1 - SS_res/SS_tot.
    bits
        Description length by which matches are ranked (smaller is better): fit against complexity.
    """

    edge: Edge
    function: Function
    a: float
    b: float
    c: float
    d: float
    r2: float
    bits: float
