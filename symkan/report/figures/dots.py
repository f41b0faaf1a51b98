"""Errors by name on a logarithmic axis: dots on lines, and their values at the end of the line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.report.figures.scales import at_least, error_scale
from symkan.report.figures.style import SMALL, size_mm
from symkan.report.figures.words import plain, short_number, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Series = tuple[str, str, str, Sequence[float]]
"""Name, colour, marker, and a value for each line; nan where there is none."""


def draw_dots(ax: Axes, names: Sequence[str], series: Sequence[Series]) -> None:
    """Draw one line for each name, from the top, with a dot for each series; the last one's values are written."""
    zero = error_scale(ax, "x", *(values for *_, values in series))
    lines = np.arange(len(names))
    ax.hlines(lines, 0, 1, transform=ax.get_yaxis_transform(), color="#e3e3e3", linewidth=0.6, zorder=0)
    for name, colour, marker, values in series:
        exact = np.asarray(values) == 0
        style: dict[str, Any] = {"color": colour, "marker": marker, "markersize": 4.5, "linestyle": "none"}
        ax.plot(at_least(values, zero), lines, label=name, **style)
        ax.plot(np.full(exact.sum(), zero), lines[exact], **style, markerfacecolor="white")
    room = max(size_mm(ax)[0] / 2, 24.0)
    ax.set_yticks(lines, [shortened(plain(name), room, SMALL) for name in names], size=SMALL)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(len(names) - 0.5, -0.5)
    for line, value in zip(lines, series[-1][-1], strict=True):
        text = short_number(value) if np.isfinite(value) else "–"
        ax.annotate(
            text,
            (1, line),
            (4, 0),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            size=SMALL,
            va="center",
        )
