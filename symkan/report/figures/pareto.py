"""Complexity against error: the candidates that nothing beats in both."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from symkan.report.figures.scales import at_least, error_scale
from symkan.report.figures.source import Picture
from symkan.report.figures.style import BLUE, DARK, GREY, RED, SMALL, legend_above, new_axes, root, styled
from symkan.report.figures.words import label, short_number, shortened, typeset
from symkan.report.notation import linear, told_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symkan.result import Discovery

_PLACES = ((4, 4, "left"), (-4, -4, "right"), (4, -4, "left"), (-4, 4, "right"))
"""Where a formula may stand about its point: offset in points, alignment."""


def picture(discovery: Discovery) -> Picture | None:
    """What the figure shows; None where there is but one candidate."""
    front, best = told_apart(discovery), discovery.best
    if len(front) < 2:
        return None
    return Picture(
        "pareto",
        "Simpler or closer",
        "Candidates that no other beats in both complexity and validation error; the answer is marked."
        + (" An error of exactly 0 stands on the lowest line." if _exact(discovery).any() else ""),
        f"{len(front)} candidates with complexity {front[0].complexity} to {front[-1].complexity} and validation "
        f"error {short_number(front[0].validation_rmse)} to {short_number(front[-1].validation_rmse)}; the answer "
        f"has complexity {best.complexity}: {typeset(linear(best, discovery.data))}.",
    )


@styled
def plot_pareto(discovery: Discovery, *, ax: Axes | None = None) -> Axes:
    """Draw the Pareto front, with its formulas where they fit.

    Parameters
    ----------
    discovery
        Any.
    ax
        Where to draw; by default in a new figure, which is `.figure` of what is returned.

    Returns
    -------
    Axes
        Complexity in nodes of the formula, validation RMSE in units of the target.
    """
    ax = new_axes(ax, height=62.0)
    front, best = told_apart(discovery), discovery.best
    errors = [c.validation_rmse for c in front]
    zero = error_scale(ax, "y", [*errors, best.validation_rmse])
    x, y = np.array([c.complexity for c in front], dtype=np.float64), at_least(errors, zero)
    ax.step(x, y, where="post", color=BLUE, linewidth=0.8, alpha=0.5)
    ax.plot(x, y, "o", color=BLUE, markersize=4, label="Pareto front")
    answer = best.complexity, float(at_least(best.validation_rmse, zero))
    ax.plot(*answer, "D", markersize=6, color=RED, markerfacecolor="none", label="the answer")
    if _exact(discovery).any():
        ax.axhline(zero, color=GREY, linewidth=0.6, linestyle=":", zorder=0)
    span = max(np.ptp([*x, answer[0]]), 4.0)
    ax.set_xlim(min(x[0], answer[0]) - 0.08 * span, max(x[-1], answer[0]) + 0.08 * span)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    label(ax, "x", "complexity", "nodes of the formula")
    label(ax, "y", "validation RMSE", discovery.data.target.unit)
    legend_above(ax)
    _write_formulas(ax, discovery, zero)
    return ax


def _exact(discovery: Discovery) -> np.ndarray:
    return np.array([c.validation_rmse == 0 for c in (*told_apart(discovery), discovery.best)])


def _write_formulas(ax: Axes, discovery: Discovery, zero: float) -> None:
    """Write formulas beside their points, the answer's first, as long as they hide nothing."""
    root(ax).draw_without_rendering()
    inside, front = ax.get_window_extent(), told_apart(discovery)
    candidates = (discovery.best, *(c for c in front if c.expression != discovery.best.expression))
    points = [(c.complexity, float(at_least(c.validation_rmse, zero))) for c in candidates]
    steps = [(c.complexity, float(at_least(c.validation_rmse, zero))) for c in front]
    corners = ax.transData.transform(steps)
    marks = [Bbox.from_bounds(px - 8, py - 8, 16, 16) for px, py in ax.transData.transform(points)]
    taken: list[Bbox] = []
    for i, candidate in enumerate(candidates):
        text = shortened(typeset(linear(candidate, discovery.data)), 44.0, SMALL)
        others = [mark for j, mark in enumerate(marks) if j != i]
        for dx, dy, side in _PLACES:
            note = ax.annotate(
                text,
                points[i],
                (dx, dy),
                textcoords="offset points",
                size=SMALL,
                ha=side,
                va="bottom" if dy > 0 else "top",
                color=DARK if i else RED,
            )
            box = note.get_window_extent()
            if (
                _within(box, inside)
                and not _crosses(box, corners)
                and not box.count_overlaps([*taken, *others])
            ):
                taken.append(box)
                break
            note.remove()


def _within(box: Bbox, outer: Bbox) -> bool:
    return bool(box.x0 >= outer.x0 and box.x1 <= outer.x1 and box.y0 >= outer.y0 and box.y1 <= outer.y1)


def _crosses(box: Bbox, corners: np.ndarray) -> bool:
    """Whether the steps between the corners run through the box."""
    for (x0, y0), (x1, y1) in pairwise(corners):
        level = box.y0 < y0 < box.y1 and box.x0 < x1 and box.x1 > x0
        drop = box.x0 < x1 < box.x1 and box.y0 < max(y0, y1) and box.y1 > min(y0, y1)
        if level or drop:
            return True
    return False
