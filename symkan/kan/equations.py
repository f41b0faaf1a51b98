"""The damped normal equations of Levenberg-Marquardt, formed and factorised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self

import torch
from torch import Tensor

from symkan.kan.jacobian import Pass, Plan, pack, sweep

if TYPE_CHECKING:
    from symkan.kan.network import KAN
    from symkan.kan.penalty import Penalty
    from symkan.kan.rows import Rows


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
    def at(cls, kan: KAN, plan: Plan, passes: list[Pass], rows: Rows, penalty: Penalty | None) -> Dense:
        """The equations at a state with the forward pass `passes`."""
        J = sweep(kan, plan, passes)
        residual = rows.y - passes[-1].nodes
        if rows.weight is not None:
            weight = rows.weight[:, None]
            J, residual = J * weight[..., None], residual * weight
        J, residual = J.flatten(1, 2), residual.flatten(1)[..., None]
        n = J.shape[1]
        A, g = J.transpose(1, 2) @ J / n, J.transpose(1, 2) @ residual / n
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


def damped(diagonal: Tensor, damping: Tensor, ridge: float) -> Tensor:
    """What is added to the diagonal [R, P] of A for a damping [R] (Marquardt's scaling) and a ridge."""
    top = diagonal.amax(1, keepdim=True)
    return damping[:, None] * torch.maximum(diagonal, 1e-6 * top) + ridge * top
