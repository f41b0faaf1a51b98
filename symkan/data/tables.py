"""A table in a file, or arrays in memory, made a `Dataset`: whatever is left out gets a word in its notes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from symkan.data.cells import Cells, Numbers, read_columns
from symkan.data.checking import Variable, check_feature, check_target, make_dataset
from symkan.data.files import read_cells
from symkan.data.headers import Label, find_column, label_columns, listed
from symkan.data.units import check_units, unit_notes
from symkan.errors import ColumnError, OptionError, TableError
from symkan.options import TableOptions

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from symkan.data.dataset import Dataset


def read_table(
    path: str | Path,
    *,
    target: str,
    features: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    sigma: str | None = None,
    options: TableOptions | None = None,
) -> Dataset:
    """Read a table from CSV and other text, gzipped or not, from Parquet or Excel.

    Parameters
    ----------
    path
        The file. Delimiter, decimal mark, encoding and header are found out.
    target
        Column to be explained: its header, or the header without the unit. In a file without header the
        columns are called col1, col2, …
    features
        Columns that the law may use; when not given, all that hold numbers and do not merely count the rows.
    units
        Units of columns, by header or name; those that are not given come from the headers.
    sigma
        Column of the standard errors of the target, in its unit; it is no feature.
    options
        Which columns and rows can be used.

    Raises
    ------
    TableError
        When the file cannot be read.
    ColumnError
        When a column is missing, doubled, or unusable, or no feature remains.
    RowsError
        When too few rows can be used.
    OptionError
        When one of `units` cannot be read.
    """
    options, source = options or TableOptions(), str(path)
    cells, sha256 = read_cells(path)
    read = label_columns(cells.headers, source=source)
    labels = _with_units(read, units or {}, source=source)
    goal = find_column(labels, target, source=source)
    errors = None if sigma is None else find_column(labels, sigma, source=source)
    chosen = _choose(labels, features, {goal: "the target", errors: "the errors"}, source=source)
    x, numbers = _read(cells, chosen, goal, options, errors=errors)
    y = Variable(labels[goal], numbers[goal], sigma=None if errors is None else numbers[errors].values)
    check_target(y, options, source=source)
    notes, kept = [*cells.notes, *_header_notes(cells, read, labels, errors), *_number_notes(y)], []
    for place, i in enumerate(chosen):
        variable = Variable(labels[i], numbers[i], place)
        if reason := check_feature(variable, cells.headers[i], options, asked=features is not None):
            if features is not None:
                raise ColumnError(f"{source}: column {variable} {reason}; name other features")
            notes.append(f"column {variable} was left out: it {reason}")
        else:
            notes += _number_notes(variable)
            kept.append(variable)
    dataset = make_dataset(kept, y, x=x, options=options, notes=notes, source=source)
    return _finished(dataset, sha256)


def dataset_of(
    x: ArrayLike,
    y: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    units: Sequence[str | None] | Mapping[str, str] | None = None,
    target: str = "y",
    source: str = "memory",
) -> Dataset:
    """A Dataset from arrays, after the same checks as a file.

    Parameters
    ----------
    x, y
        Values, shapes [rows, features] and [rows]. Rows that are not finite are left out, and so are constant
        features: `Dataset.features` tells which remain.
    names
        One for each feature, such as "v" or "v (m/s)"; x1, x2, … when not given.
    units
        One for each feature, or None, and perhaps one more for the target; then names are taken as they are. Or
        units of some columns, by name.
    target
        Name of the target, perhaps with its unit.
    source
        What to call the data in messages.

    Raises
    ------
    TableError
        When the shapes do not fit or the values are no numbers; ColumnError, RowsError and OptionError as in
        `read_table`.

    Examples
    --------
    >>> import numpy as np
    >>> table = dataset_of(np.arange(20.0).reshape(10, 2), np.arange(10.0), names=["T [K]", "p"])
    >>> [(column.symbol, column.name, column.unit) for column in table.features]
    [('x1', 'T', 'K'), ('x2', 'p', None)]
    """
    x, y = (
        np.array(values, order="C")  # a copy: the Dataset has its own
        for values in (_as_floats(x, "x", 2, source), _as_floats(y, "y", 1, source))
    )
    if len(x) != len(y):
        raise TableError(
            f"{source}: x has {len(x)} rows and y has {len(y)}; give one target value for each row"
        )
    labels = _array_labels(x.shape[1], names, units, target, source=source)
    digest = hashlib.sha256(x.astype("<f8", copy=False).reshape(-1).data)
    digest.update(y.astype("<f8", copy=False).data)
    variables = [
        Variable(label, Numbers(values, int(np.isnan(values).sum())), place)
        for place, (label, values) in enumerate(zip(labels, (*x.T, y), strict=True))
    ]
    dataset = make_dataset(
        variables[:-1], variables[-1], x=x, options=TableOptions(), notes=[], source=source
    )
    return _finished(dataset, digest.hexdigest())


def _read(
    cells: Cells, chosen: Sequence[int], goal: int, options: TableOptions, *, errors: int | None
) -> tuple[NDArray[np.float64], dict[int, Numbers]]:
    """The columns that may become features, [rows, chosen], and what is known of each; the target's are apart."""
    x, y = np.empty((cells.rows, len(chosen))), np.empty(cells.rows)
    into = {goal: y, **{i: x[:, place] for place, i in enumerate(chosen)}}
    into |= {} if errors is None else {errors: np.empty(cells.rows)}
    numbers = read_columns(cells, into, chunk=options.chunk)
    return x[: len(numbers[goal].values)], numbers


def _choose(
    labels: Sequence[Label], features: Sequence[str] | None, taken: Mapping[int | None, str], *, source: str
) -> list[int]:
    """Positions of the columns that may become features, in the file's order."""
    if features is None:
        return [i for i in range(len(labels)) if i not in taken]
    names = [features] if isinstance(features, str) else features
    chosen = {find_column(labels, name, source=source) for name in names}
    for i in chosen & taken.keys():
        raise ColumnError(
            f"{source}: column '{labels[i].name}' is {taken[i]} and a feature; take it out of the features"
        )
    return sorted(chosen)


def _with_units(labels: Sequence[Label], units: Mapping[str, str], *, source: str) -> tuple[Label, ...]:
    """The labels with the units given."""
    check_units(units, source=source)
    given = {find_column(labels, name, source=source): unit for name, unit in units.items()}
    return tuple(label._replace(unit=given.get(i, label.unit)) for i, label in enumerate(labels))


def _finished(dataset: Dataset, sha256: str) -> Dataset:
    """The dataset with the hash of where it is from, and a word on units that are missing or odd."""
    return replace(dataset, notes=(*dataset.notes, *unit_notes(dataset)), sha256=sha256)


def _header_notes(
    cells: Cells, read: Sequence[Label], labels: Sequence[Label], errors: int | None
) -> list[str]:
    """A word on units, read and given, on columns without a header, and on the column of errors."""
    units = [f"{label.name} in {label.unit}" for label in labels if label.unit and label in read]
    given = [f"{label.name} in {label.unit}" for label in labels if label not in read]
    empty = [label.name for label, header in zip(labels, cells.headers, strict=True) if not header.strip()]
    notes = [f"units read from the header: {listed(units, quote='')}"] if units else []
    notes += [f"units given: {listed(given, quote='')}"] if given else []
    notes += [f"columns without a header are called {listed(empty)}"] if empty else []
    if errors is not None:
        notes.append(f"standard errors of the target are those in column '{labels[errors].name}'")
    return notes


def _number_notes(variable: Variable) -> list[str]:
    return [f"column {variable}: true and false are read as 1 and 0"] if variable.numbers.boolean else []


def _as_floats(values: ArrayLike, name: str, dimensions: int, source: str) -> NDArray[np.float64]:
    shape = "[rows, features]" if dimensions == 2 else "[rows]"
    try:
        array = np.asarray(values)
        if np.iscomplexobj(array):
            raise TypeError("complex numbers")
        array = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TableError(f"{source}: {name} holds something else than real numbers ({error})") from error
    if array.ndim != dimensions:
        raise TableError(f"{source}: {name} has shape {list(array.shape)}; give an array {shape}")
    return array


def _array_labels(
    count: int,
    names: Sequence[str] | None,
    units: Sequence[str | None] | Mapping[str, str] | None,
    target: str,
    *,
    source: str,
) -> tuple[Label, ...]:
    """Labels of the features and of the target."""
    texts = [f"x{i}" for i in range(1, count + 1)] if names is None else [str(name) for name in names]
    if len(texts) != count:
        raise TableError(f"{source}: {len(texts)} names for {count} features; give one for each column of x")
    labels = label_columns([*texts, target], source=source)
    if units is None or isinstance(units, Mapping):
        return _with_units(labels, units or {}, source=source)
    if isinstance(units, str):
        raise OptionError(
            f"{source}: units is the text '{units}'; give a list, or a dict such as {{'v': 'm/s'}}"
        )
    if len(units) not in (count, count + 1):
        raise TableError(f"{source}: {len(units)} units for {count} features; give one for each column of x")
    goal = labels[-1] if len(units) == count else labels[-1]._replace(unit=units[-1])
    check_units({n: unit for n, unit in zip((*texts, target), units, strict=False) if unit}, source=source)
    return (*(Label(name, name, unit) for name, unit in zip(texts, units, strict=False)), goal)
