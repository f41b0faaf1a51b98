"""`symkan batch`: a folder of tables, or one table of many runs, and one page that shows what it holds."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symkan.batch.engines import Engine, connect
from symkan.batch.options import BatchOptions
from symkan.errors import OptionError
from symkan.options import Options
from symkan.text import printable

if TYPE_CHECKING:
    from types import FrameType

    from symkan.batch.config import Config
    from symkan.batch.coordinator import Batch, Stop, Totals
    from symkan.batch.engines import Workers
    from symkan.batch.joint_rows import Part
    from symkan.batch.lock import Lock
    from symkan.batch.tables import Table

LIMITS = BatchOptions()


Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Folder with the tables; one table with --group-by.")
]
Out = Annotated[Path, typer.Option(help="Folder for the results; the same command goes on where it stopped.")]
Target = Annotated[
    str | None, typer.Option(help="Column to be explained; first or last for the one in that place.")
]
Pattern = Annotated[str, typer.Option(help="Names of the tables; **/*.csv looks into folders.")]
GroupBy = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="FOLDER is one table, and this column names its runs."),
]
ConfigFile = Annotated[
    Path | None, typer.Option(help="TOML with target, features, units, options for patterns of names.")
]
Where = Annotated[Engine, typer.Option(help="This machine, or the cluster of a dask scheduler.")]
WorkerCount = Annotated[int, typer.Option(min=1, help="Tables at the same time on this machine.")]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Of the dask scheduler, such as tcp://host:8786.")
]
TimeBudget = Annotated[
    float | None,
    typer.Option(help="Seconds for the search in each table.", show_default=f"{Options().time_budget:g}"),
]
Memory = Annotated[float, typer.Option(help="GiB of memory that a table may take.")]
Again = Annotated[bool, typer.Option("--retry-failed", help="Try tables that failed again.")]
Metadata = Annotated[
    Path | None,
    typer.Option(help="CSV with a file's name and numbers that are known of it, for the atlas."),
]


def batch(  # noqa: PLR0913 - options of a command line
    folder: Folder,
    *,
    out: Out,
    target: Target = None,
    pattern: Pattern = LIMITS.pattern,
    group_by: GroupBy = None,
    config: ConfigFile = None,
    engine: Where = Engine.LOCAL,
    workers: WorkerCount = LIMITS.workers,
    scheduler: Scheduler = None,
    time_budget: TimeBudget = None,
    memory: Memory = LIMITS.memory,
    retry_failed: Again = False,
    metadata: Metadata = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Work on so many tables now, at most.")] = None,
) -> None:
    """Find the law in each table of FOLDER, or in each run of one table, and write one page that shows what it holds.

    A table that fails is recorded with its reason, and the others go on. Ctrl-C once: finish what runs and write the
    summary; twice: stop now. Exit code 0: every table has its result; 1: some have not.
    """
    import symkan
    from symkan.batch.atlas import read_metadata
    from symkan.batch.coordinator import Batch
    from symkan.batch.lock import locked
    from symkan.batch.records import Job
    from symkan.cli import errors_in_one_line
    from symkan.cli_folders import make_folder

    with errors_in_one_line():
        for name, value in (("--time-budget", time_budget), ("--memory", memory)):
            if value is not None and not value > 0:
                raise OptionError(f"{name} is {value:g}; give a number above 0")
        rules = _config(config, target, time_budget)
        known = read_metadata(metadata) if metadata else None
        limits = replace(LIMITS, memory=memory)
        make_folder(out)
        with locked(out, stale=limits.stale) as lock:
            tables, numbers = _tables(folder, out, pattern=pattern, group_by=group_by)
            asked = Batch(
                tables, out, rules, Job(""), limits, retry_failed, limit, symkan.__version__, known or numbers
            )
            if metadata and known is not None:
                _tell_unnamed(tables, known, metadata)
            for table in tables:
                rules.job(table.file, asked.base)  # every table has a target, or it is said now
            with connect(engine, workers=workers, scheduler=scheduler) as pool:
                totals, stopped = _run(asked, pool, lock)
    raise typer.Exit(130 if stopped else 0 if totals.all_done else 1)


def _config(path: Path | None, target: str | None, seconds: float | None) -> Config:
    """What is asked; options of the command line win over the top of the file, its rules over both."""
    from symkan.batch.config import Config, Rule, read_config

    general, *rules = read_config(path).rules if path else (Rule("*"),)
    changes = {"time_budget": seconds} if seconds else {}
    options = {**(general.options or {}), **changes}
    return Config((replace(general, target=target or general.target, options=options), *rules))


def _tables(
    folder: Path, out: Path, *, pattern: str, group_by: str | None
) -> tuple[tuple[Table, ...], dict[str, dict[str, float]] | None]:
    """The tables, and the numbers that are known of each, if they are the runs of one table."""
    from symkan.batch.tables import find_tables, split_table

    if group_by is None:
        return find_tables(folder, pattern, out=out), None
    split = split_table(folder, group_by, out)
    if split.without:
        typer.echo(f"{split.without} rows name no {printable(group_by)} and are left out", err=True)
    return split.tables, split.numbers


def _tell_unnamed(tables: Sequence[Table], known: Mapping[str, Mapping[str, float]], metadata: Path) -> None:
    """Say how many tables the metadata do not name."""
    from symkan.batch.atlas import known_of

    if unnamed := known_of([table.file for table in tables], known).count(None):
        typer.echo(
            f"{unnamed} of {len(tables)} tables are not named in {printable(str(metadata))}; "
            "its first column holds the names of files",
            err=True,
        )


def _run(asked: Batch, pool: Workers, lock: Lock) -> tuple[Totals, bool]:
    from symkan.batch.coordinator import Stop, run
    from symkan.batch.summary import write_summaries
    from symkan.cli_batch_display import show_progress, show_totals

    stop = Stop()
    with _log_file(asked.out / "batch.log"), _two_interrupts(stop):

        def work(batch: Batch) -> Totals:
            with show_progress(len(batch.tables)) as watcher:
                return run(batch, pool, lock=lock, watcher=watcher, stop=stop)

        totals = work(asked)
        paths = write_summaries(asked.out, asked.tables, limits=asked.limits)
        paths += _atlas(asked, work, lock)
    show_totals(totals, paths)
    return totals, stop.asked


def _atlas(asked: Batch, work: Callable[[Batch], Totals], lock: Lock) -> tuple[Path, ...]:
    """Compare the laws of one form, and seek how their constants depend on what is known of the files."""
    from symkan.batch.atlas import groups
    from symkan.batch.atlas_pages import ATLAS, dependence_tables, write_atlas
    from symkan.batch.config import Config, Rule
    from symkan.batch.joint_rows import read_part
    from symkan.batch.tables import read_entries

    by_name = {table.name: table for table in asked.tables}

    def part(name: str) -> Part | None:
        lock.refresh()  # reading thousands of tables takes minutes
        table, result = by_name[name], asked.out / name / "result.json"
        job = asked.config.job(table.file, asked.base)
        return read_part(result, table.path, job, rows=asked.limits.joint_rows)

    found = groups(
        read_entries(asked.out, asked.tables), agree=asked.limits.agree, metadata=asked.metadata, part=part
    )
    tables, out = dependence_tables(found, asked.out), asked.out / ATLAS
    if tables:
        options = asked.config.rules[0].options
        rules = Config((Rule("*", target="last", options=options),))
        work(replace(asked, tables=tables, out=out, config=rules))
    laws = {entry.name: entry for entry in read_entries(out, tables)}
    return write_atlas(found, laws, asked.out)


@contextmanager
def _two_interrupts(stop: Stop) -> Iterator[None]:
    """The first Ctrl-C asks to stop, the second is a KeyboardInterrupt."""

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True
        logging.getLogger("symkan.batch").info("Ctrl-C: what runs is finished; once more to stop now")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _log_file(path: Path) -> Iterator[None]:
    """What the batch says goes into a file, with the time."""
    logger = logging.getLogger("symkan.batch")
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        handler.close()
