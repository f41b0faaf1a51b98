"""One table from its task to its folder: a process with limits, and the folder put in place at once.

The folder of unfinished work is the lease of a batch: who takes it away ends all that works in it, on any machine.
"""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from symkan.batch.process import Process, complaint
from symkan.batch.records import RECORD, Entry, Status, Task
from symkan.errors import ResultError
from symkan.serialization import from_line, to_line

_POLL = 0.2  # seconds
_MEMORY = ("MemoryError", "can't allocate memory", "bad_alloc", "Cannot allocate memory")
_FROM_OUTSIDE = (-9, -15)  # SIGKILL, SIGTERM
CHILD = "symkan.batch.child"
LOG = "log.txt"


def run_table(task: Task) -> Entry:
    """Work on a table in a process of its own, and put its folder in place.

    Returns
    -------
    Entry
        Also when the process crashes, hangs, is killed or needs too much memory.
    """
    try:
        for attempt in range(1, task.limits.attempts + 1):
            folder = _new_folder(task)
            entry = _attempt(task, folder)
            if entry.status is not Status.KILLED or attempt == task.limits.attempts:
                return _put_in_place(entry, task, folder)
            shutil.rmtree(folder, ignore_errors=True)
    except FileNotFoundError:
        pass
    return _over(task)


def publish(entry: Entry, task: Task) -> Entry:
    """Put a folder with nothing but a record in place."""
    try:
        return _put_in_place(entry, task, _new_folder(task))
    except FileNotFoundError:
        return _over(task)


def _new_folder(task: Task) -> Path:
    """A folder for an attempt, with a name of its own: a cluster may run a table twice.

    Raises
    ------
    FileNotFoundError
        When the batch is over.
    """
    parent = Path(task.work) / task.name
    parent.mkdir(exist_ok=True)  # not its parents
    folder = parent / uuid.uuid4().hex[:8]
    folder.mkdir()
    return folder


def _put_in_place(entry: Entry, task: Task, folder: Path) -> Entry:
    """The old folder goes out of the way; a crash between leaves none, and the table is worked on again."""
    final = Path(task.out) / task.name
    (folder / RECORD).write_bytes(to_line(entry))
    _to_disk(folder)
    old = folder.with_suffix(".old")
    while True:
        with suppress(FileNotFoundError):
            final.rename(old)
        try:
            folder.rename(final)
            break
        except OSError as error:  # another worker was faster
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            old = old.with_name(f"{old.name}_")
    shutil.rmtree(folder.parent, ignore_errors=True)
    return entry


def _attempt(task: Task, folder: Path) -> Entry:
    with (folder / LOG).open("wb") as log:
        process = Process.start(CHILD, str(folder), output=log, errors=log, watched=True)
        with closing(process):
            process.tell(to_line(task) + b"\n")
            limit = 2 * task.job.options.time_budget + task.limits.grace
            while process.code is None and process.seconds < limit and folder.exists():
                process.wait(_POLL)
            code, seconds = process.code, process.seconds
    return _Ended(task, folder, code, seconds).entry()


@dataclass(frozen=True)
class _Ended:
    """A process that has ended, or was ended here: then its code is None."""

    task: Task
    folder: Path
    code: int | None
    seconds: float

    def entry(self) -> Entry:
        """The record that it wrote; without one, how it ended."""
        said = (self.folder / LOG).read_text("utf-8", "replace")
        if self.code == 0:
            with suppress(OSError, ResultError):
                entry = from_line(Entry, (self.folder / RECORD).read_bytes())
                if not said:
                    (self.folder / LOG).unlink()
                return entry
        if self.code is None:
            return self._failed(Status.TIME, f"no answer after {self.seconds:.0f} s; it was ended")
        if any(text in said for text in _MEMORY):
            return self._failed(Status.MEMORY, self.task.limits.too_much_memory)
        if self.code in _FROM_OUTSIDE:
            reason = f"{complaint('', self.code)}, perhaps because memory ran out; it will be tried again"
            return self._failed(Status.KILLED, reason)
        return self._failed(Status.CRASHED, complaint(said, self.code))

    def _failed(self, status: Status, reason: str) -> Entry:
        """What is half done goes, but for the log."""
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != LOG:
                path.unlink(missing_ok=True)
        return Entry.failed(self.task, status, reason=reason, seconds=self.seconds)


def _over(task: Task) -> Entry:
    return Entry.failed(task, Status.KILLED, reason="the batch was stopped", seconds=0.0)


def _to_disk(folder: Path) -> None:
    """All files to the disk before the folder gets its name, for when the power fails."""
    for path in folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
