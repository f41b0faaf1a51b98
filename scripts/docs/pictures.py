#!/usr/bin/env python
"""Draw the pictures of docs/ with the parts of symkan that they are about: docs/pictures/NAME.svg and NAME-dark.svg."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes

from symkan import Discovery, Edge, Networks, match_edge, prune, read_table, train
from symkan.kan.grids import train_stages
from symkan.kan.penalty import amplitudes
from symkan.kan.rows import Rows, Training
from symkan.kan.sparsification import sparsify
from symkan.kan.splines import basis, extend_grid, fit_coefficients
from symkan.options import TrainOptions
from symkan.report.figures import plot_baselines, plot_network, plot_pareto
from symkan.report.figures.style import (
    BLUE,
    DARK,
    FAINT,
    GREEN,
    GREY,
    ORANGE,
    RED,
    WINE,
    legend_above,
    new_axes,
    new_panels,
    root,
    save,
    settle,
    style,
)

ROOT = Path(__file__).parents[2]
OUT = ROOT / "docs/pictures"
ON_DARK = {
    DARK: "#e2e4e9",
    GREY: "#a9adb8",
    FAINT: "#5d616e",
    "#e3e3e3": "#454955",
    BLUE: "#5cb3e8",
    WINE: "#e07a93",
    "#ffffff": "#1e2129",
    "#dcebf5": "#25415a",
    "#000000": "#e2e4e9",
}
"""Colours of the figures, and what stands for them on a dark page."""


def rows_of(name: str, n: int) -> Rows:
    """Some rows of a table, features scaled to [-1, 1] at most, the target by its spread: two thirds to train."""
    table = read_table(ROOT / f"datasets/{name}.csv", target="f")
    x = torch.tensor(table.x[:n] / np.abs(table.x).max(0))
    y = torch.tensor(table.y[:n, None] / table.y.std())
    cut = 2 * n // 3
    return Rows(x[:cut], y[:cut], x[cut:], y[cut:])


@cache
def wide() -> tuple[Rows, Training]:
    """A network [3, 2, 1] for the KAN paper's example with 5 % noise and a third column that plays no part."""
    rows, generator = rows_of("article", 450), np.random.default_rng(0)

    def spoiled(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        third = torch.tensor(generator.uniform(-1, 1, (len(x), 1)))
        return torch.cat([x, third], 1), y + 0.05 * torch.tensor(generator.normal(size=y.shape))

    rows = Rows(*spoiled(rows.x, rows.y), *spoiled(rows.x_validation, rows.y_validation))
    return rows, train(Networks([3, 2, 1], intervals=4, seed=1), rows, options=TrainOptions(steps=40))


def decades(ax: Axes) -> None:
    """A logarithmic axis with labels such as 1e-3."""
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(lambda value, _: f"1e{round(np.log10(value))}")
    ax.yaxis.set_minor_formatter(lambda *_: "")


def theorem():
    """The network in which the law of the KAN paper's example was read."""
    return plot_network(Discovery.load(ROOT / "reports/gallery/article/result.json"), pruned=True)


def splines():
    """A cubic spline on five intervals: its eight basis functions, weighted, and their sum."""
    knots = extend_grid(torch.linspace(-1, 1, 6, dtype=torch.float64), 3)[None, None]
    z = torch.linspace(-1, 1, 401, dtype=torch.float64)[None, :, None]
    target = torch.sin(3 * z[0, :, 0]) * torch.exp(-z[0, :, 0])
    weights = fit_coefficients(z, target[None, :, None, None], knots, 3)[0, 0, 0].numpy()
    values = basis(z, knots, 3)[0][0, :, 0].numpy()
    ax, place = new_axes(None, height=54), z[0, :, 0].numpy()
    ax.plot(place, values * weights, color=FAINT)
    ax.plot(place, values @ weights, color=BLUE, linewidth=2, label="spline: their sum")
    ax.plot(place[::16], target.numpy()[::16], "o", color=ORANGE, label="sin(3z) exp(-z)")
    for point in np.linspace(-1, 1, 6):
        ax.axvline(point, color=GREY, linewidth=0.5, linestyle=":", zorder=0)
    ax.plot([], [], color=FAINT, label="weighted basis functions")
    ax.set_xlabel("z; dotted: the grid")
    ax.legend()
    return ax


def grids():
    """Training and validation error while the grid is extended from 3 to 50 intervals."""
    rows = rows_of("article", 900)
    run = train_stages(
        Networks([2, 1, 1], intervals=3, restarts=4, seed=0), rows, options=TrainOptions(steps=25),
        grids=(3, 6, 12, 24, 48),
    )  # fmt: skip
    best = int(run.validation_curve[-1].argmin())
    ax, step = new_axes(None, height=54), np.arange(1, len(run.grid) + 1)
    ax.plot(step, run.train_curve[:, best], color=BLUE, label="training")
    ax.plot(step, run.validation_curve[:, best], "--", color=ORANGE, label="validation")
    for i in range(len(run.grid)):
        if i == 0 or run.grid[i] != run.grid[i - 1]:
            ax.axvline(i + 0.5, color=GREY, linewidth=0.7, linestyle=":", zorder=0)
            ax.text(i + 0.8, 1.01, str(run.grid[i]), color=GREY, size=7, transform=ax.get_xaxis_transform())
    decades(ax)
    ax.set_xlabel("step; above: grid intervals")
    ax.set_ylabel("RMSE, scaled target")
    ax.legend()
    return ax


def sparsification():
    """The amplitudes of all edges of a [3, 2, 1] network before and after the penalty."""
    rows, run = wide()
    axes = new_panels(2, None, height=44)
    sparse = sparsify(run.kan, rows).kan
    for ax, kan, title in zip(axes, (run.kan, sparse), ("as trained", "after the penalty"), strict=True):
        sizes = torch.cat([amplitudes(t.values)[0].flatten() for t in kan.trace(rows.x)]).detach().numpy()
        ax.barh(np.arange(len(sizes)), sizes, color=[BLUE] * 6 + [ORANGE] * 2)
        ax.set_yticks(np.arange(len(sizes)), [str(edge) for edge in kan.edges()])
        ax.invert_yaxis()
        ax.set_title(title)
        ax.set_xlabel("amplitude")
    return axes[0]


def pruning():
    """What was tried in pruning, in order: the validation error before and after each removal and its refit."""
    rows, run = wide()
    tried = prune(sparsify(run.kan, rows).kan, rows).removals
    ax = new_axes(None, height=54)
    for i, removal in enumerate(tried):
        colour = GREEN if removal.kept else RED
        ax.plot([removal.loss_before, removal.loss_after], [i, i], color=colour)
        ax.plot(removal.loss_after, i, "o" if removal.kept else "x", color=colour)
    ax.plot([], [], "o-", color=GREEN, label="removed")
    ax.plot([], [], "x-", color=RED, label="put back")
    ax.set_yticks(np.arange(len(tried)), [str(removal.what) for removal in tried])
    ax.invert_yaxis()
    ax.set_xlabel("validation RMSE, before and after")
    legend_above(ax)
    return ax


def symbolification():
    """An edge of the trained network beside the library functions that come nearest to it."""
    rows = rows_of("article", 450)
    run = train(Networks([2, 1, 1], restarts=4, intervals=8), rows, options=TrainOptions(steps=60))
    kan = run.kan.select([int(run.validation_rmse.argmin())])
    edge = next(a for a in kan.activations(rows.x) if a.edge == Edge(0, 0, 0))
    order = np.argsort(edge.x)
    x, y = edge.x[order], edge.y[order]
    ax = new_axes(None, height=60)
    ax.plot(x, y, color=DARK, linewidth=4, alpha=0.25, label="the spline on the edge")
    for match, colour in zip(match_edge(edge)[:4], (BLUE, ORANGE, GREEN, RED), strict=False):
        shown = match.c * match.function.values(match.a * x + match.b) + match.d
        text = f"{match.function.name}: 1 - R² = {1 - match.r2:.0e}, {match.bits:.0f} bits"
        ax.plot(x, shown, color=colour, label=text)
    ax.set_xlabel("x1")
    ax.set_ylim(y.min() - 0.1 * np.ptp(y), y.max() + 0.9 * np.ptp(y))
    ax.legend(loc="upper left")
    return ax


def search():
    """The Pareto front of the pendulum."""
    return plot_pareto(Discovery.load(ROOT / "reports/gallery/pendulum/result.json"))


def verdict():
    """The law of the pendulum beside other models of the same rows."""
    return plot_baselines(Discovery.load(ROOT / "reports/gallery/pendulum/result.json"))


PICTURES = (theorem, splines, grids, sparsification, pruning, symbolification, search, verdict)


def draw(picture, folder: Path) -> None:
    """Write a picture for light pages and one for dark ones."""
    with style():
        figure = root(picture())
        settle(figure)
        figure.patch.set_alpha(0)
        for ax in figure.axes:
            ax.patch.set_alpha(0)
        light, dark = (folder / f"{picture.__name__}{suffix}.svg" for suffix in ("", "-dark"))
        save(figure, light, title=picture.__doc__)
    text = light.read_text("utf-8")
    for colour, other in ON_DARK.items():
        text = text.replace(colour, other)
    dark.write_text(text, "utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    OUT.mkdir(exist_ok=True)
    for wanted in PICTURES:
        if not sys.argv[1:] or wanted.__name__ in sys.argv[1:]:
            draw(wanted, OUT)
