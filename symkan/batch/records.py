"""What a batch is asked for, and what it writes down of each table."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from symkan.batch.options import BatchOptions
from symkan.options import Options

RECORD = "table.json"
"""File with the `Entry` in the folder of a table."""


class Status(StrEnum):
    """How the work on a table ended."""

    DONE = "done"
    FAILED = "failed"
    CRASHED = "crashed"
    TIME = "time limit"
    MEMORY = "memory limit"
    KILLED = "killed"


@dataclass(frozen=True)
class Job:
    """What is asked of one table; `target` may be "first" or "last", `features` None for all columns."""

    target: str
    features: tuple[str, ...] | None = None
    units: dict[str, str] | None = None
    options: Options = field(default_factory=Options)


@dataclass(frozen=True)
class Task:
    """One table, ready to be worked on anywhere that sees the files.

    Attributes
    ----------
    path, file
        Its path, and what the summary calls it: the path in the folder of tables.
    out, work, name
        The folder of results, the folder for what is not finished, and the table's folder in either.
    key
        Hash of data, job and version.
    job, limits
        What is asked for.
    """

    path: str
    file: str
    out: str
    work: str
    name: str
    key: str
    job: Job
    limits: BatchOptions


@dataclass(frozen=True)
class Constant:
    """A fitted constant with its 95 % interval."""

    symbol: str
    value: float
    standard_error: float
    low: float
    high: float


@dataclass(frozen=True)
class Finding:
    """What was found in a table, as far as a summary tells it.

    Attributes
    ----------
    rows, columns
        Rows used, and columns that the law could use.
    verdict, reasons
        "law", "tentative" or "none", and why.
    law, latex, mathml
        The law on one line, as LaTeX, and as MathML ("" where pandoc fails).
    complexity
        Nodes of its expression.
    test_error, r2
        Error on held-out rows relative to the target's spread (nan when none were locked), and R² of the fit.
    skeleton, constants, covariance
        The law up to its constants, these, and the covariance matrix of their estimates.
    warnings
        Notes on the data, and what went wrong on the way.
    points
        Thumbnail: measured against predicted values, in hundredths of the range.
    report
        Whether there is a report.html.
    """

    rows: int
    columns: int
    verdict: str
    reasons: tuple[str, ...]
    law: str
    latex: str
    mathml: str
    complexity: int
    test_error: float
    r2: float
    skeleton: str
    constants: tuple[Constant, ...]
    covariance: tuple[tuple[float, ...], ...]
    warnings: tuple[str, ...]
    points: tuple[tuple[int, int], ...]
    report: bool


@dataclass(frozen=True)
class Entry:
    """The record of a table: what was found, or the reason why not.

    Attributes
    ----------
    file, name, key
        As in `Task`.
    status, reason
        How it ended; the reason is "" when all went well.
    seconds
        From the start of its process to its end.
    finding
        None when it failed.
    """

    file: str
    name: str
    key: str
    status: Status
    reason: str
    seconds: float
    finding: Finding | None

    @classmethod
    def failed(cls, task: Task, status: Status, *, reason: str, seconds: float) -> Entry:
        """The record of a table without an answer."""
        return cls(task.file, task.name, task.key, status, reason, round(seconds, 2), None)
