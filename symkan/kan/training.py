"""Training: Levenberg-Marquardt over a batch of restarts; LBFGS and Adam behind the same call.

Levenberg-Marquardt after Moré 1978, with the linear outer layer solved exactly at each trial (variable projection,
Golub and Pereyra 1973) and hidden nodes rescaled to [-1, 1], whose scale is free.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from symkan.kan.gauge import settle
from symkan.kan.jacobian import columns_of, jacobian, pack, unpack
from symkan.kan.network import KAN


@dataclass(frozen=True, eq=False)
class Rows:
    """Scaled rows for training and validation: x [N, inputs], y [N, outputs]."""

    x: Tensor
    y: Tensor
    x_validation: Tensor
    y_validation: Tensor


def rmse(kan: KAN, x: Tensor, y: Tensor) -> Tensor:
    with torch.no_grad():
        loss: Tensor = (kan(x) - y).square().mean((1, 2)).sqrt()
    return torch.nan_to_num(loss, nan=torch.inf)


@dataclass
class Progress:
    train: list
    valid: list


def levenberg_marquardt(kan: KAN, rows: Rows, steps: int, *, ridge: float = 1e-12, cull=True, tol=1e-4, penalty=None, log=None):
    kan = kan.clone()
    first = columns_of(kan.stack[0], rows.x[None])
    loss = (settle(kan, rows.x, rows.y, ridge=ridge, first=first)-rows.y).square().mean((1,2)).sqrt()
    damping = torch.full_like(loss, 1e-2)
    best = kan
    stale = torch.zeros_like(loss)
    for step in range(steps):
        out, J = jacobian(kan, rows.x, first)
        n = J.shape[1] * J.shape[2]
        J = J.flatten(1, 2)
        r = (rows.y - out).flatten(1)
        A = J.transpose(1, 2) @ J / n
        g = (J.transpose(1, 2) @ r[..., None]) / n
        theta = pack(kan)
        diag = A.diagonal(dim1=1, dim2=2)
        floor = 1e-6*diag.amax(1, keepdim=True)
        B = A + torch.diag_embed(damping[:, None] * torch.maximum(diag, floor) + ridge * diag.amax(1, keepdim=True))
        L, info = torch.linalg.cholesky_ex(B)
        delta = torch.cholesky_solve(g, L)[..., 0]
        delta = torch.where((info == 0)[:, None], delta, 0.0).nan_to_num()
        trial = kan.clone()
        unpack(trial, theta + delta)
        new = (settle(trial, rows.x, rows.y, ridge=ridge, first=first)-rows.y).square().mean((1,2)).sqrt().nan_to_num(nan=torch.inf)
        ok = new < loss
        if log is not None: log.append((step, loss.tolist(), damping.tolist()))
        keep(kan, trial, ok)
        stale = torch.where(new < loss * (1 - tol), 0, stale + 1)
        loss = torch.where(ok, new, loss)
        damping = torch.where(ok, damping * 0.2, damping * 5).clamp(1e-14, 1e8)
        if bool((stale > 4).all()):
            break
    return kan, loss, step


@torch.no_grad()
def keep(kan: KAN, trial: KAN, ok: Tensor) -> None:
    for a, b in zip(kan.stack, trial.stack):
        a.coefficients.copy_(torch.where(ok[:, None, None, None], b.coefficients, a.coefficients))
        a.affine.copy_(torch.where(ok[:, None, None, None], b.affine, a.affine))
