"""Where the nodes of a network stand, and the small boxes on its edges."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx

from symkan.symbolic.activation import Edge

if TYPE_CHECKING:
    from symkan.search.records import Network

Node = tuple[int, int]
"""A layer, 0 for the inputs, and an index in it."""
Place = tuple[float, float]

MOST_BOXES = 48
"""In a layer; the edges beyond are lines without a box."""
MARGIN = 1.0
TITLE = 3.4
"""Height in mm of a title above a box."""
_SMALLEST, _LARGEST, _USUAL = 3.6, 12.0, 110.0
_NODE = 4.6


@dataclass(frozen=True)
class Layout:
    """Centres of the nodes and of the boxes, and the size of the boxes, all in mm."""

    nodes: dict[Node, Place]
    boxes: dict[Edge, Place]
    box: tuple[float, float]


def widths(network: Network) -> list[int]:
    """Nodes of each layer, inputs first."""
    return [len(network.inputs), *(len(layer) for layer in network.products)]


def height_of(network: Network, *, titled: bool) -> float:
    """The height in mm that a network needs, its boxes with titles or without."""
    most = max([1, *_boxes_by_layer(network).values()])
    pitch = max(_SMALLEST + titled * (TITLE + 1), min(_LARGEST + titled * TITLE, _USUAL / most))
    return max(pitch * most, _NODE * max(widths(network)), 26.0) + 2 * MARGIN


def has_room_for_titles(network: Network) -> bool:
    """Whether the boxes can have titles on one page."""
    return max([0, *_boxes_by_layer(network).values()]) <= 24


def lay_out(
    network: Network, size: tuple[float, float], margins: tuple[float, float], *, title: float
) -> Layout:
    """Layers from the left to the right, nodes and boxes in turn, each spread evenly over the height.

    Parameters
    ----------
    network
        What is drawn.
    size
        Width and height in mm.
    margins
        What is kept free on the left and on the right for names, in mm.
    title
        What is kept free above each box, in mm.
    """
    layers = _layers(network)
    graph = nx.DiGraph()
    graph.add_nodes_from(member for members in layers for member in members)
    places = nx.multipartite_layout(graph, subset_key=dict(enumerate(layers)))  # from below, close together
    width, height = size[0], size[1] - 2 * MARGIN
    left, right = margins
    step = (width - left - right) / (len(layers) - 1)
    for layer, members in enumerate(layers):
        for rank, member in enumerate(sorted(members, key=lambda member: float(places[member][1]))):
            places[member] = (
                left + layer * step,
                MARGIN + height * (1 - (rank + 0.5) / len(members)) - title / 2,
            )
    most = max([1, *_boxes_by_layer(network).values()])
    box = min(0.82 * (height / most - title), _LARGEST - 2)
    boxes = {edge: place for edge, place in places.items() if isinstance(edge, Edge)}
    nodes = {node: place for node, place in places.items() if not isinstance(node, Edge)}
    return Layout(nodes, boxes, (min(1.3 * box, 0.85 * step), box))


def boxed(network: Network) -> list[Edge]:
    """The edges that get a box: those that matter most, where there are too many."""
    by_score = sorted(network.activations, key=lambda a: -a.score)
    count: Counter[int] = Counter()
    found = []
    for activation in by_score:
        count[activation.edge.layer] += 1
        if count[activation.edge.layer] <= MOST_BOXES:
            found.append(activation.edge)
    return found


def _boxes_by_layer(network: Network) -> Counter[int]:
    return Counter(edge.layer for edge in boxed(network))


def _layers(network: Network) -> list[list[Node | Edge]]:
    """Inputs, boxes, nodes, boxes, nodes, …, each from the top; a box about where the line of its edge passes."""
    counts = widths(network)
    layers: list[list[Node | Edge]] = []
    for layer, count in enumerate(counts):
        layers += [[(layer, i) for i in range(count)], []]
    middle = {
        edge: (edge.source + 0.5) / counts[edge.layer] + (edge.target + 0.5) / counts[edge.layer + 1]
        for edge in boxed(network)
    }
    for edge in sorted(middle, key=lambda edge: (middle[edge], edge.source)):
        layers[2 * edge.layer + 1].append(edge)
    return layers[:-1]
