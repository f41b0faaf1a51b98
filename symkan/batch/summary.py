"""What a batch writes in the end: a table of all tables for programs, a page and a league table for readers.

Records are read one at a time, and nothing is kept of them: 10,000 tables take no more memory than ten.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from symkan.batch.files import replacing
from symkan.batch.league import league_latex, write_pdf
from symkan.batch.options import BatchOptions
from symkan.batch.page import page
from symkan.batch.records import Entry
from symkan.batch.tables import Table, read_entries
from symkan.data.parquet import write_parquet
from symkan.text import printable

COLUMNS: dict[str, type] = {
    "file": str,
    "status": str,
    "rows": int,
    "columns": int,
    "verdict": str,
    "law": str,
    "complexity": int,
    "test_error": float,
    "r2": float,
    "seconds": float,
    "reason": str,
    "warnings": str,
    "folder": str,
}
"""Columns of summary.csv and summary.parquet."""


def write_summaries(out: Path, tables: Sequence[Table], *, limits: BatchOptions) -> tuple[Path, ...]:
    """Write all summaries of the tables that have a record; the files, in the order written.

    Raises
    ------
    ResultError
        When one cannot be written.
    """
    names = ("summary.csv", "summary.parquet", "index.html", "summary.tex", "summary.pdf")
    comma, parquet, index, tex, pdf = paths = tuple(out / name for name in names)
    with replacing(comma) as path, path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(map(row, read_entries(out, tables)))
    with replacing(parquet) as path:
        write_parquet(path, map(row, read_entries(out, tables)), columns=COLUMNS)
    with replacing(index) as path, path.open("w", encoding="utf-8") as file:
        file.writelines(page(read_entries(out, tables), tables=len(tables), rows=limits.page))
    latex = league_latex(read_entries(out, tables), most=limits.league)
    with replacing(tex) as path:
        path.write_text(latex, "utf-8")
    with replacing(pdf) as path:
        write_pdf(latex, path)
    return paths


def row(entry: Entry) -> tuple[Any, ...]:
    """The values of `COLUMNS`; None where there is nothing to say."""
    f = entry.finding
    values: dict[str, Any] = {
        "file": printable(entry.file),
        "status": entry.status.value,
        "seconds": entry.seconds,
        "reason": printable(entry.reason),
        "folder": entry.name,
    }
    if f is not None:
        values |= {
            name: getattr(f, name) for name in ("rows", "columns", "verdict", "law", "complexity", "r2")
        }
        values |= {
            "test_error": None if f.test_error != f.test_error else f.test_error,  # nan: no locked rows
            "reason": "; ".join(f.reasons),
            "warnings": printable("; ".join(f.warnings)),
        }
    return tuple(values.get(name) for name in COLUMNS)
