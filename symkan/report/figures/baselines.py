"""The law beside other models of the same rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from symkan.report.figures.dots import draw_dots
from symkan.report.figures.source import Picture, evidence
from symkan.report.figures.style import BLUE, RED, new_axes, styled
from symkan.report.figures.words import label, short_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symkan.evidence.records import Scores
    from symkan.result import Discovery
    from symkan.search.records import Score

_PARTS = {"test": "locked test", "validation": "validation", "train": "training"}


def picture(discovery: Discovery) -> Picture | None:
    """What the figure shows; None without evidence."""
    if discovery.evidence is None or not any(b.scores for b in discovery.evidence.baselines):
        return None
    part, models = _models(discovery)
    texts = ", ".join(f"{name} {short_number(value)}" for name, value in models if math.isfinite(value))
    return Picture(
        "baselines",
        "The law beside other models",
        f"Root mean square error over the standard deviation of the target, {_PARTS[part]} rows; "
        "to the left is better, 1 is as good as the mean.",
        f"Relative errors on {_PARTS[part]} rows: {texts}.",
    )


@styled
def plot_baselines(discovery: Discovery, *, ax: Axes | None = None) -> Axes:
    """Draw the errors of the law and of the baselines, on locked test rows, or else validation or training rows.

    Parameters
    ----------
    discovery
        With evidence.
    ax
        Where to draw; by default in a new figure, which is `.figure` of what is returned.

    Returns
    -------
    Axes
        RMSE over the standard deviation of the target.

    Raises
    ------
    ResultError
        When the result has no evidence.
    """
    part, models = _models(discovery)
    ax = new_axes(ax, height=14.0 + 6.0 * len(models))
    names = [name for name, _ in models]
    law = [value if name == "law" else math.nan for name, value in models]
    others = [math.nan if name == "law" else value for name, value in models]
    draw_dots(ax, names, [("law", RED, "D", law), ("baselines", BLUE, "o", others)])
    for text, (_, value) in zip(ax.texts, models, strict=True):
        text.set_text(short_number(value) if math.isfinite(value) else "–")
    label(ax, "x", f"NRMSE, {_PARTS[part]} rows")
    return ax


def _models(discovery: Discovery) -> tuple[str, list[tuple[str, float]]]:
    """The part of the rows that is shown, and each model's NRMSE there; the best first, the law leading its equals."""
    found = evidence(discovery)
    part = next((p for p in _PARTS if _score(found.scores, p)), "train")
    scored = [("law", found.scores), *((b.name, b.scores) for b in found.baselines if b.scores)]
    models = [(name, score.nrmse) for name, s in scored if s and (score := _score(s, part))]
    return part, sorted(models, key=lambda model: model[1] if math.isfinite(model[1]) else math.inf)


def _score(scores: Scores, part: str) -> Score | None:
    found: Score | None = getattr(scores, part)
    return found
