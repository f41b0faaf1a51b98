"""Cells to numbers: what the columns of a file hold before anything is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, time
from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.data.dialect import is_missing, is_number
from symkan.errors import TableError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Cells:
    """A table as it stands in a file.

    Attributes
    ----------
    headers
        One for each column, "" where the cell is empty.
    frames
        From column numbers and a number of rows: the cells of these columns (and perhaps of others) from top to
        bottom, at most so many rows at a time, columns numbered from 0.
    rows
        Number of rows, at most.
    decimal
        The decimal mark of numbers that are still text.
    notes
        What was decided while reading.
    plain
        All cells as numbers [rows, columns], where that is all there is and they are few; else None.
    """

    headers: tuple[str, ...]
    frames: Callable[[Sequence[int], int], Iterator[pd.DataFrame]]
    rows: int
    decimal: str
    notes: tuple[str, ...]
    plain: Callable[[], NDArray[np.float64] | None] = lambda: None


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column as numbers.

    Attributes
    ----------
    values
        Shape [rows], float64, nan where there is no number.
    missing
        Number of cells without a value.
    text
        Number of cells with something that is no number.
    example
        One of these, "" when there are none.
    boolean
        Whether the column held true and false, now 1 and 0.
    """

    values: NDArray[np.float64]
    missing: int
    text: int = 0
    example: str = ""
    boolean: bool = False

    @property
    def infinite(self) -> int:
        """Number of infinite cells."""
        return int(np.isinf(self.values).sum())


def read_columns(cells: Cells, into: Mapping[int, NDArray[np.float64]], *, chunk: int) -> dict[int, Numbers]:
    """Read columns into arrays, some rows at a time.

    Parameters
    ----------
    cells
        The table.
    into
        For each column to read an array [cells.rows]; what is read becomes the head of it.
    chunk
        About so many cells are in memory at a time.

    Raises
    ------
    TableError
        When rows cannot be read.
    """
    if (table := cells.plain()) is not None:
        return {i: _kept(table[:, i], values) for i, values in into.items()}
    rows = max(1, chunk // max(1, len(cells.headers)))
    if rows < cells.rows:
        # what is wrong with a row, or whether a column holds true and false throughout, only the whole table tells
        with suppress(TableError, _MixedError):
            return _read_chunks(cells, into, rows)
    return _read_chunks(cells, into, max(1, cells.rows))


def _kept(column: NDArray[np.float64], into: NDArray[np.float64]) -> Numbers:
    into[: len(column)] = column
    return Numbers(into[: len(column)], 0)


class _MixedError(Exception):
    """Some rows of a column hold true and false, others numbers or text."""


def _read_chunks(cells: Cells, into: Mapping[int, NDArray[np.float64]], rows: int) -> dict[int, Numbers]:
    read: dict[int, list[Numbers]] = {i: [] for i in into}
    end = 0
    for frame in cells.frames(tuple(into), rows):
        start, end = end, end + len(frame)
        if end > cells.rows:
            raise TableError(
                f"the file says that it has {cells.rows} rows, but holds more; it is damaged: copy it again"
            )
        for i, values in into.items():
            numbers = read_numbers(frame[i], cells.decimal)
            values[start:end] = numbers.values
            read[i].append(replace(numbers, values=values[start:end]))
    return {i: _joined(parts, into[i][:end]) for i, parts in read.items()}


def _joined(parts: Sequence[Numbers], values: NDArray[np.float64]) -> Numbers:
    """What the parts of a column hold together."""
    kinds = {part.boolean for part in parts if part.missing < len(part.values)}
    if len(kinds) > 1:
        raise _MixedError
    return Numbers(
        values,
        sum(part.missing for part in parts),
        sum(part.text for part in parts),
        next((part.example for part in parts if part.text), ""),
        any(part.boolean for part in parts),
    )


def read_numbers(column: pd.Series[Any], decimal: str = ".") -> Numbers:
    """The numbers in a column of any type; a date is none, and a complex number neither.

    Examples
    --------
    >>> import pandas as pd
    >>> read_numbers(pd.Series(["1", " 2.5", "n/a", "x"])).values.tolist()
    [1.0, 2.5, nan, nan]
    """
    from pandas.api import types

    if types.is_bool_dtype(column) or (types.is_numeric_dtype(column) and not types.is_complex_dtype(column)):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return Numbers(values, int(np.isnan(values).sum()), boolean=types.is_bool_dtype(column))
    cells = column.astype(object).to_numpy()
    blank = np.array([isinstance(cell, str) and is_missing(cell) for cell in cells], dtype=bool)
    missing = blank | column.isna().to_numpy(dtype=bool)
    present = cells[~missing]
    boolean = bool(len(present)) and all(_is_boolean(cell) for cell in present)
    values = np.full(len(cells), np.nan)
    values[~missing] = [_truth(cell) if boolean else _number(cell, decimal) for cell in present]
    text = np.isnan(values) & ~missing
    example = str(cells[text][0]) if text.any() else ""
    return Numbers(values, int(missing.sum()), int(text.sum()), example, boolean)


def _is_boolean(cell: Any) -> bool:
    return isinstance(cell, (bool, np.bool_)) or (
        isinstance(cell, str) and cell.strip().casefold() in ("true", "false")
    )


def _truth(cell: Any) -> float:
    return float(cell.strip().casefold() == "true" if isinstance(cell, str) else cell)


def _number(cell: Any, decimal: str) -> float:
    """A cell as a float, nan when it is no number; Python's own reading of floats is exact."""
    if isinstance(cell, str):
        if not is_number(cell, decimal):
            return np.nan
        return float(cell.replace(decimal, ".").replace("−", "-"))
    if isinstance(cell, (date, time, complex)):
        return np.nan
    try:
        return float(cell)
    except (TypeError, ValueError):
        return np.nan
    except OverflowError:
        return np.inf
