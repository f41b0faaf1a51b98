"""Units of columns: how they are given, and the dimensions of a table."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from symkan.data.headers import listed
from symkan.data.unit_texts import dimension_of, has_offset
from symkan.errors import OptionError, TableError
from symkan.symbolic.base_units import Dimension

if TYPE_CHECKING:
    from symkan.data.dataset import Column, Dataset

__all__ = ["Dimensions", "check_units", "dimension_of", "dimensions", "read_units", "unit_notes"]


@dataclass(frozen=True)
class Dimensions:
    """The dimensions of all columns of a table.

    Attributes
    ----------
    features
        Those of x1, x2, …, in order.
    target
        That of y.
    """

    features: tuple[Dimension, ...]
    target: Dimension

    @property
    def by_symbol(self) -> dict[str, Dimension]:
        """The features' dimensions under the names of their symbols."""
        return {f"x{i}": dimension for i, dimension in enumerate(self.features, 1)}


def dimensions(dataset: Dataset) -> Dimensions | None:
    """The dimensions of a table; None when a column has no unit, or one that cannot be read (see `unit_notes`)."""
    columns = (*dataset.features, dataset.target)
    if not all(column.unit for column in columns) or _unreadable(columns):
        return None
    *features, target = (dimension_of(column.unit or "") for column in columns)
    return Dimensions(tuple(features), target)


def known_dimensions(dataset: Dataset) -> dict[str, Dimension]:
    """The dimensions of the columns by symbol, the target's under y; none where a unit is missing."""
    known = dimensions(dataset)
    return {**known.by_symbol, "y": known.target} if known else {}


def unit_notes(dataset: Dataset) -> tuple[str, ...]:
    """A line on units that are missing or cannot be read, and on each that is odd; none when there are no units."""
    columns = (*dataset.features, dataset.target)
    without = [column.name for column in columns if not column.unit]
    if len(without) == len(columns):
        return ()
    reasons = [f"no unit is known of {listed(without)} (1 is that of a pure number)"] if without else []
    reasons += _unreadable(columns)
    notes = [f"dimensions are not checked: {reason}" for reason in reasons]
    return (*notes, *(_offset_note(column) for column in columns if column.unit and has_offset(column.unit)))


def _unreadable(columns: Iterable[Column]) -> list[str]:
    """What is wrong with the units, a line for each that cannot be read."""
    wrong = []
    for column in columns:
        try:
            dimension_of(column.unit or "")
        except OptionError as error:
            wrong.append(f"column '{column.name}': {error}")
    return wrong


def _offset_note(column: Column) -> str:
    return (
        f"column '{column.name}' is in {column.unit}, which does not start at nothing: in products, ratios and powers "
        "it means little; convert it (°C to K, dB to a ratio)"
    )


def check_units(units: Mapping[str, str | None], *, source: str) -> None:
    """Raise an OptionError when one of the units, given for columns by name, cannot be read."""
    for name, unit in units.items():
        try:
            dimension_of(unit or "1")
        except OptionError as error:
            raise OptionError(f"{source}: units: column '{name}': {error}") from None


def read_units(text: str) -> dict[str, str]:
    """Units by column from a text like ``x=m,v=m/s``, or from a file with a line ``name,unit`` for each column.

    Raises
    ------
    TableError
        When the file cannot be read.
    OptionError
        When an entry is something else.

    Examples
    --------
    >>> read_units("x=m, v=m/s")
    {'x': 'm', 'v': 'm/s'}
    """
    if "=" in text and not os.path.isfile(text):
        return _pairs(map(_entry, _rows([text])[0]), source="--units")
    try:
        lines = Path(text).read_text("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise TableError(
            f"--units: {text} is neither a list like x=m,v=m/s nor a readable text file ({error})"
        ) from error
    rows = _rows(lines)
    if rows and [cell.casefold() for cell in rows[0][:2]] in (["name", "unit"], ["column", "unit"]):
        rows = rows[1:]
    return _pairs((row[:2] if len(row) > 1 else _entry(row[0]) for row in rows), source=text)


def _rows(lines: list[str]) -> list[list[str]]:
    """The cells of each line that is not empty, without a comma at its end."""
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, skipinitialspace=True)]
    except csv.Error as error:
        raise OptionError(f"--units: {error}; write it like x=m,v=m/s on one line") from error
    return [row[:-1] if not row[-1] else row for row in rows if any(row)]


def _entry(text: str) -> Sequence[str]:
    """Name and unit of name=unit."""
    return text.rpartition("=")[::2]


def _pairs(pairs: Iterable[Sequence[str]], *, source: str) -> dict[str, str]:
    units: dict[str, str] = {}
    for pair in pairs:
        name, unit = (part.strip() for part in pair)
        if not name or not unit:
            raise OptionError(
                f"{source}: '{name or unit}' is not a column with its unit; write it like v=m/s"
            )
        if units.setdefault(name, unit) != unit:
            raise OptionError(f"{source}: column '{name}' has two units, {units[name]} and {unit}; give one")
    return units
