"""What every trainer takes and gives: rows, a loss, the record of a training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from symkan.kan.network import Networks

Watch = Callable[["Networks"], object]
"""Looks at networks while they are trained; it must not change them."""


def ignore(kan: Networks) -> None:
    """Look at nothing."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Scaled rows for training and validation: x [N, inputs], y [N, outputs].

    Without validation rows (N = 0) the training rows serve for both. Levenberg-Marquardt multiplies residuals of
    training rows by `weight` [N], where there is one.
    """

    x: Tensor
    y: Tensor
    x_validation: Tensor
    y_validation: Tensor
    weight: Tensor | None = None

    @property
    def held_out(self) -> tuple[Tensor, Tensor]:
        """The rows by which states are compared."""
        return (self.x_validation, self.y_validation) if len(self.x_validation) else (self.x, self.y)


class Stop(StrEnum):
    """Why a training ended. Each member's `text` says what it means and what to do."""

    STEPS = "steps"
    STALL = "stall"
    VALIDATION = "validation"
    DEADLINE = "deadline"
    UNDEFINED = "undefined"

    @property
    def text(self) -> str:
        """The reason in plain words."""
        return {
            Stop.STEPS: "all steps were made; more of them may lower the loss further",
            Stop.STALL: "no step lowers the loss further; refine the grid or add nodes",
            Stop.VALIDATION: "the loss on validation rows rose; use a coarser grid or more rows",
            Stop.DEADLINE: "the time was spent; give more",
            Stop.UNDEFINED: "the network has no value on some rows; replace its symbolic edges",
        }[self]


@dataclass(frozen=True, eq=False)
class Training:
    """What a training came to.

    Attributes
    ----------
    kan
        For each restart the state with the lowest validation loss.
    train_rmse, validation_rmse
        Of that state, shape [R]; inf where the network is undefined on a row.
    train_curve, validation_curve
        The same by step, the start included, shape [steps + 1, R].
    grid
        Grid intervals at each step.
    method
        "lm", "lbfgs" or "adam".
    stopped
        Why each restart ended.
    """

    kan: Networks
    train_rmse: NDArray[np.float64]
    validation_rmse: NDArray[np.float64]
    train_curve: NDArray[np.float64]
    validation_curve: NDArray[np.float64]
    grid: tuple[int, ...]
    method: str
    stopped: tuple[Stop, ...]

    @property
    def best(self) -> int:
        """The restart with the lowest validation loss."""
        return int(self.validation_rmse.argmin())


@torch.no_grad()
def rmse(kan: Networks, x: Tensor, y: Tensor) -> Tensor:
    """Root mean square error of each restart, [R]; inf where an output is undefined."""
    return rmse_of(kan(x), y)


def rmse_of(outputs: Tensor, y: Tensor, weight: Tensor | None = None) -> Tensor:
    """Root mean square error of outputs [R, N, M] against y [N, M], its rows multiplied by a weight [N]."""
    residual = outputs - y if weight is None else (outputs - y) * weight[:, None]
    return torch.nan_to_num(residual.square().mean((1, 2)).sqrt(), nan=torch.inf)
