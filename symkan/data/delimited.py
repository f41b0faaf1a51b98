"""Text tables: comments, header and dialect are found here, the cells are read by pandas."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symkan.data.cells import Cells
from symkan.data.dialect import MISSING, Dialect, is_missing, is_number, sniff, split_cells, usual_width
from symkan.data.encoding import decode
from symkan.data.headers import listed
from symkan.errors import TableError

if TYPE_CHECKING:
    import pandas as pd

# Excel writes #N/A and its like into cells; "sep=;" in the first line is its word for a delimiter
_COMMENT = re.compile(
    r"^[ \t]*(?:%|#(?!N/A|NA\b|DIV/0!|VALUE!|REF!|NUM!|NAME\?|NULL!))[^\n]*|\A[sS]ep=.$", re.MULTILINE
)
_NAME = re.compile(r"\"[^\"]*\"|[^\s\[(]\S*(?:\s+(?:\[[^\]]*\]|\([^)]*\)))?")
"""A name in a header parted by white space: in quotes, or with its unit behind it."""

_RAGGED = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")


def read_delimited(data: bytes, *, source: str) -> Cells:
    """The cells of a CSV, TSV or other text file.

    Raises
    ------
    TableError
        When the bytes are no text, hold nothing, or rows have more cells than the header.
    """
    text, encoding = decode(data, source=source)
    # line ends stay where comments were, so that line numbers in messages are those of the file
    marked = "#" in text or "%" in text or text.startswith(("sep=", "Sep="))
    table, comments = _COMMENT.subn("", text) if marked else (text, 0)
    lines = _first_lines(table)
    if not any(line.strip() for line in lines):
        raise TableError(f"{source}: the file is empty; give a table with a header and rows of numbers")
    try:
        dialect = sniff(lines)
        headers, used, note = _header(text.split("\n", len(lines)), lines, dialect)
        headers = _fit(headers, split_cells(lines[used:], dialect.delimiter), dialect, source)
    except csv.Error as error:
        raise TableError(f"{source}: {error}; look for a quotation mark that is never closed") from error
    body = "\n" * used + table[sum(map(len, lines[:used])) :]
    frame = _read_rows(body, dialect, width=len(headers), source=source)
    skipped = comments - ("comment" in note) - text.startswith(("sep=", "Sep="))
    notes = [*_reading_notes(encoding, dialect, skipped), note]
    return Cells(headers, frame, dialect.decimal, tuple(filter(None, notes)))


def _first_lines(text: str) -> list[str]:
    """The first 100 lines with something in them; of a wide table as many as make 64 kB, but 20."""
    lines: list[str] = []
    filled = size = 0
    for line in (found[0] for found in re.finditer(r"[^\n]*\n|[^\n]+", text)):
        if filled >= 100 or (filled >= 20 and size >= 1 << 16):
            break
        lines.append(line)
        filled += not line.isspace()
        size += len(line)
    return lines


def _header(
    original: Sequence[str], lines: Sequence[str], dialect: Dialect
) -> tuple[tuple[str, ...], int, str]:
    """Header cells, how many lines they end after, and a note on where they come from.

    The first row is the header unless it holds numbers: then names may stand in the comment above it, as
    numpy's `savetxt` writes them, and columns are numbered when they do not.
    """
    width = usual_width(split_cells(lines, dialect.delimiter))
    first, end = _first_row(lines, dialect.delimiter)
    numbers = [is_number(cell, dialect.decimal) for cell in first]
    if any(numbers):
        above = [line for line in original[: end - 1] if line.strip()][-1:]
        if above and (names := _names_in_comment(above[0], dialect, width)):
            return names, 0, "the header was taken from the comment above the first row"
        if all(number or is_missing(cell) for number, cell in zip(numbers, first, strict=True)):
            names = tuple(f"col{i}" for i in range(1, width + 1))
            return names, 0, f"there is no header: columns are called by position, {listed(names, most=3)}"
    if dialect.delimiter == " " and len(first) != width:
        first = _spaced_names(lines[end - 1])
    return tuple(first), end, ""


def _first_row(lines: Sequence[str], delimiter: str) -> tuple[list[str], int]:
    """Cells of the first row, which quotes may stretch over lines, and the number of its last line."""
    for end in range(1, len(lines) + 1):
        rows = split_cells(lines[:end], delimiter)
        if rows and '"' not in "".join(lines[:end]):
            return rows[0], end
        if rows and len(split_cells([*lines[:end], "next"], delimiter)) > len(rows):
            return rows[0], end
    return split_cells(lines, delimiter)[0], len(lines)


def _names_in_comment(line: str, dialect: Dialect, width: int) -> tuple[str, ...]:
    """Names in a comment line, () unless there is one for each of `width` columns."""
    line = line.strip()
    (whole, *_) = split_cells([line], dialect.delimiter)
    part_of_name = whole[0] == line[0] or any(cell.startswith(line[0]) for cell in whole[1:])
    if part_of_name and len(whole) == width:
        return tuple(whole)  # as in "#,x,y" and "%Fe,%Ni,y"
    bare = line.lstrip("#%").strip()
    names = next(iter(split_cells([bare], dialect.delimiter)), [])
    if dialect.delimiter == " " and len(names) != width:
        names = _spaced_names(bare)
    fits = len(names) == width and not any(is_number(name, dialect.decimal) for name in names)
    return tuple(names) if fits else ()


def _spaced_names(line: str) -> list[str]:
    return [name.strip('"') for name in _NAME.findall(line)]


def _fit(headers: tuple[str, ...], rows: list[list[str]], dialect: Dialect, source: str) -> tuple[str, ...]:
    """The header with as many cells as the rows have.

    R leaves out the name of the first column, which numbers the rows; others end each row in a delimiter.
    """
    width = usual_width([[], *rows]) if rows else len(headers)
    if width == len(headers) + 1:
        return (*headers, "") if not any(row[-1] for row in rows if len(row) == width) else ("", *headers)
    if width > len(headers) or (width < len(headers) and dialect.delimiter == " "):
        raise TableError(
            f"{source}: the header has {len(headers)} names and the rows have {width} cells; "
            "put names with spaces in quotes, and a name over each column"
        )
    return headers


def _read_rows(body: str, dialect: Dialect, *, width: int, source: str) -> pd.DataFrame:
    """Cells as pandas reads them, numbers to the last bit; short rows are filled up."""
    import pandas as pd

    # from 3.1 on exact reading is the default, and asking for it is deprecated
    old = tuple(int(part) for part in pd.__version__.split(".")[:2]) < (3, 1)
    exact: dict[str, Any] = {"float_precision": "round_trip"} if old else {}
    if not body.strip():
        return pd.DataFrame({i: pd.Series(dtype=float) for i in range(width)})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # cells of a long first row would be lost
            frame: pd.DataFrame = pd.read_csv(
                io.BytesIO(body.encode()),
                sep=r"\s+" if dialect.delimiter == " " else dialect.delimiter,
                decimal=dialect.decimal,
                header=None,
                names=range(width),
                index_col=False,
                na_values=sorted(MISSING),
                skipinitialspace=True,
                low_memory=False,
                **exact,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise TableError(f"{source}: {_explain(str(error))}") from error
    return frame


def _explain(message: str) -> str:
    if ragged := _RAGGED.search(message):
        width, line, cells = ragged.groups()
        return f"line {line} has {cells} cells and the header {width}; put text with a delimiter in quotes"
    if "does not match length" in message:
        return "the first row has more cells than the header; give each column a name"
    if "EOF inside string" in message:
        return "a quotation mark is opened and never closed; close it, or delete it"
    return f"its rows cannot be read ({message.strip()}); save the table as CSV again"


def _reading_notes(encoding: str, dialect: Dialect, comments: int) -> list[str]:
    """What was found that is not the usual UTF-8 with commas."""
    names = {";": "semicolons", "\t": "tabs", "|": "bars", " ": "white space", ",": "commas"}
    notes = [f"read as {encoding} text"] if encoding != "UTF-8" else []
    if dialect != (",", "."):
        mark = " and numbers have a decimal comma" if dialect.decimal == "," else ""
        notes.append(f"cells are parted by {names[dialect.delimiter]}{mark}")
    if comments:
        notes.append(f"comment lines skipped: {comments}")
    return notes
