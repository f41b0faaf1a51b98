"""`symkan bench batch`: what `symkan batch` promises, measured."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symkan.cli_bench import FOLDER, names
from symkan.errors import OptionError

if TYPE_CHECKING:
    from symkan.bench.batch.trials import Settings


WORK = Path(tempfile.gettempdir()) / "symkan-bench-batch"


def register(app: typer.Typer) -> None:
    """Add the command to `symkan bench`."""
    app.command(short_help="A folder of tables: throughput, chaos, a cluster, real tables.")(batch)


def batch(  # noqa: PLR0913 - options of a command line
    *,
    only: Annotated[
        str, typer.Option(help="Of throughput, chaos, dask, real, with commas; all when not given.")
    ] = "",
    folder: Annotated[
        Path | None, typer.Option(help="Real tables, at least 100, for the trial real.")
    ] = None,
    target: Annotated[str, typer.Option(help="Column of the real tables to be explained.")] = "last",
    time_budget: Annotated[
        float, typer.Option(min=0.1, help="Seconds for the search in a real table.")
    ] = 5.0,
    workers: Annotated[int, typer.Option(min=1, help="For real tables.")] = 2,
    tables: Annotated[int | None, typer.Option(min=4, help="Made tables of each trial.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of what is killed when.")] = 0,
    work: Annotated[
        Path, typer.Option(help="Folder for tables and results; a run on real tables is resumed from it.")
    ] = WORK,
    out: Annotated[Path, typer.Option(help="Folder for the record and the page.")] = FOLDER,
) -> None:
    """Measure what `symkan batch` promises, with the command itself, on made tables and on real ones.

    Give it an idle machine: what else runs on it counts. Exit code 1 where a promise is not kept.
    """
    from symkan.cli import errors_in_one_line

    with errors_in_one_line():
        from symkan.bench.batch.trials import TRIALS, Settings

        settings = Settings(work, tables, seed, folder, target, time_budget, workers)
        asked = names(only)
        if unknown := sorted(set(asked) - TRIALS.keys()):
            raise OptionError(f"--only: no trial '{unknown[0]}'; there are {', '.join(TRIALS)}")
        passed = _run(asked or [name for name in TRIALS if folder or name != "real"], settings, out)
    if not passed:
        raise typer.Exit(1)


def _run(asked: Sequence[str], settings: Settings, out: Path) -> bool:
    """Run the trials, write each into the record and all into the page; whether all passed."""
    import symkan
    from symkan.bench.batch import trials
    from symkan.bench.batch.page import page, summary
    from symkan.bench.journal import Journal
    from symkan.writing import write_text

    journal, passed = Journal(out / "batch.jsonl", trials.Trial), True
    for name in asked:
        typer.echo(f"{name} …", err=True)
        trial: trials.Trial = getattr(trials, name)(settings, version=symkan.__version__)
        journal.append(trial)
        passed = passed and trial.passed
        write_text(out / "batch.md", page({known.name: known for known in journal.read()}))
        typer.echo(f"{name}: {summary(trial)}")
    typer.echo(f"wrote {out / 'batch.md'}")
    return passed
