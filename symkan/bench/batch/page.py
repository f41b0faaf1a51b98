"""The Markdown page of `symkan bench batch`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from symkan.bench.batch.trials import TRIALS, Trial
from symkan.bench.page import machine, table_head, table_row, versions


def page(trials: Mapping[str, Trial]) -> str:
    """The page of the last trial of each name."""
    lines = [
        "# A folder of tables",
        "",
        f"- {date.today().isoformat()}, {machine()}",
        f"- {versions(trial.version for trial in trials.values())}",
    ]
    for name, what in TRIALS.items():
        if name in trials:
            lines += ["", f"## {name.capitalize()}", "", *_section(trials[name], what)]
    return "\n".join([*lines, ""])


def summary(trial: Trial) -> str:
    """A trial in one line.

    Examples
    --------
    >>> summary(Trial("throughput", "", "1", 30.0, True, {"tables": 24, "ratio": 1.82}))
    'passed: tables 24, ratio 1.82'
    """
    verdict = "passed" if trial.passed else "failed"
    return f"{verdict}: {', '.join(f'{name} {_number(value)}' for name, value in trial.figures.items())}"


def _section(trial: Trial, what: str) -> Iterator[str]:
    yield from (f"**{summary(trial).capitalize()}.** {what}", "", f"`{trial.command}`")
    if trial.counts:
        yield from ("", *table_head(("what", "tables")))
        yield from (table_row((_escape(name), str(count))) for name, count in trial.counts.items())
    if trial.notes:
        yield from ("", *(f"- {_escape(note)}" for note in trial.notes))


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
