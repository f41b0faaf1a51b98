"""A run of many laws: a process for each, several at a time, killed when it hangs, and a record that can be resumed."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import IO

from symkan.batch.process import Process, complaint
from symkan.bench.catalogue import Law
from symkan.bench.recovery import Row, Settings, law_of, recover
from symkan.errors import ResultError
from symkan.serialization import from_line, to_line

GRACE = 30.0  # seconds beyond twice the time budget after which a process is killed
_POLL = 0.05  # seconds


def run(laws: Sequence[Law], settings: Settings, *, workers: int, threads: int = 1) -> Iterator[Row]:
    """The rows of the laws, each as soon as it is there; a law that crashes or hangs has a row, too.

    Processes that still run are killed when the iteration is left.
    """
    waiting, running = list(laws), list[_Process]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_Process.start(waiting.pop(0), settings, threads))
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
    process: Process
    output: IO[bytes]
    errors: IO[bytes]

    @classmethod
    def start(cls, law: Law, settings: Settings, threads: int) -> _Process:
        output, errors = (tempfile.TemporaryFile() for _ in range(2))  # noqa: SIM115 - `close` closes them
        process = Process.start(
            "symkan.bench.processes",
            law.name,
            to_line(settings).decode(),
            output=output,
            errors=errors,
            threads=threads,
        )
        return cls(law, settings, process, output, errors)

    @property
    def over(self) -> bool:
        late = self.process.seconds > 2 * self.settings.time_budget + GRACE
        return self.process.code is not None or late

    def row(self) -> Row:
        """What the process said; without an answer, how it ended."""
        code = self.process.code
        if code is None:
            return self._failed("killed", f"no answer after {self.process.seconds:.0f} s")
        self.output.seek(0)
        self.errors.seek(0)
        try:
            return from_line(Row, self.output.read())
        except ResultError:
            said = self.errors.read().decode("utf-8", "replace")
            return self._failed("crashed", complaint(said, code))

    def _failed(self, outcome: str, reason: str) -> Row:
        seconds = self.process.seconds
        return Row.failed(self.law, self.settings, seconds=seconds, outcome=outcome, reason=reason)

    def close(self) -> None:
        """End the process and those it started, if it has not ended, and close its files."""
        self.process.close()
        self.output.close()
        self.errors.close()


def _serve(name: str, settings: str) -> None:
    """What the process does: a law's name and the settings in, its row out."""
    asked = from_line(Settings, settings)
    sys.stdout.buffer.write(to_line(recover(law_of(asked, name), asked)))


if __name__ == "__main__":
    _serve(*sys.argv[1:])
