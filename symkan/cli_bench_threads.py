"""`symkan bench threads`: whether a law depends on the number of threads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symkan.cli_bench import FOLDER, LAWS, Only, Out, Seed, Workers, kept, names, progress, say_resumed
from symkan.errors import OptionError
from symkan.options import Options

if TYPE_CHECKING:
    from symkan.bench.threads import Attempt


def register(app: typer.Typer) -> None:
    """Add the command to `symkan bench`."""
    app.command("threads", short_help="The same laws with one thread and with more.")(_threads)


def _threads(  # noqa: PLR0913 - options of a command line
    *,
    laws: Annotated[str, typer.Option(help=f"Set of laws: {', '.join(LAWS)}.")] = "feynman",
    threads: Annotated[int, typer.Option(min=2, help="So many, and 1.")] = 2,
    time_budget: Annotated[float, typer.Option(min=0.1, help="Seconds for each law.")] = Options.time_budget,
    only: Only = "",
    workers: Workers = 1,
    seed: Seed = 0,
    out: Out = FOLDER,
) -> None:
    """Search for the laws of a set, without noise, with one thread and with more, and compare the answers as text.

    The number is that of OMP_NUM_THREADS and its like. A run is resumed by the record in --out. Exit code 1 where
    an answer differs though time ended neither search.
    """
    from symkan.cli import errors_in_one_line

    with errors_in_one_line():
        if laws not in LAWS:
            raise OptionError(f"--laws: no set '{laws}'; there are {', '.join(LAWS)}")
        same = _run((laws, time_budget, seed), names(only), threads=threads, workers=workers, out=out)
    if not same:
        raise typer.Exit(1)


def _run(
    asked: tuple[str, float, int], only: tuple[str, ...], *, threads: int, workers: int, out: Path
) -> bool:
    """Search for what is missing in the record, write the page of all of it, and say what it comes to."""
    import symkan
    from symkan.bench.catalogue import Catalogue
    from symkan.bench.journal import Journal
    from symkan.bench.recovery import Settings
    from symkan.bench.threads import Attempt, attempts, compare, page, totals
    from symkan.writing import write_text

    name, time_budget, seed = asked
    settings, catalogue = Settings(name, time_budget=time_budget, seed=seed), Catalogue.load(name)
    laws = catalogue.choose(only)
    journal, path = Journal(out / f"{name}-threads.jsonl", Attempt), out / f"{name}-threads.md"
    done = [a for a in journal.read() if (a.row.settings, a.row.version) == (settings, symkan.__version__)]
    chosen = {law.name for law in laws}
    there = sum(a.threads in (1, threads) and a.row.law in chosen for a in done)
    say_resumed(2 * len(laws) - there, 2 * len(laws), f"searches are in {journal.path}")
    new = attempts(laws, settings, threads=threads, workers=workers, done=done)
    done += kept(new, journal, _told, total=2 * len(laws) - there)
    comparisons = compare(done, catalogue.laws, threads=threads)
    command = (
        f"symkan bench threads --laws {name} --threads {threads} --time-budget {time_budget:g} --seed {seed}"
    )
    write_text(path, page(comparisons, settings, threads=threads, command=command))
    typer.echo(f"{totals(comparisons, threads=threads)}\nwrote {path}")
    return all(comparison.verdict != "other" for comparison in comparisons)


def _told(attempt: Attempt) -> str:
    return f"OMP_NUM_THREADS={attempt.threads}, {progress(attempt.row)}"
