"""Networks for a problem: scaled rows in, a trained network with its losses in the table's units out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.problems import Problem
from symkan.search.proposals import Proposal
from symkan.search.records import History

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.kan.network import KAN
    from symkan.kan.training import Rows
    from symkan.data.splitting import Split
    from symkan.options import Options, SearchOptions

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sample:
    """The rows that the search works on: row numbers for training and validation."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]


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
        The network, of scaled columns x / x_scale, for the scaled target t / t_scale.
    x_scale, t_scale
        Scales, [columns] and scalar; negative where a column is negative throughout.
    train_rmse, validation_rmse
        In units of the table's target.
    history
        Training curve.
    """

    problem: Problem
    proposal: Proposal
    name: str
    kan: KAN
    x_scale: Array
    t_scale: float
    train_rmse: float
    validation_rmse: float
    history: History


def scales(problem: Problem, sample: Sample) -> tuple[Array, float]:
    """Scales of columns and target by their bulk, so that one far value does not squeeze the others together.

    Scaling moves no zero: powers stay powers. A column that is negative throughout gets a negative scale.
    """
    size = np.quantile(np.abs(problem.x[sample.train]), 0.95, axis=0)
    size = np.where(size > 0, size, 1.0) * np.where((problem.x < 0).all(axis=0), -1.0, 1.0)
    spread = float(np.quantile(np.abs(problem.t[sample.train]), 0.95))
    return size, spread if spread > 0 else 1.0


def rows_of(problem: Problem, sample: Sample, x_scale: Array, t_scale: float) -> Rows:
    """Scaled tensors for the trainer."""
    from symkan.kan.fitting import make_rows

    x, t = problem.x / x_scale, problem.t / t_scale
    return make_rows(x[sample.train], t[sample.train], x[sample.validation], t[sample.validation])


def table_rmse(problem: Problem, t: Array, table: Dataset, rows: NDArray[np.int64]) -> float:
    """RMSE in units of the table's target of values t [rows of the table] for the problem, at some rows; inf if undefined."""
    residual = problem.values(t[rows], table.x[rows]) - table.y[rows]
    value = float(np.sqrt(np.mean(np.square(residual))))
    return value if np.isfinite(value) else float("inf")


def train_network(
    problem: Problem, proposal: Proposal, table: Dataset, sample: Sample, *, label: str, options: Options
) -> Trained:
    """Train the proposed networks, and keep the restart that is best on the validation rows.

    `label` says what the target of the problem is, such as "log y".
    """
    from symkan.kan.fitting import fix_layer, network, predict
    from symkan.kan.training import train
    from symkan.symbolic.library import Library

    x_scale, t_scale = scales(problem, sample)
    rows = rows_of(problem, sample, x_scale, t_scale)
    kan = network(proposal.widths, rows, intervals=proposal.intervals, restarts=proposal.restarts, seed=options.seed)
    if proposal.linear_output:
        fix_layer(kan, -1, Library.default()["x"])
    training = train(kan, rows, options=options.train)
    t = predict(training.kan, problem.x / x_scale) * t_scale
    losses = [table_rmse(problem, values, table, sample.validation) for values in t]
    best = int(np.argmin(losses))
    name = f"{proposal} for {label}"
    return Trained(
        problem,
        proposal,
        name,
        training.kan.select([best]),
        x_scale,
        t_scale,
        table_rmse(problem, t[best], table, sample.train),
        losses[best],
        History(
            name,
            tuple(training.grid),
            tuple(float(v) for v in training.train_curve[:, best]),
            tuple(float(v) for v in training.validation_curve[:, best]),
        ),
    )


def choose_sample(table: Dataset, parts: Split, options: SearchOptions) -> Sample:
    """The rows that networks see: all, or `options.rows` of them spread evenly over the order of the target.

    In a small table, which has folds in the place of validation rows, the first fold validates.
    """
    train, validation = (parts.train, parts.validation) if len(parts.validation) else parts.folds[0]

    def spread(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
        if len(rows) <= most:
            return rows
        order = rows[np.argsort(table.y[rows], kind="stable")]
        return np.sort(order[np.linspace(0, len(order) - 1, most).astype(np.int64)])

    return Sample(spread(train, options.rows), spread(validation, options.rows // 2))
