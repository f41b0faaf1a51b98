"""KANs trained on rising grids, with their errors after each step."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from symkan.errors import OptionError
from symkan.kan.fitting import network
from symkan.kan.grids import stages, update
from symkan.kan.network import Networks
from symkan.kan.rows import Rows, Training
from symkan.kan.training import Method, train
from symkan.workbench.compare_options import CompareOptions
from symkan.workbench.trials import Errors, Task, Trial, from_starts

_ORDER = 3
_FIRST_STEPS = 10
"""By which starts are told apart."""
_ROUNDS = 5
"""Of LBFGS on each grid: before each the grids follow their nodes."""


def kan_trials(task: Task, options: CompareOptions, shapes: Sequence[Sequence[int]]) -> list[Trial]:
    """Each shape from the first seed, then the best of them from the other seeds."""
    return from_starts(
        lambda shape, seed: kan_trial(task, options, shape, seed=seed, stop=True), shapes, options
    )


def kan_trial(task: Task, options: CompareOptions, widths: Sequence[int], *, seed: int, stop: bool) -> Trial:
    """Grid extension from one start; with `stop` the first grid that validation rows object to is the last."""
    started = time.perf_counter()
    first, *_ = grids = sorted(options.grids)
    trainer = _Trainer(task, options)
    kan = _start(task, options, widths, intervals=first, seed=seed)
    lowest = float("inf")
    for training in stages(kan, task.rows, grids=grids, trainer=trainer):
        if stop and training.validation_rmse[0] >= lowest:
            break
        lowest = training.validation_rmse[0]
    return trainer.trial(tuple(widths), seed, time.perf_counter() - started)


def _start(
    task: Task, options: CompareOptions, widths: Sequence[int], *, intervals: int, seed: int
) -> Networks:
    """An untrained network: of several the one that comes nearest to the validation rows in few steps."""
    method, base = _method(options), _base(options.method)
    starts = network(widths, task.rows, intervals=intervals, restarts=options.restarts, seed=seed, base=base)
    if options.restarts == 1:
        return starts
    few = replace(options.train, steps=_FIRST_STEPS)
    return starts.select([train(starts, task.rows, options=few, method=method).best])


def count_on(widths: Sequence[int], intervals: int, *, method: str) -> int:
    """Parameters of a KAN of cubic splines on a grid.

    Examples
    --------
    >>> count_on((2, 1, 1), 5, method="lm")
    24
    """
    edges = sum(sources * targets for sources, targets in pairwise(widths))
    return edges * (intervals + _ORDER + _base(method))


def _method(options: CompareOptions) -> Method:
    if options.method not in ("lm", "lbfgs"):
        raise OptionError(f"method: {options.method!r} is none; choose lm or lbfgs")
    return "lm" if options.method == "lm" else "lbfgs"


def _base(method: str) -> bool:
    """LBFGS needs the base functions of the article; Levenberg-Marquardt does as well without."""
    return method == "lbfgs"


class _Trainer:
    """Trains, and notes the errors at the start and after each step."""

    def __init__(self, task: Task, options: CompareOptions) -> None:
        self._task, self._options = task, options
        self._points: list[tuple[int, int, Errors]] = []
        self._starts = False

    def __call__(self, kan: Networks, rows: Rows) -> Training:
        """One stage."""
        if self._options.method == "lm":
            return self._train(kan, rows, self._options.train.steps)
        steps, rest = divmod(self._options.train.steps, _ROUNDS)
        rounds: list[Training] = []
        for i in range(_ROUNDS):
            rounds.append(self._train(update(kan, rows.x), rows, steps + (i < rest)))
            kan = rounds[-1].kan
        return min(rounds, key=lambda training: float(training.validation_rmse[0]))

    def _train(self, kan: Networks, rows: Rows, steps: int) -> Training:
        self._starts = True
        options = replace(self._options.train, steps=steps)
        return train(kan, rows, options=options, method=_method(self._options), watch=self._note)

    def _note(self, kan: Networks) -> None:
        made = self._points[-1][0] + (not self._starts) if self._points else 0
        self._points.append((made, kan.stack[0].intervals, self._task.errors(kan)))
        self._starts = False

    def trial(self, nodes: tuple[int, ...], seed: int, seconds: float) -> Trial:
        """What was noted."""
        step, grid, errors = zip(*self._points, strict=True)
        curves = (tuple(curve) for curve in zip(*errors, strict=True))
        trial = Trial(nodes, 0, seed, None, seconds, step, grid, *curves)
        return replace(trial, parameters=count_on(nodes, trial.grid[trial.kept], method=self._options.method))
