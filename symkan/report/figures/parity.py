"""The law against the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.report.figures.scales import data_scale
from symkan.report.figures.source import Picture, rows
from symkan.report.figures.style import GREY, MOST_MARKERS, PARTS, new_axes, styled
from symkan.report.figures.words import column_label, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symkan.report.figures.source import Rows
    from symkan.result import Discovery


def picture(discovery: Discovery) -> Picture | None:
    """What the figure shows; None without evidence."""
    count = len(rows(discovery).y) if discovery.evidence else 0
    if not count:
        return None
    target = plain(discovery.data.target.name)
    r2 = discovery.best.r2
    return Picture(
        "parity",
        "Law against data",
        "Values of the law against those in the table; on the line both are equal.",
        f"Scatter plot of {target} by the law against {target} in the table, "
        f"{count} rows along the line of equality; R² is {r2:.6f}.",
    )


@styled
def plot_parity(discovery: Discovery, *, ax: Axes | None = None) -> Axes:
    """Draw values of the law against those in the table.

    Parameters
    ----------
    discovery
        With evidence.
    ax
        Where to draw; by default in a new figure, which is `.figure` of what is returned.

    Returns
    -------
    Axes
        In units of the target.

    Raises
    ------
    ResultError
        When the result has no evidence.
    """
    drawn = rows(discovery)
    ax = new_axes(ax, 76.0, 72.0)
    data_scale(ax, "x", drawn.y, drawn.law)
    data_scale(ax, "y", drawn.y, drawn.law)
    scatter(ax, drawn.y, drawn.law, drawn)
    ax.axline((0.0, 0.0), (1.0, 1.0), transform=ax.transAxes, color=GREY, linewidth=0.8, zorder=1)
    both = np.array([ax.get_xlim(), ax.get_ylim()])
    limits = float(both.min()), float(both.max())
    ax.set(xlim=limits, ylim=limits, box_aspect=1)
    column_label(ax, "x", discovery.data.target, ", data")
    column_label(ax, "y", discovery.data.target, ", law")
    ax.legend(loc="upper left", handletextpad=0.2)
    return ax


def scatter(ax: Axes, x: np.ndarray, y: np.ndarray, drawn: Rows) -> None:
    """Points [n] by the part that their rows belong to."""
    many = len(x) > MOST_MARKERS
    alpha = 0.35 if len(x) > 300 else 0.7
    for part, (name, colour, marker) in enumerate(PARTS):
        here = drawn.part == part
        if here.any():
            style: dict[str, Any] = {
                "color": colour,
                "marker": marker,
                "alpha": alpha,
                "label": name,
                "rasterized": many,
            }
            ax.plot(x[here], y[here], linestyle="none", markeredgewidth=0, **style)
