"""Fitting a network by hand: scales and grids from the first rows, more starts, a record of the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import torch

from symkan.data.scaling import fit_scaling
from symkan.errors import OptionError
from symkan.kan.fitting import cover, one_thread
from symkan.kan.grids import train_stages, update
from symkan.kan.rows import Stop, Training, rmse
from symkan.kan.training import Method, train
from symkan.options import TrainOptions
from symkan.search.records import History
from symkan.workbench.options import FitOptions
from symkan.workbench.units import rescaled

if TYPE_CHECKING:
    from torch import Tensor

    from symkan.kan.network import Networks
    from symkan.kan.rows import Rows
    from symkan.workbench.rows import Data


class HowToFit(TypedDict, total=False):
    """The keywords of `KAN.fit`."""

    validation: tuple[Any, Any] | None
    steps: int
    method: Method
    restarts: int
    grids: Sequence[int] | None


def scales(data: Data, like: Tensor) -> tuple[Tensor, Tensor]:
    """What columns and targets are divided by, [inputs] and [outputs]."""
    x = fit_scaling(data.x, data.y[:, 0]).x
    y = [fit_scaling(data.x, column).y for column in data.y.T]
    return like.new_tensor(x), like.new_tensor(y)


def prepared(networks: Networks, data: Data, like: Tensor) -> tuple[Networks, Tensor, Tensor]:
    """An untrained network made ready for the first rows it sees, and the scales."""
    x_scale, y_scale = scales(data, like)
    new = rescaled(networks, x_scale, y_scale)
    cover(new, data.scaled(x_scale, y_scale).x)
    return new, x_scale, y_scale


def fitted(networks: Networks, rows: Rows, how: FitOptions, *, seed: int) -> Training:
    """A training from one or more starts; the best of them alone is kept."""
    if how.restarts < 1 or how.steps < 0:
        raise OptionError(
            f"restarts={how.restarts}, steps={how.steps}: give at least one start, and no fewer than 0 steps"
        )
    if how.steps == 0:
        return untrained(networks, rows)
    options = TrainOptions(steps=how.steps)
    if how.method != "lm":  # Levenberg-Marquardt brings hidden nodes to their grids, the others do not
        networks = update(networks, rows.x)
    networks = starts(networks, how.restarts, seed=seed)
    with one_thread():
        if how.grids is None:
            return train(networks, rows, options=options, method=how.method)
        return train_stages(networks, rows, options=options, grids=how.grids, method=how.method)


def untrained(networks: Networks, rows: Rows) -> Training:
    """The network as it is."""
    loss, held_out = (rmse(networks, x, y).cpu().numpy() for x, y in ((rows.x, rows.y), rows.held_out))
    grid = (networks.stack[0].intervals,)
    return Training(networks.clone(), loss, held_out, loss[None], held_out[None], grid, "none", (Stop.STEPS,))


@torch.no_grad()
def starts(networks: Networks, count: int, *, seed: int) -> Networks:
    """So many restarts: the network as it is, and others with its edges and random splines on them."""
    if count == 1:
        return networks
    many = networks.select([0] * count)
    generator = torch.Generator().manual_seed(seed)
    for depth, (layer, own) in enumerate(zip(many.stack, networks.stack, strict=True)):
        if depth:
            layer.knots = own.knots.repeat(count, 1, 1)
        layer.initialise(generator)
        layer.coefficients[0] = own.coefficients[0]
    return many


def continued(before: History, training: Training, y_scale: Tensor) -> History:
    """The record with one more training; in units of the target where there is one."""
    unit = float(y_scale[0]) if len(y_scale) == 1 else 1.0
    train_curve, validation_curve = (
        tuple((np.asarray(curve)[:, training.best] * unit).tolist())
        for curve in (training.train_curve, training.validation_curve)
    )
    return History(
        str(training.kan.architecture),
        before.grid + training.grid,
        before.train_rmse + train_curve,
        before.validation_rmse + validation_curve,
    )
