"""symkan's side of each task, as its user would write it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from symkan.bench.speed.pairs import Run
from symkan.bench.speed.tasks import ACCURATE, ROWS, rmse
from symkan.options import TrainOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from symkan.bench.speed.tasks import Problem, Work
    from symkan.kan.network import Networks
    from symkan.kan.rows import Rows

    Array = NDArray[np.float64]

RESTARTS = 4
ENOUGH = TrainOptions(patience=15, tolerance=1e-2)
STEPS = 5


def training(work: Work) -> tuple[Run]:
    """A few restarts on the first grid; the best goes on to finer ones."""
    from symkan.kan.fitting import one_thread, predict
    from symkan.kan.grids import refine
    from symkan.kan.training import train

    problem = work.problem
    x, y = problem.scaled(work.seed)
    rows = _rows(x, y)
    with one_thread():
        started = time.perf_counter()
        kan = _untrained(problem, rows, seed=work.seed)
        for grid in problem.grids:
            trained = train(refine(kan, rows.x, grid), rows, options=ENOUGH)
            kan = trained.kan.select([trained.best])
        error = rmse(predict(kan, x[ROWS:])[0], y[ROWS:])
        seconds = time.perf_counter() - started
    return (Run(seconds, error < ACCURATE, f"RMSE {error:.1e}"),)


def _rows(x: Array, y: Array) -> Rows:
    """The rows for training, which also validate: there is no noise."""
    from symkan.kan.fitting import make_rows

    return make_rows((x[:ROWS], y[:ROWS]), (x[:0], y[:0]))


def _untrained(problem: Problem, rows: Rows, *, seed: int) -> Networks:
    from symkan.kan.fitting import fix_layer, network
    from symkan.symbolic.library import Library

    kan = network(problem.widths, rows, intervals=problem.grids[0], restarts=RESTARTS, seed=seed)
    if problem.straight:
        fix_layer(kan, -1, Library.default()["x"])
    return kan


def matching(work: Work) -> tuple[Run]:
    """All edges of a trained [2, 5, 1] network against the whole library."""
    from symkan.kan.fitting import network, one_thread
    from symkan.kan.training import train
    from symkan.symbolic.matching import match_edges

    x, y = work.problem.scaled(work.seed)
    rows = _rows(x, y)
    with one_thread():
        kan = network((2, 5, 1), rows, intervals=5, restarts=1, seed=work.seed)
        kan = train(kan, rows).kan
        started = time.perf_counter()
        matches = match_edges(kan.activations(x[:ROWS]))
        seconds = time.perf_counter() - started
    return (Run(seconds, True, f"{len(matches)} edges"),)


def batch(work: Work) -> tuple[Run, ...]:
    """Steps of Levenberg-Marquardt of a batch of restarts, on the task's device and on the CPU in turn."""
    from symkan.bench.speed.stopwatch import in_turn

    restarts, rows = (int(part.split()[0]) for part in work.task.of.split(", "))
    there, here = (_steps(restarts, rows, device=device) for device in (work.task.device, "cpu"))
    return in_turn(there, here, pairs=work.pairs, device=work.task.device)


def _steps(restarts: int, count: int, *, device: str) -> Callable[[], None]:
    """A few steps of networks [4, 5, 1] with grid 5 on so many rows."""
    import numpy as np

    from symkan.kan.fitting import make_rows, network
    from symkan.kan.training import train

    x = np.random.default_rng(0).uniform(-1, 1, (count, 4))
    data = (x, np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2))
    rows = make_rows(data, (x[:0], data[1][:0]), device=device)
    kan = network((4, 5, 1), rows, intervals=5, restarts=restarts, seed=0)
    options = TrainOptions(steps=STEPS, tolerance=0.0, patience=STEPS + 1, stall=STEPS + 1)

    def steps() -> None:
        train(kan, rows, options=options)

    return steps


def job(work: Work) -> tuple[Run]:
    """A script: read the CSV, find the law, save it."""
    from symkan import discover, read_table

    found = discover(read_table("table.csv", target=work.problem.law.output))
    found.save("result.json")

    from symkan.symbolic.expressions import to_text

    return (Run(0.0, True, f"RMSE {work.test_error(found.predict):.1e}: {to_text(found.expression)}"),)
