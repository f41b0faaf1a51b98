"""Sparsification: drive the edges that are not needed to zero, as strongly as the validation rows allow."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import torch

from symkan.kan.levenberg_marquardt import Run, minimise
from symkan.kan.network import Networks
from symkan.kan.penalty import Penalty
from symkan.kan.rows import Rows, rmse
from symkan.kan.tolerance import Allowance
from symkan.kan.training import train
from symkan.options import SparsifyOptions, TrainOptions

REWEIGHTINGS = 3


@dataclass(frozen=True)
class Strength:
    """One point of the path: the strength, the validation RMSE [R] after a refit without penalty."""

    strength: float
    validation_rmse: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Sparsified:
    """A sparse network.

    Attributes
    ----------
    kan
        For each restart the network of the strength chosen, refitted without penalty.
    strength
        The strength chosen for each restart; 0 where every penalty raised the validation loss.
    path
        All strengths tried, with strength 0 first.
    """

    kan: Networks
    strength: tuple[float, ...]
    path: tuple[Strength, ...]


def sparsify(
    kan: Networks, rows: Rows, *, options: SparsifyOptions | None = None, deadline: float | None = None
) -> Sparsified:
    """Sparsify trained networks by a path of rising penalties; the strongest that validation rows allow is taken.

    The whole path is tried: noise is overfitted under weak penalties, and a strong one may be the first that helps.

    Parameters
    ----------
    kan
        The networks.
    rows
        Scaled rows.
    options
        The path and what loss counts as none.
    deadline
        Time of `time.monotonic()` after which no strength is tried.
    """
    options = options or SparsifyOptions()
    x, y = rows.held_out
    allowance = Allowance.of(y, options)
    best = rmse(kan, x, y)
    path = [Strength(0.0, tuple(best.tolist()))]
    chosen, strengths = kan.clone(), torch.zeros_like(best)
    penalised = kan
    scale = float(rows.y.var(correction=0))
    for strength in options.strengths:
        if deadline is not None and time.monotonic() > deadline:
            break
        penalised = _penalise(penalised, rows, options, strength * scale)
        refitted = train(penalised, rows, options=TrainOptions(steps=options.refit_steps))
        loss = torch.from_numpy(refitted.validation_rmse).to(best.device)
        path.append(Strength(strength, tuple(loss.tolist())))
        best = torch.minimum(best, loss)
        fits = loss <= allowance(best)
        _take(chosen, refitted.kan, fits)
        strengths = torch.where(fits, strength, strengths)
    return Sparsified(chosen, tuple(strengths.tolist()), tuple(path))


def _penalise(kan: Networks, rows: Rows, options: SparsifyOptions, strength: float) -> Networks:
    """Steps of Levenberg-Marquardt under the penalty, whose weights follow the state."""
    settings = TrainOptions(steps=max(1, options.steps // REWEIGHTINGS))
    for _ in range(REWEIGHTINGS):
        penalty = Penalty.at(kan, rows.x, strength=strength, l1=options.l1, entropy_weight=options.entropy)
        run = Run(kan, replace(rows, x_validation=rows.x[:0], y_validation=rows.y[:0]), settings, penalty)
        minimise(run, None)
        kan = run.kan if run.kan.restarts == kan.restarts else kan
    return kan


@torch.no_grad()
def _take(chosen: Networks, source: Networks, where: torch.Tensor) -> None:
    for kept, layer in zip(chosen.stack, source.stack, strict=True):
        kept.coefficients[where] = layer.coefficients[where]
        kept.affine[where] = layer.affine[where]
