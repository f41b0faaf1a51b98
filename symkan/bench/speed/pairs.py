"""Pairs of runs: symkan, then the other package, each in a process of its own, on the same table."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from symkan.bench.child import last_line
from symkan.bench.speed.tasks import ROWS, Task, Work
from symkan.serialization import from_line, to_line

WORK = "symkan.bench.speed.work"

GRACE = 120.0
"""Seconds beyond its limit after which a process is killed."""

SHARE = 0.1
"""Share of its time limit that a package gets in later pairs when it did not get there in the first."""


@dataclass(frozen=True)
class Run:
    """One side of a pair.

    Attributes
    ----------
    seconds
        It took, or was given.
    done
        Whether the work was done by then.
    result
        What came of it, in a few words.
    """

    seconds: float
    done: bool = True
    result: str = ""


@dataclass(frozen=True)
class Pair:
    """A run of symkan and one of the other package, right after each other."""

    task: Task
    seed: int
    ours: Run
    theirs: Run
    version: str
    peer_version: str

    @property
    def ratio(self) -> float:
        """How many times faster symkan was, at least."""
        return self.theirs.seconds / self.ours.seconds


@dataclass(frozen=True)
class Ratio:
    """What the pairs of a task come to.

    Attributes
    ----------
    median, low, high
        Of how many times faster symkan was.
    ours, theirs
        Median seconds.
    bound
        Whether the ratio is a lower bound, since the other package was stopped before it was done.
    """

    task: Task
    pairs: int
    median: float
    low: float
    high: float
    ours: float
    theirs: float
    bound: bool
    results: tuple[str, str]

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Ratio:
        """That of pairs of one task, at least one."""
        ratios = sorted(pair.ratio for pair in pairs)
        return cls(
            pairs[0].task,
            len(pairs),
            median(ratios),
            ratios[0],
            ratios[-1],
            median(pair.ours.seconds for pair in pairs),
            median(pair.theirs.seconds for pair in pairs),
            not all(pair.theirs.done for pair in pairs),
            (pairs[0].ours.result, pairs[0].theirs.result),
        )


def version_of(package: str) -> str:
    """The version of a package, "" when it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def run(task: Task, seeds: Sequence[int], *, limit: float) -> Iterator[Pair]:
    """The pairs of a task, each as soon as it is there.

    Raises
    ------
    ResultError
        When a process ends without a result; the message is its last line.
    """
    import symkan

    if not seeds:
        return
    versions = (symkan.__version__, version_of(task.peer))
    if task.kind == "layer":  # both in one process, in turn: it is loading that takes long
        runs = _runs(Work(task, seeds[0], limit, len(seeds)), task.peer)
        for seed, ours, theirs in zip(seeds, runs[::2], runs[1::2], strict=True):
            yield Pair(task, seed, ours, theirs, *versions)
        return
    for seed in seeds:
        work = Work(task, seed, limit, 1)
        (ours,), (theirs,) = (_runs(work, side) for side in ("symkan", task.peer))
        yield Pair(task, seed, ours, theirs, *versions)
        if not theirs.done and seed == seeds[0]:
            limit *= SHARE


def _runs(work: Work, side: str) -> tuple[Run, ...]:
    """What a process says that does one side's work; for a whole job, how long the process took."""
    task, asked = work.task, to_line(work).decode()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if task.kind == "job":
            _write_table(work, folder / "table.csv")
        doing, timeout = f"{task.name}: {side}", work.limit + GRACE
        try:
            said, seconds = last_line(WORK, side, asked, doing=doing, folder=folder, timeout=timeout)
        except subprocess.TimeoutExpired:
            return (Run(timeout, False, "stopped"),)
    runs: tuple[Run, ...] = from_line(tuple[Run, ...], said)
    return tuple(replace(run, seconds=seconds) for run in runs) if task.kind == "job" else runs


def _write_table(work: Work, path: Path) -> None:
    """The training rows of a problem as CSV."""
    import numpy as np

    law = work.problem.law
    x, y = (part[:ROWS] for part in work.problem.table(work.seed))
    header = ",".join([*(v.name for v in law.variables), law.output])
    np.savetxt(path, np.column_stack([x, y]), delimiter=",", header=header, comments="", fmt="%.17g")
