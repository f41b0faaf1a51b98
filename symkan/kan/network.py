"""The Kolmogorov-Arnold network: layers of sum and product nodes, one forward pass.

Index order is [out, in], as in `torch.nn.Linear`. Everything carries a leading axis R of restarts: R networks
of one architecture that are trained together.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from symkan.errors import OptionError
from symkan.kan.layer import ABSENT, SPLINE, SYMBOLIC, KANLayer, argument
from symkan.symbolic.activation import Edge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.symbolic.activation import Activation
    from symkan.symbolic.library import Function

__all__ = ["ABSENT", "SPLINE", "SYMBOLIC", "Architecture", "KANLayer", "Networks", "Trace", "argument"]


@dataclass(frozen=True)
class Architecture:
    """Number of inputs, then (sum nodes, product nodes) of each layer.

    Examples
    --------
    >>> str(Architecture.of([3, (2, 1), 1]))
    '[3, (2, 1), 1]'
    """

    inputs: int
    layers: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, widths: Sequence[int | tuple[int, int]]) -> Architecture:
        """Architecture from widths; an integer means sum nodes, a pair (sums, products)."""
        nodes = [_nodes(width) for width in widths]
        if len(nodes) < 2 or nodes[0][1] or not all(map(sum, nodes)):
            raise OptionError(
                f"widths: {list(widths)} is no network; "
                "give the inputs and at least one layer, such as [2, 5, 1] or [2, (3, 1), 1]"
            )
        return cls(nodes[0][0], tuple(nodes[1:]))

    @property
    def widths(self) -> tuple[int, ...]:
        """Number of nodes of each layer, inputs first."""
        return (self.inputs, *(s + p for s, p in self.layers))

    def __str__(self) -> str:
        parts = [str(s) if not p else f"({s}, {p})" for s, p in self.layers]
        return f"[{', '.join([str(self.inputs), *parts])}]"


def _nodes(width: object) -> tuple[int, int]:
    """Numbers of sum and product nodes; none of either where this is no width."""
    pair: Sequence[Any] = width if isinstance(width, Sequence) else (width, 0)
    if len(pair) != 2 or not all(isinstance(n, int | np.integer) and n >= 0 for n in pair):
        return 0, 0
    return int(pair[0]), int(pair[1])


@dataclass(frozen=True)
class Trace:
    """What one layer did: arguments [R, N, in], edge values [R, N, out, in], node values [R, N, out]."""

    arguments: Tensor
    values: Tensor
    nodes: Tensor


class Networks(nn.Module):
    """R Kolmogorov-Arnold networks of one architecture, float64.

    Parameters
    ----------
    widths
        Inputs, then nodes of each layer: an integer for sum nodes, a pair (sums, products).
    intervals, order
        Grid intervals and order of the splines.
    restarts
        Number of networks trained together.
    base
        Whether to add the base function SiLU to each spline.
    seed
        Seed of the random initial coefficients.

    Examples
    --------
    >>> import torch
    >>> Networks([3, (2, 1), 1])(torch.zeros(10, 3, dtype=torch.float64)).shape
    torch.Size([1, 10, 1])
    """

    def __init__(
        self,
        widths: Sequence[int | tuple[int, int]],
        *,
        intervals: int = 5,
        order: int = 3,
        restarts: int = 1,
        base: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.architecture = Architecture.of(widths)
        shape = self.architecture
        self.layers = nn.ModuleList(
            KANLayer(n, nodes, restarts=restarts, intervals=intervals, order=order, base=base)
            for n, nodes in zip(shape.widths[:-1], shape.layers, strict=True)
        )
        self.stack[0].knots = self.stack[0].knots[:1].clone()
        generator = torch.Generator().manual_seed(seed)
        for layer in self.stack:
            layer.initialise(generator)

    @property
    def stack(self) -> list[KANLayer]:
        """The layers, typed."""
        return [layer for layer in self.layers if isinstance(layer, KANLayer)]

    @property
    def restarts(self) -> int:
        """Number of networks R."""
        return self.stack[0].coefficients.shape[0]

    def trace(self, x: Tensor) -> list[Trace]:
        """The forward pass, layer by layer, at rows x [N, inputs] or [R, N, inputs]."""
        z = x if x.dim() == 3 else x[None]
        traces = []
        for layer in self.stack:
            phi = layer.activate(z)
            traces.append(Trace(z, phi, layer.combine(phi)))
            z = traces[-1].nodes
        return traces

    def forward(self, x: Tensor) -> Tensor:
        """Outputs [R, N, outputs] at rows x [N, inputs] or [R, N, inputs]."""
        z = x if x.dim() == 3 else x[None]
        for layer in self.stack:
            z = layer(z)
        return z

    def edges(self) -> list[Edge]:
        """All edges that are there."""
        return [
            Edge(depth, int(j), int(i))
            for depth, layer in enumerate(self.stack)
            for j, i in torch.nonzero(layer.kind != ABSENT)
        ]

    def clone(self) -> Networks:
        """A copy that shares nothing that can change."""
        return self._with([layer.clone() for layer in self.stack])

    def select(self, restarts: Sequence[int] | Tensor) -> Networks:
        """A copy with only some of the restarts."""
        index = torch.as_tensor(restarts, dtype=torch.long, device=self.stack[0].kind.device)
        return self._with([layer.select(index) for layer in self.stack])

    def _with(self, layers: list[KANLayer]) -> Networks:
        new = copy.copy(self)
        new._modules = {"layers": nn.ModuleList(layers)}
        return new

    def fix(
        self,
        edge: Edge,
        function: Function,
        *,
        a: float = 1.0,
        b: float = 0.0,
        c: float = 1.0,
        d: float = 0.0,
    ) -> Networks:
        """A copy in which the edge is the symbolic function c·f(a·z + b) + d."""
        new = self.clone()
        layer = new.stack[edge.layer]
        layer.kind[edge.target, edge.source] = SYMBOLIC
        layer.functions[edge.target, edge.source] = function
        with torch.no_grad():
            layer.affine[:, edge.target, edge.source] = torch.tensor([a, b, c, d], dtype=torch.float64)
        return new

    def without(self, edge: Edge, *, value: float | Tensor = 0.0) -> Networks:
        """A copy without the edge; `value` [R], what it was on average, goes to another edge of its node."""
        new = self.clone()
        layer = new.stack[edge.layer]
        layer.kind[edge.target, edge.source] = ABSENT
        layer.functions.pop((edge.target, edge.source), None)
        siblings = torch.nonzero(layer.kind[edge.target] != ABSENT).flatten()
        if len(siblings):
            layer.absorb((edge.target, int(siblings[0])), torch.as_tensor(value, dtype=torch.float64))
        return new

    def activations(
        self, x: NDArray[np.float64] | Tensor, *, x_scale: NDArray[np.float64] | None = None
    ) -> list[Activation]:
        """What each edge does at rows x [N, inputs], for a single network.

        Parameters
        ----------
        x
            Rows as the network takes them (scaled).
        x_scale
            What the columns were divided by, [inputs]; the arguments of the first layer are multiplied by it,
            so that they are in the units of the columns.
        """
        from symkan.kan.attribution import activations

        x = torch.as_tensor(x, dtype=torch.float64, device=self.stack[0].coefficients.device)
        return activations(self, x, x_scale)
