"""What there is to see of a trained network: its edges as curves, and the functions that come nearest to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.records import Network
from symkan.symbolic.library import Library
from symkan.symbolic.matching import match_edge

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.kan.network import Networks
    from symkan.options import MatchOptions
    from symkan.symbolic.activation import Activation, Edge, SymbolicActivation

    Array = NDArray[np.float64]

POINTS = 80
"""Points of an edge that are kept: enough to draw it."""


def network_record(kan: Networks, inputs: tuple[sympy.Expr, ...], x: Array, *, scale: Array) -> Network:
    """A network and its edges over scaled rows x [N, inputs]; arguments of the first layer times `scale` [inputs]."""
    return Network(
        inputs,
        tuple(tuple(bool(product) for product in layer.product) for layer in kan.stack),
        tuple(thinned(activation) for activation in kan.activations(x, x_scale=scale)),
    )


def nearest(
    network: Network, functions: Mapping[Edge, str], library: Library, options: MatchOptions
) -> tuple[SymbolicActivation, ...]:
    """Each edge that was given a function, by name, matched with it; a straight line where its function is x."""
    found: list[SymbolicActivation] = []
    for activation in network.activations:
        name = functions.get(activation.edge)
        if name is not None:
            known = library if name in library else Library()  # straight edges need no x in the library
            found.extend(match_edge(activation, known.select([name]), options=replace(options, top=1)))
    return tuple(found)


def thinned(activation: Activation) -> Activation:
    """The edge at some of its arguments, spread over their range, ascending."""
    x, first = np.unique(activation.x, return_index=True)
    even = np.searchsorted(x, np.linspace(x[0], x[-1], POINTS)).clip(max=len(x) - 1)
    chosen = np.unique(even)
    return replace(activation, x=x[chosen], y=activation.y[first][chosen])
