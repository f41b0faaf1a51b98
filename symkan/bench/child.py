"""Modules of this package run in processes of their own."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from symkan.batch.process import complaint
from symkan.errors import ResultError
from symkan.symbolic.elsewhere import command, environment


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
