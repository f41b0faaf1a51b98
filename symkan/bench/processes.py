"""A run of many laws: a process for each, several at a time, killed when it hangs, and a record that can be resumed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import IO

from symkan.bench.catalogue import Law
from symkan.bench.child import complaint
from symkan.bench.journal import decode, encode
from symkan.bench.recovery import Row, Settings, law_of, recover
from symkan.errors import ResultError
from symkan.symbolic.elsewhere import command, environment

GRACE = 30.0  # seconds beyond twice the time budget after which a process is killed
_POLL = 0.05  # seconds
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


def run(laws: Sequence[Law], settings: Settings, *, workers: int) -> Iterator[Row]:
    """The rows of the laws, each as soon as it is there; a law that crashes or hangs has a row, too.

    Processes that still run are killed when the iteration is left.
    """
    waiting, running = list(laws), list[_Process]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_Process.start(waiting.pop(0), settings))
            for process in [p for p in running if p.over]:
                running.remove(process)
                with closing(process):
                    row = process.row()
                yield row
            time.sleep(_POLL)
    finally:
        for process in running:
            process.close()


@dataclass(frozen=True, eq=False)
class _Process:
    """A law that is being sought in a process of its own."""

    law: Law
    settings: Settings
    started: float
    popen: subprocess.Popen[bytes]
    output: IO[bytes]
    errors: IO[bytes]

    @classmethod
    def start(cls, law: Law, settings: Settings) -> _Process:
        # files, because pipes could fill up; `row` closes them
        output, errors = (tempfile.TemporaryFile() for _ in range(2))  # noqa: SIM115
        popen = subprocess.Popen(
            command("symkan.bench.processes", law.name, encode(settings).decode()),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env={**environment(), **_ONE_THREAD},
            start_new_session=True,  # so that its own processes are killed with it
        )
        return cls(law, settings, time.monotonic(), popen, output, errors)

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self.started, 2)

    @property
    def late(self) -> bool:
        return self.seconds > 2 * self.settings.time_budget + GRACE

    @property
    def over(self) -> bool:
        return self.popen.poll() is not None or self.late

    def row(self) -> Row:
        """What the process said; without an answer, how it ended."""
        if self.popen.poll() is None:
            return self._failed("killed", f"no answer after {self.seconds:.0f} s")
        self.output.seek(0)
        self.errors.seek(0)
        try:
            return decode(Row, self.output.read())
        except ResultError:
            said = self.errors.read().decode("utf-8", "replace")
            return self._failed("crashed", complaint(said, self.popen.returncode))

    def _failed(self, outcome: str, reason: str) -> Row:
        return Row.failed(self.law, self.settings, seconds=self.seconds, outcome=outcome, reason=reason)

    def close(self) -> None:
        """End the process and those it started, if it has not ended, and close its files."""
        if self.popen.poll() is None:
            if hasattr(os, "killpg"):
                with suppress(ProcessLookupError):
                    os.killpg(self.popen.pid, signal.SIGKILL)
            else:
                self.popen.kill()
            self.popen.wait()
        self.output.close()
        self.errors.close()


def _serve(name: str, settings: str) -> None:
    """What the process does: a law's name and the settings in, its row out."""
    asked = decode(Settings, settings)
    sys.stdout.buffer.write(encode(recover(law_of(asked, name), asked)))


if __name__ == "__main__":
    _serve(*sys.argv[1:])
