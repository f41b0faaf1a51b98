"""`symkan bench`: how many laws of a catalogue are found."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symkan.bench.ablation import TECHNIQUES, check
from symkan.bench.catalogue import Catalogue
from symkan.bench.recovery import Settings
from symkan.errors import OptionError
from symkan.options import Options

if TYPE_CHECKING:
    from rich.text import Text

    from symkan.bench.recovery import Row

app = typer.Typer()


class BenchSet(StrEnum):
    """The sets of laws."""

    FEYNMAN = "feynman"
    NGUYEN = "nguyen"
    PHYSICS = "physics"
    STROGATZ = "strogatz"
    KAN_PAPER = "kan-paper"  # Table 2; the special functions of Table 1 have their place beside `_run`


@app.command()
def bench(  # noqa: PLR0913 - options of a command line
    laws: Annotated[BenchSet, typer.Argument(metavar="SET", help=f"One of: {', '.join(BenchSet)}.")],
    *,
    noise: Annotated[float, typer.Option(min=0, help="Noise on y, as a share of its RMS.")] = 0.0,
    units: Annotated[bool, typer.Option("--units", help="Tell the search the units of the columns.")] = False,
    time_budget: Annotated[float, typer.Option(help="Seconds for each law.")] = Options.time_budget,
    rows: Annotated[int, typer.Option(min=8, help="Rows of each table.")] = 1000,
    only: Annotated[str, typer.Option(help="Names of laws, with commas; all when not given.")] = "",
    workers: Annotated[int, typer.Option(min=1, help="Laws at the same time.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the tables and of the searches.")] = 0,
    without: Annotated[
        str, typer.Option(metavar="TECHNIQUE", help=f"Switch off one of: {', '.join(TECHNIQUES)}.")
    ] = "",
    irrelevant: Annotated[
        int, typer.Option(min=0, help="Columns to add on which the target does not depend.")
    ] = 0,
    out: Annotated[Path, typer.Option(help="Folder for the record and the page.")] = Path(
        "reports/benchmarks"
    ),
) -> None:
    """Search for the laws of SET in tables that hide them, and count those found.

    The record in --out is resumed: laws that are there with the same settings are not run again.
    """
    from symkan.cli import errors_in_one_line

    with errors_in_one_line():
        if not time_budget > 0:
            raise OptionError(f"--time-budget is {time_budget:g}; give a number of seconds above 0")
        check(without)
        settings = Settings(laws.value, noise, units, rows, time_budget, seed, without, irrelevant)
        _run(settings, tuple(filter(None, map(str.strip, only.split(",")))), workers=workers, out=out)


def _run(settings: Settings, only: tuple[str, ...], *, workers: int, out: Path) -> None:
    """Run what is missing in the record, then show and write all of it."""
    import symkan
    from symkan.bench.processes import Journal, run

    laws = Catalogue.load(settings.catalogue).choose(only)
    journal = Journal(out / f"{settings.name}.jsonl")
    done = journal.rows(settings, symkan.__version__)
    missing = [law for law in laws if law.name not in done]
    if len(missing) < len(laws):
        typer.echo(f"{len(laws) - len(missing)} of {len(laws)} laws are in {journal.path} already", err=True)
    for number, row in enumerate(run(missing, settings, workers=workers), 1):
        journal.append(row)
        done[row.law] = row
        typer.echo(f"{number}/{len(missing)} {_progress(row)}", err=True)
    _finish(done, settings, chosen=[law.name for law in laws], out=out)


def _progress(row: Row) -> str:
    verdict = "clean" if row.clean else "recovered" if row.recovered else "missed"
    return f"{row.law}: {verdict}, {row.outcome}, {row.seconds:.1f} s"


def _finish(done: dict[str, Row], settings: Settings, *, chosen: Sequence[str], out: Path) -> None:
    """Show the rows of the laws chosen, and write the page of all that the record holds."""
    from symkan.bench.page import page
    from symkan.serialization import write_text

    order = [law.name for law in Catalogue.load(settings.catalogue).laws]
    path = out / f"{settings.name}.md"
    write_text(path, page([done[n] for n in order if n in done], settings, command=_command(settings)))
    _show([done[name] for name in chosen], path)


def _command(settings: Settings) -> str:
    units = " --units" if settings.units else ""
    without = f" --without {settings.without}" if settings.without else ""
    irrelevant = f" --irrelevant {settings.irrelevant}" if settings.irrelevant else ""
    return (
        f"symkan bench {settings.catalogue} --noise {settings.noise:g}{units}{without}{irrelevant} "
        f"--time-budget {settings.time_budget:g} --rows {settings.rows} --seed {settings.seed}"
    )


def _show(rows: Sequence[Row], path: Path) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from symkan.bench.page import Totals, shorten

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("law", no_wrap=True, min_width=max((len(row.law) for row in rows), default=0))
    table.add_column("answer")
    for header in ("recovered", "clean", "srbench", "seconds", "outcome"):
        table.add_column(header, no_wrap=True, min_width=len(header))
    for row in rows:
        verdicts = map(_mark, (row.recovered, row.clean, row.srbench))
        answer = Text(shorten(row.answer, 60), no_wrap=True, overflow="ellipsis")
        table.add_row(row.law, answer, *verdicts, f"{row.seconds:.1f}", row.outcome)
    console = Console(highlight=False)
    console.print(table)
    console.print(Totals.of(rows).text, style="bold")
    console.print(f"wrote {path}", style="dim", soft_wrap=True)


def _mark(verdict: bool) -> Text:
    from rich.text import Text

    return Text("yes", style="green") if verdict else Text("no", style="red")
