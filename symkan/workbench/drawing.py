"""The pictures of a network by hand, by the code that draws those of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from symkan.errors import NetworkError
from symkan.report.figures.activations import draw_edge
from symkan.report.figures.network import draw_network
from symkan.report.figures.nodes import node_name
from symkan.report.figures.style import new_axes, styled
from symkan.report.figures.training import draw_history
from symkan.report.figures.words import function_name, label, plain
from symkan.search.portrait import network_record, thinned
from symkan.symbolic.expressions import symbol
from symkan.workbench.edges import functions_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from symkan.search.records import History, Network
    from symkan.symbolic.activation import Activation
    from symkan.workbench.inspection import Inspected

    Array = NDArray[np.float64]


def plot_kan(kan: Inspected, x: Array, *, ax: Axes | None = None) -> Axes:
    """Draw the network at rows x [N, inputs], with the names of functions on its symbolic edges."""
    titles = {edge: function_name(name) for edge, name in functions_of(kan.networks).items()}
    record = _record(kan, x)
    outputs = [_output(kan, j) for j in range(kan.outputs)]
    kept = frozenset(kan.edges)
    return draw_network(record, (_inputs(kan), outputs), kept=kept, titles=titles, ax=ax)


@styled
def plot_one(kan: Inspected, activation: Activation, *, ax: Axes | None = None) -> Axes:
    """Draw one edge."""
    ax = new_axes(ax)
    edge = activation.edge
    record = _record(kan, np.ones((1, kan.inputs)))
    last = edge.layer + 1 == len(record.products)
    source = _inputs(kan)[edge.source] if edge.layer == 0 else node_name(record, edge.layer, edge.source)
    target = _output(kan, edge.target) if last else node_name(record, edge.layer + 1, edge.target)
    draw_edge(ax, thinned(activation), None)
    name = function_name(functions_of(kan.networks).get(edge, "spline"))
    ax.set_title(f"{source} → {target}: {name}", parse_math=False)
    label(ax, "x", source)
    label(ax, "y", "φ")
    return ax


def plot_steps(history: History, *, ax: Axes | None = None) -> Axes:
    """Draw the training curve.

    Raises
    ------
    NetworkError
        When there was no training.
    """
    if not history.grid:
        raise NetworkError("this network was not trained yet; call fit(X, y) first")
    return draw_history(history, "RMSE", ax=ax)


def _record(kan: Inspected, x: Array) -> Network:
    scale = kan.x_scale.cpu().numpy()
    inputs = tuple(symbol(f"x{i + 1}") for i in range(kan.inputs))
    return network_record(kan.networks, inputs, x / scale, scale=scale)


def _inputs(kan: Inspected) -> list[str]:
    return [plain(name) for name in kan.names or [f"x{i + 1}" for i in range(kan.inputs)]]


def _output(kan: Inspected, index: int) -> str:
    return "y" if kan.outputs == 1 else f"y{index + 1}"
