"""The tables of a folder, a folder of results for each, and the hash by which a finished one is known."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from symkan.batch.records import RECORD, Entry, Job
from symkan.data.runs import find_runs, write_runs
from symkan.errors import ResultError, TableError
from symkan.serialization import SCHEMA, from_line, to_line

WORK = ".work"
"""Folder, in that of the results, for what is not finished."""

RUNS = "runs"
"""Folder, in that of the results, for the runs of one table."""

_OWN = {"atlas", RUNS} | {
    f"{name}.{ending}"
    for name in ("index", "atlas", "summary", "batch")
    for ending in ("html", "csv", "parquet", "tex", "pdf", "log", "lock", "json")
}
_ENDINGS = re.compile(r"(\.(csv|tsv|txt|dat|parquet|pq|xlsx|xlsm|gz))+$", re.IGNORECASE)
_MOST = 80  # characters of a name


@dataclass(frozen=True)
class Table:
    """A file, its path in the folder, and the name of its folder of results."""

    path: Path
    file: str
    name: str


def find_tables(folder: Path, pattern: str, *, out: Path | None = None) -> tuple[Table, ...]:
    """The files of a folder whose names are like a pattern (``**/*.csv`` looks into folders), in order.

    Hidden files, such as the ``._a.csv`` that some systems put beside ``a.csv``, are not among them, and neither are
    those in `out`, the folder of results.

    Raises
    ------
    TableError
        When there is no such folder, or no such file in it, or the results are to be among the tables.
    """
    results = out and out.resolve()
    if not folder.is_dir():
        raise TableError(
            f"{folder} is no folder; give the folder with the tables, or --group-by for one table"
        )
    if results == folder.resolve():
        raise TableError(
            f"{folder} is to hold the results as well as the tables, where they would replace files and be taken for "
            "tables; give another --out"
        )
    try:
        paths = sorted(
            path
            for path in folder.glob(pattern)
            if not any(part.startswith(".") for part in path.relative_to(folder).parts)
            and not (results and results != folder.resolve() and path.resolve().is_relative_to(results))
            and path.is_file()
        )
    except (ValueError, NotImplementedError, IndexError) as error:
        raise TableError(
            f"--pattern '{pattern}' cannot be meant: {error}; give one such as '*.csv'"
        ) from error
    if not paths:
        raise TableError(f"{folder} has no files like '{pattern}'; give another --pattern")
    files = [path.relative_to(folder).as_posix() for path in paths]
    return tuple(map(Table, paths, files, folder_names(files)))


_MARK = ".symkan"
"""In a folder of runs that symkan made, and may delete."""


@dataclass(frozen=True)
class SplitTable:
    """The runs of one table as tables, numbers known of each by its name, and how many rows name no run."""

    tables: tuple[Table, ...]
    numbers: dict[str, dict[str, float]]
    without: int


def split_table(path: Path, by: str, out: Path) -> SplitTable:
    """Make a table of each run of one table, in a folder within that of the results.

    Parameters
    ----------
    path, by
        The table, and the column that names runs.
    out
        Folder of results, which must be locked.

    Raises
    ------
    TableError
        When the table cannot be read, or the column does not name runs.
    ResultError
        When the tables cannot be written, or would take the place of a folder that is not symkan's.
    """
    runs, folder = find_runs(path, by), out / RUNS
    tables = tuple(
        Table(folder / f"{name}.csv", run, name)
        for run, name in zip(runs.names, folder_names(runs.names), strict=True)
    )
    if folder.exists() and not (folder / _MARK).exists():
        raise ResultError(f"{folder} is there and was not made by symkan; give another --out")
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / _MARK).touch()
        numbers = write_runs(runs, {table.file: table.path for table in tables})
    except OSError as error:
        raise ResultError(f"{folder} cannot be written: {error.strerror}; give another --out") from error
    return SplitTable(tables, numbers, runs.without)


def folder_names(files: Iterable[str]) -> list[str]:
    """A name of its own for each file that any system takes for a folder; a hash where one must be changed.

    Examples
    --------
    >>> folder_names(["a.csv", "b/a.csv", "c.csv", "C.csv"])
    ['a', 'b_a-a335f0b1', 'c-eceeb0b3', 'C-0482c485']
    """
    files = list(files)
    plain = [without_ending(file) for file in files]
    safe = [re.sub(r"[^A-Za-z0-9_.-]+", "_", text).strip("._-")[:_MOST] for text in plain]
    count = Counter(name.lower() for name in safe)
    return [
        name
        if name == text and count[name.lower()] == 1 and name.lower() not in _OWN
        else _hashed(name, file)
        for name, text, file in zip(safe, plain, files, strict=True)
    ]


def without_ending(file: str) -> str:
    """The name of a table without what says of which kind it is.

    Examples
    --------
    >>> without_ending("a/run_2.5.csv.gz"), without_ending("run_2.5")
    ('a/run_2.5', 'run_2.5')
    """
    return _ENDINGS.sub("", file)


def _hashed(name: str, file: str) -> str:
    digest = hashlib.sha256(file.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name}-{digest}".lstrip("-")


def key_of(path: Path, job: Job, *, version: str) -> str:
    """Hash of the data, of what is asked, and of who answers; of a file that cannot be read, of the reason."""
    digest = hashlib.sha256(f"{version} {SCHEMA}\n".encode())
    digest.update(to_line(job) + b"\n")
    try:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        digest.update(str(error.strerror).encode())
    return digest.hexdigest()


def read_entry(out: Path, table: Table) -> Entry | None:
    """The record of a table; None when it has none that is whole."""
    try:
        return from_line(Entry, (out / table.name / RECORD).read_bytes())
    except (OSError, ResultError):
        return None


def read_entries(out: Path, tables: Iterable[Table]) -> Iterator[Entry]:
    """The records of those tables that have one, in order, one at a time."""
    for table in tables:
        if (entry := read_entry(out, table)) is not None:
            yield entry
