"""`symkan bench`: one command for each set of problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symkan.bench.ablation import TECHNIQUES, check
from symkan.bench.catalogue import Catalogue
from symkan.bench.recovery import Settings
from symkan.errors import OptionError
from symkan.options import Options

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from symkan.bench.journal import Entry, Journal
    from symkan.bench.recovery import Row
    from symkan.bench.special import Approximation
    from symkan.bench.speed.pairs import Pair

app = typer.Typer(
    help="How many laws of a set are found, how well networks approximate, and how fast all is.",
    no_args_is_help=True,
)

LAWS = {
    "feynman": "100 laws of physics: the AI Feynman set.",
    "nguyen": "12 classical formulas.",
    "physics": "Textbook laws in SI units, with constants from 1e-34 to 1e24.",
    "strogatz": "14 right-hand sides of Strogatz' differential equations.",
    "kan-paper": "27 dimensionless laws: Table 2 of the KAN paper.",
    "separable": "40 sums and products of two to four functions of one column each, drawn at random.",
}

Only = Annotated[str, typer.Option(help="Names, with commas; all when not given.")]
Workers = Annotated[int, typer.Option(min=1, help="So many at the same time.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of all tables and searches.")]
Out = Annotated[Path, typer.Option(help="Folder for the record and the page.")]
FOLDER = Path("reports/benchmarks")


def search_for_laws(  # noqa: PLR0913 - options of a command line
    context: typer.Context,
    *,
    noise: Annotated[float, typer.Option(min=0, help="Noise on y, as a share of its RMS.")] = 0.0,
    units: Annotated[bool, typer.Option("--units", help="Tell the search the units of the columns.")] = False,
    time_budget: Annotated[float, typer.Option(help="Seconds for each law.")] = Options.time_budget,
    rows: Annotated[int, typer.Option(min=8, help="Rows of each table.")] = 1000,
    only: Only = "",
    workers: Workers = 2,
    seed: Seed = 0,
    without: Annotated[
        str, typer.Option(metavar="TECHNIQUE", help=f"Switch off one of: {', '.join(TECHNIQUES)}.")
    ] = "",
    irrelevant: Annotated[
        int, typer.Option(min=0, help="Columns to add on which the target does not depend.")
    ] = 0,
    out: Out = FOLDER,
) -> None:
    """Search for the laws of the set whose name the command bears."""
    from symkan.cli import errors_in_one_line

    with errors_in_one_line():
        if not time_budget > 0:
            raise OptionError(f"--time-budget is {time_budget:g}; give a number of seconds above 0")
        check(without)
        laws = str(context.info_name)
        settings = Settings(laws, noise, units, rows, time_budget, seed, without, irrelevant)
        _run(settings, names(only), workers=workers, out=out)


for _laws, _what in LAWS.items():
    app.command(
        _laws,
        help=f"{_what} Each is hidden in a table, searched for, and the answer judged; a run is resumed by the "
        "record in --out.",
        short_help=_what,
    )(search_for_laws)


@app.command(short_help="15 special functions approximated by networks: Table 1 of the KAN paper.")
def special_functions(*, only: Only = "", workers: Workers = 2, seed: Seed = 0, out: Out = FOLDER) -> None:
    """Train networks on the 15 special functions of the KAN paper's Table 1; nothing is searched for.

    A run is resumed by the record in --out.
    """
    from symkan.cli import errors_in_one_line

    with errors_in_one_line():
        _run_special(names(only), seed=seed, workers=workers, out=out)


@app.command(short_help="Ratios of time to pykan, pyoperon, flashkan and inkan; growth with size.")
def speed(
    *,
    pairs: Annotated[int, typer.Option(min=1, help="Pairs of runs for each task.")] = 5,
    limit: Annotated[float, typer.Option(min=1, help="Seconds that another package may train.")] = 600.0,
    only: Annotated[
        str, typer.Option(help="Kinds of tasks, packages or devices, with commas; all when not given.")
    ] = "",
    out: Out = FOLDER,
) -> None:
    """Time symkan and other packages at the same work, in pairs: training, matching, whole jobs, layers.

    Packages that are not installed are left out (pip install 'symkan[bench]'), and so is what is timed on a GPU where
    there is none. A run is resumed by the record in --out.
    """
    from symkan.cli import errors_in_one_line

    with errors_in_one_line():
        _run_speed(names(only), pairs=pairs, limit=limit, out=out)


@app.command(short_help="Verdicts on noise and on laws; coverage of intervals.")
def trust(
    *,
    tables: Annotated[int, typer.Option(min=1, help="Tables of noise, and of laws.")] = 100,
    simulations: Annotated[int, typer.Option(min=1, help="Tables of each known form, for coverage.")] = 400,
    workers: Workers = 2,
    out: Out = FOLDER,
) -> None:
    """Measure what the evidence beside a law is worth: where the truth is known.

    A run is resumed by the record in --out.
    """
    from symkan.cli import errors_in_one_line

    with errors_in_one_line():
        _run_trust(tables, simulations, workers=workers, out=out)


def names(only: str) -> tuple[str, ...]:
    """The names in a list with commas."""
    return tuple(filter(None, map(str.strip, only.split(","))))


def _run(settings: Settings, only: tuple[str, ...], *, workers: int, out: Path) -> None:
    """Run what is missing in the record, then show and write all of it."""
    import symkan
    from symkan.bench.journal import Journal
    from symkan.bench.processes import run
    from symkan.bench.recovery import Row

    laws = Catalogue.load(settings.catalogue).choose(only)
    journal = Journal(out / f"{settings.name}.jsonl", Row)
    asked = (settings, symkan.__version__)
    done = {row.law: row for row in journal.read() if (row.settings, row.version) == asked}
    missing = [law for law in laws if law.name not in done]
    say_resumed(len(missing), len(laws), f"laws are in {journal.path}")
    rows = run(missing, settings, workers=workers)
    done |= {row.law: row for row in kept(rows, journal, progress, total=len(missing))}
    _finish(done, settings, chosen=[law.name for law in laws], out=out)


def say_resumed(missing: int, count: int, what: str) -> None:
    """Say how much of it needs no more work."""
    if missing < count:
        typer.echo(f"{count - missing} of {count} {what} already", err=True)


def kept(
    results: Iterable[Entry], journal: Journal[Entry], say: Callable[[Entry], str], *, total: int = 0
) -> Iterator[Entry]:
    """The results as they come, each written into the record and told, with its number where there is a total."""
    for number, result in enumerate(results, 1):
        journal.append(result)
        typer.echo((f"{number}/{total} " if total else "") + say(result), err=True)
        yield result


def progress(row: Row) -> str:
    """What became of a law, in one line."""
    verdict = "clean" if row.clean else "recovered" if row.recovered else "missed"
    return f"{row.law}: {verdict}, {row.outcome}, {row.seconds:.1f} s"


def _finish(done: dict[str, Row], settings: Settings, *, chosen: Sequence[str], out: Path) -> None:
    """Show the rows of the laws chosen, and write the page of all that the record holds."""
    from symkan.bench.page import page
    from symkan.writing import write_text

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
    from rich.text import Text

    from symkan.bench.page import Totals, shorten
    from symkan.cli_display import plain_table

    table = plain_table()
    table.add_column("law", no_wrap=True, min_width=max((len(row.law) for row in rows), default=0))
    table.add_column("answer")
    for header in ("recovered", "clean", "srbench", "seconds", "outcome"):
        table.add_column(header, no_wrap=True, min_width=len(header))
    for row in rows:
        verdicts = map(_mark, (row.recovered, row.clean, row.srbench))
        answer = Text(shorten(row.answer, 60), no_wrap=True, overflow="ellipsis")
        table.add_row(row.law, answer, *verdicts, f"{row.seconds:.1f}", row.outcome)
    _print(table, path, total=Totals.of(rows).text)


def _print(table: Table, path: Path, *, total: str = "") -> None:
    """A table on stdout, what it comes to, and where the page is."""
    from rich.console import Console

    console = Console(highlight=False)
    console.print(table)
    if total:
        console.print(total, style="bold")
    console.print(f"wrote {path}", style="dim", soft_wrap=True)


def _mark(verdict: bool) -> Text:
    from rich.text import Text

    return Text("yes", style="green") if verdict else Text("no", style="red")


def _run_special(only: tuple[str, ...], *, seed: int, workers: int, out: Path) -> None:
    """Approximate what is missing in the record, then show and write all of it."""
    import symkan
    from symkan.bench.journal import Journal
    from symkan.bench.special import FUNCTIONS, Approximation, approximations, choose
    from symkan.bench.special_page import page
    from symkan.writing import write_text

    functions = choose(only)
    stem = "special-functions"
    journal, path = Journal(out / f"{stem}.jsonl", Approximation), out / f"{stem}.md"
    asked = (seed, symkan.__version__)
    done = {row.function: row for row in journal.read() if (row.seed, row.version) == asked}
    missing = [function for function in functions if function.name not in done]
    say_resumed(len(missing), len(functions), f"functions are in {journal.path}")
    new = approximations(missing, seed=seed, workers=workers)
    done |= {row.function: row for row in kept(new, journal, _reached, total=len(missing))}
    rows = [done[f.name] for f in FUNCTIONS if f.name in done]
    write_text(path, page(rows, command=f"symkan bench {stem} --seed {seed}"))
    _show_special([done[function.name] for function in functions], path)


def _reached(row: Approximation) -> str:
    return f"{row.function}: RMSE {row.test_rmse:.2e}, {row.seconds:.1f} s"


def _show_special(rows: Sequence[Approximation], path: Path) -> None:
    from symkan.bench.special_page import summary
    from symkan.cli_display import plain_table

    table = plain_table()
    widest = {"function": 12, "shape": 15, "RMSE": 8, "paper": 8, "ratio": 7, "won": 3, "seconds": 7}
    for header, width in widest.items():
        table.add_column(header, no_wrap=True, min_width=width)
    for row in rows:
        errors = (f"{row.test_rmse:.2e}", f"{row.paper_rmse:.2e}", f"{row.ratio:.2g}")
        table.add_row(row.function, str(list(row.shape)), *errors, _mark(row.won), f"{row.seconds:.1f}")
    _print(table, path, total=summary(rows))


def _run_speed(only: tuple[str, ...], *, pairs: int, limit: float, out: Path) -> None:
    """Time what is missing in the records, then show and write all of them."""
    import symkan
    from symkan.bench.journal import Journal
    from symkan.bench.speed.figure import draw
    from symkan.bench.speed.growth import Point, missing
    from symkan.bench.speed.page import page
    from symkan.bench.speed.pairs import Pair, feasible, run
    from symkan.bench.speed.tasks import choose
    from symkan.writing import write_text

    tasks, growth = choose(only)
    journal, curves = Journal(out / "speed.jsonl", Pair), Journal(out / "growth.jsonl", Point)
    done = [pair for pair in journal.read() if pair.version == symkan.__version__]
    points = [point for point in curves.read() if point.version == symkan.__version__]
    tasks, left_out = feasible(tasks)
    for line in left_out:
        typer.echo(line, err=True)
    for task in tasks:
        earlier = [pair for pair in done if pair.task == task]
        missed = sorted({*range(pairs)} - {pair.seed for pair in earlier})
        new = run(task, missed, limit=limit, earlier=earlier)
        done += kept(new, journal, lambda pair: f"{pair.task.name}, {pair.task.peer}: {pair.ratio:.3g}")
    if growth:
        points += kept(missing(points), curves, lambda p: f"{p.curve} {p.size}: {p.seconds:.3g} s")
    if not done and not points:
        typer.echo("nothing was timed, and no page is written", err=True)
        return
    if points:
        draw(points, out / "growth.svg")
    command = f"symkan bench speed --pairs {pairs} --limit {limit:g}"
    write_text(out / "speed.md", page(done, points, command=command))
    _show_speed(done, out / "speed.md")


def _show_speed(pairs: Sequence[Pair], path: Path) -> None:
    from symkan.bench.speed.page import COLUMNS, cells, ratios
    from symkan.cli_display import plain_table

    table = plain_table(COLUMNS)
    for ratio in ratios(pairs):
        table.add_row(*cells(ratio))
    _print(table, path)


def _run_trust(tables: int, simulations: int, *, workers: int, out: Path) -> None:
    """Judge and simulate what is missing in the records, then show and write all of them."""
    import symkan
    from symkan.bench.journal import Journal
    from symkan.bench.trust.coverage import Coverage, coverage
    from symkan.bench.trust.page import KINDS, page, totals, within
    from symkan.bench.trust.verdicts import Trial, tasks, trials
    from symkan.writing import write_text

    journal, simulated = Journal(out / "trust.jsonl", Trial), Journal(out / "coverage.jsonl", Coverage)
    done = [trial for trial in journal.read() if trial.version == symkan.__version__]
    asked = [task for kind in KINDS for task in tasks(kind, tables)]
    missing = [task for task in asked if task.place not in {trial.place for trial in done}]
    say_resumed(len(missing), len(asked), f"tables are in {journal.path}")
    new = trials(missing, workers=workers)
    done += kept(new, journal, lambda t: f"{t.name}: {t.trust}, {t.seconds:.1f} s", total=len(missing))
    rows = simulated.read()
    if not rows:
        rows += kept(
            (row for form in coverage(simulations) for row in form),
            simulated,
            lambda row: f"{row.form}, {row.truth:.3g}: {100 * row.profile:.1f} %",
        )
    command = f"symkan bench trust --tables {tables} --simulations {simulations}"
    write_text(out / "trust.md", page(done, rows, command=command))
    for kind in KINDS:
        typer.echo(f"{kind}: {totals(done, kind)}")
    typer.echo(f"coverage of 95 % intervals: {within(rows)}\nwrote {out / 'trust.md'}")
