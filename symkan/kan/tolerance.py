"""When a simpler network is as good."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from symkan.options import PruneOptions, SparsifyOptions


@dataclass(frozen=True)
class Allowance:
    """The highest loss that counts as no worse than the lowest one reached.

    At a noise floor that is a small relative rise. An exact fit only has the precision that its grid
    happened to reach, so there losses within a factor are equal, and so are all below the floor.
    """

    options: PruneOptions | SparsifyOptions
    spread: float

    @classmethod
    def of(cls, y: Tensor, options: PruneOptions | SparsifyOptions) -> Allowance:
        """For targets y [N, outputs]."""
        return cls(options, float(y.var(0, correction=0).mean().sqrt()) or 1.0)

    def __call__(self, lowest: Tensor) -> Tensor:
        """Highest loss allowed beside the lowest loss reached."""
        o = self.options
        near = (lowest * o.factor).clamp_min(o.floor * self.spread)
        return torch.where(lowest < o.exact * self.spread, near, lowest * (1 + o.tolerance))
