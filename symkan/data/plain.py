"""Small text tables of nothing but plain numbers, without pandas, which takes a quarter of a second to import."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from symkan.data.dialect import Dialect

MOST = 200_000
"""Cells of a small table."""


def read_plain(body: Iterable[str], dialect: Dialect, *, width: int, rows: int) -> NDArray[np.float64] | None:
    """The numbers [rows, width] in lines of text, each to the last bit as pandas reads it.

    None where the table is not small, or where anything else stands in it: blanks, text, quotes, a row of another
    length, a number that is not finite, or a negative zero, which as a whole number has no sign.

    Examples
    --------
    >>> from symkan.data.dialect import Dialect
    >>> read_plain(["1,2.5\\n", "-3,1e-2\\n"], Dialect(",", "."), width=2, rows=2).tolist()
    [[1.0, 2.5], [-3.0, 0.01]]
    """
    if rows * width > MOST or dialect.delimiter == " " or dialect.decimal != ".":
        return None
    text = "".join(body)
    if not re.fullmatch(rf"[-+.eE0-9\n{re.escape(dialect.delimiter)}]*", text):
        return None
    lines = [line.split(dialect.delimiter) for line in text.split("\n") if line]
    if not 0 < len(lines) <= rows or any(len(line) != width for line in lines):
        return None
    try:
        values = np.array([[float(cell) for cell in line] for line in lines])
    except ValueError:
        return None
    strange = ~np.isfinite(values) | ((values == 0) & np.signbit(values))
    return None if strange.any() else values
