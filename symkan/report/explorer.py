"""The law to play with: a fragment of HTML with a slider for each column, the value, a plot, and the data near by."""

from __future__ import annotations

import json
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.report.assets import asset
from symkan.report.languages.javascript import bare_javascript
from symkan.report.languages.law import used_columns
from symkan.text import printable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.dataset import Column
    from symkan.result import Discovery

MARGIN = 0.1  # of the fitted range, at each end of a slider
DECADES = 100.0  # from least to greatest value, for an axis with powers of ten
CROWDED = 0.25  # part of a linear axis that would hold half of the values, then
POINTS = 500  # rows that are drawn
ROUNDING = 1e-9  # errors this small, relative to the target's range, make no band


def explorer(discovery: Discovery) -> str:
    """An HTML fragment that needs nothing else; empty where a law has no columns, or functions JavaScript lacks."""
    law = bare_javascript(discovery)
    if not law or not used_columns(discovery.best, discovery.data):
        return ""
    # no < in the data: nothing in a name ends the element
    data = json.dumps(_data(discovery), allow_nan=False).replace("<", "\\u003c")
    style, script, page = (asset(f"explorer.{kind}") for kind in ("css", "js", "html"))
    return Template(page).substitute(style=style, script=script, law=law, data=data)


def _data(discovery: Discovery) -> dict[str, Any]:
    data = discovery.data
    used = used_columns(discovery.best, data)
    places = [i for i, column in enumerate(data.features) if column in used]
    x, y = _sample(discovery)
    return {
        "target": _named(data.target),
        "log": _logarithmic(data.target_range, y),
        "columns": [
            {**_named(column), **_slider(data.feature_ranges[place], x[:, place])}
            for column, place in zip(used, places, strict=True)
        ],
        "rows": [[_short(value) for value in row] for row in np.column_stack([x[:, places], y]).tolist()],
        "band": _band(discovery, x, y),
    }


def _named(column: Column) -> dict[str, str | None]:
    return {"name": printable(column.name), "unit": column.unit and printable(column.unit)}


def _sample(discovery: Discovery) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if discovery.evidence is None:
        return np.empty((0, len(discovery.data.features))), np.empty(0)
    sample = discovery.evidence.sample
    chosen = np.random.default_rng(0).permutation(len(sample.y))[:POINTS]
    return sample.x[chosen], sample.y[chosen]


def _slider(fitted: tuple[float, float], values: NDArray[np.float64]) -> dict[str, Any]:
    """Range, scale and first place of a slider; a column that is never negative stays so."""
    low, high = fitted
    log = _logarithmic(fitted, values)
    ends = np.log(fitted) if log else np.array(fitted, dtype=np.float64)
    margin = MARGIN * (ends[1] - ends[0]) or MARGIN * abs(low) or 1.0
    ends += np.array([-margin, margin])
    least, most = np.exp(ends) if log else ends
    middle = np.median(values) if len(values) else low / 2 + high / 2
    return {
        "fitted": [low, high],
        "slider": [max(float(least), 0.0) if low >= 0 else float(least), float(most)],
        "log": log,
        "start": _short(min(max(float(middle), low), high)),
    }


def _logarithmic(ends: tuple[float, float], values: NDArray[np.float64]) -> bool:
    low, high = ends
    spans = len(values) > 0 and low > 0 and high / DECADES >= low
    return spans and bool(np.median(values) - low < CROWDED * (high - low))


def _band(discovery: Discovery, x: NDArray[np.float64], y: NDArray[np.float64]) -> dict[str, Any] | None:
    """Twice the error on rows held out; of the law's value where errors grow with it."""
    best, test = discovery.best, discovery.test
    if best.errors == "proportional" and len(y):
        law = discovery.predict(x)
        good = np.isfinite(law) & (law != 0)
        size = 2 * float(np.sqrt(np.mean((y[good] / law[good] - 1) ** 2))) if good.any() else 0.0
        text = f"prediction band, ± {100 * size:.2g} % (2 × relative RMSE)"
        return {"size": size, "relative": True, "text": text} if ROUNDING < size < np.inf else None
    rmse, rows = (test.rmse, "locked rows") if test else (best.validation_rmse, "held-out rows")
    low, high = discovery.data.target_range
    visible = ROUNDING * (high - low) < rmse < np.inf
    text = f"prediction band, ± 2 × RMSE on {rows}"
    return {"size": 2 * rmse, "relative": False, "text": text} if visible else None


def _short(value: float) -> float:
    """Digits enough to draw."""
    return float(f"{value:.6g}")
