"""`discover`: the whole pipeline on one screen, from a table to the record of what was found in it."""

from __future__ import annotations

import time
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import numpy as np

from symkan.data.dataset import Dataset
from symkan.data.outliers import without_outliers
from symkan.data.splitting import Split, split
from symkan.evidence.scores import score
from symkan.options import Options
from symkan.result import Discovery
from symkan.search.candidates import Candidate
from symkan.search.engine import Search, Watch
from symkan.search.evaluation import evaluate
from symkan.search.final import on_all_rows
from symkan.search.forecast import last_fits
from symkan.search.networks import choose_sample
from symkan.search.records import DataSummary, Outcome, Score
from symkan.search.selection import Referee
from symkan.search.working import working_rows
from symkan.symbolic.library import Library

if TYPE_CHECKING:
    from numpy.typing import NDArray


__all__ = ["Discovery", "discover"]


def discover(dataset: Dataset, options: Options | None = None, *, watch: Watch | None = None) -> Discovery:
    """Find the law that gives a table's target from its features.

    Networks are trained from the simplest up, symbolified and written down; each formula is refitted, snapped and
    compared with the others by description length; in a large table on some rows first, and in the end on all. Locked
    test rows are looked at once, at the end.

    Parameters
    ----------
    dataset
        From `read_table` or `dataset_of`.
    options
        Time budget, seed, library and the options of each stage.
    watch
        Is called with a `Progress` at each step.

    Returns
    -------
    Discovery
        Also when time is up or Ctrl-C was pressed: then with the best so far.

    Raises
    ------
    OptionError
        When an option has a value that cannot be meant.
    """
    from symkan.kan.devices import check_device

    started = time.monotonic()
    options = options or Options()
    check_device(options.device)
    dataset = without_outliers(dataset) if options.robust else dataset
    parts = split(dataset, options.split, seed=options.seed)
    referee = Referee.of(dataset, parts, options.search)
    table, inside = working_rows(dataset, parts, options.search)
    last = 0.0 if table is dataset else last_fits(len(dataset.y), options)
    search = Search(
        table=table,
        sample=choose_sample(table, inside, options.search),
        referee=replace(referee, x=table.x, y=table.y, split=inside, sigma=table.sigma),
        library=Library.chosen(options.library),
        options=options,
        deadline=started + options.time_budget - last,
        watch=watch,
    )
    stopped = _run(search)
    searched = time.monotonic()
    if table is not dataset:
        bank = on_all_rows(search.bank, referee, deadline=search.deadline + last)
        search = replace(search, table=dataset, referee=referee, bank=bank)
    return _record(search, parts, stopped=stopped, seconds=(started, searched, time.monotonic()))


def _run(search: Search) -> str:
    try:
        search.run()
    except KeyboardInterrupt:
        return "interrupted"
    return "time budget" if search.late else "finished"


def _record(search: Search, parts: Split, *, stopped: str, seconds: tuple[float, float, float]) -> Discovery:
    trail = search.bank.best or search.fallback()
    best = trail.candidate
    return Discovery(
        outcome=_outcome(search, best),
        stopped=stopped,
        best=best,
        front=search.bank.front(),
        runners_up=search.bank.runners_up(search.options.search.runners_up),
        portrait=trail.portrait,
        stages=trail.stages,
        data=DataSummary.of(search.table, parts, notes=tuple(search.notes)),
        test=_test(search.table, parts.test, best),
        options=search.options,
        seed=search.options.seed,
        versions=_versions(),
        timings={"search": seconds[1] - seconds[0], "total": seconds[2] - seconds[0]},
    )


def _outcome(search: Search, best: Candidate) -> Outcome:
    """Exact, at the level of the best network, behind it, or no better than the mean."""
    if not best.expression.free_symbols:
        return Outcome.NONE
    if search.referee.exact(best):
        return Outcome.EXACT
    if best.r2 <= 0.1:
        return Outcome.NONE
    return Outcome.PARTIAL if search.outdone(best, 1.1) else Outcome.FITTED


def _test(table: Dataset, rows: NDArray[np.int64], best: Candidate) -> Score | None:
    """Errors on the locked rows; this is the one place that looks at them."""
    return score(table.y[rows], evaluate(best, table.x[rows]))


def _versions() -> dict[str, str]:
    import platform

    found = {"python": platform.python_version()}
    for name in ("symkan", "torch", "sympy", "numpy", "scipy", "pandas"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found
