"""Networks for a problem: scaled rows in, a trained network with its losses in the table's units out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.data.scaling import Scaling, fit_scaling
from symkan.search.problems import Problem
from symkan.search.proposals import Proposal
from symkan.search.records import History
from symkan.search.working import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.data.splitting import Split
    from symkan.kan.network import Networks
    from symkan.kan.training import Rows
    from symkan.options import Options, SearchOptions

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sample:
    """The rows that the search works on: row numbers for training and validation."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]

    @property
    def rows(self) -> NDArray[np.int64]:
        """All rows that the search may look at."""
        return np.union1d(self.train, self.validation)

    def of(self, problem: Problem) -> Sample:
        """Those rows on which the problem has values: a column that is divided out of the target may be zero there."""
        there = np.isfinite(problem.t) & np.isfinite(problem.x).all(1)
        return Sample(self.train[there[self.train]], self.validation[there[self.validation]])


@dataclass(frozen=True, eq=False)
class Trained:
    """A network (one restart) trained for a problem.

    Attributes
    ----------
    problem, proposal
        What it was trained for, and its architecture.
    name
        Such as "[2, 1, 1] for log y".
    kan
        The network, of scaled columns for the scaled target.
    scaling
        The scales.
    train_rmse, validation_rmse
        In units of the table's target.
    history
        Training curve.
    weighted
        Whether errors counted as they show in the table's target, and not in the problem's.
    """

    problem: Problem
    proposal: Proposal
    name: str
    kan: Networks
    scaling: Scaling
    train_rmse: float
    validation_rmse: float
    history: History
    weighted: bool = False


@dataclass(frozen=True)
class Label:
    """What a network is trained for: the target in words, such as "log y", how its errors count, and until when."""

    target: str
    weighted: bool = False
    deadline: float = math.inf


def rows_of(trained: Trained, table: Dataset, sample: Sample, *, device: str) -> Rows:
    """Scaled tensors for the trainer, of what a network was trained on."""
    return _rows(trained.problem, trained.scaling, table, sample, weighted=trained.weighted, device=device)


def _rows(
    problem: Problem, scaling: Scaling, table: Dataset, sample: Sample, *, weighted: bool, device: str
) -> Rows:
    from symkan.kan.fitting import make_rows

    x, t = problem.x / scaling.x, problem.t / scaling.y
    train, validation = sample.train, sample.validation
    weight = None
    if weighted or table.sigma is not None:
        weight = problem.weights(table)[train]
        weight = np.minimum(weight, 30 * np.median(weight))
        weight /= max(float(np.sqrt(np.mean(weight**2))), 1e-300)
    return make_rows((x[train], t[train]), (x[validation], t[validation]), weight=weight, device=device)


def table_rmse(problem: Problem, t: Array, table: Dataset, rows: NDArray[np.int64]) -> float:
    """RMSE in units of the table's target of values t [rows] for the problem, at some rows.

    Infinite where the target is undefined.
    """
    residual = problem.values(t[rows], table.x[rows]) - table.y[rows]
    value = float(np.sqrt(np.mean(np.square(residual))))
    return value if np.isfinite(value) else float("inf")


def train_network(
    problem: Problem, table: Dataset, sample: Sample, proposal: Proposal, *, label: Label, options: Options
) -> Trained:
    """Train the proposed networks, and keep the restart that is best on the validation rows."""
    from symkan.kan.fitting import fix_layer, network, predict
    from symkan.kan.training import train
    from symkan.symbolic.library import Library

    told = sample.of(problem)
    scaling = fit_scaling(problem.x[told.train], problem.t[told.train], options.scaling)
    rows = _rows(problem, scaling, table, told, weighted=label.weighted, device=options.device)
    kan = network(
        proposal.widths, rows, intervals=proposal.intervals, restarts=proposal.restarts, seed=options.seed
    )
    line = Library.default()["x"]
    if proposal.linear_output:
        fix_layer(kan, -1, line)
    if proposal.linear_input:
        fix_layer(kan, 0, line, spread=1.0, seed=options.seed)
    training = train(kan, rows, options=options.train, deadline=label.deadline)
    t = predict(training.kan, problem.x / scaling.x) * scaling.y
    losses = [table_rmse(problem, values, table, sample.validation) for values in t]
    best = int(np.argmin(losses))
    name = f"{proposal} for {label.target}"
    return Trained(
        problem,
        proposal,
        name,
        training.kan.select([best]),
        scaling,
        table_rmse(problem, t[best], table, sample.train),
        losses[best],
        History(
            name,
            tuple(training.grid),
            tuple(float(v) for v in training.train_curve[:, best]),
            tuple(float(v) for v in training.validation_curve[:, best]),
        ),
        label.weighted,
    )


def network_values(trained: Trained, table: Dataset) -> Array:
    """The network's values [all rows] for the table's target."""
    from symkan.kan.fitting import predict

    values: Array = predict(trained.kan, trained.problem.x / trained.scaling.x)[0] * trained.scaling.y
    return trained.problem.values(values, table.x)


def network_share(trained: Trained, table: Dataset) -> Array:
    """The network's values [all rows] as multiples of the table's target; 1 where that is 0."""
    return np.divide(network_values(trained, table), table.y, out=np.ones(len(table.y)), where=table.y != 0)


def network_residual(trained: Trained, table: Dataset) -> Array:
    """What the network leaves of the table's target, [all rows]."""
    return table.y - network_values(trained, table)


def choose_sample(table: Dataset, parts: Split, options: SearchOptions) -> Sample:
    """The rows that networks see: all, or `options.rows` of them spread evenly over the order of the target.

    In a small table, which has folds in the place of validation rows, the first fold validates.
    """
    train, validation = (parts.train, parts.validation) if len(parts.validation) else parts.folds[0]

    return Sample(spread(table.y, train, options.rows), spread(table.y, validation, options.rows // 2))
