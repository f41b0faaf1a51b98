"""The same laws sought with one thread and with more: whether the answers are the same, text for text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from symkan.bench.catalogue import Law
from symkan.bench.page import machine, shorten, table_head, table_row, versions
from symkan.bench.processes import run
from symkan.bench.recovery import Row, Settings

_FINISHED = "finished"
_LONGEST = 80  # characters of an answer on the page


@dataclass(frozen=True)
class Attempt:
    """A law sought in a process in which OMP_NUM_THREADS and its like are `threads`."""

    threads: int
    row: Row


@dataclass(frozen=True)
class Comparison:
    """A law with one thread, and with more."""

    one: Row
    more: Row

    @property
    def verdict(self) -> str:
        """Whether the answers are "the same", "cut off" (other answers, of a search that time ended), or "other"."""
        if self.one.answer == self.more.answer and self.one.answer:
            return "the same"
        whole = self.one.stopped == self.more.stopped == _FINISHED
        return "other" if whole else "cut off"


def attempts(
    laws: Sequence[Law], settings: Settings, *, threads: int, workers: int, done: Sequence[Attempt]
) -> Iterator[Attempt]:
    """What is missing in what is done, with one thread and with so many."""
    for count in (1, threads):
        there = {attempt.row.law for attempt in done if attempt.threads == count}
        rows = run([law for law in laws if law.name not in there], settings, workers=workers, threads=count)
        yield from (Attempt(count, row) for row in rows)


def compare(done: Sequence[Attempt], laws: Sequence[Law], *, threads: int) -> list[Comparison]:
    """The laws that were sought with both, in their order."""
    rows = {(attempt.threads, attempt.row.law): attempt.row for attempt in done}
    both = [law.name for law in laws if {(1, law.name), (threads, law.name)} <= rows.keys()]
    return [Comparison(rows[1, name], rows[threads, name]) for name in both]


def totals(comparisons: Sequence[Comparison], *, threads: int) -> str:
    """In one line."""
    verdicts = [comparison.verdict for comparison in comparisons]
    return (
        f"{verdicts.count('the same')} of {len(verdicts)} answers are the same text with 1 and {threads} threads; "
        f"{verdicts.count('cut off')} differ where time ended a search, {verdicts.count('other')} elsewhere"
    )


def page(comparisons: Sequence[Comparison], settings: Settings, *, threads: int, command: str) -> str:
    """The page as Markdown; only answers that differ have a row."""
    facts = (
        f"- {date.today().isoformat()}, {machine()}",
        f"- `{command}`",
        f"- {versions(row.version for c in comparisons for row in (c.one, c.more))}",
        f"- {settings.rows} rows, no noise, time budget {settings.time_budget:g} s, seed {settings.seed}",
        f"- **{totals(comparisons, threads=threads)}**",
    )
    differ = [c for c in comparisons if c.verdict != "the same"]
    head = table_head(("law", "1 thread", f"{threads} threads", "ended by")) if differ else ()
    heading = f"# {settings.catalogue}: answers with 1 and {threads} threads"
    return "\n".join((heading, "", *facts, "", *head, *map(_line, differ), *[""] * bool(differ)))


def _line(comparison: Comparison) -> str:
    one, more = comparison.one, comparison.more
    answers = (f"`{shorten(row.answer, _LONGEST) or row.outcome}`" for row in (one, more))
    return table_row((one.law, *answers, f"{one.stopped}, {more.stopped}".replace("|", "\\|")))
