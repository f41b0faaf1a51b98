"""The Markdown page of a run: what was asked, on which machine, the totals, and a row for each law."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median

from symkan.bench.recovery import Row, Settings

_LIBRARIES = ("torch", "sympy", "numpy", "scipy")
_LONGEST = 160  # characters of an answer on the page


@dataclass(frozen=True)
class Totals:
    """The sums of a run; `seconds` is the median over all laws, nan when there are none."""

    laws: int
    recovered: int
    clean: int
    srbench: int
    seconds: float
    seconds_of_recovered: float

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Totals:
        """Those of the rows."""
        found = [row.seconds for row in rows if row.recovered]
        return cls(
            laws=len(rows),
            recovered=len(found),
            clean=sum(row.clean for row in rows),
            srbench=sum(row.srbench for row in rows),
            seconds=median([row.seconds for row in rows]) if rows else float("nan"),
            seconds_of_recovered=median(found) if found else float("nan"),
        )

    @property
    def text(self) -> str:
        """In one line."""
        share = f" ({100 * self.recovered / self.laws:.0f} %)" if self.laws else ""
        return (
            f"recovered {self.recovered} of {self.laws}{share}, clean {self.clean}, srbench {self.srbench}; "
            f"median {self.seconds:.1f} s, of those recovered {self.seconds_of_recovered:.1f} s"
        )


def page(rows: Sequence[Row], settings: Settings, *, command: str) -> str:
    """The page as Markdown.

    Parameters
    ----------
    rows
        In the order in which they are to stand.
    settings
        What the run was asked for.
    command
        With which it was asked for.
    """
    told = "with units" if settings.units else "without units"
    less = f", without {settings.without}" if settings.without else ""
    more = f", {settings.irrelevant} irrelevant columns" if settings.irrelevant else ""
    heading = f"# {settings.catalogue}: noise {settings.noise:g}, {told}{more}{less}"
    facts = (
        f"- {date.today().isoformat()}, {machine()}",
        f"- `{command}`",
        f"- {settings.rows} rows, time budget {settings.time_budget:g} s, seed {settings.seed}",
        f"- {versions(row.version for row in rows)}",
        f"- **{Totals.of(rows).text}**",
    )
    return "\n".join((heading, "", *facts, "", _LEGEND, "", *table_head(_COLUMNS), *map(_line, rows), ""))


_LEGEND = """\
recovered: on fresh rows NRMSE < 1e-6 in the sampled box, < 1e-3 half as far again beyond it (with noise after \
refitting the answer's constants on noise-free rows). clean: recovered, complexity at most twice the law's plus 5. \
srbench: sympy finds that difference or ratio is a constant, constants rounded to 3 decimals."""
_COLUMNS = (
    *("law", "formula", "answer", "recovered", "clean", "srbench"),
    *("NRMSE", "beyond", "complexity", "seconds", "outcome"),
)


def _line(row: Row) -> str:
    verdicts = ("yes" if verdict else "**no**" for verdict in (row.recovered, row.clean, row.srbench))
    cells = (
        row.law,
        _code(row.formula),
        _code(shorten(row.answer, _LONGEST)),
        *verdicts,
        f"{row.nrmse:.1e}",
        f"{row.nrmse_beyond:.1e}",
        f"{row.complexity} / {row.complexity_of_law}",
        f"{row.seconds:.1f}",
        row.outcome if row.answer else _escape(f"{row.outcome}: {row.stopped}"),
    )
    return table_row(cells)


def shorten(answer: str, longest: int) -> str:
    """An answer with its floats to five digits, cut where it is longer than so many characters.

    Examples
    --------
    >>> shorten("0.15915494309189535*h*omega", 40), shorten("alpha + beta", 8)
    ('0.15915*h*omega', 'alpha +…')
    """
    text = re.sub(r"\d*\.\d{5,}(?:e[-+]?\d+)?", lambda number: f"{float(number[0]):.5g}", answer)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _code(text: str) -> str:
    return f"`{_escape(text)}`" if text else ""


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def machine() -> str:
    """Model and number of the processors."""
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())


def versions(symkan: Iterable[str], *others: str) -> str:
    """Those of symkan that made the results, of other packages as given, of Python and the libraries."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return ", ".join(
        (
            f"symkan {', '.join(sorted(set(symkan)))}",
            *others,
            f"Python {platform.python_version()}",
            libraries,
        )
    )


def table_row(cells: Iterable[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def table_head(columns: Sequence[str]) -> tuple[str, str]:
    """The first two lines of a Markdown table."""
    return table_row(columns), "|" + "---|" * len(columns)
