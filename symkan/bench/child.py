"""Work in processes of their own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from symkan.batch.process import complaint
from symkan.errors import ResultError
from symkan.symbolic.elsewhere import command, environment

Task = TypeVar("Task")
Result = TypeVar("Result")


def as_they_come(work: Callable[[Task], Result], tasks: Sequence[Task], *, workers: int) -> Iterator[Result]:
    """What work makes of each task, as soon as it is there; in this process where one worker is enough."""
    if min(workers, len(tasks)) < 2:
        yield from map(work, tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(work, task) for task in tasks]):
            yield future.result()


def last_line(
    module: str, *arguments: str, doing: str, folder: Path, timeout: float | None = None
) -> tuple[str, float]:
    """Run a module to its end; the last line that it printed, and the seconds that the process took.

    Raises
    ------
    ResultError
        When the process fails; the message says what it was `doing`, and its last line of complaint.
    subprocess.TimeoutExpired
        When it takes longer; it has been killed then.
    """
    started = time.perf_counter()
    done = subprocess.run(
        command(module, *arguments),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        last = complaint(done.stderr, done.returncode)
        raise ResultError(f"{doing} crashed: {last}; leave it out by --only")
    return done.stdout.strip().rpartition("\n")[2], seconds
