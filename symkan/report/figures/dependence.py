"""What the law says about each of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.report.figures.scales import Decades, data_scale, spans_decades
from symkan.report.figures.source import Picture, Rows, rows
from symkan.report.figures.style import BLUE, DARK, FAINT, SMALL, new_panels, styled
from symkan.report.figures.words import column_label, plain, with_unit
from symkan.report.languages.law import used_columns
from symkan.search.evaluation import evaluate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from symkan.data.dataset import Column
    from symkan.result import Discovery

    Array = NDArray[np.float64]

MOST_COLUMNS = 11
_FINE, _COARSE = 200, 80
_FEW = 100
"""So many points are drawn dark, over the curve; more of them faint, below it."""


def picture(discovery: Discovery) -> Picture | None:
    """What the figure shows; None without evidence, and for a law without columns."""
    columns = _columns(discovery)
    if discovery.evidence is None or not columns or not len(rows(discovery).y):
        return None
    names = ", ".join(plain(c.name) for c in columns)
    several = len(columns) > 1
    return Picture(
        "dependence",
        "What the law says about each column",
        "The law along each of its columns"
        + (", the others at their median. Points: the curve plus the residual of each row." if several
           else ". Points: the data.")
        + (" Last: the law over both columns, with rows of the table." if len(columns) == 2 else ""),
        f"Curves of the law for {plain(discovery.data.target.name)} along {names}, with the data."
        + (" A map of the law over both columns." if len(columns) == 2 else ""),
    )  # fmt: skip


@styled
def plot_dependence(discovery: Discovery, *, figure: Figure | SubFigure | None = None) -> NDArray[Any]:
    """Draw the law along each of its columns, the others at their median; over both, where there are two.

    The points are the curve plus the residual of each row (partial residuals; for a law of one column, the data).

    Parameters
    ----------
    discovery
        With evidence.
    figure
        Where to draw; by default in a new figure, which is `.figure` of each of the axes.

    Returns
    -------
    array of Axes
        One for each column, and one more for the map of a law of two columns.

    Raises
    ------
    ResultError
        When the result has no evidence.
    """
    drawn = rows(discovery)
    columns = _columns(discovery)
    axes = new_panels(len(columns) + (len(columns) == 2), figure, height=40.0)
    for ax, column in zip(axes, columns, strict=False):
        _along(ax, column, drawn, discovery)
        column_label(ax, "x", column)
        column_label(ax, "y", discovery.data.target)
    if len(columns) == 2:
        _map(axes[-1], columns, drawn, discovery)
    return axes


def _columns(discovery: Discovery) -> tuple[Column, ...]:
    return used_columns(discovery.best, discovery.data)[:MOST_COLUMNS]


def _along(ax: Axes, column: Column, drawn: Rows, discovery: Discovery) -> None:
    j = discovery.data.features.index(column)
    x = drawn.x[:, j]
    logarithmic = data_scale(ax, "x", x)
    at = _spread(x, _FINE, logarithmic)
    curve = evaluate(discovery.best, _others_at_median(drawn.x, j, at))
    here = evaluate(discovery.best, _others_at_median(drawn.x, j, x))
    points = here + drawn.y - drawn.law
    data_scale(ax, "y", points, curve)
    few = len(x) <= _FEW
    ax.plot(
        x,
        points,
        "o",
        color=DARK if few else FAINT,
        markersize=2.5,
        markeredgewidth=0,
        zorder=3 if few else 1,
    )
    ax.plot(at, curve, color=BLUE, linewidth=1.4, zorder=2)


def _map(ax: Axes, columns: tuple[Column, ...], drawn: Rows, discovery: Discovery) -> None:
    """Colours and contours of a law of two columns."""
    from matplotlib.colors import LogNorm

    first, second = (discovery.data.features.index(c) for c in columns)
    scales = [data_scale(ax, which, drawn.x[:, j]) for which, j in (("x", first), ("y", second))]
    a, b = (_spread(drawn.x[:, j], _COARSE, log) for j, log in zip((first, second), scales, strict=True))
    grid = np.tile(np.median(drawn.x, axis=0), (len(a) * len(b), 1))
    grid[:, first], grid[:, second] = (m.ravel() for m in np.meshgrid(a, b))
    z = evaluate(discovery.best, grid).reshape(len(b), len(a))
    # near a pole the values would leave all else in one shade
    low, high = float(drawn.law.min()), float(drawn.law.max())
    beyond = (bool(np.nanmin(z) < 2 * low - high), bool(np.nanmax(z) > 2 * high - low))
    z = np.clip(z, 2 * low - high, 2 * high - low)
    logarithmic = spans_decades(z)
    shades = ax.pcolormesh(
        a, b, z, cmap="cividis", norm=LogNorm() if logarithmic else None, shading="nearest", rasterized=True
    )
    if np.isfinite(z).all() and np.ptp(z) > 1e-9 * np.abs(z).max():
        levels = np.geomspace(z.min(), z.max(), 8) if logarithmic else np.linspace(z.min(), z.max(), 8)
        ax.contour(a, b, z, levels[1:-1], colors="white", linewidths=0.5, alpha=0.7, linestyles="solid")
    few = slice(None, None, -(-len(drawn.y) // 300))
    ax.plot(
        drawn.x[few, first],
        drawn.x[few, second],
        "o",
        color="white",
        markersize=1.6,
        markeredgewidth=0.3,
        markeredgecolor=DARK,
    )
    ax.margins(0)
    column_label(ax, "x", columns[0])
    column_label(ax, "y", columns[1])
    extend = {(True, True): "both", (True, False): "min", (False, True): "max"}.get(beyond, "neither")
    bar = ax.figure.colorbar(shades, ax=ax, pad=0.02, aspect=14, extend=extend)
    bar.outline.set_visible(False)
    if logarithmic:
        bar.ax.yaxis.set_major_formatter(Decades())
        bar.ax.yaxis.set_minor_formatter("")
    bar.ax.tick_params(labelsize=SMALL, color=DARK)
    target = discovery.data.target
    ax.set_title(with_unit(target.name, target.unit, room=34.0, size=SMALL), size=SMALL, parse_math=False)


def _spread(x: Array, n: int, logarithmic: bool) -> Array:
    """So many places over the range of a column, even on its axis."""
    low, high = float(x.min()), float(x.max())
    if low == high:
        return np.array([low])
    return np.geomspace(low, high, n) if logarithmic else np.linspace(low, high, n)


def _others_at_median(x: Array, j: int, at: Array) -> Array:
    """Rows with column j as given, and the others at their median."""
    made = np.tile(np.median(x, axis=0), (len(at), 1))
    made[:, j] = at
    return made
