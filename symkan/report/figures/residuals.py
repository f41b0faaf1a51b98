"""What the law leaves: against each column, and how it is distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from symkan.report.figures.parity import scatter
from symkan.report.figures.scales import Plain, data_scale
from symkan.report.figures.smoothing import local_lines
from symkan.report.figures.source import Picture, Rows, rows
from symkan.report.figures.style import BLUE, DARK, GREY, new_panels, styled
from symkan.report.figures.words import column_label, label, plain
from symkan.report.languages.law import used_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from symkan.data.dataset import Column
    from symkan.result import Discovery

    Array = NDArray[np.float64]

MOST_COLUMNS = 10
_FEW = 8
"""A column with at most so many values is summed up by a mean at each."""


def picture(discovery: Discovery) -> Picture | None:
    """What the figure shows; None without evidence, and where nothing is left."""
    if discovery.evidence is None or len(rows(discovery).y) < 3:
        return None
    drawn = rows(discovery)
    if np.array_equal(drawn.y, drawn.law):
        return None
    columns = [plain(c.name) for c in _columns(discovery)]
    size = np.std(drawn.y - drawn.law)
    relative = " divided by the law" if _relative(discovery) else ""
    return Picture(
        "residuals",
        "Residuals",
        f"Data minus law{relative}, against each column (line: local regression), their distribution, and their "
        "quantiles against those of a normal distribution (line: of the same mean and standard deviation).",
        f"Residuals against {', '.join(columns)}; a histogram; a normal Q-Q plot. "
        f"Their standard deviation is {size:.3g}.",
    )


@styled
def plot_residuals(discovery: Discovery, *, figure: Figure | SubFigure | None = None) -> NDArray[Any]:
    """Draw the residuals against each column (those of the law first), a histogram and a normal Q-Q plot.

    Parameters
    ----------
    discovery
        With evidence.
    figure
        Where to draw; by default in a new figure, which is `.figure` of each of the axes.

    Returns
    -------
    array of Axes
        One for each column, ten at most, then the histogram, then the quantiles. In units of the target; over the
        law where errors grow with it.

    Raises
    ------
    ResultError
        When the result has no evidence.
    """
    drawn = rows(discovery)
    columns = _columns(discovery)
    relative = _relative(discovery)
    residual = (drawn.y - drawn.law) / (np.abs(drawn.law) if relative else 1.0)
    text, unit = ("residual / law", None) if relative else ("residual", discovery.data.target.unit)
    axes = new_panels(len(columns) + 2, figure)
    for ax, column in zip(axes, columns, strict=False):
        x = drawn.x[:, discovery.data.features.index(column)]
        _against(ax, x, residual, drawn)
        column_label(ax, "x", column)
    axes[0].figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=3, handletextpad=0.1
    )
    _histogram(axes[-2], residual)
    label(axes[-2], "x", text, unit)
    label(axes[-2], "y", "rows")
    _quantiles(axes[-1], residual)
    label(axes[-1], "x", "normal quantile", "σ")
    for ax in (*axes[:-2], axes[-1]):
        ax.yaxis.set_major_formatter(Plain())
        label(ax, "y", text, unit)
    return axes


def _columns(discovery: Discovery) -> list[Column]:
    used = used_columns(discovery.best, discovery.data)
    others = (c for c in discovery.data.features if c not in used)
    return [*used, *others][:MOST_COLUMNS]


def _relative(discovery: Discovery) -> bool:
    return discovery.best.errors == "proportional" and bool(np.all(rows(discovery).law != 0))


def _against(ax: Axes, x: Array, residual: Array, drawn: Rows) -> None:
    logarithmic = data_scale(ax, "x", x)
    scatter(ax, x, residual, drawn)
    ax.axhline(0, color=GREY, linewidth=0.7, zorder=1)
    place = np.log(x) if logarithmic else x
    values = np.unique(place)
    if len(values) <= _FEW:
        smooth = np.array([residual[place == value].mean() for value in values])
    else:
        values = np.linspace(values[0], values[-1], 60)
        smooth = local_lines(place, residual, values)
    ax.plot(np.exp(values) if logarithmic else values, smooth, color=DARK, linewidth=1.2, zorder=3)


def _histogram(ax: Axes, residual: Array) -> None:
    ax.xaxis.set_major_formatter(Plain())
    # of equal residuals numpy can't make intervals
    equal = np.ptp(residual) <= 1e-9 * np.abs(residual).max()
    bins = 1 if equal else int(np.clip(2 * len(residual) ** (1 / 3), 5, 30))
    ax.hist(residual, bins=bins, color=BLUE, alpha=0.7, edgecolor="white", linewidth=0.4)


def _quantiles(ax: Axes, residual: Array) -> None:
    n = len(residual)
    normal = ndtri((np.arange(n) + 0.5) / n)
    ax.plot(normal, np.sort(residual), "o", color=BLUE, markersize=2.5, alpha=0.6, markeredgewidth=0)
    ends = normal[[0, -1]]
    ax.plot(ends, residual.mean() + residual.std() * ends, color=GREY, linewidth=0.8, zorder=1)
