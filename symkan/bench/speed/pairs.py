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
from symkan.kan.devices import is_found, model
from symkan.serialization import from_line, to_line

WORK = "symkan.bench.speed.work"

GRACE = 120.0
"""Seconds beyond its limit after which a process is killed."""

SHARE = 0.05
"""Share of its time limit that a package gets in later pairs when it did not get there in the first."""

ENOUGH = 1.5
"""It gets more where symkan itself takes long: till the ratio is so many times what is asked for."""


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
    stopped
        Whether it was not done because time was up; otherwise it had tried all it does, and ended.
    """

    seconds: float
    done: bool = True
    result: str = ""
    stopped: bool = False


@dataclass(frozen=True)
class Pair:
    """A run of symkan and one of the other package, right after each other; `gpu` is the model, if one was used."""

    task: Task
    seed: int
    ours: Run
    theirs: Run
    version: str
    peer_version: str
    gpu: str = ""

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
    done
        Pairs in which the other package did the work.
    stopped, ended
        Seconds, ascending, after which it was stopped in other pairs, or ended without having done it.
    results
        What came of both sides in the first pair.
    """

    task: Task
    pairs: int
    median: float
    low: float
    high: float
    ours: float
    theirs: float
    done: int
    stopped: tuple[float, ...]
    ended: tuple[float, ...]
    results: tuple[str, str]

    @property
    def bound(self) -> bool:
        """Whether the ratio is a lower bound, since the other package did not do the work in all pairs."""
        return self.done < self.pairs

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Ratio:
        """That of pairs of one task, at least one."""
        ratios = sorted(pair.ratio for pair in pairs)
        undone = sorted((p.theirs for p in pairs if not p.theirs.done), key=lambda run: run.seconds)
        return cls(
            pairs[0].task,
            len(pairs),
            median(ratios),
            ratios[0],
            ratios[-1],
            median(pair.ours.seconds for pair in pairs),
            median(pair.theirs.seconds for pair in pairs),
            len(pairs) - len(undone),
            tuple(run.seconds for run in undone if run.stopped),
            tuple(run.seconds for run in undone if not run.stopped),
            (pairs[0].ours.result, pairs[0].theirs.result),
        )


def version_of(package: str) -> str:
    """The version of a package, "" when it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def feasible(tasks: Sequence[Task]) -> tuple[tuple[Task, ...], tuple[str, ...]]:
    """The tasks whose device and package are here, and a line for each that is not."""
    devices, peers = ({getattr(task, field): None for task in tasks} for field in ("device", "peer"))
    lines = [
        *(
            f"no {d} device is found here; what is timed on one is left out"
            for d in devices
            if not is_found(d)
        ),
        *(
            f"{peer} is not installed and is left out; pip install 'symkan[bench]'"
            for peer in sorted(peers)
            if not version_of(peer)
        ),
    ]
    return tuple(task for task in tasks if is_found(task.device) and version_of(task.peer)), tuple(lines)


def run(task: Task, seeds: Sequence[int], *, limit: float, earlier: Sequence[Pair] = ()) -> Iterator[Pair]:
    """The pairs of a task, each as soon as it is there.

    Parameters
    ----------
    task
        What to do.
    seeds
        One for each pair.
    limit
        Seconds after which the other package is stopped; in later pairs sooner, if it once did not get there.
    earlier
        Pairs of this task that are there already.

    Raises
    ------
    ResultError
        When a process ends without a result; the message is its last line.
    """
    import symkan

    if not seeds:
        return
    facts = (symkan.__version__, version_of(task.peer), model(task.device))
    if task.in_turn:
        runs = _runs(Work(task, seeds[0], limit, len(seeds)), task.peer)
        for seed, ours, theirs in zip(seeds, runs[::2], runs[1::2], strict=True):
            yield Pair(task, seed, ours, theirs, *facts)
        return
    hopeless = any(not pair.theirs.done for pair in earlier)
    for seed in seeds:
        work = Work(task, seed, limit, 1)
        (ours,) = _runs(work, "symkan")
        enough = max(SHARE * limit, ENOUGH * task.goal * ours.seconds)
        (theirs,) = _runs(replace(work, limit=min(limit, enough)) if hopeless else work, task.peer)
        yield Pair(task, seed, ours, theirs, *facts)
        hopeless = hopeless or not theirs.done


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
            return (Run(timeout, False, "stopped", stopped=True),)
    runs: tuple[Run, ...] = from_line(tuple[Run, ...], said)
    return tuple(replace(run, seconds=seconds) for run in runs) if task.kind == "job" else runs


def _write_table(work: Work, path: Path) -> None:
    """The training rows of a problem as CSV."""
    import numpy as np

    law = work.problem.law
    x, y = (part[:ROWS] for part in work.problem.table(work.seed))
    header = ",".join([*(v.name for v in law.variables), law.output])
    np.savetxt(path, np.column_stack([x, y]), delimiter=",", header=header, comments="", fmt="%.17g")
