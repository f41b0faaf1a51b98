"""Opening a table, whatever its kind: by its ending Parquet or Excel, else text; gzip is seen through."""

from __future__ import annotations

import gzip
import hashlib
import io
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from symkan.data.cells import Cells
from symkan.data.delimited import read_delimited
from symkan.data.dialect import is_missing, is_number
from symkan.data.headers import listed
from symkan.errors import TableError

if TYPE_CHECKING:
    import pandas as pd

_GZIP = b"\x1f\x8b"


def read_cells(path: str | Path) -> tuple[Cells, str]:
    """The cells of a table, and the SHA-256 of the file's bytes.

    Raises
    ------
    TableError
        When the file is missing, a folder, empty, damaged, or of a kind that is not read.
    """
    path = Path(path)
    source = str(path)
    data = _read_bytes(path, source)
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(_GZIP):
        path, data = path.with_suffix("") if path.suffix else path, _unzip(data, source)
    if not data:
        raise TableError(f"{source}: the file is empty; give a table with a header and rows of numbers")
    match path.suffix.lower():
        case ".parquet" | ".pq":
            return _read_parquet(data, source), digest
        case ".xlsx" | ".xlsm":
            return _read_excel(data, source), digest
        case ".xls" | ".xlsb" | ".ods" | ".numbers" as suffix:
            raise TableError(f"{source}: {suffix} files are not read; save the table as .xlsx or .csv")
    return read_delimited(data, source=source), digest


def _read_bytes(path: Path, source: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise TableError(f"{source}: there is no such file; check the path") from error
    except IsADirectoryError as error:
        raise TableError(f"{source} is a folder; give the path of a table in it") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or error
        raise TableError(f"{source} cannot be read: {reason}; check the path and who may read it") from error


def _unzip(data: bytes, source: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"{source}: the gzip file is damaged or cut off ({error}); copy it again") from error


def _read_parquet(data: bytes, source: str) -> Cells:
    _require("pyarrow", source)
    import pandas as pd

    try:
        frame = pd.read_parquet(io.BytesIO(data), engine="pyarrow")
    except Exception as error:  # pyarrow raises what it likes on a damaged file
        raise TableError(
            f"{source}: this is no Parquet file, or damaged ({error}); write it again"
        ) from error
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    headers = tuple("" if name is None else str(name) for name in frame.columns)
    return Cells(headers, frame.set_axis(range(len(headers)), axis=1), ".", ())


def _read_excel(data: bytes, source: str) -> Cells:
    _require("openpyxl", source)
    import pandas as pd

    try:
        with warnings.catch_warnings(), pd.ExcelFile(io.BytesIO(data), engine="openpyxl") as book:
            warnings.simplefilter("ignore")  # openpyxl warns of styles that it drops
            sheets = [str(sheet) for sheet in book.sheet_names]
            frame = book.parse(sheets[0], header=None, dtype=object)
    except Exception as error:  # openpyxl raises what it likes on a damaged file
        raise TableError(
            f"{source}: this is no Excel workbook, or damaged ({error}); save it again"
        ) from error
    frame = frame.dropna(how="all")
    if frame.empty:
        raise TableError(f"{source}: sheet '{sheets[0]}' is empty; put the table into the first sheet")
    notes = [f"only the first sheet was read, '{sheets[0]}'"] if len(sheets) > 1 else []
    headers, frame, note = _split_header(frame)
    return Cells(headers, frame, ".", tuple(filter(None, [*notes, note])))


def _split_header(frame: pd.DataFrame) -> tuple[tuple[str, ...], pd.DataFrame, str]:
    """Header and rows of a sheet, and a note when its first row holds numbers only."""
    first = [
        "" if missing else str(cell)
        for cell, missing in zip(frame.iloc[0], frame.iloc[0].isna(), strict=True)
    ]
    if all(is_number(cell) or is_missing(cell) for cell in first):
        names = tuple(f"col{i}" for i in range(1, len(first) + 1))
        return names, frame, f"there is no header: columns are called by position, {listed(names, most=3)}"
    return tuple(first), frame.iloc[1:].reset_index(drop=True), ""


def _require(module: str, source: str) -> None:
    try:
        __import__(module)
    except ImportError as error:
        raise TableError(
            f"{source}: reading this kind of file needs {module}; pip install 'symkan[tables]'"
        ) from error
