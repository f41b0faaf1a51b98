"""Levenberg-Marquardt over a batch of restarts.

After Moré 1978, with the linear outer layer solved exactly at each trial (variable projection, Golub and
Pereyra 1973) and hidden nodes rescaled to [-1, 1], whose scale is free. Each restart has its own damping and
ends on its own; when more than half have ended the batch is cut down to the others. Equations too large to be
formed are solved by conjugate gradients.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from symkan.kan.equations import Dense, Equations
from symkan.kan.gauge import settle
from symkan.kan.jacobian import Pass, Plan, forward, pack, unpack
from symkan.kan.matrix_free import MatrixFree
from symkan.kan.rows import Rows, Stop, Watch, ignore, rmse_of

if TYPE_CHECKING:
    from symkan.kan.network import Networks
    from symkan.kan.penalty import Penalty
    from symkan.options import TrainOptions


@dataclass(eq=False)
class Run:
    """Restarts on their way: their network, and the equations of the next step.

    `loss` [R] is the root of what is minimised, the mean square error and the penalty if there is one.
    """

    kan: Networks
    rows: Rows
    options: TrainOptions
    penalty: Penalty | None = None

    def __post_init__(self) -> None:
        self.kan = self.kan.clone()
        self.plan = Plan.of(self.kan, self.rows.x)
        self._free = self.plan.parameters > self.options.dense and self.penalty is None
        x, self._y_held_out = self.rows.held_out
        self._held_out = None if x is self.rows.x else Plan.of(self.kan, x)
        before = snapshot(self.kan)
        passes = self._settle()
        self.rmse = rmse_of(passes[-1].nodes, self.rows.y, self.rows.weight)
        self.loss = self._loss(passes)
        if bool(torch.isinf(self.rmse).any()):
            restore(self.kan, before, torch.isinf(self.rmse))
        self.damping = torch.full_like(self.loss, self.options.damping)
        self.equations = self._equations(passes)

    def step(self) -> Tensor:
        """Try one step; the restarts [R] that took it."""
        before = snapshot(self.kan)
        change = self.equations.solve(self.damping, self.options.ridge)
        theta = pack(self.kan, self.plan.packings) + change
        unpack(self.kan, theta, self.plan.packings)
        passes = self._settle()
        loss = self._loss(passes)
        better = loss < self.loss
        if bool(better.any()):
            self.equations = self.equations.join(self._equations(passes), better)
        if not bool(better.all()):
            restore(self.kan, before, ~better)
        self.rmse = torch.where(better, rmse_of(passes[-1].nodes, self.rows.y, self.rows.weight), self.rmse)
        self.loss = torch.where(better, loss, self.loss)
        self.damping = torch.where(better, self.damping * 0.2, self.damping * 5).clamp(1e-14, 1e8)
        return better

    def validation(self) -> Tensor:
        """RMSE on the held-out rows, [R]."""
        if self._held_out is None:
            return self.rmse
        return rmse_of(forward(self.kan, self._held_out)[-1].nodes, self._y_held_out)

    def select(self, index: Tensor) -> None:
        """Go on with some of the restarts."""
        self.kan = self.kan.select(index)
        self.rmse, self.loss, self.damping = self.rmse[index], self.loss[index], self.damping[index]
        self.equations = self.equations.select(index)
        if self.penalty is not None:
            self.penalty = self.penalty.select(index)

    def _settle(self) -> list[Pass]:
        shrink = None if self.penalty is None else self.penalty.weights[-1]
        ridge, widest = self.options.ridge, self.options.dense if self._free else inf
        return settle(self.kan, self.plan, self.rows, ridge=ridge, shrink=shrink, widest=widest)

    def _loss(self, passes: list[Pass]) -> Tensor:
        loss = rmse_of(passes[-1].nodes, self.rows.y, self.rows.weight)
        return loss if self.penalty is None else (loss.square() + self.penalty.value(passes)).sqrt()

    def _equations(self, passes: list[Pass]) -> Equations:
        if self._free:
            iterations = self.options.iterations
            return MatrixFree.at(self.kan, self.plan, passes, self.rows, iterations=iterations)
        return Dense.at(self.kan, self.plan, passes, self.rows, self.penalty)


Snapshot = list[tuple[Tensor, Tensor]]


def snapshot(kan: Networks) -> Snapshot:
    """Copies of all parameters."""
    return [(layer.coefficients.detach().clone(), layer.affine.detach().clone()) for layer in kan.stack]


@torch.no_grad()
def restore(kan: Networks, saved: Snapshot, where: Tensor) -> None:
    """Write saved parameters back in the restarts `where` [R]."""
    mask = where[:, None, None, None]
    for layer, (coefficients, affine) in zip(kan.stack, saved, strict=True):
        layer.coefficients.copy_(torch.where(mask, coefficients, layer.coefficients))
        layer.affine.copy_(torch.where(mask, affine, layer.affine))


class Record:
    """Best states, curves and ends of all restarts, also of those that the batch has dropped."""

    def __init__(self, run: Run) -> None:
        self.best = run.kan.clone()
        self.alive = torch.arange(len(run.loss), device=run.loss.device)  # the restarts in the batch
        self.train, self.validation = run.rmse.clone(), run.validation()
        self.best_train, self.best_validation = self.train.clone(), self.validation.clone()
        self.curves = [(self.train.clone(), self.validation.clone())]
        self.stale = torch.zeros_like(self.alive)
        self.unimproved = torch.zeros_like(self.alive)
        undefined = torch.nonzero(torch.isinf(run.loss)).flatten().tolist()
        self.stop: dict[int, Stop] = dict.fromkeys(undefined, Stop.UNDEFINED)

    def add(self, run: Run, before: Tensor) -> None:
        """Note a step; `before` is the loss in front of it."""
        options, at = run.options, self.alive
        self.train[at], self.validation[at] = run.rmse, run.validation()
        self.curves.append((self.train.clone(), self.validation.clone()))
        self.stale = torch.where(run.loss < before * (1 - options.tolerance), 0, self.stale + 1)
        better = self.validation[at] < self.best_validation[at]
        clear = self.validation[at] < self.best_validation[at] * (1 - options.tolerance)
        self.unimproved = torch.where(clear, 0, self.unimproved + 1)
        if bool(better.any()):
            self._keep(run.kan, better)
        for place in torch.nonzero(self.unimproved >= options.patience).flatten().tolist():
            self.stop.setdefault(int(at[place]), Stop.VALIDATION)
        for place in torch.nonzero(self.stale >= options.stall).flatten().tolist():
            self.stop.setdefault(int(at[place]), Stop.STALL)

    @torch.no_grad()
    def _keep(self, kan: Networks, better: Tensor) -> None:
        at = self.alive[better]
        self.best_train[at], self.best_validation[at] = self.train[at], self.validation[at]
        for kept, layer in zip(self.best.stack, kan.stack, strict=True):
            kept.coefficients[at] = layer.coefficients[better]
            kept.affine[at] = layer.affine[better]

    def drop(self, run: Run) -> None:
        """Cut the batch down when more than half of it has ended."""
        going = torch.tensor([r not in self.stop for r in self.alive.tolist()]).to(self.alive.device)
        if 0 < int(going.sum()) < len(going) / 2:
            self.alive, self.stale = self.alive[going], self.stale[going]
            self.unimproved = self.unimproved[going]
            run.select(torch.nonzero(going).flatten())

    @property
    def ended(self) -> bool:
        """Whether no restart is left."""
        return len(self.stop) == len(self.train)


def minimise(run: Run, deadline: float | None, watch: Watch | None = None) -> tuple[Record, tuple[Stop, ...]]:
    """Steps until each restart has ended; why each did."""
    record, watch = Record(run), watch or ignore
    watch(run.kan)
    rest = Stop.STEPS
    for _ in range(run.options.steps):
        record.drop(run)
        if record.ended:
            break
        if deadline is not None and time.monotonic() > deadline:
            rest = Stop.DEADLINE
            break
        before = run.loss
        run.step()
        record.add(run, before)
        watch(run.kan)
    return record, tuple(record.stop.get(r, rest) for r in range(len(record.train)))
