"""The law as a formula for cells of Excel or LibreOffice, in a table that checks it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from symkan.report.languages.dialect import Dialect
from symkan.report.languages.law import Law, with_unit
from symkan.symbolic.expressions import symbol
from symkan.text import printable

if TYPE_CHECKING:
    from symkan.result import Discovery

LONGEST = 8192  # characters of a formula

_MATHS = "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp sqrt sign abs erf"
DIALECT = Dialect(
    functions={
        **{name: f"{name.upper()}({{0}})" for name in _MATHS.split()},
        "Abs": "ABS({0})",
        "log": "LN({0})",
        "besseljn": "BESSELJ({1},{0})",
    },
    power="POWER({},{})",  # -A2^2 is (-A2)^2 in Excel
    root="POWER(SQRT({}),{})",  # POWER(-8,1/3) is -2 in Excel
    twice=True,
    pi="PI()",
    e="EXP(1)",
)


def law_excel(discovery: Discovery) -> str:
    """The law as a CSV table: the columns that occur in it, the formula in each row, the value expected, a check."""
    law = Law(discovery, DIALECT)
    if missing := DIALECT.lacks(discovery.best.expression):
        return _table([[f"Excel has no {', '.join(missing)}"]])
    letters = [column_letters(i) for i in range(len(law.columns) + 3)]
    if len(formula(law, letters, 10)) > LONGEST:
        return _table([["The law is too long for a cell of Excel"]])
    target = printable(with_unit(discovery.data.target))
    inputs = [f"{letter}: {printable(with_unit(c))}" for letter, c in zip(letters, law.columns, strict=False)]
    rows = [
        [*row[:-1], f"={formula(law, letters, i)}", row[-1], _check(law, letters, i)]
        for i, row in enumerate(law.rows.tolist(), 2)
    ]
    return _table([[*inputs, f"law: {target}", "expected", "check"], *rows])


def formula(law: Law, letters: list[str], row: int) -> str:
    """The formula of one row."""
    cells = {symbol(c.symbol): f"{letter}{row}" for letter, c in zip(letters, law.columns, strict=False)}
    return law.dialect.write(law.discovery.best.expression, cells)


def column_letters(index: int) -> str:
    """The name of a column.

    Examples
    --------
    >>> column_letters(0), column_letters(25), column_letters(26)
    ('A', 'Z', 'AA')
    """
    before, last = divmod(index, 26)
    return (column_letters(before - 1) if before else "") + chr(ord("A") + last)


def _check(law: Law, letters: list[str], row: int) -> str:
    value, expected = (f"{letter}{row}" for letter in letters[-3:-1])
    allowed = f"1E-9*ABS({expected})+{law.tolerance!r}".upper()
    return f'=IF(ABS({value}-{expected})<={allowed},"agrees","differs")'


def _table(rows: list[list[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
