"""Training: Levenberg-Marquardt over a batch of restarts; LBFGS and Adam behind the same call."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from symkan.errors import OptionError
from symkan.kan.first_order import adam, lbfgs
from symkan.kan.levenberg_marquardt import Run, minimise
from symkan.kan.network import Networks
from symkan.kan.rows import Rows, Stop, Training, Watch, rmse
from symkan.options import TrainOptions

__all__ = ["Rows", "Stop", "Training", "Watch", "levenberg_marquardt", "rmse", "train"]

Method = Literal["lm", "lbfgs", "adam"]


def train(
    kan: Networks,
    rows: Rows,
    *,
    options: TrainOptions | None = None,
    method: Method = "lm",
    deadline: float | None = None,
    watch: Watch | None = None,
) -> Training:
    """Train R networks together and keep for each the state with the lowest validation loss.

    Parameters
    ----------
    kan
        The networks; they are not changed.
    rows
        Scaled rows.
    options
        How long, and when to stop.
    method
        "lm" (Levenberg-Marquardt), "lbfgs" or "adam".
    deadline
        Time of `time.monotonic()` after which no step begins.
    watch
        Is called with the networks at the start and after each step; without those that have ended, perhaps.

    Raises
    ------
    OptionError
        When the method is none of these, or the rows do not fit the network.

    Examples
    --------
    >>> x = torch.linspace(-1, 1, 50, dtype=torch.float64)[:, None]
    >>> bool(train(Networks([1, 1]), Rows(x, x**2, x, x**2)).train_rmse[0] < 1e-9)
    True
    """
    options = options or TrainOptions()
    _check(kan, rows)
    if method == "lm":
        return _levenberg_marquardt(kan, rows, options, deadline, watch)
    if method == "lbfgs":
        return lbfgs(kan, rows, options, deadline=deadline, watch=watch)
    if method == "adam":
        return adam(kan, rows, options, deadline=deadline, watch=watch)
    raise OptionError(f"method: {method!r} is no method of training; choose lm, lbfgs or adam")


def _check(kan: Networks, rows: Rows) -> None:
    shape = kan.architecture
    if rows.x.shape[1] != shape.inputs or rows.y.shape[1] != shape.widths[-1]:
        raise OptionError(
            f"rows: {rows.x.shape[1]} columns and {rows.y.shape[1]} targets do not fit the network {shape}; "
            "give x [N, inputs] and y [N, outputs]"
        )


def _levenberg_marquardt(
    kan: Networks, rows: Rows, options: TrainOptions, deadline: float | None, watch: Watch | None
) -> Training:
    record, stopped = minimise(Run(kan, rows, options), deadline, watch)
    curves = [torch.stack(c).cpu().numpy() for c in zip(*record.curves, strict=True)]
    return Training(
        record.best,
        record.best_train.cpu().numpy(),
        record.best_validation.cpu().numpy(),
        curves[0],
        curves[1],
        (kan.stack[0].intervals,) * len(curves[0]),
        "lm",
        stopped,
    )


def levenberg_marquardt(
    kan: Networks, rows: Rows, steps: int, options: TrainOptions | None = None
) -> tuple[Networks, Tensor, int]:
    """A bare fit to the training rows: the networks, their training RMSE [R], and the steps made."""
    run = Run(kan, replace_validation(rows), replace(options or TrainOptions(), steps=steps))
    record, _ = minimise(run, None)
    return record.best, record.best_train, len(record.curves) - 1


def replace_validation(rows: Rows) -> Rows:
    """The rows with the training rows in place of the validation rows."""
    return Rows(rows.x, rows.y, rows.x[:0], rows.y[:0], rows.weight)
