"""A batch from the first table to the last: hands out tasks, a few ahead, and tells what comes back."""

from __future__ import annotations

import logging
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from symkan.batch.config import Config
from symkan.batch.engines import Workers
from symkan.batch.lock import Lock
from symkan.batch.options import BatchOptions
from symkan.batch.records import Entry, Job, Status, Task
from symkan.batch.runner import publish, run_table
from symkan.batch.tables import WORK, Table, key_of, read_entry
from symkan.text import printable

_TICK = 0.25  # seconds between two looks at the work
_log = logging.getLogger("symkan.batch")


class Watcher(Protocol):
    """Sees how a batch goes on."""

    def finished(self, entry: Entry, *, fresh: bool) -> None:
        """A table is done; not fresh when it was already."""

    def tick(self, work: Path) -> None:
        """Time has passed; the folder `work` holds what is being worked on."""


@dataclass(frozen=True)
class Batch:
    """What a batch is asked for.

    Attributes
    ----------
    tables, out
        The tables, and the folder of results.
    config, base
        What is asked of each table.
    limits
        Of time, memory and attempts.
    retry_failed
        Whether tables that failed are tried again.
    limit
        Most tables to work on now; None for all.
    version
        That of symkan.
    metadata
        Numbers that are known of each file, for the atlas.
    """

    tables: tuple[Table, ...]
    out: Path
    config: Config
    base: Job
    limits: BatchOptions
    retry_failed: bool = False
    limit: int | None = None
    version: str = ""
    metadata: dict[str, dict[str, float]] | None = None


@dataclass
class Stop:
    """Set when no further table is to be begun."""

    asked: bool = False


@dataclass
class Totals:
    """How many tables ended how."""

    tables: int
    ended: Counter[Status] = field(default_factory=Counter)

    @property
    def all_done(self) -> bool:
        """Whether every table has its result."""
        return self.ended[Status.DONE] == self.tables


def run(
    batch: Batch,
    workers: Workers,
    *,
    lock: Lock,
    watcher: Watcher,
    stop: Stop,
    work: Callable[[Task], Entry] = run_table,
) -> Totals:
    """Work on all tables that are not finished.

    Parameters
    ----------
    batch
        What to do.
    workers
        From `connect`.
    lock
        That of the folder of results.
    watcher
        Is told of each table.
    stop
        May be set from elsewhere.
    work
        What a worker does; tests have another.
    """
    totals = Totals(len(batch.tables))

    def ended(entry: Entry, *, fresh: bool = True) -> None:
        totals.ended[entry.status] += 1
        if fresh:
            _log.info("%d/%d %s", totals.ended.total(), totals.tables, line(entry))
        watcher.finished(entry, fresh=fresh)

    with _work_folder(batch.out) as unfinished:
        waiting = _open_tasks(batch, unfinished, ended)
        running: dict[Future[Entry], Task] = {}
        more = True
        while more or running:
            while more and not stop.asked and len(running) < max(2 * workers.count(), 1):
                task = next(waiting, None)
                if task is None:
                    more = False
                else:
                    running[workers.executor.submit(work, task)] = task
            if stop.asked:
                more = False
                _cancel(running, unfinished)
            done, _ = wait(running, timeout=_TICK, return_when=FIRST_COMPLETED)
            for future in done:
                ended(_result(future, running.pop(future)))
            lock.refresh()
            watcher.tick(unfinished)
    return totals


def line(entry: Entry) -> str:
    """A table's record in one line."""
    if entry.finding is None:
        text = f"{entry.status.value}: {entry.reason}"
    else:
        text = f"{entry.finding.verdict}: {entry.finding.law}"
    return printable(f"{entry.file}: {text} ({entry.seconds:.1f} s)")


@contextmanager
def _work_folder(out: Path) -> Iterator[Path]:
    """A new folder for what is not finished; what was there, from batches that were killed, goes."""
    shutil.rmtree(out / WORK, ignore_errors=True)
    work = out / WORK / uuid.uuid4().hex[:8]
    work.mkdir(parents=True)
    try:
        yield work
    finally:
        gone = work.with_suffix(".over")
        work.rename(gone)  # at once: whatever still works there sees it and ends
        shutil.rmtree(gone, ignore_errors=True)
        shutil.rmtree(out / WORK, ignore_errors=True)


class _Ended(Protocol):
    def __call__(self, entry: Entry, *, fresh: bool = ...) -> None: ...


def _open_tasks(batch: Batch, work: Path, ended: _Ended) -> Iterator[Task]:
    """The tasks of tables that are not finished, one at a time; the others are told at once."""
    begun = 0
    for table in batch.tables:
        task = _task(batch, table, work)
        old = read_entry(batch.out, table)
        if old and old.key == task.key and not _again(old.status, batch.retry_failed):
            ended(old, fresh=False)
        elif begun != batch.limit:
            begun += 1
            yield task


def _task(batch: Batch, table: Table, work: Path) -> Task:
    job = batch.config.job(table.file, batch.base)
    return Task(
        path=str(table.path.absolute()),
        file=table.file,
        out=str(batch.out.absolute()),
        work=str(work.absolute()),
        name=table.name,
        key=key_of(table.path, job, version=batch.version),
        job=job,
        limits=batch.limits,
    )


def _again(status: Status, retry_failed: bool) -> bool:
    return status is Status.KILLED or (retry_failed and status is not Status.DONE)


def _cancel(running: dict[Future[Entry], Task], work: Path) -> None:
    """Take back what has not begun; a cluster's executor would take back the rest as well."""
    for future, task in list(running.items()):
        if not (work / task.name).exists() and future.cancel():
            del running[future]


def _result(future: Future[Entry], task: Task) -> Entry:
    """What a worker gives back; when it is lost with the table, the record of that."""
    try:
        return future.result()
    except (Exception, CancelledError) as error:
        reason = f"its worker was lost ({type(error).__name__}: {error}); it will be tried again"
        entry = Entry.failed(task, Status.KILLED, reason=reason, seconds=0.0)
        with suppress(OSError):
            publish(entry, task)
        return entry
