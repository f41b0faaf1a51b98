"""Which character parts the cells of a text table, and whether its numbers have a decimal point or comma."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

# fmt: off
MISSING = frozenset({
    "", "-", "--", "–", "—", "?", ".", "na", "n/a", "n.a.", "n.a", "<na>", "nan", "-nan", "+nan", "null",
    "none", "nil", "missing", "#n/a", "#n/a n/a", "#na", "#div/0!", "#value!", "#ref!", "#num!", "#name?",
    "#null!", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan",
})
# fmt: on
"""Cells that hold no value, in lower case."""

_NUMBER = {
    decimal: re.compile(
        rf"[-+−]?(?:\d+{mark}?\d*|{mark}\d+)(?:[eE][-+−]?\d+)?|[-+−]?inf(?:inity)?", re.IGNORECASE
    )
    for decimal, mark in ((".", r"\."), (",", ","))
}


class Dialect(NamedTuple):
    """A delimiter, " " for any run of white space, and the decimal mark."""

    delimiter: str
    decimal: str


_DIALECTS = [Dialect(delimiter, ".") for delimiter in ",;\t| "] + [
    Dialect(delimiter, ",") for delimiter in ";\t| "
]


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether a cell is written as a number, infinite ones among them.

    Examples
    --------
    >>> is_number("-1.5e3"), is_number("1,5"), is_number("1,5", ","), is_number("1st")
    (True, False, True, False)
    """
    return _NUMBER[decimal].fullmatch(cell.strip()) is not None


def is_missing(cell: str) -> bool:
    """Whether a cell holds no value: empty, NA, nan, null, -, n/a, #DIV/0!, …"""
    return cell.strip().casefold() in MISSING


def split_cells(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Cells of each row that is not blank, without spaces around them; quotes hold delimiters together."""
    if delimiter == " ":
        lines = [line.expandtabs(1).strip() for line in lines]
    rows = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    return [cells for row in rows if any(cells := [cell.strip() for cell in row])]


def sniff(lines: Sequence[str]) -> Dialect:
    """The dialect under which the most cells are numbers and the most rows equally long.

    The first row may be a header and does not count. Among equals the comma wins, then ; tab | and white
    space, and the decimal point before the comma.

    Examples
    --------
    >>> sniff(["a;b", "1,5;2", "3,0;4"])
    Dialect(delimiter=';', decimal=',')
    """
    return max(_DIALECTS, key=lambda dialect: _score(split_cells(lines, dialect.delimiter), dialect.decimal))


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """The commonest number of cells in a row; the first row, perhaps a header, counts only when alone."""
    return Counter(len(row) for row in rows[1:] or rows).most_common(1)[0][0]


def _score(rows: list[list[str]], decimal: str) -> float:
    """Share of rows of the usual width, times that of numbers in them; a trace for rows without numbers."""
    width = usual_width(rows) if rows else 0
    if width < 2:
        return 0.0
    data = rows[1:] or rows
    usual = [row for row in data if len(row) == width]
    numbers = sum(is_number(cell, decimal) or is_missing(cell) for row in usual for cell in row)
    return len(usual) / len(data) * (numbers / (width * len(usual)) + 1e-3)
