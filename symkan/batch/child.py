"""What the process of a table does: from the file to a folder with the result, its report and its record."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from symkan.batch.records import RECORD, Entry, Status, Task
from symkan.errors import SymkanError
from symkan.serialization import from_line, to_line

if TYPE_CHECKING:
    from symkan.batch.records import Job
    from symkan.data.dataset import Dataset
    from symkan.result import Discovery
    from symkan.search.records import Progress

T = TypeVar("T")

STAGE = ".stage"
"""File that says what the process is doing, for whoever watches."""


def main(folder: Path) -> None:
    """Read a task from standard input, work on it, and write its record as the last file of its folder."""
    started = time.monotonic()
    task = from_line(Task, sys.stdin.buffer.readline())
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _limit_memory(task.limits.memory)
    try:
        entry = work(task, folder, started=started)
    except MemoryError:
        reason, seconds = task.limits.too_much_memory, time.monotonic() - started
        entry = Entry.failed(task, Status.MEMORY, reason=reason, seconds=seconds)
    except SymkanError as error:
        entry = Entry.failed(
            task,
            Status.FAILED,
            reason=str(error).removeprefix(f"{task.path}: "),
            seconds=time.monotonic() - started,
        )
    except Exception as error:  # the last place where it can be said what happened
        traceback.print_exc()
        reason = f"{type(error).__name__}: {error}; log.txt says where"
        entry = Entry.failed(task, Status.CRASHED, reason=reason, seconds=time.monotonic() - started)
    (folder / STAGE).unlink(missing_ok=True)
    (folder / RECORD).write_bytes(to_line(entry))


def work(task: Task, folder: Path, *, started: float) -> Entry:
    """Find the law of a table and write the files of its folder.

    Raises
    ------
    SymkanError
        When the table cannot be used.
    """
    from symkan.batch.findings import finding
    from symkan.discovery import discover
    from symkan.examination import examine

    tell = _teller(folder / STAGE)
    tell("reading")
    dataset = read(task.path, task.job)
    found = discover(dataset, task.job.options, watch=lambda progress: tell(_stage(progress, dataset)))
    found.save(folder / "result.json")
    tell("examining")
    found, trouble = _tried(lambda: examine(found, dataset), found, what="the examination")
    found.save(folder / "result.json")
    tell("writing the report")
    _, no_report = _tried(lambda: _report(found, folder), None, what="the report")
    told = finding(
        found,
        dataset,
        points=task.limits.points,
        report=(folder / "report.html").exists(),
        warnings=(*trouble, *no_report),
    )
    seconds = round(time.monotonic() - started, 2)
    return Entry(task.file, task.name, task.key, Status.DONE, "", seconds, told)


def read(path: str, job: Job) -> Dataset:
    """The table of a job, whose target may be the first or the last column that has a header.

    Raises
    ------
    TableError
        When it cannot be read, or the target is none of its columns.
    """
    from symkan.data.files import read_cells
    from symkan.data.headers import label_columns
    from symkan.data.tables import read_table

    target = job.target
    if target in ("first", "last"):
        headers = read_cells(path)[0].headers
        labels = label_columns(headers, source=path)
        if target not in {label.name for label in labels}:
            named = [label for label, header in zip(labels, headers, strict=True) if header.strip()] or labels
            target = named[0 if target == "first" else -1].header
    return read_table(path, target=target, features=job.features, units=job.units)


def _report(found: Discovery, folder: Path) -> None:
    from symkan.report.document import write_report

    write_report(found, folder)


def _tried(step: Callable[[], T], otherwise: T, *, what: str) -> tuple[T, tuple[str, ...]]:
    """What a step gives; a law that was found is not lost because what comes after it fails."""
    try:
        return step(), ()
    except MemoryError:
        raise
    except Exception as error:
        traceback.print_exc()
        return otherwise, (f"{what} failed: {type(error).__name__}: {error}",)


def _stage(progress: Progress, dataset: Dataset) -> str:
    from symkan.report.notation import write

    doing = f"{progress.stage} {progress.network}".strip()
    return doing if progress.formula is None else f"{doing}: {write(progress.formula, dataset.features)}"


def _teller(path: Path, *, every: float = 0.3) -> Callable[[str], None]:
    """Writes into a file what is being done, not too often."""
    last = 0.0

    def tell(text: str) -> None:
        nonlocal last
        if time.monotonic() - last > every:
            last = time.monotonic()
            path.write_bytes(text.encode("utf-8", "backslashreplace"))

    return tell


def _die_with_parent() -> None:
    """Wait for the end of standard input, which the parent never closes, then end this process and its own."""
    while os.read(0, 1):  # sys.stdin would be locked when the interpreter ends
        pass
    with suppress(AttributeError, OSError):
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _limit_memory(gib: float) -> None:
    """Allocations beyond so much fail, where the system can see to that."""
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        # not RLIMIT_AS: libraries reserve far more addresses than they use memory
        resource.setrlimit(resource.RLIMIT_DATA, (int(gib * 2**30), resource.RLIM_INFINITY))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
