"""The loss at each stage from the network to the printed law."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symkan.report.figures.dots import draw_dots
from symkan.report.figures.source import Picture, stages
from symkan.report.figures.style import BLUE, ORANGE, legend_above, new_axes, styled
from symkan.report.figures.words import label, plain, short_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symkan.result import Discovery
    from symkan.search.records import Stage


def picture(discovery: Discovery) -> Picture | None:
    """What the figure shows; None where there is but one stage."""
    found = stages(discovery)
    if len(found) < 2:
        return None
    beside = "" if discovery.portrait else (
        " The law was found without a network; the network's stages are those of the one trained beside it."
    )  # fmt: skip
    texts = ", ".join(f"{plain(s.name)} {short_number(s.validation_rmse)}" for s in found)
    return Picture(
        "waterfall",
        "From network to law",
        f"Error at each stage; the numbers are those of the validation rows.{beside}",
        f"Validation error by stage: {texts}.",
    )


@styled
def plot_waterfall(discovery: Discovery, *, ax: Axes | None = None) -> Axes:
    """Draw the errors at each stage from the network to the law.

    Parameters
    ----------
    discovery
        Any.
    ax
        Where to draw; by default in a new figure, which is `.figure` of what is returned.

    Returns
    -------
    Axes
        RMSE in units of the target.
    """
    found = stages(discovery)
    ax = new_axes(ax, height=20.0 + 7.0 * len(found))
    names = [_name(stage, discovery) for stage in found]
    draw_dots(
        ax,
        names,
        [
            ("training", BLUE, "o", [stage.train_rmse for stage in found]),
            ("validation", ORANGE, "s", [stage.validation_rmse for stage in found]),
        ],
    )
    label(ax, "x", "RMSE", discovery.data.target.unit)
    legend_above(ax)
    return ax


def _name(stage: Stage, discovery: Discovery) -> str:
    """The stage; "law: " before those of a law that isn't the network's."""
    beside = discovery.portrait is None and discovery.network is not None
    return f"law, {stage.name}" if beside and stage in discovery.stages else stage.name
