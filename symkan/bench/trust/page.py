"""The Markdown page of `symkan bench trust`: verdicts on noise and on laws, coverage of intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from statistics import median

from symkan.bench.page import machine, shorten, table_head, table_row, versions
from symkan.bench.trust.coverage import Coverage
from symkan.bench.trust.verdicts import Trial

KINDS = {
    "noise": "Tables whose target is drawn without a look at the columns, 10 s each; the verdict should be none.",
    "law": "Laws of the Feynman set, 1,000 rows, 1 % noise on y, 60 s each; the verdict should be law.",
}
WANTED = {"noise": "none", "law": "law"}


def totals(trials: Sequence[Trial], kind: str) -> str:
    """How many of each verdict, in one line."""
    mine = [trial for trial in trials if trial.kind == kind]
    counts = Counter(trial.trust for trial in mine)
    said = ", ".join(
        f"{name} {counts[name]}" for name in ("law", "tentative", "none", "crashed") if counts[name]
    )
    return f"{len(mine)} tables: {said}" if mine else "not run"


def within(rows: Sequence[Coverage]) -> str:
    """The span of the coverage over all constants."""
    shares = [row.profile for row in rows]
    return f"{100 * min(shares):.1f} to {100 * max(shares):.1f} %, median {100 * median(shares):.1f} %"


def page(trials: Sequence[Trial], rows: Sequence[Coverage], *, command: str) -> str:
    """The page.

    Parameters
    ----------
    trials
        Verdicts on tables.
    rows
        Coverage of the intervals of each constant.
    command
        That makes it again.
    """
    lines = [
        "# How far the answer can be trusted",
        "",
        f"- {date.today().isoformat()}, {machine()}",
        f"- `{command}`",
        f"- {versions(trial.version for trial in trials)}",
    ]
    for kind, what in KINDS.items():
        lines += ["", f"## {kind.capitalize()}", "", f"**{totals(trials, kind)}.** {what}", ""]
        lines += _others(trials, kind)
    if rows:
        lines += [
            "",
            "## Coverage of 95 % intervals",
            "",
            f"**Profile rule: {within(rows)}.** {_COVERAGE}",
            "",
        ]
        lines += table_head(
            ("law", "rows", "errors", "constant", "tables", "standard errors", "profile rule", "profiled")
        )
        lines += [_coverage(row) for row in rows]
    return "\n".join([*lines, ""])


_COVERAGE = (
    "Simulated tables of a known form: the share of intervals that hold the true constant, by standard errors alone "
    "and by the rule that symkan uses (profile likelihood where standard errors are not enough)."
)


def _others(trials: Sequence[Trial], kind: str) -> list[str]:
    """The tables with another verdict than the one wanted."""
    other = [t for t in trials if t.kind == kind and t.trust != WANTED[kind]]
    if not other:
        return []
    return [
        *table_head(("table", "seed", "verdict", "answer", "reasons", "seconds")),
        *(
            table_row(
                (
                    t.name,
                    str(t.seed),
                    t.trust,
                    f"`{shorten(t.answer, 80)}`",
                    "; ".join(t.reasons),
                    f"{t.seconds:.1f}",
                )
            )
            for t in other
        ),
    ]


def _coverage(row: Coverage) -> str:
    shares = (f"{100 * share:.1f} %" for share in (row.wald, row.profile, row.profiled))
    return table_row((row.form, str(row.rows), row.errors, f"{row.truth:.3g}", str(row.tables), *shares))
