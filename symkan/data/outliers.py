"""Rows far from all others, such as a slipped decimal point or 9999 for a missing value."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symkan.data.headers import listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]


FACTOR = 10.0
"""So many times the distance of the others is far: of the laws of `symkan.bench` one table in 140 has such a row."""

RATIO = 3.0
"""The factor for logarithms, which are compared too where the target has one sign: it may span decades."""


_MARK = re.compile(r"-?9{2,}(\.9+)?")
"""Numbers that stand for missing values in many tables."""

FEWEST = 20
"""Tables with fewer rows have no far ones."""

NEIGHBOURS = 12
"""Nearest rows that a target is compared with."""

ADVICE = "or leave such rows out with --robust"
"""The end of the note on far rows."""

LOOKED_AT, KNOWN = 50, 5000
"""Rows that are looked at, and rows that they are compared with, at most."""


def without_outliers(dataset: Dataset) -> Dataset:
    """The table without its far rows, and a note on how many those were; as it is, where no target would vary."""
    far = far_rows(dataset.x, dataset.y)
    kept = dataset.subset(np.flatnonzero(~far))
    if not far.any() or not kept.y.min() < kept.y.max():
        return dataset
    note = f"{far.sum()} of {len(far)} rows left out, as asked (robust): far from all others"
    notes = (other for other in dataset.notes if not other.endswith(ADVICE))
    return replace(kept, notes=(*notes, note))


def doubtful(dataset: Dataset, rows: NDArray[np.int64]) -> tuple[str, ...]:
    """Warnings of values that may be none, and of far rows by their numbers [rows] in the file."""
    columns = zip((*dataset.features, dataset.target), (*dataset.x.T, dataset.y), strict=True)
    found = (*(mark_note(column.name, values) for column, values in columns), outlier_note(dataset, rows))
    return tuple(note for note in found if note)


def mark_note(column: str, values: NDArray[np.float64]) -> str:
    """A warning that a number such as -9999, which occurs often and far from all others, may stand for missing values.

    Examples
    --------
    >>> mark_note("p", np.array([1.2, -999.0, 1.5, 1.1, -999.0]))
    "column 'p': -999 occurs 2 times, far from all other values; if it stands for a missing value, empty these cells"
    """
    low, high = float(values.min()), float(values.max())
    next_low = float(values.min(initial=high, where=values > low))
    next_high = float(values.max(initial=low, where=values < high))
    for mark, gap, spread in (
        (low, next_low - low, high - next_low),
        (high, high - next_high, next_high - low),
    ):
        count = int(np.count_nonzero(values == mark))
        if _MARK.fullmatch(f"{mark:.12g}") and count > 1 and gap > FACTOR * spread > 0:
            return (
                f"column '{column}': {mark:.12g} occurs {count} times, far from all other values; if it stands for a "
                "missing value, empty these cells"
            )
    return ""


def outlier_note(dataset: Dataset, rows: NDArray[np.int64]) -> str:
    """A warning that names the far rows by their numbers [rows] in the file, "" when there are none."""
    far = far_rows(dataset.x, dataset.y)
    names = [f"row {row} (y = {y:.3g})" for row, y in zip(rows[far].tolist(), dataset.y[far], strict=True)]
    if not names:
        return ""
    verb = "is" if len(names) == 1 else "are"
    return (
        f"{listed(names, quote='')} {verb} far from all other rows, which can spoil the fit; if this is a mistake, "
        f"mend the file, {ADVICE}"
    )


def far_rows(x: Array, y: Array) -> Mask:
    """Which rows are far from all others; shape [n].

    In a column of `x` [n, columns] a value is, when it is `FACTOR` times as far from the median as the next; where the
    column has one sign, also by ratios. A target y [n] is, when it is farther from the median of the nearest rows
    than the middle 80 % of all targets spread, and `FACTOR` times as far as those of the nearest rows.
    """
    far = np.zeros(len(y), dtype=bool)
    if len(y) < FEWEST:
        return far
    for column in x.T:
        far[_isolated(column, FACTOR)] = True
    low, high = np.quantile(y, (0.1, 0.9))
    outside = np.flatnonzero((y < 2 * low - high) | (y > 2 * high - low))
    if not low < high or not len(outside):
        return far
    extreme = outside[np.argsort(-np.abs(y[outside] - np.median(y)), kind="stable")][:LOOKED_AT]
    logs = np.log(np.abs(y)) if y.min() > 0 or y.max() < 0 else None
    log_range = 0.0 if logs is None else float(np.subtract(*np.quantile(logs, (0.9, 0.1))))
    known = np.unique(np.linspace(0, len(y) - 1, KNOWN).astype(np.int64))
    places = [np.sort(column[known]).searchsorted(column) / len(known) for column in x.T]
    for row in extreme:
        others = known[known != row]
        distance = sum(np.square(place[others] - place[row]) for place in places)
        near = others[np.argsort(distance, kind="stable")[:NEIGHBOURS]]
        far[row] |= _stands_out(y[row], y[near], high - low, FACTOR) and (
            logs is None or _stands_out(logs[row], logs[near], log_range, RATIO)
        )
    return far


def _stands_out(value: float, near: Array, least: float, factor: float) -> bool:
    """Whether a target is farther from the median of those near than `least`, and `FACTOR` times their spread."""
    distance, spread = abs(value - np.median(near)), np.subtract(*np.quantile(near, (0.85, 0.15)))
    return bool(distance > max(least, factor * spread))


def _isolated(values: Array, factor: float) -> NDArray[np.int64]:
    """Rows of the values beyond a gap; of a hundred values at most one and one more are."""
    most = len(values) // 100 + 1
    distance = np.abs(values - np.median(values))
    order = np.argsort(-distance, kind="stable")[: most + 1]
    outer, inner = distance[order[:-1]], distance[order[1:]]
    gaps = np.flatnonzero((outer > factor * inner) & (inner > 0))
    if not len(gaps):
        return order[:0]
    beyond = order[: gaps[-1] + 1]
    size = np.abs(np.delete(values, beyond))
    one_sign = values.min() > 0 or values.max() < 0
    if one_sign and np.abs(values[beyond]).min() / size.max() <= size.max() / size.min():
        return order[:0]
    return beyond
