"""The figures of a comparison: errors against the step, and against the number of parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patheffects import withStroke

from symkan.errors import ResultError
from symkan.report.figures.scales import at_least, error_scale
from symkan.report.figures.style import (
    BLUE,
    GREY,
    RED,
    SMALL,
    legend_below,
    new_axes,
    root,
    save_all,
    style,
    styled,
)
from symkan.report.figures.training import mark_grids
from symkan.report.figures.words import label, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from symkan.workbench.comparison import Comparison
    from symkan.workbench.scaling import Law, Point
    from symkan.workbench.trials import Trial

FORMATS = ("pdf", "svg", "png")


@styled
def plot_comparison(comparison: Comparison, *, ax: Axes | None = None) -> Axes:
    """Draw training and test RMSE of the best KAN and the best MLP against the step.

    As figure 2.3 of Liu et al. 2024 (arXiv 2404.19756) does for KANs. Grid extensions are marked, and the
    states that were kept. Training errors below a thousandth of the lowest test error are drawn there.

    Parameters
    ----------
    comparison
        From `symkan.compare`.
    ax
        Where to draw; by default in a new figure, which is `.figure` of what is returned.
    """
    ax = new_axes(ax, height=74.0)
    kan, mlp = comparison.best_kan, comparison.best_mlp
    floor = _floor(kan, mlp)
    curves = (at_least(curve, floor) for trial in (kan, mlp) for curve in (trial.train, trial.test))
    zero = max(floor, error_scale(ax, "y", *curves))
    _draw(ax, kan, zero, name="KAN", color=BLUE)
    ax.plot([], [], "o", color=GREY, markersize=5, markeredgecolor="white", label="kept")
    _draw(ax, mlp, zero, name="MLP", color=RED)
    ax.margins(x=0.03)
    mark_grids(ax, [(float(s), g) for s, g in _extensions(kan)])
    label(ax, "x", "step of the KAN, epoch of the MLP")
    target = comparison.data.target
    label(ax, "y", f"RMSE of {plain(target.name)}", target.unit)
    legend_below(ax)
    return ax


def _floor(*trials: Trial) -> float:
    """A thousandth of the lowest test error: networks that run through their training rows tell no more below."""
    errors = [e for trial in trials for e in trial.test if 0 < e < math.inf]
    return 1e-3 * min(errors, default=0.0)


def _draw(ax: Axes, trial: Trial, zero: float, *, name: str, color: str) -> None:
    name = f"{name} {list(trial.nodes)}"
    train, test = at_least(trial.train, zero), at_least(trial.test, zero)
    ax.plot(trial.step, train, "--", color=color, linewidth=0.8, label=f"{name}, training")
    ax.plot(trial.step, test, color=color, label=f"{name}, test")
    kept = trial.step[trial.kept], test[trial.kept]
    ax.plot(*kept, "o", color=color, markersize=5, markeredgecolor="white", zorder=5)


def _extensions(trial: Trial) -> list[tuple[int, int]]:
    """The steps on which a grid came into use, and its intervals."""
    pairs = [(None, trial.grid[0]), *zip(trial.grid, trial.grid[1:], strict=False)]
    return [(trial.step[i], new) for i, (old, new) in enumerate(pairs) if new != old]


@styled
def plot_scaling(comparison: Comparison, *, ax: Axes | None = None) -> Axes:
    """Draw the test RMSE of both networks against the number of their parameters, with fitted power laws.

    Raises
    ------
    ResultError
        When they were not trained in several sizes.
    """
    scaling = comparison.scaling
    if scaling is None:
        raise ResultError("the networks were trained in one size only; call symkan.compare(…, scaling=True)")
    ax = new_axes(ax, height=66.0)
    both = ("KAN", scaling.kan, BLUE, "o"), ("MLP", scaling.mlp, RED, "s")
    fits = [_fit(points, law) for (_, points, _, _), law in zip(both, scaling.laws, strict=True)]
    zero = error_scale(ax, "y", [p.errors.test for _, points, _, _ in both for p in points], *fits)
    error_scale(ax, "x", [p.parameters for _, points, _, _ in both for p in points])
    for (name, points, color, marker), law in zip(both, scaling.laws, strict=True):
        _draw_points(ax, points, zero, law, style=(name, color, marker))
    label(ax, "x", "parameters")
    target = comparison.data.target
    label(ax, "y", f"test RMSE of {plain(target.name)}", target.unit)
    ax.legend(loc="best", frameon=True, framealpha=1.0, edgecolor="none")
    return ax


def _fit(points: Sequence[Point], law: Law) -> NDArray[np.float64]:
    """The fitted power law at the points that it was fitted to; nothing where there is none."""
    sizes = np.array([p.parameters for p in points[: law.points]], dtype=np.float64)
    return law.factor * sizes**law.slope if math.isfinite(law.slope) else sizes[:0]


def _draw_points(
    ax: Axes, points: Sequence[Point], zero: float, law: Law, *, style: tuple[str, str, str]
) -> None:
    name, color, marker = style
    sizes, fitted = [p.parameters for p in points], _fit(points, law)
    text = f"{name}, slope {law.slope:.1f}".replace("-", "−") if len(fitted) else name
    ax.plot(sizes, at_least([p.errors.test for p in points], zero), marker, color=color, label=text)
    ax.plot(sizes[: len(fitted)], fitted, color=color, linewidth=0.8)
    outline = [withStroke(linewidth=2, foreground="white")]
    for point in points:
        place = point.parameters, float(at_least(point.errors.test, zero))
        ax.annotate(
            f"{point.size}",
            place,
            (3, 3),
            textcoords="offset points",
            size=SMALL,
            color=GREY,
            path_effects=outline,
        )


def write_comparison(comparison: Comparison, folder: str | Path) -> tuple[Path, ...]:
    """Write comparison.json, and the figures comparison and scaling as PDF, SVG and PNG; the files."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    comparison.save(folder / "comparison.json")
    paths = [folder / "comparison.json"]
    drawn = [("comparison", "KAN and MLP", plot_comparison)]
    drawn += [("scaling", "Errors and parameters", plot_scaling)] if comparison.scaling else []
    for name, title, plot in drawn:
        with style():
            paths += save_all(root(plot(comparison)), folder / name, FORMATS, title=title)
    return tuple(paths)
