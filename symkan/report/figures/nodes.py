"""What the nodes of a network are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symkan.report.figures.words import formula

if TYPE_CHECKING:
    from symkan.search.records import DataSummary, Network

_LAYERS = "hkmnpqrs"


def input_names(network: Network, data: DataSummary) -> list[str]:
    """The inputs as the user names them; groups as formulas."""
    return [formula(expression, data.features) for expression in network.inputs]


def node_name(network: Network, layer: int, index: int) -> str:
    """h1, h2, … in the first layer of nodes after the inputs, k1, k2, … in the second; "output" at the end."""
    if layer == len(network.products):
        return "output"
    letter = _LAYERS[layer - 1] if layer <= len(_LAYERS) else f"h{layer},"
    return f"{letter}{index + 1}"
