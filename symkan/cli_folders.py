"""Folders for results: where they are, and what an earlier result left there."""

from __future__ import annotations

import json
import os
import re
from itertools import count
from pathlib import Path

from symkan.errors import ResultError


def make_folder(folder: Path) -> None:
    """Make a folder for results, or say why that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultError(f"{folder} cannot be made: {error.strerror}; give another --out") from error
    if not os.access(folder, os.W_OK):
        raise ResultError(f"{folder} cannot be written to; give another --out")


def default_folder(data: Path, *, ending: str = "") -> Path:
    """Where the result for a table goes if no other folder is given."""
    return Path("reports") / f"{stem(data)}{ending}"


def free_folder(data: Path) -> Path:
    """The default folder, or the first of those with -2, -3, … behind it that holds no result of another table."""
    folders = (default_folder(data, ending=f"-{k}" if k > 1 else "") for k in count(1))
    return next(folder for folder in folders if _source(folder) in (None, data.resolve()))


def _source(folder: Path) -> Path | None:
    """The table of the result in a folder; None where there is none that can be read."""
    try:
        record = json.loads((folder / "result.json").read_text("utf-8"))
        return Path(record["data"]["source"]).resolve()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def remove_report(folder: Path) -> None:
    """Take away the report of the result in a folder, which a new result makes wrong; other files stay."""
    from symkan.report.document import FORMATS
    from symkan.report.figures import NAMES

    if not (folder / "result.json").exists():
        return
    figures = folder / "figures"
    old = [folder / f"report.{name}" for name in FORMATS]
    old += [figures / f"{name}.{kind}" for name in NAMES for kind in ("svg", "pdf", "png")]
    try:
        for path in old:
            path.unlink(missing_ok=True)
        if figures.is_dir() and not any(figures.iterdir()):
            figures.rmdir()
    except OSError as error:
        raise ResultError(
            f"{folder}: the old report cannot be removed ({error.strerror}); give another --out"
        ) from error


def stem(data: Path) -> str:
    """The file's name without suffixes, as a safe name."""
    name = re.sub(r"(\.(csv|tsv|txt|dat|parquet|pq|xls[xm]?|gz))+$", "", data.name, flags=re.IGNORECASE)
    return re.sub(r"[^\w.-]+", "_", name).strip("._-") or "data"
