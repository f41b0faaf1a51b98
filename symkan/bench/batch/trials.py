"""The trials of `symkan batch`, each with the command as it stands, in processes."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from symkan.batch.records import Status
from symkan.bench.batch.tables import differences, entries, finished, write_tables
from symkan.errors import OptionError
from symkan.symbolic.elsewhere import command, environment

TRIALS = {
    "throughput": "The same tables with one worker and with two, on one machine.",
    "chaos": "Workers and the command itself are killed (SIGKILL) at random moments, and the command is given again; "
    "laws, statuses and files must be those of a run that nothing disturbed.",
    "dask": "A scheduler and two workers in processes of their own; one is killed in the middle.",
    "real": "Measured tables of others; each must end with a verdict or with a reason why it has none.",
}
"""The trials, and what each does."""

TABLES = {"throughput": 24, "chaos": 60, "dask": 16}
KILLS = 24
"""In the trial of chaos."""

DELAY = 3.0
"""Most seconds until one, once its turn has come."""

_BUDGET = 60.0  # seconds for a made table: none is cut off, so that nothing depends on the time
_PATIENCE = 7200.0  # seconds after which a run counts as hanging
MODULE = "symkan"


@dataclass(frozen=True)
class Trial:
    """What came of a trial.

    Attributes
    ----------
    name, command, version, seconds
        Which one, how to have it again, of what version, and how long it took.
    passed
        Whether the promise was kept.
    figures, counts, notes
        Measured numbers, how often what was seen, and what went wrong.
    """

    name: str
    command: str
    version: str
    seconds: float
    passed: bool
    figures: dict[str, float]
    counts: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """What is asked for.

    Attributes
    ----------
    work, tables, seed
        Folder for tables and results, number of made tables in each trial (None: as many as wanted), and the seed of
        what is killed when.
    folder, target, time_budget, workers
        Real tables, the column to explain, seconds for the search in each, and how many at a time.
    """

    work: Path
    tables: int | None = None
    seed: int = 0
    folder: Path | None = None
    target: str = "last"
    time_budget: float = 5.0
    workers: int = 2

    def command(self, name: str) -> str:
        """The command of a trial."""
        asked: dict[str, object] = {"tables": self.tables, "seed": self.seed or None}
        if name == "real":
            asked = {"folder": self.folder, "target": self.target, "time-budget": self.time_budget}
            asked["workers"] = self.workers
        given = (f" --{option} {value}" for option, value in asked.items() if value is not None)
        return f"symkan bench batch --only {name}{''.join(given)}"

    def made(self, name: str) -> Path:
        """A new folder with the tables of a trial; its results are to lie beside them."""
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        write_tables(folder / "tables", self.tables or TABLES[name])
        return folder


def throughput(settings: Settings, *, version: str, wanted: float = 1.7) -> Trial:
    """Tables for each time with two workers, over those with one."""
    folder, seconds = settings.made("throughput"), []
    for workers in (1, 2):
        started = time.monotonic()
        _finish(_start(folder, f"out{workers}", "--workers", str(workers)))
        seconds.append(time.monotonic() - started)
    ratio = seconds[0] / seconds[1]
    figures = {
        "tables": finished(folder / "out1"),
        "seconds with 1 worker": seconds[0],
        "seconds with 2 workers": seconds[1],
        "ratio": ratio,
    }
    different = differences(folder / "out1", folder / "out2")
    return Trial(
        "throughput",
        settings.command("throughput"),
        version,
        sum(seconds),
        ratio >= wanted and not different,
        figures,
        notes=different,
    )


def chaos(settings: Settings, *, version: str) -> Trial:
    """Kill at random moments, spread over the whole run."""
    folder, generator = settings.made("chaos"), random.Random(settings.seed)
    undisturbed = _finish(_start(folder, "undisturbed"))
    tables, out, started = finished(folder / "undisturbed"), folder / "out", time.monotonic()
    killed, runs, process = Counter[str](), 1, _start(folder, "out")
    for i in range(KILLS):
        _wait_for(tables * i // (KILLS + 1), out, process)
        time.sleep(generator.uniform(0.0, DELAY))
        killed[_kill(process, whole=generator.random() < 0.5)] += 1
        if process.poll() is not None:
            process, runs = _start(folder, "out"), runs + 1
    code = _finish(process)
    while any(entry.status is Status.KILLED for entry in entries(out)):  # such are tried again
        code, runs = _finish(_start(folder, "out")), runs + 1
    seconds = time.monotonic() - started
    different = differences(folder / "undisturbed", out)
    figures = {"tables": tables, "runs": runs, "seconds": seconds}
    figures |= {f"{who} killed": float(count) for who, count in sorted(killed.items())}
    passed = code == undisturbed and not different and killed.total() - killed["nothing"] >= min(KILLS, 20)
    return Trial("chaos", settings.command("chaos"), version, seconds, passed, figures, notes=different)


def dask(settings: Settings, *, version: str) -> Trial:
    """Kill one of two workers of a cluster."""
    folder = settings.made("dask")
    tables, out, started = len(list((folder / "tables").iterdir())), folder / "out", time.monotonic()
    with _cluster(folder) as (address, workers):
        process = _start(folder, "out", "--engine", "dask", "--scheduler", address)
        _wait_for(max(tables // 4, 1), out, process)
        before = finished(out)
        workers[0].kill()
        _finish(process)
    statuses = Counter(entry.status.value for entry in entries(out))
    figures: dict[str, float] = {"tables": tables, "finished before the kill": before}
    passed = before < tables and statuses.total() == tables and _all_answered(statuses)
    return Trial(
        "dask",
        settings.command("dask"),
        version,
        time.monotonic() - started,
        passed,
        figures,
        counts=dict(statuses),
    )


def real(settings: Settings, *, version: str) -> Trial:
    """Tables of others, with what each is asked for in common; a run that was cut off goes on."""
    if settings.folder is None:
        raise OptionError("the trial 'real' needs --folder, with at least 100 tables")
    out, started = settings.work / "real", time.monotonic()
    limits = ("--workers", str(settings.workers), "--time-budget", f"{settings.time_budget:g}")
    _finish(_batch(settings.folder, out, "--target", settings.target, *limits))
    found = entries(out)
    statuses = Counter(entry.status.value for entry in found)
    verdicts = Counter(f"verdict: {e.finding.verdict}" for e in found if e.finding)
    reasons = Counter(f"{e.status.value}: {_kind(e.reason)}" for e in found if not e.finding)
    wrong = tuple(
        f"{e.file}: {e.status.value}: {e.reason}" for e in found if not _all_answered({e.status.value: 1})
    )
    return Trial(
        "real",
        settings.command("real"),
        version,
        sum(entry.seconds for entry in found),
        bool(found) and not wrong,
        {"tables": len(found), "seconds of this run": time.monotonic() - started},
        {**dict(sorted(statuses.items())), **dict(verdicts.most_common()), **dict(reasons.most_common())},
        wrong,
    )


def _kind(reason: str) -> str:
    """A reason without what is particular to one table."""
    return re.sub(r"(?<!\w)\d+(?!\w)", "…", re.sub(r"'[^']*'", "'…'", reason))


def _all_answered(statuses: Counter[str] | dict[str, int]) -> bool:
    """Whether every table has a verdict or a reason that lies in the table."""
    return set(statuses) <= {Status.DONE.value, Status.FAILED.value}


def _start(folder: Path, out: str, *arguments: str) -> subprocess.Popen[bytes]:
    budget = ("--target", "last", "--time-budget", f"{_BUDGET:g}")
    return _batch(folder / "tables", folder / out, *budget, *arguments)


def _batch(tables: Path, out: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(MODULE, "batch", str(tables), "--out", str(out), *arguments),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )


def _finish(process: subprocess.Popen[bytes]) -> int:
    return process.wait(_PATIENCE)


def _wait_for(tables: int, out: Path, process: subprocess.Popen[bytes]) -> None:
    """Until so many tables have their results, or the command has ended."""
    deadline = time.monotonic() + _PATIENCE
    while finished(out) < tables and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)


def _kill(process: subprocess.Popen[bytes], *, whole: bool) -> str:
    """Kill the command, or the process of one of its tables; what was killed."""
    if whole:
        process.kill()
        process.wait()
        return "coordinator"
    while process.poll() is None:
        for child in _children(process.pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
                return "worker"
        time.sleep(0.05)  # it has just been started
    return "nothing"


def _children(pid: int) -> Iterator[int]:
    """The processes that a process started, where the system tells (Linux)."""
    for path in sorted(Path(f"/proc/{pid}/task").glob("*/children")):
        with suppress(OSError):
            yield from map(int, path.read_text().split())


@contextmanager
def _cluster(folder: Path) -> Iterator[tuple[str, Sequence[subprocess.Popen[bytes]]]]:
    """The address of a scheduler on this machine, and its two workers."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = str(found.getsockname()[1])
    address, local = f"tcp://127.0.0.1:{port}", ("--host", "127.0.0.1", "--no-dashboard")
    with ExitStack() as stack:

        def start(*arguments: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                command("dask", *arguments, *local),
                cwd=folder,
                env=environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        start("scheduler", "--port", port)
        yield address, [start("worker", address, "--no-nanny", "--nthreads", "1") for _ in range(2)]
