"""Where the nodes of a network stand, and the small boxes on its edges."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from symkan.symbolic.activation import Edge

if TYPE_CHECKING:
    from symkan.search.records import Network

Node = tuple[int, int]
"""A layer, 0 for the inputs, and an index in it."""
Place = tuple[float, float]

MOST_BOXES = 48
"""In a layer; the edges beyond are lines without a box."""
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
    return max(pitch * most, _NODE * max(widths(network)), 28.0)


def has_room_for_titles(network: Network) -> bool:
    """Whether the boxes can have titles on one page."""
    return max([0, *_boxes_by_layer(network).values()]) <= 24


def lay_out(network: Network, size: tuple[float, float], margins: tuple[float, float], *, title: float) -> Layout:
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
    graph = _graph(network)
    ranks = nx.multipartite_layout(graph, subset_key="layer")
    width, height = size
    left, right = margins
    step = (width - left - right) / (2 * len(network.products))
    places: dict[object, Place] = {}
    by_layer = sorted(graph.nodes, key=lambda node: graph.nodes[node]["layer"])
    for layer, group in groupby(by_layer, key=lambda node: graph.nodes[node]["layer"]):
        members = sorted(group, key=lambda node: ranks[node][1])
        for rank, node in enumerate(members):
            places[node] = left + layer * step, height * (1 - (rank + 0.5) / len(members))
    most = max([1, *_boxes_by_layer(network).values()])
    box = min(0.82 * (height / most - title), _LARGEST - 2)
    boxes = {
        Edge(*node[1]): (x, y - title / 2) for node, (x, y) in places.items() if isinstance(node[1], Edge)
    }
    nodes = {node: place for node, place in places.items() if not isinstance(node[1], Edge)}
    return Layout(nodes, boxes, (min(1.3 * box, 1.1 * step), box))


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


def _graph(network: Network) -> nx.DiGraph:
    """Nodes and boxes, by layers 0, 1, 2, …, in each from the top; boxes between the nodes that they join."""
    graph = nx.DiGraph()
    counts = widths(network)
    for layer, count in enumerate(counts):
        graph.add_nodes_from(((layer, i) for i in range(count)), layer=2 * layer)
    middle = {
        edge: (edge.source + 0.5) / counts[edge.layer] + (edge.target + 0.5) / counts[edge.layer + 1]
        for edge in boxed(network)
    }
    for edge in sorted(middle, key=lambda edge: (middle[edge], edge.source)):
        graph.add_node(("box", edge), layer=2 * edge.layer + 1)
        graph.add_edge((edge.layer, edge.source), ("box", edge))
        graph.add_edge(("box", edge), (edge.layer + 1, edge.target))
    return graph
