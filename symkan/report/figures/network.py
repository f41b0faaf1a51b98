"""The network: its edges with the shapes of their functions, before and after pruning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Circle, FancyBboxPatch, Patch, PathPatch, Rectangle
from matplotlib.path import Path

from symkan.report.figures.layout import (
    TITLE,
    Layout,
    has_room_for_titles,
    height_of,
    lay_out,
    widths,
)
from symkan.report.figures.nodes import input_names, node_name
from symkan.report.figures.source import Picture, portrait
from symkan.report.figures.style import (
    BLUE,
    COLUMN,
    DARK,
    FAINT,
    ORANGE,
    PAGE,
    SIZE,
    SMALL,
    new_figure,
    size_mm,
    styled,
)
from symkan.report.figures.words import function_name, plain, shortened, target_of, width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symkan.report.figures.layout import Node, Place
    from symkan.result import Discovery
    from symkan.search.records import Network, Portrait
    from symkan.symbolic.activation import Activation, Edge

_RADIUS = 1.9


@dataclass(frozen=True)
class _Drawing:
    """What is drawn where: the network, the edges that stay, the titles of boxes, the names at both ends."""

    network: Network
    layout: Layout
    kept: frozenset[Edge]
    titles: dict[Edge, str]
    inputs: list[str]
    outputs: list[str]

    @property
    def alive(self) -> set[Node]:
        """The nodes at edges that stay."""
        ends = ((e.layer, e.source) for e in self.kept), ((e.layer + 1, e.target) for e in self.kept)
        return {node for nodes in ends for node in nodes}


def picture(discovery: Discovery, *, pruned: bool = False) -> Picture | None:
    """What the figure shows; None without a network."""
    drawn = discovery.network
    if drawn is None or not (drawn.pruned if pruned else drawn.trained).activations:
        return None
    beside = "" if discovery.portrait else " It was trained beside the law, which was found without it."
    signs = "Σ: nodes that add; Π: nodes that multiply."
    strength = "Width and opacity of an edge follow its share of the output."
    names = ", ".join(input_names(drawn.trained, discovery.data))
    goal = target_of(drawn.name, discovery.data.target.name)
    if pruned:
        texts = "; ".join(f"{edge} {name}" for edge, name in _titles(drawn).items())
        return Picture(
            "network_pruned",
            "The network after pruning",
            f"Each edge with its curve and the library function that comes nearest to it. {signs} {strength}{beside}",
            f"Kolmogorov-Arnold network after pruning, from {names} to {goal}; "
            f"{len(drawn.pruned.activations)} edges: {texts}.",
        )
    lost = len(drawn.trained.activations) - len(drawn.kept)
    return Picture(
        "network",
        "The network as trained",
        f"Kolmogorov-Arnold network {plain(drawn.name)}; each edge with the shape of its function; faint: removed by "
        f"pruning. {signs} {strength}{beside}",
        f"Kolmogorov-Arnold network from {names} to {goal}, nodes by layer "
        f"{', '.join(map(str, widths(drawn.trained)))}; {len(drawn.trained.activations)} edges, of which pruning "
        f"removed {lost}.",
    )


@styled
def plot_network(discovery: Discovery, *, pruned: bool = False, ax: Axes | None = None) -> Axes:
    """Draw the network, its inputs on the left, each edge with the shape of its function.

    Parameters
    ----------
    discovery
        With a network: that of the law, or that of its evidence.
    pruned
        Whether to draw what pruning left, with the names of the functions matched with its edges, and not the
        network as trained.
    ax
        Where to draw, in mm of its present size; by default in a new figure, which is `.figure` of what is returned.

    Raises
    ------
    ResultError
        When there is no network.
    """
    drawn = portrait(discovery)
    network = drawn.pruned if pruned else drawn.trained
    kept = frozenset(a.edge for a in network.activations) if pruned else frozenset(drawn.kept)
    names = input_names(network, discovery.data), [target_of(drawn.name, discovery.data.target.name)]
    return draw_network(network, names, kept=kept, titles=_titles(drawn) if pruned else {}, ax=ax)


@styled
def draw_network(
    network: Network,
    names: tuple[list[str], list[str]],
    *,
    kept: frozenset[Edge],
    titles: dict[Edge, str],
    ax: Axes | None = None,
) -> Axes:
    """Draw any network.

    Parameters
    ----------
    network
        The network.
    names
        Of inputs and of outputs.
    kept
        The edges that are drawn strongly; the others faintly.
    titles
        Of edges; left out where there is no room for them.
    ax
        As for `plot_network`.
    """
    titled = bool(titles) and has_room_for_titles(network)
    if ax is None:
        wide = len(network.products) > 2 or len(network.activations) > 10
        figure = new_figure(PAGE if wide else COLUMN, height_of(network, titled=titled), constrained=False)
        ax = figure.add_axes((0, 0, 1, 1))
    width, height = size_mm(ax)
    inputs = [shortened(name, 0.3 * width, SIZE) for name in names[0]]
    outputs = [shortened(name, 0.24 * width, SIZE) for name in names[1]]
    margins = (
        max(width_of(name, SIZE) for name in inputs) + 4.0,
        max(width_of(name, SIZE) for name in outputs) + _RADIUS + 2.5,
    )
    layout = lay_out(network, (width, height), margins, title=TITLE if titled else 0.0)
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    ax.set_axis_off()
    _draw(ax, _Drawing(network, layout, kept, titles if titled else {}, inputs, outputs))
    return ax


def _titles(drawn: Portrait) -> dict[Edge, str]:
    names = {m.edge: function_name(m.function.name) for m in drawn.matches}
    return {a.edge: names.get(a.edge, "spline") for a in drawn.pruned.activations}


def _draw(ax: Axes, drawing: _Drawing) -> None:
    for activation in sorted(drawing.network.activations, key=lambda a: (a.edge in drawing.kept, a.score)):
        _draw_edge(ax, activation, drawing)
    for node, place in drawing.layout.nodes.items():
        _draw_node(ax, node, place, drawing)


def _draw_edge(ax: Axes, activation: Activation, drawing: _Drawing) -> None:
    edge, layout = activation.edge, drawing.layout
    kept = edge in drawing.kept
    strength = float(np.sqrt(np.clip(activation.score, 0.0, 1.0)))
    colour = BLUE if kept else FAINT
    look = {
        "linewidth": 0.5 + 1.6 * strength if kept else 0.4,
        "alpha": 0.3 + 0.7 * strength if kept else 0.8,
    }
    start, end = layout.nodes[edge.layer, edge.source], layout.nodes[edge.layer + 1, edge.target]
    level = 2 if kept else 1
    if edge not in layout.boxes:
        _draw_wire(ax, start, end, edgecolor=colour, zorder=level, **look)
        return
    x, y = layout.boxes[edge]
    w, h = layout.box
    _draw_wire(ax, start, (x - w / 2, y), edgecolor=colour, zorder=level, **look)
    _draw_wire(ax, (x + w / 2, y), end, edgecolor=colour, zorder=level, **look)
    frame = Rectangle(
        (x - w / 2, y - h / 2), w, h, facecolor="white", edgecolor=colour, linewidth=0.5, zorder=4
    )
    ax.add_patch(frame)
    known = np.isfinite(activation.x) & np.isfinite(activation.y)
    ax.plot(
        x + 0.84 * w * _centred(activation.x[known]),
        y + 0.74 * h * _centred(activation.y[known]),
        color=DARK if kept else FAINT,
        linewidth=0.9 if kept else 0.7,
        alpha=0.45 + 0.55 * strength if kept else 1.0,
        zorder=5,
    )
    if title := drawing.titles.get(edge):
        room = max(w, 9.0)
        ax.text(
            x, y + h / 2 + 0.5, shortened(title, room, SMALL), size=SMALL, ha="center", va="bottom", zorder=6
        )


def _centred(values: np.ndarray) -> np.ndarray:
    """Values between -1/2 and 1/2; 0 where all are equal."""
    if not len(values) or np.ptp(values) <= 1e-12 * np.abs(values).max():
        return np.zeros(len(values))
    return np.asarray((values - values.min()) / np.ptp(values) - 0.5)


def _draw_wire(ax: Axes, start: Place, end: Place, **look: float | str) -> None:
    """A curve that leaves and arrives level."""
    (x0, y0), (x1, y1) = start, end
    middle = (x0 + x1) / 2
    corners = [(x0, y0), (middle, y0), (middle, y1), (x1, y1)]
    codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    ax.add_patch(PathPatch(Path(corners, codes), facecolor="none", **look))


def _draw_node(ax: Axes, node: Node, place: Place, drawing: _Drawing) -> None:
    """A dot for an input, a circle for a sum, a square for a product; names of inputs and output beside them."""
    layer, index = node
    x, y = place
    alive = node in drawing.alive
    colour = DARK if alive else FAINT
    if layer == 0:
        ax.add_patch(Circle(place, 0.7, color=colour, zorder=7))
        words: dict[str, Any] = {"size": SIZE, "color": DARK if alive else "#888888"}
        ax.text(x - 1.8, y, drawing.inputs[index], ha="right", va="center", **words)
        return
    product = drawing.network.products[layer - 1][index]
    look: dict[str, Any] = {"edgecolor": colour, "linewidth": 0.8, "zorder": 7}
    shape: Patch
    if product:
        side = 2 * _RADIUS - 0.6
        corner = x - side / 2, y - side / 2
        shape = FancyBboxPatch(
            corner, side, side, "round,pad=0.15", facecolor=ORANGE if alive else "white", **look
        )
    else:
        shape = Circle(place, _RADIUS, facecolor="#dcebf5" if alive else "white", **look)
    ax.add_patch(shape)
    ax.text(
        x, y - 0.05, "Π" if product else "Σ", size=SMALL, color=colour, ha="center", va="center", zorder=8
    )
    if layer == len(drawing.network.products):
        ax.text(x + _RADIUS + 0.9, y, drawing.outputs[index], size=SIZE, ha="left", va="center")
    else:
        name = node_name(drawing.network, layer, index)
        ax.text(x, y + _RADIUS + 0.3, name, size=SMALL - 1, color=colour, ha="center", va="bottom", zorder=8)
