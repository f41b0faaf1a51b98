"""Opening a table, whatever its kind: by its ending Parquet or Excel, else text; gzip is seen through."""

from __future__ import annotations

import gzip
import hashlib
import io
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from symkan.data.cells import Cells
from symkan.data.delimited import empty_file, read_delimited
from symkan.data.dialect import is_missing, is_number
from symkan.data.headers import listed
from symkan.errors import TableError

if TYPE_CHECKING:
    import pandas as pd

_GZIP = b"\x1f\x8b"
_BINARY = (".parquet", ".pq", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".numbers")


def read_cells(path: str | Path) -> tuple[Cells, str]:
    """The cells of a table, and the SHA-256 of the file's bytes; rows are read when they are asked for.

    Raises
    ------
    TableError
        When the file is missing, a folder, empty, damaged, or of a kind that is not read.
    """
    path = Path(path)
    source = str(path)
    file, digest = _find(path, source)
    with _open(file) as raw:
        start = raw.read(len(_GZIP))
    if not start:
        raise empty_file(source)
    if start != _GZIP:
        return _read_kind(file, path.suffix, source), digest
    try:
        return _read_zipped(file, path.with_suffix("").suffix if path.suffix else "", source), digest
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"{source}: the gzip file is damaged or cut off ({error}); copy it again") from error


def _find(path: Path, source: str) -> tuple[Path | bytes, str]:
    """The file, or its bytes if it can be read only once, and their SHA-256."""
    try:
        if path.is_char_device() or path.is_block_device():  # /dev/zero never ends
            raise OSError("it is a device, not a file")
        file = path if path.is_file() else path.read_bytes()
        with _open(file) as raw:
            return file, hashlib.file_digest(raw, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise TableError(f"{source}: there is no such file; check the path") from error
    except IsADirectoryError as error:
        raise TableError(f"{source} is a folder; give the path of a table in it") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or error
        raise TableError(f"{source} cannot be read: {reason}; check the path and who may read it") from error


def _open(file: Path | bytes) -> io.BufferedReader | io.BytesIO:
    return io.BytesIO(file) if isinstance(file, bytes) else file.open("rb")


def _read_kind(file: Path | bytes, suffix: str, source: str) -> Cells:
    match suffix.lower():
        case ".parquet" | ".pq":
            return _read_parquet(file, source)
        case ".xlsx" | ".xlsm":
            return _read_excel(file, source)
        case ".xls" | ".xlsb" | ".ods" | ".numbers" as suffix:
            raise TableError(f"{source}: {suffix} files are not read; save the table as .xlsx or .csv")
    return read_delimited(partial(_open, file), source=source)


def _read_zipped(file: Path | bytes, suffix: str, source: str) -> Cells:
    """Text is unzipped as it is read, and other kinds, which are not read from top to bottom, at once."""

    def unzipped() -> BinaryIO:
        return cast("BinaryIO", gzip.open(file if isinstance(file, Path) else io.BytesIO(file)))

    with unzipped() as raw:
        if not raw.read(1):
            raise empty_file(source)
    if suffix.lower() in _BINARY:
        with unzipped() as raw:
            return _read_kind(raw.read(), suffix, source)
    return read_delimited(unzipped, source=source)


def _read_parquet(file: Path | bytes, source: str) -> Cells:
    """The cells of a Parquet file; an index that pandas wrote is the first columns."""
    _require("pyarrow", source)
    import pandas as pd
    from pyarrow.parquet import ParquetFile

    def opened() -> ParquetFile:
        # read page by page: neither all that is asked for at once, nor groups of rows, however long they are
        data = file if isinstance(file, Path) else io.BytesIO(file)
        return ParquetFile(data, pre_buffer=False, buffer_size=1 << 20)

    with _damage(source, "no Parquet file", "write it again"), opened() as parquet:
        schema, rows = parquet.schema_arrow, parquet.metadata.num_rows
        empty = schema.empty_table().to_pandas()
    if not isinstance(empty.index, pd.RangeIndex):
        empty = empty.reset_index()
    headers = tuple("" if name is None else str(name) for name in empty.columns)
    index = [name for name in (schema.pandas_metadata or {}).get("index_columns", ()) if name in schema.names]
    fields = [*index, *(name for name in schema.names if name not in index)]

    def frames(columns: Sequence[int], most: int) -> Iterator[pd.DataFrame]:
        names = [fields[i] for i in columns]
        with _damage(source, "no Parquet file", "write it again"), opened() as parquet:
            for batch in parquet.iter_batches(most, columns=names) if most < rows else [parquet.read(names)]:
                yield batch.select(names).to_pandas(ignore_metadata=True).set_axis(columns, axis=1)

    return Cells(headers, frames, rows, ".", ())


@contextmanager
def _damage(source: str, kind: str, remedy: str) -> Iterator[None]:
    """Whatever goes wrong within is the file's fault; pyarrow and openpyxl raise what they like."""
    try:
        yield
    except Exception as error:
        raise TableError(f"{source}: this is {kind}, or damaged ({error}); {remedy}") from error


def _read_excel(file: Path | bytes, source: str) -> Cells:
    _require("openpyxl", source)
    import pandas as pd

    with (
        _damage(source, "no Excel workbook", "save it again"),
        warnings.catch_warnings(),
        pd.ExcelFile(file if isinstance(file, Path) else io.BytesIO(file), engine="openpyxl") as book,
    ):
        warnings.simplefilter("ignore")  # openpyxl warns of styles that it drops
        sheets = [str(sheet) for sheet in book.sheet_names]
        frame = book.parse(sheets[0], header=None, dtype=object)
    frame = frame.dropna(how="all")
    if frame.empty:
        raise TableError(f"{source}: sheet '{sheets[0]}' is empty; put the table into the first sheet")
    notes = [f"only the first sheet was read, '{sheets[0]}'"] if len(sheets) > 1 else []
    headers, frame, note = _split_header(frame)
    return Cells(headers, lambda *_: iter([frame]), len(frame), ".", tuple(filter(None, [*notes, note])))


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
