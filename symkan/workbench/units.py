"""Edges in the units of the table: the network inside sees columns and targets divided by their scales.

Arguments of the first layer are in the units of the columns, values that are added to an output in those of the target;
all between has no unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from symkan.kan.layer import SYMBOLIC
from symkan.symbolic.activation import Edge

if TYPE_CHECKING:
    from torch import Tensor

    from symkan.kan.network import Networks
    from symkan.symbolic.activation import Activation
    from symkan.symbolic.library import Function

Affine = tuple[float, float, float, float]
"""a, b, c, d of c·f(a·x + b) + d."""


@dataclass(frozen=True)
class Scale:
    """What the argument and the value of one edge were divided by."""

    x: float
    y: float

    @classmethod
    def of(cls, networks: Networks, edge: Edge, x_scale: Tensor, y_scale: Tensor) -> Scale:
        """That of an edge."""
        first, last = edge.layer == 0, edge.layer == len(networks.stack) - 1
        summed = last and not bool(networks.stack[edge.layer].product[edge.target])
        return cls(
            float(x_scale[edge.source]) if first else 1.0, float(y_scale[edge.target]) if summed else 1.0
        )

    def inward(self, function: Function, affine: Affine) -> Affine:
        """Parameters in the network, of those in the units of the table."""
        a, b, c, d = affine
        if function.logarithmic:
            b += a * math.log(abs(self.x))
        else:
            a *= self.x
        return a, b, c / self.y, d / self.y

    def outward(self, activation: Activation) -> Activation:
        """What the edge does, in the units of the table."""
        return replace(activation, x=activation.x * self.x, y=activation.y * self.y)


@torch.no_grad()
def rescaled(networks: Networks, x_scale: Tensor, y_scale: Tensor) -> Networks:
    """The network for columns and targets divided by scales; its symbolic edges stay what they are."""
    new = networks.clone()
    for depth, layer in enumerate(new.stack):
        for j, i in layer.symbolic_edges():
            scale = Scale.of(new, Edge(depth, j, i), x_scale, y_scale)
            affine = scale.inward(layer.functions[j, i], tuple(layer.affine[0, j, i].tolist()))
            layer.affine[0, j, i] = torch.tensor(affine, dtype=torch.float64)
    last = new.stack[-1]
    for j in torch.nonzero(last.product).flatten().tolist():
        factors = torch.nonzero(last.kind[j] == SYMBOLIC).flatten().tolist()
        if factors:
            last.affine[:, j, factors[0], 2:] /= y_scale[j]
    return new
