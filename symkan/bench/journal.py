"""The record of a run: a JSON line for each result, in a file that grows as they come, so that a run can be resumed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from symkan.errors import ResultError
from symkan.serialization import from_line, to_line

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Journal(Generic[Entry]):
    """The results of one kind in a file."""

    path: Path
    kind: type[Entry]

    def read(self) -> list[Entry]:
        """All results, the oldest first; none when there is no file.

        Raises
        ------
        ResultError
            When the file cannot be read or holds something else.
        """
        if not self.path.exists():
            return []
        try:
            lines = self.path.read_bytes().splitlines()
        except OSError as error:
            raise ResultError(f"{self.path} cannot be read: {error.strerror}; give another --out") from error
        return [self._decode(line, number) for number, line in enumerate(lines, 1)]

    def append(self, entry: Entry) -> None:
        """Write a result at the end of the file.

        Raises
        ------
        ResultError
            When the file cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(to_line(entry) + b"\n")
        except OSError as error:
            raise ResultError(
                f"{self.path} cannot be written: {error.strerror}; give another --out"
            ) from error

    def _decode(self, line: bytes, number: int) -> Entry:
        try:
            return from_line(self.kind, line)
        except ResultError as error:
            raise ResultError(
                f"{self.path}, line {number}, is no result of this benchmark ({error}); "
                "delete the line or give another --out"
            ) from error
