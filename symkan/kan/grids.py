"""Grids: update from samples, extension to finer ones, and training from coarse to fine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from symkan.errors import OptionError
from symkan.kan import splines
from symkan.kan.layer import KANLayer
from symkan.kan.network import Networks
from symkan.kan.rows import Rows, Training
from symkan.kan.training import Method, train
from symkan.options import TrainOptions
from symkan.symbolic.activation import Edge

GRIDS = (5, 10, 20, 50, 100)
"""The stages of Liu et al. 2024 (arXiv 2404.19756), section 2.4."""


@torch.no_grad()
def update(kan: Networks, x: Tensor, *, quantile: float = 0.3) -> Networks:
    """A copy whose grids cover the arguments that rows x [N, inputs] bring, a mix of uniform points and
    quantiles.

    The edges stay what they were, as closely as splines on the new grids can follow.
    """
    new = kan.clone()
    for layer, trace in zip(new.stack, kan.trace(x), strict=True):
        samples = trace.arguments
        _refit(layer, samples, splines.sample_grid(samples, layer.intervals, layer.order, quantile=quantile))
    return new


@torch.no_grad()
def covers(kan: Networks, x: Tensor, edge: Edge) -> bool:
    """Whether the grid of an edge's source holds all arguments that rows x [N, inputs] bring."""
    layer, z = kan.stack[edge.layer], kan.trace(x)[edge.layer].arguments[..., edge.source]
    knots = layer.knots[:, edge.source]
    low, high = knots[:, layer.order, None], knots[:, -layer.order - 1, None]
    return bool(((z >= low) & (z <= high)).all())


@torch.no_grad()
def refine(kan: Networks, x: Tensor, intervals: int) -> Networks:
    """A copy with finer grids of the same shape, by least squares against the coarser splines.

    Grid extension, Liu et al. 2024 (arXiv 2404.19756), section 2.4: exact when `intervals` is a multiple of
    the present number, since the grids then are nested.

    Parameters
    ----------
    kan
        The networks.
    x
        Rows [N, inputs].
    intervals
        Grid intervals of the copy.

    Raises
    ------
    OptionError
        When the grid would become coarser.
    """
    new = kan.clone()
    for layer, trace in zip(new.stack, kan.trace(x), strict=True):
        if intervals < layer.intervals:
            raise OptionError(
                f"intervals: {intervals} is coarser than the grid of {layer.intervals}; "
                f"give {layer.intervals} or more"
            )
        grid = layer.knots[..., layer.order : -layer.order]
        _refit(layer, trace.arguments, splines.extend_grid(_resample(grid, intervals), layer.order))
    return new


def _resample(grid: Tensor, intervals: int) -> Tensor:
    """Points [..., intervals + 1] that follow the density of grid points [..., G + 1]."""
    place = torch.linspace(0, grid.shape[-1] - 1, intervals + 1, dtype=grid.dtype, device=grid.device)
    left = place.floor().long().clamp_max(grid.shape[-1] - 2)
    return torch.lerp(grid[..., left], grid[..., left + 1], place - left)


def _refit(layer: KANLayer, samples: Tensor, knots: Tensor) -> None:
    """Move the splines of a layer to other knots, by least squares over samples [R, N, in] and the new grid.

    Points between the samples are taken in, so that no finer coefficient is left without any.
    """
    between = _resample(knots, 4 * (knots.shape[-1] - 1)).transpose(1, 2)
    points = torch.cat([samples.expand(len(knots), -1, -1), _inside(between, knots, layer.order)], 1)
    move_splines(layer, points, knots)


def move_splines(layer: KANLayer, points: Tensor, knots: Tensor) -> None:
    """Give a layer other knots, in place; its splines keep their values at points [R, N, in] by least squares."""
    old = layer.intervals + layer.order
    values = torch.einsum(
        "rnig,rjig->rnji",
        splines.basis(points, layer.knots, layer.order)[0],
        layer.coefficients[..., :old],
    )
    if len(points) != len(values):
        points = points.expand(len(values), -1, -1)
    wide = knots.expand(len(values), -1, -1)
    fitted = splines.fit_coefficients(points, values, wide, layer.order)
    layer.coefficients = torch.nn.Parameter(torch.cat([fitted, layer.coefficients[..., old:]], -1))
    layer.knots = knots


def _inside(points: Tensor, knots: Tensor, order: int) -> Tensor:
    return torch.minimum(torch.maximum(points, knots[:, None, :, order]), knots[:, None, :, -order - 1])


def stages(
    kan: Networks, rows: Rows, *, grids: Sequence[int] = GRIDS, trainer: Callable[..., Training] = train
) -> Iterator[Training]:
    """Trainings on rising grids, each from the best state of the one before.

    Parameters
    ----------
    kan
        The networks; grids coarser than theirs are passed over.
    rows
        Scaled rows.
    grids
        Grid intervals of the stages.
    trainer
        `train` with its options, such as ``functools.partial(train, method="lbfgs")``.
    """
    own = kan.stack[0].intervals
    for intervals in sorted(g for g in grids if g >= own) or [own]:
        training = trainer(refine(kan, rows.x, intervals), rows)
        kan = training.kan
        yield training


def train_stages(
    kan: Networks,
    rows: Rows,
    *,
    options: TrainOptions | None = None,
    grids: Sequence[int] = GRIDS,
    method: Method = "lm",
    deadline: float | None = None,
) -> Training:
    """Train on rising grids, each stage from the best state of the one before; stop when validation rows
    object.

    Parameters
    ----------
    kan
        The networks; grids coarser than theirs are passed over.
    rows
        Scaled rows.
    options
        Of each stage.
    grids
        Grid intervals of the stages.
    method
        As for `train`.
    deadline
        Time of `time.monotonic()` after which no step begins.

    Returns
    -------
    Training
        The networks of the stage with the lowest validation loss; the curves are those of all stages.
    """
    best: Training | None = None
    made: list[Training] = []
    trainer = partial(train, options=options, method=method, deadline=deadline)
    for training in stages(kan, rows, grids=grids, trainer=trainer):
        made.append(training)
        if best is not None and training.validation_rmse.min() >= best.validation_rmse.min():
            break
        best = training
        if deadline is not None and time.monotonic() > deadline:
            break
    assert best is not None
    return replace(
        best,
        train_curve=np.concatenate([s.train_curve for s in made]),
        validation_curve=np.concatenate([s.validation_curve for s in made]),
        grid=tuple(g for s in made for g in s.grid),
    )
