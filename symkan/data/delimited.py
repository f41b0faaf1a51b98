"""Text tables: comments, header and dialect are found here, the cells are read by pandas, a chunk at a time."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from symkan.data.cells import Cells
from symkan.data.dialect import MISSING, Dialect, is_missing, is_number, sniff, split_cells, usual_width
from symkan.data.encoding import encoding_name, find_encoding, pieces
from symkan.data.headers import listed
from symkan.data.plain import read_plain
from symkan.errors import TableError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from pandas.io.parsers import TextFileReader

# Excel writes #N/A and its like into cells
_COMMENT = re.compile(r"^[ \t]*(?:%|#(?!N/A|NA\b|DIV/0!|VALUE!|REF!|NUM!|NAME\?|NULL!))[^\n]*", re.MULTILINE)
_SEPARATOR = re.compile(r"\A[sS]ep=.$", re.MULTILINE)
"""Excel's word for a delimiter, in the first line."""

_NAME = re.compile(r"\"[^\"]*\"|[^\s\[(]\S*(?:\s+(?:\[[^\]]*\]|\([^)]*\)))?")
"""A name in a header parted by white space: in quotes, or with its unit behind it."""

_RAGGED = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")


class _Text(NamedTuple):
    """A file of text, opened anew for each look at it."""

    opened: Callable[[], BinaryIO]
    codec: str

    def pieces(self) -> Iterator[str]:
        """Whole lines, a piece at a time."""
        for i, piece in enumerate(pieces(self.opened(), self.codec)):
            yield piece if i else _SEPARATOR.sub("", piece)

    def body(self, used: int) -> Iterator[str]:
        """What stands under the first `used` lines, without comments.

        Lines that are left out are blank, so that line numbers in messages are those of the file.
        """
        for piece in self.pieces():
            *above, rest = (piece if piece.endswith("\n") else f"{piece}\n").split("\n", used)
            used -= len(above)
            yield "\n" * len(above) + _without_comments(rest)[0]


class _Stream(io.TextIOBase):
    """Pieces of text as a file that is read from its start to its end."""

    def __init__(self, text: Iterator[str]) -> None:
        self._text = text
        self._piece = io.StringIO()

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> str:
        """At most so many characters: pandas is slow with more than it asks for."""
        while not (found := self._piece.read(size)) and (piece := next(self._text, None)) is not None:
            self._piece = io.StringIO(piece)
        return found


def empty_file(source: str) -> TableError:
    """What to raise for a file in which nothing stands."""
    return TableError(f"{source}: the file is empty; give a table with a header and rows of numbers")


def read_delimited(opened: Callable[[], BinaryIO], *, source: str) -> Cells:
    """The cells of a CSV, TSV or other text file.

    Parameters
    ----------
    opened
        Opens the file; it is read more than once.
    source
        What to call it in messages.

    Raises
    ------
    TableError
        When the bytes are no text, hold nothing, or rows have more cells than the header; the latter when rows are
        read.
    """
    text = _Text(opened, find_encoding(opened, source=source))
    original, lines = _first_lines(text)
    try:
        dialect = sniff(lines)
        if not split_cells(lines, dialect.delimiter):
            raise empty_file(source)
        headers, used, note = _header(original, lines, dialect)
        headers = _fit(headers, split_cells(lines[used:], dialect.delimiter), dialect, source)
    except csv.Error as error:
        raise TableError(f"{source}: {error}; look for a quotation mark that is never closed") from error

    def frames(_: Sequence[int], rows: int) -> Iterator[pd.DataFrame]:
        return _read_rows(text.body(used), dialect, width=len(headers), rows=rows, source=source)

    def plain() -> NDArray[np.float64] | None:
        return read_plain(text.body(used), dialect, width=len(headers), rows=rows)

    rows = comments = 0
    for piece in text.pieces():
        rows += piece.count("\n") + 1
        comments += _without_comments(piece)[1]
    notes = [*_reading_notes(encoding_name(text.codec), dialect, comments - ("comment" in note)), note]
    return Cells(headers, frames, rows, dialect.decimal, tuple(filter(None, notes)), plain)


def _without_comments(text: str) -> tuple[str, int]:
    """The text with comment lines blank, and how many there are."""
    return _COMMENT.subn("", text) if "#" in text or "%" in text else (text, 0)


def _first_lines(text: _Text) -> tuple[list[str], list[str]]:
    """The first 100 lines with something in them; of a wide table as many as make 64 kB, but 20.

    They come as they stand, and without comments.
    """
    original: list[str] = []
    lines: list[str] = []
    filled = size = 0
    for line in (found[0] for piece in text.pieces() for found in re.finditer(r"[^\n]*\n|[^\n]+", piece)):
        if filled >= 100 or (filled >= 20 and size >= 1 << 16):
            break
        original.append(line)
        lines.append(_without_comments(line)[0])
        filled += not lines[-1].isspace()
        size += len(lines[-1])
    return original, lines


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
        above = [line for line in original[: end - 1] if split_cells([line], dialect.delimiter)][-1:]
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


def _read_rows(
    body: Iterator[str], dialect: Dialect, *, width: int, rows: int, source: str
) -> Iterator[pd.DataFrame]:
    """Cells as pandas reads them, numbers to the last bit, so many rows at a time; short rows are filled up."""
    import pandas as pd

    # from 3.1 on exact reading is the default, and asking for it is deprecated
    old = tuple(int(part) for part in pd.__version__.split(".")[:2]) < (3, 1)
    exact: dict[str, Any] = {"float_precision": "round_trip"} if old else {}
    try:
        with pd.read_csv(
            _Stream(body),
            sep=r"\s+" if dialect.delimiter == " " else dialect.delimiter,
            decimal=dialect.decimal,
            header=None,
            names=range(width),
            index_col=False,
            na_values=sorted(MISSING),
            skipinitialspace=True,
            low_memory=False,
            chunksize=rows,
            **exact,
        ) as reader:
            while (frame := _next(reader)) is not None:
                yield frame
    except pd.errors.EmptyDataError:
        return
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise TableError(f"{source}: {_explain(str(error))}") from error


def _next(reader: TextFileReader) -> pd.DataFrame | None:
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # cells of a long first row would be lost
        return next(reader, None)


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
