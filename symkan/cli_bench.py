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
    from symkan.bench.special import Approximation

app = typer.Typer()


class BenchSet(StrEnum):
    """The sets of laws."""

    FEYNMAN = "feynman"
    NGUYEN = "nguyen"
    PHYSICS = "physics"
    STROGATZ = "strogatz"
    KAN_PAPER = "kan-paper"
    SPECIAL_FUNCTIONS = "special-functions"


_SETS_HELP = (
    f"One of: {', '.join(BenchSet)}. kan-paper is Table 2 of the KAN paper; special-functions is its Table 1, "
    "on which networks are only trained, and takes --only, --workers, --seed and --out."
)
_OF_LAWS = ("noise", "units", "time_budget", "rows", "without", "irrelevant")  # options for laws alone


@app.command()
def bench(  # noqa: PLR0913 - options of a command line
    context: typer.Context,
    laws: Annotated[BenchSet, typer.Argument(metavar="SET", help=_SETS_HELP)],
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
        names = tuple(filter(None, map(str.strip, only.split(","))))
        if laws is BenchSet.SPECIAL_FUNCTIONS:
            _refuse_given(context)
            _run_special(names, seed=seed, workers=workers, out=out)
            return
        settings = Settings(laws.value, noise, units, rows, time_budget, seed, without, irrelevant)
        _run(settings, names, workers=workers, out=out)


def _refuse_given(context: typer.Context) -> None:
    """Raise OptionError when an option is given that only searches for laws have."""
    for name in _OF_LAWS:
        source = context.get_parameter_source(name)
        if source is not None and source.name != "DEFAULT":
            raise OptionError(
                f"--{name.replace('_', '-')} has no meaning for {BenchSet.SPECIAL_FUNCTIONS.value}; leave it out"
            )


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


def _run_special(only: tuple[str, ...], *, seed: int, workers: int, out: Path) -> None:
    """Approximate what is missing in the record, then show and write all of it."""
    import symkan
    from symkan.bench.processes import append
    from symkan.bench.special import FUNCTIONS, approximations, choose
    from symkan.bench.special_page import page, read_record
    from symkan.serialization import write_text

    functions = choose(only)
    stem = BenchSet.SPECIAL_FUNCTIONS.value
    record, path = out / f"{stem}.jsonl", out / f"{stem}.md"
    done = read_record(record, seed=seed, version=symkan.__version__)
    missing = [function for function in functions if function.name not in done]
    if len(missing) < len(functions):
        done_before = len(functions) - len(missing)
        typer.echo(f"{done_before} of {len(functions)} functions are in {record} already", err=True)
    for number, row in enumerate(approximations(missing, seed=seed, workers=workers), 1):
        append(record, row)
        done[row.function] = row
        typer.echo(
            f"{number}/{len(missing)} {row.function}: RMSE {row.test_rmse:.2e}, {row.seconds:.1f} s", err=True
        )
    rows = [done[f.name] for f in FUNCTIONS if f.name in done]
    write_text(path, page(rows, command=f"symkan bench {stem} --seed {seed}"))
    _show_special([done[function.name] for function in functions], path)


def _show_special(rows: Sequence[Approximation], path: Path) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from symkan.bench.special_page import summary

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    widest = {"function": 12, "shape": 15, "RMSE": 8, "paper": 8, "ratio": 7, "won": 3, "seconds": 7}
    for header, width in widest.items():
        table.add_column(header, no_wrap=True, min_width=width)
    for row in rows:
        errors = (f"{row.test_rmse:.2e}", f"{row.paper_rmse:.2e}", f"{row.ratio:.2g}")
        table.add_row(row.function, str(list(row.shape)), *errors, _mark(row.won), f"{row.seconds:.1f}")
    console = Console(highlight=False)
    console.print(table)
    console.print(summary(rows), style="bold")
    console.print(f"wrote {path}", style="dim", soft_wrap=True)
