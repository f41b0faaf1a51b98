"""A Kolmogorov-Arnold network to work with by hand; every step gives a new one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from symkan.kan.network import Networks


class KAN(nn.Module):
    """A Kolmogorov-Arnold network, float64.

    Parameters
    ----------
    widths
        Inputs, then nodes of each layer: an integer for sum nodes, a pair (sums, products).
    grid, order
        Grid intervals and order of the splines.
    seed
        Seed of the random initial coefficients.

    Examples
    --------
    >>> import torch
    >>> KAN([3, (2, 1), 1])(torch.zeros(10, 3, dtype=torch.float64)).shape
    torch.Size([10, 1])
    """

    x_scale: Tensor
    y_scale: Tensor

    def __init__(
        self, widths: Sequence[int | tuple[int, int]], *, grid: int = 5, order: int = 3, seed: int = 0
    ) -> None:
        super().__init__()
        self.networks = Networks(widths, intervals=grid, order=order, seed=seed)
        shape = self.networks.architecture
        self.register_buffer("x_scale", torch.ones(shape.inputs, dtype=torch.float64))
        self.register_buffer("y_scale", torch.ones(shape.widths[-1], dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        """Outputs [N, outputs] at rows x [N, inputs], in their own units."""
        outputs: Tensor = self.networks(x / self.x_scale)[0]
        return outputs * self.y_scale
