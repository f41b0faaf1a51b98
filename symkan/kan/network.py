"""The Kolmogorov-Arnold network: sum and product nodes, spline or symbolic edges, one forward pass.

Index order is [out, in], as in `torch.nn.Linear`. Everything carries a leading axis R of restarts: R networks of one
architecture that are trained together.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from symkan.errors import OptionError
from symkan.kan import splines
from symkan.kan.functions import slope_of, value_of
from symkan.symbolic.activation import Edge

if TYPE_CHECKING:
    from symkan.symbolic.library import Function

ABSENT, SPLINE, SYMBOLIC = 0, 1, 2


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
        layers = tuple((w, 0) if isinstance(w, int) else w for w in widths[1:])
        if not (isinstance(widths[0], int) and layers and min(widths[0], *(sum(w) for w in layers)) > 0):
            msg = f"widths: {list(widths)} is no network; give the inputs and at least one layer, such as [2, 5, 1]"
            raise OptionError(msg)
        return cls(widths[0], layers)

    @property
    def widths(self) -> tuple[int, ...]:
        """Number of nodes of each layer, inputs first."""
        return (self.inputs, *(s + p for s, p in self.layers))

    def __str__(self) -> str:
        parts = [str(s) if not p else f"({s}, {p})" for s, p in self.layers]
        return f"[{', '.join([str(self.inputs), *parts])}]"


@dataclass(frozen=True)
class Trace:
    """What one layer did: arguments [R, N, in], edge values [R, N, out, in], node values [R, N, out]."""

    arguments: Tensor
    values: Tensor
    nodes: Tensor


class KANLayer(nn.Module):
    """Edges between two columns of nodes, and the sum or product nodes that they end in.

    Parameters
    ----------
    sources, sums, products
        Number of nodes before, of sum nodes and of product nodes.
    restarts, intervals, order
        Restarts R, grid intervals G, spline order k.
    base
        Whether each spline has the base function SiLU beside it.

    Attributes
    ----------
    coefficients
        Of the splines, [R, out, in, G + k], with one more for the base function if there is one.
    affine
        a, b, c, d of the symbolic edges c·f(a·z + b) + d, [R, out, in, 4].
    knots
        [R, in, G + 2k + 1]: the edges that leave a node see the same samples and share their grid; in the first layer,
        where all restarts see the same samples, [1, in, G + 2k + 1].
    kind
        ABSENT, SPLINE or SYMBOLIC, [out, in].
    functions
        Library function of each symbolic edge, by (target, source).
    """

    coefficients: nn.Parameter
    affine: nn.Parameter
    knots: Tensor
    kind: Tensor
    product: Tensor

    def __init__(
        self, sources: int, nodes: tuple[int, int], *, restarts: int = 1, intervals: int = 5, order: int = 3, base: bool = False
    ) -> None:
        super().__init__()
        targets = sum(nodes)
        self.order, self.base = order, base
        self.functions: dict[tuple[int, int], Function] = {}
        grid = torch.linspace(-1, 1, intervals + 1, dtype=torch.float64)
        self.coefficients = nn.Parameter(
            torch.zeros(restarts, targets, sources, intervals + order + base, dtype=torch.float64)
        )
        self.affine = nn.Parameter(
            torch.tensor([1.0, 0.0, 1.0, 0.0], dtype=torch.float64).repeat(restarts, targets, sources, 1)
        )
        self.register_buffer("knots", splines.extend_grid(grid, order).repeat(restarts, sources, 1))
        self.register_buffer("kind", torch.full((targets, sources), SPLINE))
        self.register_buffer("product", torch.arange(targets) >= nodes[0])

    @property
    def intervals(self) -> int:
        """Number of grid intervals G."""
        return self.knots.shape[-1] - 2 * self.order - 1

    def columns(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Basis functions and their slopes at z [R, N, in]: [R, N, in, G + k (+ 1)]."""
        values, slopes = splines.basis(z, self.knots, self.order)
        if self.base:
            sigmoid = torch.sigmoid(z)
            silu = z * sigmoid
            values = torch.cat([values, silu[..., None]], -1)
            slopes = torch.cat([slopes, (sigmoid * (1 + z - silu))[..., None]], -1)
        return values, slopes

    def symbolic_edges(self) -> list[tuple[int, int]]:
        """(target, source) of each symbolic edge."""
        return [(j, i) for j, i in self.functions if int(self.kind[j, i]) == SYMBOLIC]

    def activate(self, z: Tensor, columns: Tensor | None = None) -> Tensor:
        """Edge values [R, N, out, in] at z [R, N, in]; `columns` may be passed if they are known already."""
        if columns is None and bool((self.kind == SPLINE).any()):
            columns = self.columns(z)[0]
        if columns is None:
            phi = z.new_zeros(len(self.affine), z.shape[1], *self.kind.shape)
        else:
            phi = torch.einsum("rnig,rjig->rnji", columns, self.coefficients)
        phi = torch.where(self.kind == SPLINE, phi, 0.0)
        for j, i in self.symbolic_edges():
            a, b, c, d = (p[:, None] for p in self.affine[:, j, i].unbind(-1))
            f = self.functions[j, i]
            phi = _replace(phi, (j, i), c * value_of(f)(a * argument(f, z[..., i]) + b) + d)
        return phi

    def combine(self, phi: Tensor) -> Tensor:
        """Node values [R, N, out] from edge values: sums, and products over the edges that are there."""
        sums = phi.sum(-1)
        if not bool(self.product.any()):
            return sums
        return torch.where(self.product, torch.where(self.kind == ABSENT, 1.0, phi).prod(-1), sums)

    def slopes(self, z: Tensor, slopes: Tensor | None) -> Tensor:
        """Derivatives of the edge functions, [R, N, out, in]; `slopes` of the basis as from `columns`."""
        if slopes is None:
            slope = z.new_zeros(len(self.affine), z.shape[1], *self.kind.shape)
        else:
            slope = torch.einsum("rnig,rjig->rnji", slopes, self.coefficients)
        slope = torch.where(self.kind == SPLINE, slope, 0.0)
        for j, i in self.symbolic_edges():
            a, b, c, _ = (p[:, None] for p in self.affine[:, j, i].unbind(-1))
            f = self.functions[j, i]
            t = argument(f, z[..., i])
            inner = a / z[..., i] if f.logarithmic else a
            slope = _replace(slope, (j, i), c * slope_of(f)(a * t + b) * inner)
        return slope


class KAN(nn.Module):
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
    >>> KAN([3, (2, 1), 1])(torch.zeros(10, 3, dtype=torch.float64)).shape
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
            _initialise(layer, generator)

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
        return self.trace(x)[-1].nodes

    def edges(self) -> list[Edge]:
        """All edges that are there."""
        return [
            Edge(depth, int(j), int(i))
            for depth, layer in enumerate(self.stack)
            for j, i in torch.nonzero(layer.kind != ABSENT)
        ]

    def clone(self) -> KAN:
        """A copy that shares nothing."""
        return copy.deepcopy(self)

    def select(self, restarts: Sequence[int] | Tensor) -> KAN:
        """A copy with only some of the restarts."""
        index = torch.as_tensor(restarts, dtype=torch.long)
        new = self.clone()
        for layer in new.stack:
            layer.coefficients = nn.Parameter(layer.coefficients.detach()[index].clone())
            layer.affine = nn.Parameter(layer.affine.detach()[index].clone())
            layer.knots = layer.knots if len(layer.knots) == 1 else layer.knots[index].clone()
        return new

    def fix(self, edge: Edge, function: Function, *, a: float = 1.0, b: float = 0.0, c: float = 1.0, d: float = 0.0) -> KAN:
        """A copy in which the edge is the symbolic function c·f(a·z + b) + d."""
        new = self.clone()
        layer = new.stack[edge.layer]
        layer.kind[edge.target, edge.source] = SYMBOLIC
        layer.functions[edge.target, edge.source] = function
        with torch.no_grad():
            layer.affine[:, edge.target, edge.source] = torch.tensor([a, b, c, d], dtype=torch.float64)
        return new

    def without(self, edge: Edge, *, value: float | Tensor = 0.0) -> KAN:
        """A copy without the edge; `value` [R], what the edge was on average, goes to a sibling edge of its node."""
        new = self.clone()
        layer = new.stack[edge.layer]
        layer.kind[edge.target, edge.source] = ABSENT
        layer.functions.pop((edge.target, edge.source), None)
        siblings = torch.nonzero(layer.kind[edge.target] != ABSENT).flatten()
        if len(siblings):
            _absorb(layer, (edge.target, int(siblings[0])), torch.as_tensor(value, dtype=torch.float64))
        return new


def _absorb(layer: KANLayer, place: tuple[int, int], value: Tensor) -> None:
    """Add to the edge at `place` (sum node), or multiply it by (product node), the constant `value` [R] or scalar."""
    j, i = place
    count = layer.intervals + layer.order  # the basis sums to one: a constant is the same amount in each coefficient
    amount = value.expand(len(layer.affine))[:, None]
    with torch.no_grad():
        if bool(layer.product[j]):
            layer.coefficients[:, j, i] *= amount
            layer.affine[:, j, i, 2:] *= amount
        else:
            layer.coefficients[:, j, i, :count] += amount
            layer.affine[:, j, i, 3:] += amount


def _initialise(layer: KANLayer, generator: torch.Generator) -> None:
    """Smooth random edges: a random line and a random bend; factors of products vary about 1."""
    restarts, targets, sources, _ = layer.coefficients.shape
    count = layer.intervals + layer.order
    # Greville abscissae: with these as coefficients the spline is the identity.
    t = layer.knots.unfold(-1, layer.order, 1)[..., 1 : count + 1, :].mean(-1)[:, None]  # [R, 1, in, G+k]
    noise = torch.randn(restarts, targets, sources, 4, 1, dtype=torch.float64, generator=generator)
    line, bend, wave = noise[..., 0, :], noise[..., 1, :], noise[..., 2, :]
    phi = line * t + 0.5 * bend * (t**2 - 1 / 3) + 0.3 * wave * (t**3 - 0.6 * t)
    phi = phi / phi.abs().amax(-1, keepdim=True)
    phi = torch.where(layer.product[:, None, None], 1 + 0.8 * phi, phi)
    with torch.no_grad():
        layer.coefficients.zero_()
        layer.coefficients[..., :count] = phi[..., :count]


def argument(function: Function, z: Tensor) -> Tensor:
    return torch.log(z) if function.logarithmic else z


def _replace(phi: Tensor, place: tuple[int, int], values: Tensor) -> Tensor:
    """`phi` [R, N, out, in] with one edge replaced, without writing into it (autograd)."""
    j, i = place
    mask = torch.zeros(phi.shape[2:], dtype=torch.bool, device=phi.device)
    mask[j, i] = True
    return torch.where(mask, values[..., None, None], phi)

