"""A module of this package in a process of its own, which can be watched, and killed with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from symkan.symbolic.elsewhere import command, environment

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def complaint(errors: str, code: int) -> str:
    """The last line of what a process wrote to its errors, or how it ended.

    Examples
    --------
    >>> complaint("", -11), complaint("Traceback\\nValueError: no", 1)
    ('killed by SIGSEGV', 'ValueError: no')
    """
    if last := errors.strip().rpartition("\n")[2]:
        return last
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"


@dataclass(frozen=True, eq=False)
class Process:
    """A process, usually with one thread for linear algebra, so that several do not fight for the cores."""

    popen: subprocess.Popen[bytes]
    started: float

    @classmethod
    def start(
        cls,
        module: str,
        *arguments: str,
        output: IO[bytes],
        errors: IO[bytes],
        watched: bool = False,
        threads: int = 1,
    ) -> Process:
        """Start a module.

        Parameters
        ----------
        module, arguments
            As in ``python -m module arguments``.
        output, errors
            Files, because pipes could fill up.
        watched
            Whether its standard input is a pipe, by whose end it sees that this process has ended.
        threads
            That libraries for linear algebra may use.
        """
        popen = subprocess.Popen(
            command(module, *arguments),
            stdin=subprocess.PIPE if watched else subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env={**environment(), **dict.fromkeys(_THREADS, str(threads))},
            start_new_session=True,  # so that its own processes are killed with it, and Ctrl-C does not reach it
        )
        return cls(popen, time.monotonic())

    @property
    def seconds(self) -> float:
        """Since the start."""
        return round(time.monotonic() - self.started, 2)

    @property
    def code(self) -> int | None:
        """Exit code, minus the number of the signal that killed it; None while it runs."""
        return self.popen.poll()

    def tell(self, text: bytes) -> None:
        """Write to its standard input, which stays open; nothing when it has died already."""
        assert self.popen.stdin is not None
        with suppress(BrokenPipeError):
            self.popen.stdin.write(text)
            self.popen.stdin.flush()

    def wait(self, seconds: float) -> None:
        """Wait for its end, so long at most."""
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(seconds)

    def close(self) -> None:
        """End the process and those it started, if they have not ended."""
        if self.code is None:
            if hasattr(os, "killpg"):
                with suppress(ProcessLookupError):
                    os.killpg(self.popen.pid, signal.SIGKILL)
            else:
                self.popen.kill()
            self.popen.wait()
        if self.popen.stdin:
            with suppress(OSError):
                self.popen.stdin.close()
