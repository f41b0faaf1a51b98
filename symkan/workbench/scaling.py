"""How the test error of both networks falls with the number of their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from symkan.workbench.compare_options import CompareOptions
from symkan.workbench.grid_trials import count_on, kan_trial
from symkan.workbench.mlp import mlp_trials
from symkan.workbench.trials import Errors, Task, Trial, best_of


@dataclass(frozen=True)
class Point:
    """A network of one size: grid intervals of the KAN or width of the MLP, its parameters, its errors."""

    size: int
    parameters: int
    errors: Errors


@dataclass(frozen=True)
class Law:
    """Test RMSE = factor · parameters^slope, by least squares of the logarithms, down to the lowest error.

    Attributes
    ----------
    slope, factor
        nan where fewer than two points fall, or one of them is 0 or undefined.
    points
        How many were fitted: a network that is too large for its rows follows no power law.
    """

    slope: float
    factor: float
    points: int


@dataclass(frozen=True)
class Scaling:
    """Both networks in all sizes, each the best of its starts by validation error, smallest first."""

    kan: tuple[Point, ...]
    mlp: tuple[Point, ...]

    @property
    def laws(self) -> tuple[Law, Law]:
        """Of the KAN and of the MLP."""
        return power_law(self.kan), power_law(self.mlp)


def power_law(points: Sequence[Point]) -> Law:
    """Fit a power law to the test errors up to the point with the lowest validation error.

    Examples
    --------
    >>> sizes = [(n, Errors(0, n**-4.0, 3 * n**-4.0)) for n in (10, 20, 50)] + [(100, Errors(0, 1, 1))]
    >>> law = power_law([Point(n, n, errors) for n, errors in sizes])
    >>> round(law.slope, 6), round(law.factor, 6), law.points
    (-4.0, 3.0, 3)
    """
    count = int(np.argmin([point.errors.validation for point in points])) + 1
    errors = np.array([point.errors.test for point in points[:count]])
    if count < 2 or not (np.isfinite(errors) & (errors > 0)).all():
        return Law(float("nan"), float("nan"), 0)
    slope, level = np.polyfit(np.log([p.parameters for p in points[:count]]), np.log(errors), 1)
    return Law(float(slope), float(np.exp(level)), count)


def scale(task: Task, options: CompareOptions, nodes: Sequence[int]) -> Scaling:
    """Train the KAN on all grids, and MLPs of all widths, each from as many starts as in the comparison."""
    seeds = range(options.seed, options.seed + options.seeds)
    trials = [kan_trial(task, options, nodes, seed=seed, stop=False) for seed in seeds]
    by_grid = zip(*(_stages(trial) for trial in trials), strict=True)
    kan = [min(stage, key=lambda s: s[1].validation) for stage in by_grid]
    depth = len(options.mlp)
    mlp = [(width, best_of(mlp_trials(task, options, (width,) * depth))) for width in sorted(options.widths)]
    return Scaling(
        tuple(Point(grid, count_on(nodes, grid, method=options.method), errors) for grid, errors in kan),
        tuple(Point(width, trial.parameters, trial.errors) for width, trial in mlp),
    )


def _stages(trial: Trial) -> Iterator[tuple[int, Errors]]:
    """Each grid of a KAN with the errors of its best state by validation."""
    curves = zip(trial.grid, trial.train, trial.validation, trial.test, strict=True)
    for grid, rows in groupby(curves, key=lambda row: row[0]):
        yield grid, min((Errors(*row[1:]) for row in rows), key=lambda errors: errors.validation)
