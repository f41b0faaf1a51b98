"""Which columns and rows can be used, and the `Dataset` of those that can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.data.cells import Numbers
from symkan.data.dataset import Column, Dataset
from symkan.data.headers import Label, is_index_name, listed
from symkan.data.outliers import doubtful
from symkan.errors import ColumnError, RowsError
from symkan.options import TableOptions
from symkan.symbolic.streaming import CHUNK, chunks

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Variable(NamedTuple):
    """A column on its way into a Dataset, its place among those that may become features, and its standard errors."""

    label: Label
    numbers: Numbers
    place: int = -1
    sigma: NDArray[np.float64] | None = None

    def __str__(self) -> str:
        return f"'{self.label.name}'"


def check_target(target: Variable, options: TableOptions, *, source: str) -> None:
    """Raise a ColumnError when the target is text."""
    if _is_text(target.numbers, options):
        raise ColumnError(
            f"{source}: the target {target} holds text or dates, such as '{target.numbers.example}'; "
            "choose a column of numbers as target"
        )


def check_feature(feature: Variable, header: str, options: TableOptions, *, asked: bool) -> str:
    """Why a column is no feature, "" when it may be one; if asked for, it may have gaps or count rows."""
    numbers = feature.numbers
    if _is_text(numbers, options):
        return f"holds text or dates, such as '{numbers.example}'"
    if not asked and numbers.missing > options.missing * len(numbers.values):
        return f"is mostly empty, {numbers.missing} of {len(numbers.values)} cells are missing"
    if not asked and is_index_name(header) and _counts_rows(numbers):
        return "counts the rows"
    return ""


def _is_text(numbers: Numbers, options: TableOptions) -> bool:
    return numbers.text > options.text * (len(numbers.values) - numbers.missing)


def _counts_rows(numbers: Numbers) -> bool:
    return len(numbers.values) > 1 and bool(np.all(np.diff(numbers.values) == 1))


def make_dataset(
    features: Sequence[Variable],
    target: Variable,
    *,
    x: NDArray[np.float64],
    options: TableOptions,
    notes: Sequence[str],
    source: str,
) -> Dataset:
    """The rows in which everything is finite, without features that are constant; without a hash as yet.

    The values of the features are columns of `x`, [rows, columns]; the Dataset takes over its memory, and that of the
    target.

    Raises
    ------
    RowsError
        When too few rows remain.
    ColumnError
        When the target is constant, or no feature remains.
    """
    varying = [feature for feature in features if not _is_constant(feature.numbers.values)]
    beyond = [(f, words) for f in varying if (words := _beyond(f.numbers.values, options.magnitude))]
    varying = [feature for feature in varying if not any(feature is other for other, _ in beyond)]
    usable = _finite_rows([*varying, target])  # gaps of a constant column cost no rows
    lost = _lost_rows([*varying, target], usable)
    if (errors := target.sigma) is not None:
        known = np.isfinite(errors) & (errors > 0)
        if vague := int((usable & ~known).sum()):
            text = f"{vague} of {len(usable)} rows were left out for want of a positive standard error"
            lost = f"{lost}; {text}" if lost else text
        usable &= known
    if (count := int(usable.sum())) < options.rows:
        reason = f"; {lost}: fill the gaps, or leave out such columns" if lost else "; give more rows"
        raise RowsError(f"{source}: {count} rows can be used and {options.rows} are needed{reason}")
    whole = bool(usable.all())
    y = target.numbers.values if whole else target.numbers.values[usable]
    if _is_constant(y):
        raise ColumnError(
            f"{source}: the target {target} is {y[0]:g} in all usable rows; choose a column that varies"
        )
    if words := _beyond(y, options.magnitude):
        raise ColumnError(f"{source}: the target {target} {words}")
    kept = [feature for feature in varying if whole or not _is_constant(feature.numbers.values[usable])]
    others = [*kept, *(feature for feature, _ in beyond)]
    constant = [feature for feature in features if not any(feature is other for other in others)]
    notes = [*notes, *_constant_notes(constant), *([lost] if lost else [])]
    notes += [f"column {feature} was left out: it {words}" for feature, words in beyond]
    if not kept:
        reasons = "; ".join(notes) or "the table has no other column"
        raise ColumnError(
            f"{source}: no column is left as feature ({reasons}); give a column of numbers besides {target}"
        )
    x = _packed(x, usable, [feature.place for feature in kept])
    notes += [f"column {f} equals the target" for f, v in zip(kept, x.T, strict=True) if _are_equal(v, y)]
    sigma = errors if errors is None or whole else errors[usable]
    columns = tuple(Column(*feature.label, symbol=f"x{i}") for i, feature in enumerate(kept, 1))
    dataset = Dataset(columns, Column(*target.label, symbol="y"), x, y, tuple(notes), source, "", sigma)
    return replace(dataset, notes=(*dataset.notes, *doubtful(dataset, np.flatnonzero(usable) + 1)))


def _packed(x: NDArray[np.float64], rows: NDArray[np.bool_], columns: Sequence[int]) -> NDArray[np.float64]:
    """Rows and columns of a table moved to the head of its memory, so that there never is a second table.

    Examples
    --------
    >>> _packed(np.arange(9.0).reshape(3, 3), np.array([True, False, True]), [0, 2]).tolist()
    [[0.0, 2.0], [6.0, 8.0]]
    """
    if rows.all() and len(columns) == x.shape[1]:
        return x
    flat, end = x.reshape(-1), 0
    for part in chunks(len(x)):
        block = x[part][rows[part]][:, columns]
        start, end = end, end + block.size
        flat[start:end] = block.reshape(-1)
    return flat[:end].reshape(-1, len(columns))


def _is_constant(values: NDArray[np.float64]) -> bool:
    for some in (values[:CHUNK], values):  # few values tell of most columns
        finite = some[np.isfinite(some)]
        if len(finite) and finite.min() < finite.max():
            return False
    return len(finite) > 0


def _beyond(values: NDArray[np.float64], magnitude: float) -> str:
    """What is wrong with the size of values that squares and cubes take out of the range of floats; "" if nothing."""
    parts = (np.abs(values[part]) for part in chunks(len(values)))
    largest = max((float(np.max(p, where=np.isfinite(p), initial=0.0)) for p in parts), default=0.0)
    if not largest or 1 / magnitude <= largest <= magnitude:
        return ""
    limit, remedy = (
        (f"above {magnitude:g}", "divide") if largest > 1 else (f"below {1 / magnitude:g}", "multiply")
    )
    return (
        f"reaches {largest:.3g} in absolute value, and {limit} products leave the range of floats; {remedy} it by a "
        "power of ten, and leave missing cells empty"
    )


def _are_equal(values: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    return np.array_equal(values[:CHUNK], others[:CHUNK]) and np.array_equal(values, others)


def _constant_notes(variables: Sequence[Variable]) -> list[str]:
    return [f"column {variable} was left out: it is constant in the usable rows" for variable in variables]


def _finite_rows(variables: Sequence[Variable]) -> NDArray[np.bool_]:
    usable = np.ones(len(variables[-1].numbers.values), dtype=bool)
    for variable in variables:
        usable &= np.isfinite(variable.numbers.values)
    return usable


def _lost_rows(variables: Sequence[Variable], usable: NDArray[np.bool_]) -> str:
    """How many rows are lost to which columns, "" when none is."""
    if usable.all():
        return ""
    blame = [f"{variable} ({words})" for variable in variables if (words := describe_gaps(variable.numbers))]
    return f"{(~usable).sum()} of {len(usable)} rows were left out because of {listed(blame, quote='')}"


def describe_gaps(numbers: Numbers) -> str:
    """What keeps cells of a column from use, "" when nothing does.

    Examples
    --------
    >>> describe_gaps(Numbers(np.array([1.0, np.nan, np.nan, np.inf]), 1, 1, "broken"))
    "1 missing, 1 infinite, 1 text such as 'broken'"
    """
    counts = {"missing": numbers.missing, "infinite": numbers.infinite}
    counts[f"text such as '{numbers.example}'"] = numbers.text
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)
