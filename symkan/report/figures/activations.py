"""Each edge of the pruned network, and the function that comes nearest to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.report.figures.nodes import input_names, node_name
from symkan.report.figures.scales import data_scale
from symkan.report.figures.source import Picture, portrait
from symkan.report.figures.style import BLUE, DARK, SMALL, new_panels, size_mm, styled
from symkan.report.figures.words import column_label, function_name, label, shortened, width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from symkan.result import Discovery
    from symkan.search.records import Portrait
    from symkan.symbolic.activation import Activation, SymbolicActivation

    Array = NDArray[np.float64]

MOST_EDGES = 24


def picture(discovery: Discovery) -> Picture | None:
    """What the figure shows; None without a network that has edges."""
    drawn = discovery.network
    if drawn is None or not drawn.pruned.activations:
        return None
    names = input_names(drawn.pruned, discovery.data)
    matches = {m.edge: m for m in drawn.matches}
    edges = _shown(drawn)
    texts = [f"{' → '.join(_ends(a, drawn, names))}: {_match_text(matches.get(a.edge))}" for a in edges]
    left = len(drawn.pruned.activations) - len(edges)
    return Picture(
        "activations",
        "The network's functions",
        "Edges φ of the pruned network (solid) and the library function that comes nearest to each (dashed)."
        + (f" The {left} edges of least weight are left out." if left else ""),
        f"{len(edges)} small plots of edge functions: {'; '.join(texts)}.",
    )


@styled
def plot_activations(discovery: Discovery, *, figure: Figure | SubFigure | None = None) -> NDArray[Any]:
    """Draw each edge of the pruned network and the function matched with it.

    Parameters
    ----------
    discovery
        With a network: that of the law, or that of its evidence.
    figure
        Where to draw; by default in a new figure, which is `.figure` of each of the axes.

    Returns
    -------
    array of Axes
        One for each edge, the 24 that matter most. Arguments from the inputs are in the units of the columns, all
        else is scaled.

    Raises
    ------
    ResultError
        When there is no network.
    """
    drawn = portrait(discovery)
    edges = _shown(drawn)
    names = input_names(drawn.pruned, discovery.data)
    matches = {m.edge: m for m in drawn.matches}
    columns = {c.symbol: c for c in discovery.data.features}
    axes = new_panels(len(edges), figure, height=40.0)
    for ax, activation in zip(axes, edges, strict=True):
        draw_edge(ax, activation, matches.get(activation.edge))
        edge = activation.edge
        column = columns.get(str(drawn.pruned.inputs[edge.source])) if edge.layer == 0 else None
        if column is not None:
            column_label(ax, "x", column)
        elif edge.layer == 0:
            label(ax, "x", names[edge.source])
        else:
            label(ax, "x", node_name(drawn.pruned, edge.layer, edge.source), "scaled")
        label(ax, "y", "φ", "scaled")
        _title(ax, activation, drawn, names)
    return axes


def _title(ax: Axes, activation: Activation, drawn: Portrait, names: list[str]) -> None:
    """From where to where, and below the function."""
    source, target = _ends(activation, drawn, names)
    arrow = f" → {target}"
    room = size_mm(ax)[0]
    match = next((m for m in drawn.matches if m.edge == activation.edge), None)
    first = shortened(source, room - width_of(arrow, SMALL), SMALL) + arrow
    text = f"{first}\n{shortened(_match_text(match), room, SMALL)}"
    ax.set_title(text, size=SMALL, parse_math=False, linespacing=1.25)


def draw_edge(ax: Axes, activation: Activation, match: SymbolicActivation | None) -> None:
    """Draw the curve of an edge, arguments ascending, and the function matched with it, if any."""
    known = np.isfinite(activation.x) & np.isfinite(activation.y)
    x, y = activation.x[known], activation.y[known]
    logarithmic = data_scale(ax, "x", x)
    data_scale(ax, "y", [0.0])
    ax.plot(x, y, color=BLUE, linewidth=2.6, alpha=0.45, solid_capstyle="round")
    if match is not None and len(x) > 1:
        at = np.geomspace(x[0], x[-1], 200) if logarithmic else np.linspace(x[0], x[-1], 200)
        ax.plot(at, matched(match, at), "--", color=DARK, linewidth=1.0)


def matched(match: SymbolicActivation, x: Array) -> Array:
    """c·f(a·x + b) + d at x; c·f(a·log x + b) + d for a power law."""
    with np.errstate(all="ignore"):
        u = np.log(x) if match.function.logarithmic else x
        return np.asarray(match.c * match.function.values(match.a * u + match.b) + match.d)


def _shown(drawn: Portrait) -> list[Activation]:
    """The edges that matter most, in the order of the layers."""
    by_score = sorted(drawn.pruned.activations, key=lambda a: -a.score)[:MOST_EDGES]
    return sorted(by_score, key=lambda a: a.edge)


def _ends(activation: Activation, drawn: Portrait, names: list[str]) -> tuple[str, str]:
    edge = activation.edge
    source = names[edge.source] if edge.layer == 0 else node_name(drawn.pruned, edge.layer, edge.source)
    return source, node_name(drawn.pruned, edge.layer + 1, edge.target)


def _match_text(match: SymbolicActivation | None) -> str:
    if match is None:
        return "spline"
    r2 = "1" if match.r2 == 1 else "> 0.9999" if match.r2 > 0.9999 else f"{match.r2:.4f}"
    return f"{function_name(match.function.name)}, R² {r2}"
