"""New rows for a law that was found: reading its features again, and writing what it predicts."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from symkan.data.cells import Numbers, read_columns
from symkan.data.checking import describe_gaps
from symkan.data.files import read_cells
from symkan.data.headers import Label, find_column, label_columns
from symkan.errors import ColumnError
from symkan.options import TableOptions
from symkan.writing import write_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.dataset import Column


@dataclass(frozen=True, eq=False)
class NewRows:
    """Rows to predict.

    Attributes
    ----------
    x
        Shape [rows, columns], float64 in the file's own units, nan where a cell holds no finite number, and in columns
        that were not needed.
    y
        The target, shape [rows], nan likewise; None when the file has no such column.
    notes
        One line for each decision taken while reading.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64] | None
    notes: tuple[str, ...]


def read_features(
    path: str | Path,
    columns: Sequence[Column],
    *,
    target: Column | None,
    needed: Collection[Column] | None = None,
) -> NewRows:
    """Read the columns of a law, and its target when it is there, from a table of any kind and column order.

    Parameters
    ----------
    path
        The file; see `read_table`.
    columns
        Of the law, found by header or else by name without unit.
    target
        The target's column, which may be absent from the file; None when it is not of interest.
    needed
        Those of the columns that are read, while the file may lack the others; None for all.

    Raises
    ------
    TableError
        When the file cannot be read.
    ColumnError
        When a column is missing, holds text only, or has another unit.
    """
    source = str(path)
    cells, _ = read_cells(path)
    labels = label_columns(cells.headers, source=source)
    asked = [k for k, column in enumerate(columns) if needed is None or column in needed]
    places = places_of(labels, [columns[k] for k in asked], source=source)
    x, y = np.full((cells.rows, len(columns)), np.nan), np.empty(cells.rows)
    into: dict[int, NDArray[np.float64]] = {}
    for k, place in zip(asked, places, strict=True):
        into.setdefault(place, x[:, k])  # a column may stand for two of the law
    goal = None
    if target is not None and _has(labels, target, source):
        goal = _place(labels, target, source)
        into.setdefault(goal, y)
    numbers = read_columns(cells, into or {0: y}, chunk=TableOptions().chunk)  # any column tells the rows
    rows, notes = max(len(column.values) for column in numbers.values()), list(cells.notes)
    for k, place in zip(asked, places, strict=True):
        x[:rows, k] = _usable(numbers[place], columns[k], notes, source)
    known = None
    if target is not None and goal is not None:
        known = _usable(numbers[goal], target, notes, source)
    return NewRows(x[:rows], known, tuple(notes))


def places_of(labels: Sequence[Label], columns: Sequence[Column], *, source: str) -> list[int]:
    """Positions of the columns of a law among those of another table, by header or else by name without unit.

    Raises
    ------
    ColumnError
        When a column is missing or has another unit.
    """
    return [_place(labels, column, source) for column in columns]


def _place(labels: Sequence[Label], column: Column, source: str) -> int:
    """Position of a column, in the unit that the law was found with."""
    position = _find(labels, column, source)
    unit = labels[position].unit
    renamed = labels[position].header.strip() != column.header.strip()  # else --units had the last word
    if unit and column.unit and unit != column.unit and renamed:
        raise ColumnError(
            f"{source}: column '{column.name}' is in {unit} here, the law was found with {column.unit}; "
            "convert its values and write the unit into the header"
        )
    return position


def _usable(numbers: Numbers, column: Column, notes: list[str], source: str) -> NDArray[np.float64]:
    """Values of a column, shape [rows]; what is peculiar about it is added to `notes`."""
    gaps = describe_gaps(numbers)
    finite = np.isfinite(numbers.values)
    if numbers.text and not finite.any():
        raise ColumnError(
            f"{source}: column '{column.name}' holds no numbers ({gaps}); give its values as numbers"
        )
    if gaps:
        notes.append(f"column '{column.name}': no prediction where cells cannot be used ({gaps})")
    return np.where(finite, numbers.values, np.nan)


def _find(labels: Sequence[Label], column: Column, source: str) -> int:
    """Position of the column by header, or else by name."""
    exact = [i for i, label in enumerate(labels) if label.header.strip() == column.header.strip()]
    return exact[0] if exact else find_column(labels, column.name, source=source)


def _has(labels: Sequence[Label], column: Column, source: str) -> bool:
    try:
        _find(labels, column, source)
    except ColumnError:
        return False
    return True


def write_predictions(
    path: str | Path,
    columns: Sequence[Column],
    *,
    x: NDArray[np.float64],
    target: Column,
    predictions: Mapping[str, NDArray[np.float64]],
    inside: NDArray[np.bool_],
) -> None:
    """Write a CSV of features, predictions, and whether each row lies in the range that the law was found in.

    Parameters
    ----------
    path
        The file to write.
    columns, x
        The features and their values, shape [rows, columns]; nan becomes an empty cell.
    target, predictions
        What is predicted; the words behind its name in the header, such as "predicted", and the values, [rows] each.
    inside
        For each row [rows], whether all its features are in range.

    Raises
    ------
    ResultError
        When the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    headers = [*(column.header for column in columns), *(f"{target.name} {word}" for word in predictions)]
    writer.writerow([*map(_harmless, headers), "in range"])
    for row, within in zip(
        np.column_stack([x, *predictions.values()]).tolist(), inside.tolist(), strict=True
    ):
        writer.writerow([*map(_cell, row), "true" if within else "false"])
    write_text(path, text.getvalue())


def _cell(value: float) -> str:
    return "" if np.isnan(value) else repr(value)


def _harmless(header: str) -> str:
    """A spreadsheet takes text that begins like this for a formula, and computes it."""
    start = unicodedata.normalize("NFKC", header.lstrip()[:1])  # full-width signs count, too
    return f"'{header}" if start in ("=", "+", "-", "@", "−") else header
