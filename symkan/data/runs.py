"""One table that holds many runs, taken apart into a table for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.data.cells import Cells, read_numbers
from symkan.data.dialect import is_missing, is_number
from symkan.data.files import read_cells
from symkan.data.headers import Label, find_column, label_columns
from symkan.errors import ColumnError
from symkan.options import TableOptions

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Runs:
    """A table, and the runs that one of its columns names.

    Attributes
    ----------
    cells, labels, by
        The table, its columns, and the place of the one that names runs.
    names
        The runs, in the order of the table.
    without
        Number of rows that name none.
    """

    cells: Cells
    labels: tuple[Label, ...]
    by: int
    names: tuple[str, ...]
    without: int

    def frames(self, columns: Sequence[int]) -> Iterator[tuple[pd.DataFrame, pd.Series[Any]]]:
        """Some rows at a time: these columns, and the name of each row's run."""
        for frame in self.cells.frames(columns, max(1, TableOptions.chunk // len(self.labels))):
            yield frame[list(columns)], frame[self.by].map(_name)


def find_runs(path: Path, by: str) -> Runs:
    """The runs of a table.

    Parameters
    ----------
    path
        The file; see `read_table`.
    by
        Header or name of the column that names runs, by text or numbers.

    Raises
    ------
    TableError
        When the file cannot be read.
    ColumnError
        When there is no such column, or it does not name runs.
    """
    source = str(path)
    cells, _ = read_cells(path)
    labels = label_columns(cells.headers, source=source)
    runs = Runs(cells, labels, find_column(labels, by, source=source), (), 0)
    count = Counter(name for _, names in runs.frames([runs.by]) for name in names)
    without = count.pop("", 0)
    if not count or 2 * len(count) > count.total():
        raise ColumnError(
            f"{source}: column '{by}' has {len(count)} values in {count.total()} rows; name one that is alike in all "
            "rows of a run"
        )
    return Runs(cells, labels, runs.by, tuple(count), without)


def write_runs(runs: Runs, paths: Mapping[str, Path]) -> dict[str, dict[str, float]]:
    """Write a CSV for each run, without the column that names runs.

    Parameters
    ----------
    runs
        From `find_runs`.
    paths
        New files for all of them.

    Returns
    -------
    dict
        For each run the columns that hold one number throughout each run, and another in others.
    """
    headers = [label.header for i, label in enumerate(runs.labels) if i != runs.by]
    delimiter = ";" if runs.cells.decimal == "," else ","
    alike: dict[str, pd.Series[Any]] = {}  # cells of a run; missing where they differ
    for frame, names in runs.frames(range(len(runs.labels))):
        for name, rows in frame[names != ""].groupby(names, sort=False):
            run, new = str(name), name not in alike
            first = alike.setdefault(run, rows.iloc[0])
            alike[run] = first.where((rows == first).all())
            rows.drop(columns=runs.by).to_csv(
                paths[run],
                mode="a",
                header=headers if new else False,
                index=False,
                sep=delimiter,
                decimal=runs.cells.decimal,
            )
    return _numbers(runs, alike)


def _numbers(runs: Runs, alike: Mapping[str, pd.Series[Any]]) -> dict[str, dict[str, float]]:
    import pandas as pd

    table = pd.DataFrame(alike).T
    columns = {
        label.name: read_numbers(table[i], runs.cells.decimal).values for i, label in enumerate(runs.labels)
    }
    telling = {name: v for name, v in columns.items() if np.isfinite(v).all() and len(set(v)) > 1}
    return {run: {name: float(v[i]) for name, v in telling.items()} for i, run in enumerate(table.index)}


def _name(cell: object) -> str:
    """The name of a run; "" when the cell is empty. Integers stay as they are written, other numbers become short.

    Examples
    --------
    >>> _name(300.0), _name("300.0"), _name(" 1_2 "), _name("NA")
    ('300', '300', '1_2', '')
    >>> _name("20240101120000123"), _name("007"), _name(0.1 + 0.2)
    ('20240101120000123', '007', '0.3')
    """
    text = str(cell).strip()
    if is_missing(text):
        return ""
    if not is_number(text) or "," in text or text.lstrip("-").isdecimal():
        return text
    value = float(text.replace("−", "-"))
    return f"{value:.17g}" if value.is_integer() else f"{value:.15g}"
