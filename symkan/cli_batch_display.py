"""What the terminal shows of a batch: a live board, or plain lines where it is none, and the totals."""

from __future__ import annotations

import logging
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from symkan.cli_display import show_files
from symkan.text import printable

if TYPE_CHECKING:
    from symkan.batch.coordinator import Totals, Watcher
    from symkan.batch.records import Entry

_STYLES = {"law": "bold green", "tentative": "bold yellow", "none": "bold red"}
_LAST = 8  # lines of what came last
_MOST_WORKERS = 12


class Board:
    """How a batch stands, as lines that fit the terminal."""

    def __init__(self, tables: int):
        self._tables = tables
        self._started = time.monotonic()
        self._old, self._fresh, self._failed = 0, 0, 0
        self._last: deque[Entry] = deque(maxlen=_LAST)
        self._doing: list[tuple[str, float, str]] = []

    def finished(self, entry: Entry, *, fresh: bool) -> None:
        """Count a table, and show it when it is new."""
        self._failed += entry.finding is None
        if fresh:
            self._fresh += 1
            self._last.append(entry)
        else:
            self._old += 1

    def tick(self, work: Path) -> None:
        """Look up what is being done."""
        from symkan.batch.child import STAGE

        doing = []
        for folder in sorted(work.glob("*/*")):
            with suppress(OSError):  # it may be put in place at this moment
                started, text = folder.stat().st_ctime, folder / STAGE
                said = text.read_text("utf-8", "replace") if text.exists() else "starting"
                doing.append((folder.parent.name, started, said))
        self._doing = doing

    def __rich__(self) -> RenderableType:
        return Group(self._bar(), Text(), *self._workers(), Text(), *self._results())

    def _bar(self) -> RenderableType:
        done = self._old + self._fresh
        grid = Table.grid(padding=(0, 2))
        failed = Text(f"{self._failed} failed", style="bold red") if self._failed else Text("")
        grid.add_row(
            ProgressBar(total=max(self._tables, 1), completed=done, width=40),
            Text(f"{done} of {self._tables} tables", style="bold"),
            Text(self._left(), style="dim"),
            failed,
        )
        return grid

    def _left(self) -> str:
        """Time left, by the time that the tables of this run took."""
        if not self._fresh:
            return ""
        seconds = (time.monotonic() - self._started) / self._fresh * (self._tables - self._old - self._fresh)
        return f"{duration(seconds)} left"

    def _workers(self) -> Iterator[RenderableType]:
        grid = _grid(ratio=2)
        for name, started, said in self._doing[:_MOST_WORKERS]:
            seconds = max(time.time() - started, 0)
            grid.add_row(
                Text(printable(name), style="cyan"), f"{seconds:.0f} s", Text(printable(said), style="dim")
            )
        yield grid
        if len(self._doing) > _MOST_WORKERS:
            yield Text(f"and {len(self._doing) - _MOST_WORKERS} more", style="dim")

    def _results(self) -> Iterator[RenderableType]:
        grid = _grid(ratio=2)
        for entry in self._last:
            if entry.finding is None:
                what, style, text = entry.status.value, "bold red", entry.reason
            else:
                what, style, text = (
                    entry.finding.verdict,
                    _STYLES.get(entry.finding.verdict, ""),
                    entry.finding.law,
                )
            grid.add_row(Text(printable(entry.file)), Text(what, style=style), Text(printable(text)))
        yield grid


class Silent:
    """Shows nothing: plain lines come from the log."""

    def finished(self, entry: Entry, *, fresh: bool) -> None:
        """Nothing to show."""

    def tick(self, work: Path) -> None:
        """Nothing to show."""


@contextmanager
def show_progress(tables: int) -> Iterator[Watcher]:
    """A live board on stderr; plain lines where that is no terminal."""
    console = Console(stderr=True, highlight=False)
    if console.is_terminal and sys.stderr.isatty():
        board = Board(tables)
        with Live(get_renderable=lambda: board, console=console, transient=True, refresh_per_second=4):
            yield board
        return
    logger, handler = logging.getLogger("symkan.batch"), logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)
    try:
        yield Silent()
    finally:
        logger.removeHandler(handler)


def show_totals(totals: Totals, paths: Sequence[Path]) -> None:
    """How the tables ended, and what was written, on stdout."""
    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    for status, count in sorted(totals.ended.items()):
        style = "bold green" if status.value == "done" else "bold red"
        table.add_row(Text(status.value, style=style), str(count))
    if missing := totals.tables - totals.ended.total():
        table.add_row(Text("not begun", style="bold yellow"), str(missing))
    table.add_row("tables", str(totals.tables))
    console.print(table)
    show_files(paths)


def duration(seconds: float) -> str:
    """Seconds in words that suit their size.

    Examples
    --------
    >>> duration(42.3), duration(150), duration(7300)
    ('42 s', '2.5 min', '2.0 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _grid(*, ratio: int) -> Table:
    grid = Table.grid(padding=(0, 2), expand=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=32)
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=ratio)
    return grid
