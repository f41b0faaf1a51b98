"""How the network was trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from symkan.errors import ResultError
from symkan.report.figures.scales import at_least, error_scale
from symkan.report.figures.source import Picture, portrait
from symkan.report.figures.style import BLUE, GREY, ORANGE, SMALL, new_axes, styled
from symkan.report.figures.words import label, plain, short_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symkan.result import Discovery
    from symkan.search.records import History


def picture(discovery: Discovery) -> Picture | None:
    """What the figure shows; None without a network that was trained in steps."""
    drawn = discovery.network
    if drawn is None or not drawn.history.grid:
        return None
    history = drawn.history
    grids = ", then ".join(str(grid) for _, grid in extensions(history))
    return Picture(
        "training",
        "Training of the network",
        f"Root mean square error of the scaled target by step, network {plain(drawn.name)}. "
        f"Vertical lines: the grid was extended; its intervals are written beside them.",
        f"Training and validation error over {len(history.grid)} steps; the training error falls to "
        f"{short_number(history.train_rmse[-1])}. Grid intervals: {grids}.",
    )


def extensions(history: History) -> list[tuple[int, int]]:
    """The steps (1, 2, …) from which a grid was used, and its intervals.

    Examples
    --------
    >>> from symkan.search.records import History
    >>> extensions(History("", (4, 4, 8), (3.0, 2.0, 1.0), (3.0, 2.0, 1.0)))
    [(1, 4), (3, 8)]
    """
    grid = history.grid
    return [(i + 1, grid[i]) for i in range(len(grid)) if i == 0 or grid[i] != grid[i - 1]]


@styled
def plot_training(discovery: Discovery, *, ax: Axes | None = None) -> Axes:
    """Draw the training curve of the network, its grid extensions marked.

    Parameters
    ----------
    discovery
        With a network: that of the law, or that of its evidence.
    ax
        Where to draw; by default in a new figure, which is `.figure` of what is returned.

    Raises
    ------
    ResultError
        When there is no network, or none that was trained in steps.
    """
    drawn = portrait(discovery)
    if not drawn.history.grid:
        raise ResultError(
            f"{drawn.name} was fitted by least squares at once; there is no training curve to draw"
        )
    return draw_history(drawn.history, "RMSE, scaled target", ax=ax)


@styled
def draw_history(history: History, error: str, *, ax: Axes | None = None) -> Axes:
    """Draw any training curve, with a word for its error."""
    ax = new_axes(ax, height=54.0)
    step = np.arange(1, len(history.grid) + 1)
    zero = error_scale(ax, "y", history.train_rmse, history.validation_rmse)
    ax.plot(step, at_least(history.train_rmse, zero), color=BLUE, marker=".", label="training")
    if history.validation_rmse != history.train_rmse:
        ax.plot(
            step, at_least(history.validation_rmse, zero), "--", color=ORANGE, marker=".", label="validation"
        )
    ax.margins(x=0.03)
    if len(step) < 12:
        ax.set_xticks(step)
    low = ax.get_xlim()[0]
    mark_grids(ax, [(max(step - 0.5, low), grid) for step, grid in extensions(history)])
    label(ax, "x", "step")
    label(ax, "y", error)
    ax.legend(loc="best")
    return ax


def mark_grids(ax: Axes, places: Sequence[tuple[float, int]]) -> None:
    """A line where a grid comes into use but the first, its intervals above the axes, or beside the last's."""
    low, high = ax.get_xlim()
    texts: list[tuple[float, str]] = []
    for i, (place, grid) in enumerate(places):
        if i:
            ax.axvline(place, color=GREY, linewidth=0.7, linestyle=":", zorder=0)
        start, text = texts[-1] if texts else (-np.inf, "")
        if place - start > (0.06 + 0.02 * len(text)) * (high - low):
            texts.append((place, f"{grid}" if i else f"grid {grid}"))
        else:
            texts[-1] = start, f"{text}, {grid}"
    for place, text in texts:
        ax.text(place, 1.01, text, transform=ax.get_xaxis_transform(), size=SMALL, color=GREY, va="bottom")
