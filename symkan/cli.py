"""The command line: parse, call, render. Heavy libraries are imported when a command runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symkan import (
    cli_batch,
    cli_bench,
    cli_bench_batch,
    cli_bench_threads,
    cli_compare,
    cli_doctor,
    cli_trust,
)
from symkan.cli_folders import free_folder, make_folder, remove_report, stem
from symkan.errors import OptionError, ResultError, SymkanError
from symkan.options import Options
from symkan.text import printable

if TYPE_CHECKING:
    from symkan.data.dataset import Dataset
    from symkan.result import Discovery

DEFAULTS = Options()

app = typer.Typer(
    help="From a table to the formula in it.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cli_bench_batch.register(cli_bench.app)
cli_bench_threads.register(cli_bench.app)
app.add_typer(cli_bench.app, name="bench")
cli_trust.register(app)
app.command()(cli_doctor.doctor)
app.command()(cli_compare.compare)


class Engine(StrEnum):
    """What makes the PDF of a report."""

    TYPST = "typst"
    LATEXMK = "latexmk"


class Device(StrEnum):
    """Where networks are trained."""

    CPU = "cpu"
    CUDA = "cuda"


def main() -> None:
    """Run the console script `symkan`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # an ASCII terminal shows ? instead of stopping the program
            stream.reconfigure(errors="replace")
    try:
        app()
        return
    except (ImportError, MemoryError, OSError, SystemError) as error:  # such as a full disk
        reason = "out of memory" if isinstance(error, MemoryError) else printable(str(error))
    # the error is gone, and with it the frames that held the memory
    remedy = "free some space or memory, and see what `symkan doctor` says"
    typer.secho(f"Error: {reason}; {remedy}", fg="red", err=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still to be written must not fail once more
    sys.exit(2)


def _show_version(wanted: bool) -> None:
    if wanted:
        import symkan

        typer.echo(f"symkan {symkan.__version__}")
        raise typer.Exit


@app.callback()
def _symkan(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None: ...


@app.command()
def discover(  # noqa: PLR0913 - options of a command line
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Table: CSV or other text, .gz, Parquet, Excel.")
    ],
    target: Annotated[str, typer.Option(help="Column to be explained.")],
    *,
    features: Annotated[
        str | None, typer.Option(help="Columns that the law may use, with commas; all when not given.")
    ] = None,
    units: Annotated[
        str | None,
        typer.Option(
            help="Units such as x=m,v=m/s, or a file with lines name,unit; headers like v [m/s] need none."
        ),
    ] = None,
    sigma: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of the standard errors of the target.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the result.", show_default="reports/NAME OF DATA")
    ] = None,
    time_budget: Annotated[float, typer.Option(help="Seconds for everything.")] = DEFAULTS.time_budget,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random choices.")] = DEFAULTS.seed,
    library: Annotated[
        str | None,
        typer.Option(
            help="Functions that the law may use: sin,exp,x^2 or all,mine=1/(1+x^4); all when not given."
        ),
    ] = None,
    device: Annotated[Device, typer.Option(help="Where networks are trained.")] = Device.CPU,
    robust: Annotated[bool, typer.Option("--robust", help="Leave out rows far from all others.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print the record as JSON; write no files but to --out.")
    ] = False,
    report: Annotated[
        bool, typer.Option("--report/--no-report", help="Examine the law and write a report.")
    ] = True,
) -> None:
    """Find the law in DATA that gives the target, say how far to trust it, and write a report.

    Exit code 0 for a law, also a tentative one, 3 where there is none, 2 for bad input.
    """
    with errors_in_one_line():
        options = Options(
            time_budget=_positive(time_budget),
            seed=seed,
            library=items(library),
            device=device.value,
            robust=robust,
        )
        dataset = _read(data, target, items(features) or None, units, sigma)
        folder = out if out or json else free_folder(data)
        if folder:
            make_folder(folder)  # before the search, which takes its time
        verdict = _found(dataset, options, folder, json=json, report=report)
    if verdict == "none":
        raise typer.Exit(3)


@app.command()
def report(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="The result.json of `symkan discover`.")],
    *,
    formats: Annotated[
        str, typer.Option("--format", help="Of pdf, html, tex, docx, with commas.")
    ] = "pdf,html,tex",
    engine: Annotated[Engine, typer.Option(help="What makes the PDF; latexmk needs TeX.")] = Engine.TYPST,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the report.", show_default="that of RESULT")
    ] = None,
) -> None:
    """Write the report of a result again."""
    with errors_in_one_line():
        from symkan.cli_display import show_files, show_missing_letters
        from symkan.report.document import check, write_report
        from symkan.result import Discovery

        check(items(formats), engine.value)
        folder = out or result.parent
        found = Discovery.load(result)
        make_folder(folder)
        show_files(write_report(found, folder, formats=items(formats), engine=engine.value))
        show_missing_letters(found)


@app.command()
def predict(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="The result.json of `symkan discover`.")],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Table with the columns that the law was fitted to.")
    ],
    *,
    out: Annotated[
        Path | None, typer.Option(help="File for the predictions.", show_default="NAME.predictions.csv")
    ] = None,
) -> None:
    """Apply a law to new rows, and mark those outside the ranges it was fitted to."""
    with errors_in_one_line():
        out = out or Path(f"{stem(data)}.predictions.csv")
        for source in (result, data):
            if out.exists() and source.exists() and out.samefile(source):
                raise ResultError(f"{out} is an input; give another --out")
        _predict(result, data, out)


app.command()(cli_batch.batch)


def _predict(result: Path, data: Path, out: Path) -> None:
    import numpy as np

    from symkan.cli_display import show_predictions
    from symkan.data.predictions import read_features, write_predictions
    from symkan.evidence.bands import limits
    from symkan.report.languages.law import used_columns
    from symkan.result import Discovery

    found = Discovery.load(result)
    columns, goal = found.data.features, found.data.target
    used = used_columns(found.best, found.data)
    new = read_features(data, columns, target=None, needed=used)
    prediction, outside, notes = found.predict(new.x), found.outside(new.x), new.notes
    predictions = {"predicted": prediction}
    if found.evidence and found.evidence.band:
        low, high = limits(found.best, found.evidence.band, new.x)
        predictions |= {"low": low, "high": high}
        notes = (*notes, "low and high: 19 of 20 new observations should lie between them")
    x = new.x[:, [column in used for column in columns]]
    write_predictions(out, used, x=x, target=goal, predictions=predictions, inside=~outside)
    show_predictions(
        int(outside.sum()), int(np.isnan(prediction).sum()), rows=len(new.x), notes=notes, path=out
    )


def _read(
    data: Path, target: str, features: tuple[str, ...] | None, units: str | None, sigma: str | None
) -> Dataset:
    from symkan.data.tables import read_table
    from symkan.data.units import read_units

    given = read_units(units) if units else None
    return read_table(data, target=target, features=features, units=given, sigma=sigma)


def _found(dataset: Dataset, options: Options, folder: Path | None, *, json: bool, report: bool) -> str:
    """Search, show, examine, write; the verdict."""
    from symkan.cli_display import show_discovery, show_end
    from symkan.report.phrases import trust

    found = _discover(dataset, options)
    paths = _save(found, folder) if folder else ()
    if not json:
        show_discovery(found)
    if report:
        found = _examine(found, dataset)
        paths = (*paths, *_report(found, folder)) if folder else ()
    if json:
        typer.echo(found.to_json(), nl=False)
    else:
        show_end(found, paths)
    return trust(found).value


def _discover(dataset: Dataset, options: Options) -> Discovery:
    from symkan.cli_display import live_progress, show_forecast
    from symkan.discovery import discover as run
    from symkan.search.forecast import forecast

    show_forecast(dataset, forecast(dataset, options))
    with live_progress(dataset, options) as watch:
        return run(dataset, options, watch=watch)


def _save(discovery: Discovery, folder: Path) -> tuple[Path, ...]:
    """Write the record and the law as code, in the place of older ones; the files, in the order written."""
    from symkan.report.languages.latex import law_latex
    from symkan.report.languages.python import law_python
    from symkan.writing import write_text

    remove_report(folder)
    discovery.save(folder / "result.json")
    write_text(folder / "law.py", law_python(discovery))
    write_text(folder / "law.tex", law_latex(discovery))
    return folder / "result.json", folder / "law.py", folder / "law.tex"


def _examine(discovery: Discovery, dataset: Dataset) -> Discovery:
    """The result with its evidence."""
    from symkan.examination import examine

    typer.secho("examining the law ...", dim=True, err=True)
    return examine(discovery, dataset)


def _report(discovery: Discovery, folder: Path) -> tuple[Path, ...]:
    """Save the result again, with its evidence, and write its report; the files."""
    from symkan.cli_display import show_missing_letters
    from symkan.report.document import write_report

    typer.secho("writing the report ...", dim=True, err=True)
    discovery.save(folder / "result.json")
    paths = write_report(discovery, folder)
    show_missing_letters(discovery)
    return paths


def items(text: str | None) -> tuple[str, ...]:
    """The items of a list with commas; one in double quotes may hold commas itself."""
    import csv

    row = next(csv.reader([" ".join(text.split())], skipinitialspace=True), []) if text else []
    return tuple(item.strip() for item in row if item.strip())


def _positive(seconds: float) -> float:
    if not seconds > 0:
        raise OptionError(f"--time-budget is {seconds:g}; give a number of seconds above 0")
    return seconds


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """What went wrong, in one line on stderr; exit code 2 for bad input, 130 for Ctrl-C."""
    try:
        yield
    except SymkanError as error:
        typer.secho(f"Error: {printable(str(error))}", fg="red", err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        typer.secho("Interrupted.", fg="red", err=True)
        raise typer.Exit(130) from None
