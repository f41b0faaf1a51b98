"""Writing rows as Parquet, some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any


def write_parquet(
    path: Path, rows: Iterable[tuple[Any, ...]], *, columns: Mapping[str, type], chunk: int = 1000
) -> None:
    """Write rows of text, whole numbers and floats; None is a missing value.

    Parameters
    ----------
    path
        The file.
    rows
        A value for each column; they may come one at a time, and are not kept.
    columns
        Names and types: str, int or float.
    chunk
        Rows that are written at a time.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
    rest = iter(rows)
    with ParquetWriter(path, schema) as writer:
        while some := list(islice(rest, chunk)):
            arrays = [
                pa.array(values, field.type)
                for values, field in zip(zip(*some, strict=True), schema, strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
