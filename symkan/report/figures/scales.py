"""Linear and logarithmic axes: which is which, and their tick labels without mathtext."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import LogFormatterSciNotation, LogLocator, ScalarFormatter

from symkan.report.figures.style import size_mm
from symkan.report.figures.words import superscript

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

DECADES = 2.0
"""A column that spans more than this is drawn on a logarithmic axis."""
_LEAST = 6.0
"""Ratio of the ends of a logarithmic axis, at least: it has two labels then."""
_SMALLEST = 1e-280
_LABEL = 10.0
"""Width in mm of a label, with its distance from the next."""


class Decades(LogFormatterSciNotation):
    """Tick labels 0.1, 1, 10, … 10⁻³⁴ of a logarithmic axis."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label at x; empty where none is wanted."""
        text = super().__call__(x, pos)
        if not text or x <= 0:  # a tick below the smallest float
            return ""
        exponent = math.floor(math.log10(x) + 1e-9)
        if -3 <= exponent <= 3:
            return f"{x:g}"
        mantissa = f"{x / 10.0**exponent:g}"
        return f"{'' if mantissa == '1' else mantissa + '×'}10{superscript(exponent)}"


class Plain(ScalarFormatter):
    """Tick labels of a linear axis; a common power of ten is written ×10⁻³⁴."""

    def get_offset(self) -> str:
        """What stands at the end of the axis."""
        text = str(super().get_offset())
        return re.sub(r"^1e([+−-]?\d+)", lambda m: f"×10{superscript(int(m[1].replace('−', '-')))}", text)


def spans_decades(*values: ArrayLike) -> bool:
    """Whether all the values are positive and span more than two decades."""
    finite = _finite(*values)
    return bool(len(finite) and finite.min() > 0 and np.ptp(np.log10(finite)) > DECADES)


def data_scale(ax: Axes, which: str, *values: ArrayLike) -> bool:
    """Make an axis logarithmic if its values span decades, else linear; whether it is."""
    logarithmic = spans_decades(*values)
    if logarithmic:
        _logarithmic(ax, which)
    else:
        {"x": ax.xaxis, "y": ax.yaxis}[which].set_major_formatter(Plain())
    return logarithmic


def error_scale(ax: Axes, which: str, *values: ArrayLike) -> float:
    """Make an axis of errors logarithmic; where errors of 0 are to stand."""
    finite = _finite(*values)
    positive = finite[finite > 0].clip(min=_SMALLEST)
    low, high = np.log10([positive.min(), positive.max()]) if len(positive) else (-1.0, 0.0)
    zero = low
    if len(positive) < len(finite):
        zero = low = max(low - max(0.5, 0.15 * (high - low)), np.log10(_SMALLEST))
    margin = max(0.1, 0.07 * (high - low), 0.5 * (np.log10(_LEAST) - (high - low)))
    _logarithmic(ax, which)
    ax.set(**{f"{which}lim": (10.0 ** (low - margin), 10.0 ** (high + margin))})
    if high - low + 2 * margin < 2:
        axis = {"x": ax.xaxis, "y": ax.yaxis}[which]
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(Decades(labelOnlyBase=False, minor_thresholds=(np.inf, np.inf)))
    return float(10.0**zero)


def at_least(values: ArrayLike, zero: float) -> Array:
    """Errors as they are drawn: those of 0 at `zero`, those that aren't finite nowhere."""
    array = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(array), np.maximum(array, zero), np.nan)


def _logarithmic(ax: Axes, which: str) -> None:
    {"x": ax.set_xscale, "y": ax.set_yscale}[which]("log")
    axis = {"x": ax.xaxis, "y": ax.yaxis}[which]
    if which == "x":
        axis.set_major_locator(LogLocator(numticks=max(2, int(size_mm(ax)[0] / _LABEL))))
    axis.set_major_formatter(Decades())
    axis.set_minor_formatter("")


def _finite(*values: ArrayLike) -> Array:
    array: Array = np.concatenate([np.ravel(np.asarray(v, dtype=np.float64)) for v in values])
    return np.asarray(array[np.isfinite(array)])
