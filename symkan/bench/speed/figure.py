"""The growth curves as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from symkan.bench.speed.growth import JOB, Point, by_curve

_BLUE, _ORANGE = "#0072b2", "#d55e00"  # told apart by colour-blind readers, too


def draw(points: Sequence[Point], path: Path) -> None:
    """Time and memory against size, one column of axes for each curve, logarithmic; measured and predicted."""
    from matplotlib.figure import Figure

    curves = by_curve(points)
    figure = Figure(figsize=(2.5 * len(curves), 4.6), layout="constrained")
    axes = figure.subplots(2, len(curves), sharex="col", sharey="row", squeeze=False)
    for column, (name, found) in zip(axes.T, curves.items(), strict=True):
        sizes = [p.size for p in found]
        time, memory = column
        time.loglog(sizes, [p.seconds for p in found], "o-", color=_BLUE, label="measured")
        rise = [p.bytes / 1e9 or float("nan") for p in found]  # none where the process held enough before
        memory.loglog(sizes, rise, "o-", color=_BLUE)
        time.loglog(sizes, [p.predicted_seconds for p in found], "--", color=_ORANGE, label="predicted")
        memory.loglog(sizes, [p.predicted_bytes / 1e9 or float("nan") for p in found], "--", color=_ORANGE)
        time.set_title("whole job" if name == JOB else "training step", fontsize=9)
        memory.set_xlabel(name)
        for ax in column:
            ax.grid(alpha=0.3)
    axes[0, 0].set_ylabel("time (s)")
    axes[1, 0].set_ylabel("memory (GB)")
    axes[0, 0].legend(frameon=False, fontsize=8)
    figure.savefig(path)
