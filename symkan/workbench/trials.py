"""One network trained from one start, with its errors after each step, in units of the target."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symkan.data.dataset import Dataset
from symkan.data.splitting import Split
from symkan.kan.fitting import make_rows
from symkan.kan.rows import Rows
from symkan.workbench.compare_options import CompareOptions

Choice = TypeVar("Choice")


class Errors(NamedTuple):
    """Root mean square errors on the training, validation and test rows, in units of the target."""

    train: float
    validation: float
    test: float


@dataclass(frozen=True)
class Trial:
    """A network trained from one start.

    Attributes
    ----------
    nodes
        Inputs, nodes of each layer, outputs.
    parameters
        How many the state has that is kept.
    seed, rate
        Of the start, and the learning rate of Adam, if it was used.
    seconds
        Wall time, with the errors after each step.
    step
        Steps made, ascending; a step on which a grid was extended comes twice, before and after.
    grid
        Grid intervals at each of `step`; empty for an MLP.
    train, validation, test
        RMSE at each of `step`, in units of the target; inf where it is undefined.
    """

    nodes: tuple[int, ...]
    parameters: int
    seed: int
    rate: float | None
    seconds: float
    step: tuple[int, ...]
    grid: tuple[int, ...]
    train: tuple[float, ...]
    validation: tuple[float, ...]
    test: tuple[float, ...]

    @property
    def kept(self) -> int:
        """Where among `step` the validation error is lowest: the state that is kept."""
        return int(np.argmin(self.validation))

    @property
    def errors(self) -> Errors:
        """Of the state that is kept."""
        return Errors(self.train[self.kept], self.validation[self.kept], self.test[self.kept])


def from_starts(
    run: Callable[[Choice, int], Trial], choices: Sequence[Choice], options: CompareOptions
) -> list[Trial]:
    """Each choice from the first seed, then the best of them from the other seeds."""
    tried = [run(choice, options.seed) for choice in choices]
    best = choices[tried.index(best_of(tried))]
    return [*tried, *(run(best, options.seed + i) for i in range(1, options.seeds))]


def best_of(trials: Sequence[Trial]) -> Trial:
    """The one with the lowest validation error."""
    return min(trials, key=lambda trial: trial.errors.validation)


@dataclass(frozen=True, eq=False)
class Task:
    """The same scaled rows for all networks: those that train and validate, those that test, the target's scale."""

    rows: Rows
    x_test: Tensor
    y_test: Tensor
    scale: float

    @classmethod
    def of(cls, table: Dataset, parts: Split, *, standardise: bool) -> Task:
        """The rows of a table, with mean 0 and standard deviation 1 on those that train, or as they are."""
        train = parts.train
        (x_shift, x_scale), (y_shift, y_scale) = (
            _moments(values[train], standardise) for values in (table.x, table.y[:, None])
        )
        x, y = (table.x - x_shift) / x_scale, (table.y - y_shift) / y_scale
        rows = make_rows((x[train], y[train]), (x[parts.validation], y[parts.validation]))
        x_test, y_test = (torch.as_tensor(values[parts.test]) for values in (x, y[:, None]))
        return cls(rows, x_test, y_test, float(y_scale[0]))

    def errors(self, network: torch.nn.Module) -> Errors:
        """Of a network in the units of the target; without test rows nan."""
        parts = (self.rows.x, self.rows.y), self.rows.held_out, (self.x_test, self.y_test)
        return Errors(*(self.scale * _rmse(network, x, y) for x, y in parts))


def _moments(values: NDArray[np.float64], wanted: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each column; 0 and 1 where they are not wanted."""
    if not wanted:
        return np.zeros(values.shape[1]), np.ones(values.shape[1])
    scale = values.std(0)
    return values.mean(0), np.where(scale > 0, scale, 1.0)


@torch.no_grad()
def _rmse(network: torch.nn.Module, x: Tensor, y: Tensor) -> float:
    if not len(x):
        return math.nan
    error = float((network(x).reshape(y.shape) - y).square().mean().sqrt())
    return error if math.isfinite(error) else math.inf
