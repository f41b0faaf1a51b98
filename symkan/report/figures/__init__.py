"""The figures of a result, drawn with matplotlib in one look, without its global state.

A function `plot_*` with one panel takes `ax` and returns the Axes; one with several panels takes `figure` (a Figure or
a SubFigure) and returns the array of their Axes. Where none is given, a new figure is made, as wide as a column of a
journal or, where needed, its page: `plot_parity(discovery).figure.savefig("parity.pdf")`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.report.figures import (
    activations,
    baselines,
    dependence,
    network,
    pareto,
    parity,
    residuals,
    training,
    waterfall,
)
from symkan.report.figures.activations import plot_activations
from symkan.report.figures.baselines import plot_baselines
from symkan.report.figures.dependence import plot_dependence
from symkan.report.figures.network import plot_network
from symkan.report.figures.pareto import plot_pareto
from symkan.report.figures.parity import plot_parity
from symkan.report.figures.residuals import plot_residuals
from symkan.report.figures.source import Picture
from symkan.report.figures.style import root, save_all, style
from symkan.report.figures.training import plot_training
from symkan.report.figures.waterfall import plot_waterfall

if TYPE_CHECKING:
    from symkan.result import Discovery

__all__ = [
    "NAMES",
    "Picture",
    "pictures",
    "plot_activations",
    "plot_baselines",
    "plot_dependence",
    "plot_network",
    "plot_pareto",
    "plot_parity",
    "plot_residuals",
    "plot_training",
    "plot_waterfall",
    "write_pictures",
]

_DRAWN: tuple[tuple[Callable[..., Picture | None], Callable[..., Any]], ...] = (
    (parity.picture, plot_parity),
    (dependence.picture, plot_dependence),
    (residuals.picture, plot_residuals),
    (baselines.picture, plot_baselines),
    (pareto.picture, plot_pareto),
    (network.picture, plot_network),
    (partial(network.picture, pruned=True), partial(plot_network, pruned=True)),
    (activations.picture, plot_activations),
    (training.picture, plot_training),
    (waterfall.picture, plot_waterfall),
)
"""In the order of the report: how to describe a figure, and how to draw it."""

NAMES = (
    *("parity", "dependence", "residuals", "baselines", "pareto"),
    *("network", "network_pruned", "activations", "training", "waterfall"),
)
"""Of all figures that there may be, in the same order."""


def pictures(discovery: Discovery) -> tuple[Picture, ...]:
    """The figures that this result has data for, in the order of the report."""
    return tuple(picture for describe, _ in _DRAWN if (picture := describe(discovery)) is not None)


def write_pictures(
    discovery: Discovery, folder: str | Path, formats: Iterable[str] = ("pdf", "svg", "png")
) -> tuple[Picture, ...]:
    """Write each figure as folder/NAME.FORMAT; the same result gives the same bytes.

    Parameters
    ----------
    discovery
        What was found.
    folder
        Is made if it is not there.
    formats
        Of "pdf", "svg" (letters as outlines) and "png" (200 dots per inch).

    Returns
    -------
    tuple of Picture
        As `pictures`.
    """
    folder, formats = Path(folder), tuple(formats)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for describe, plot in _DRAWN:
        picture = describe(discovery)
        if picture is None:
            continue
        with style():
            figure = root(np.ravel(plot(discovery))[0])
            save_all(figure, folder / picture.name, formats, title=picture.title)
        written.append(picture)
    return tuple(written)
