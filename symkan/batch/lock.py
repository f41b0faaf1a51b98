"""One batch at a time in a folder of results: a lock that names its owner and shows that it lives."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from symkan.errors import ResultError
from symkan.serialization import from_line, to_line

LOCK = ".lock"
_EVERY = 10.0  # seconds between two signs of life


@dataclass(frozen=True)
class Owner:
    """Who holds a lock, and since when, in seconds since 1970."""

    host: str
    pid: int
    since: float


@dataclass
class Lock:
    """A lock that is held; `refresh` shows that its owner lives."""

    path: Path
    owner: Owner
    _last: float = 0.0

    def refresh(self) -> None:
        """Leave a sign of life, if the last one is some time ago."""
        if time.monotonic() - self._last > _EVERY:
            self._last = time.monotonic()
            os.utime(self.path)


@contextmanager
def locked(folder: Path, *, stale: float) -> Iterator[Lock]:
    """Hold the lock of a folder.

    The system holds it for this process, and lets go of it whenever and however the process ends. Machines that share
    a folder, but not their locks, go by the last sign of life.

    Parameters
    ----------
    folder
        The folder of results.
    stale
        Seconds without a sign of life after which the owner on another machine counts as dead.

    Raises
    ------
    ResultError
        When a living batch holds it, or the folder cannot be written to.
    """
    path = folder / LOCK
    try:
        file = path.open("a+b")
    except OSError as error:
        raise ResultError(f"{path} cannot be written: {error.strerror}; give another --out") from error
    with file:
        file.seek(0)
        owner = _owner(file.read())
        age = time.time() - path.stat().st_mtime
        if not _take(file) or (owner and owner.host != socket.gethostname() and age < stale):
            raise ResultError(_refusal(folder, owner, age))
        lock = Lock(path, Owner(socket.gethostname(), os.getpid(), time.time()))
        _write(file, to_line(lock.owner))
        try:
            yield lock
        finally:
            _write(
                file, b""
            )  # the file stays: who waits for another one of that name would hold a second lock


def _owner(text: bytes) -> Owner | None:
    with suppress(ResultError):
        return from_line(Owner, text)
    return None


def _take(file: IO[bytes]) -> bool:
    """Whether this process holds the file's lock now."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: the signs of life must do
        return True
    return True


def _write(file: IO[bytes], text: bytes) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


def _refusal(folder: Path, owner: Owner | None, age: float) -> str:
    if owner is None:
        return f"another batch works in {folder}; wait for it or give another --out"
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(owner.since))
    return (
        f"another batch works in {folder}: process {owner.pid} on {owner.host} since {since}, last sign of life "
        f"{max(age, 0):.0f} s ago; wait for it or give another --out"
    )
