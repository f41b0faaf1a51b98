"""The index of a batch: one HTML file that sorts, filters and pages its rows, and needs no server."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from symkan.batch.records import Entry
from symkan.text import printable

if TYPE_CHECKING:
    from jinja2 import Template


def page(entries: Iterable[Entry], *, tables: int, rows: int) -> Iterator[str]:
    """The page, piece by piece.

    Parameters
    ----------
    entries
        The records of tables, one at a time.
    tables
        How many tables there are; some may have no record yet.
    rows
        To show at once.
    """
    return _template().generate(rows=map(_row, entries), tables=tables, page=rows)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("symkan.batch", "templates")
    return Environment(loader=loader, autoescape=True, trim_blocks=True).get_template("index.html")


def _row(entry: Entry) -> str:
    """A row as JSON that may stand in a script element."""
    f = entry.finding
    row: dict[str, Any] = {
        "file": printable(entry.file),
        "folder": entry.name,
        "seconds": entry.seconds,
        "verdict": f.verdict if f else "failed",
    }
    if f is None:
        row |= {"reason": f"{entry.status.value}: {printable(entry.reason)}", "law": ""}
    else:
        row |= {
            "law": f.law,
            "math": f.mathml,
            "skeleton": f.skeleton,
            "complexity": f.complexity,
            "error": f.test_error if math.isfinite(f.test_error) else None,
            "rows": f.rows,
            "columns": f.columns,
            "reason": "; ".join(f.reasons),
            "warnings": [printable(note) for note in f.warnings],
            "points": f.points,
            "report": "report.html" if f.report else "result.json",
        }
    text = json.dumps(row, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    # neither </script> nor <!-- may end up in the page
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
