"""The damped normal equations of Levenberg-Marquardt, formed from a chunk of rows at a time, and factorised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self

import torch
from torch import Tensor

from symkan.kan.jacobian import Pass, Plan, pack, sweep

if TYPE_CHECKING:
    from symkan.kan.network import Networks
    from symkan.kan.penalty import Penalty
    from symkan.kan.rows import Rows


CHUNK = 1 << 22
"""Numbers of the Jacobian that are formed together."""


class Equations(Protocol):
    """The linear algebra of a step: (A + damping) · step = g at the present state of some restarts."""

    def solve(self, damping: Tensor, ridge: float) -> Tensor:
        """The step [R, P] for a damping [R] and a relative ridge; 0 where there is none."""

    def join(self, new: Self, better: Tensor) -> Self:
        """These equations, with those of a `new` state in the restarts `better` [R]."""

    def select(self, index: Tensor) -> Self:
        """The equations of some of the restarts."""


@dataclass(frozen=True, eq=False)
class Dense:
    """A [R, P, P] and g [R, P, 1] themselves."""

    A: Tensor
    g: Tensor

    @classmethod
    def at(cls, kan: Networks, plan: Plan, passes: list[Pass], rows: Rows, penalty: Penalty | None) -> Dense:
        """The equations at a state with the forward pass `passes`."""
        restarts, rows_in_all, outputs = passes[-1].nodes.shape
        chunk = max(1, CHUNK // (restarts * outputs * plan.parameters))
        A = g = passes[-1].nodes.new_zeros(())
        for start in range(0, rows_in_all, chunk):
            some = slice(start, start + chunk)
            J, residual = _derivatives(kan, plan, [done.at(some) for done in passes], rows, some)
            A, g = A + J.mT @ J, g + J.mT @ residual
        n = rows_in_all * outputs
        A, g = A / n, g / n
        if penalty is not None:
            extra = penalty.matrix(kan, plan, passes)
            theta = pack(kan, plan.packings)
            A, g = A + extra, g - extra @ theta[..., None]
        return cls(A, g)

    def solve(self, damping: Tensor, ridge: float) -> Tensor:
        """The step [R, P] by Cholesky factors; 0 where the equations cannot be solved."""
        diagonal = damped(self.A.diagonal(dim1=1, dim2=2), damping, ridge)
        factor, failed = torch.linalg.cholesky_ex(self.A + torch.diag_embed(diagonal))
        step = torch.cholesky_solve(self.g, factor)[..., 0]
        return torch.where((failed == 0)[:, None], step, 0.0).nan_to_num(0.0, 0.0, 0.0)

    def join(self, new: Self, better: Tensor) -> Self:
        """These equations, with those of a `new` state in the restarts `better` [R]."""
        where = better[:, None, None]
        return replace(self, A=torch.where(where, new.A, self.A), g=torch.where(where, new.g, self.g))

    def select(self, index: Tensor) -> Self:
        """The equations of some of the restarts."""
        return replace(self, A=self.A[index], g=self.g[index])


def _derivatives(
    kan: Networks, plan: Plan, passes: list[Pass], rows: Rows, some: slice
) -> tuple[Tensor, Tensor]:
    """J [R, n·M, P] and residuals [R, n·M, 1] of the forward pass of some rows, multiplied by their weights."""
    J, residual = sweep(kan, plan, passes), rows.y[some] - passes[-1].nodes
    if rows.weight is not None:
        weight = rows.weight[some, None]
        J, residual = J * weight[..., None], residual * weight
    return J.flatten(1, 2), residual.flatten(1)[..., None]


def damped(diagonal: Tensor, damping: Tensor, ridge: float) -> Tensor:
    """What is added to the diagonal [R, P] of A for a damping [R] (Marquardt's scaling) and a ridge."""
    top = diagonal.amax(1, keepdim=True)
    return damping[:, None] * torch.maximum(diagonal, 1e-6 * top) + ridge * top
