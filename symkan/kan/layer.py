"""One layer of a Kolmogorov-Arnold network: its edges, and the sum or product nodes that they end in.

Index order is [out, in], as in `torch.nn.Linear`. Everything carries a leading axis R of restarts.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from symkan.kan import splines
from symkan.kan.functions import slope_of, value_of
from symkan.kan.sums import Grid, spline_sums

if TYPE_CHECKING:
    from symkan.symbolic.library import Function

ABSENT, SPLINE, SYMBOLIC = 0, 1, 2


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
        [R, in, G + 2k + 1]: the edges that leave a node see the same samples and share their grid; in the
        first layer, where all restarts see the same samples, [1, in, G + 2k + 1]. To be replaced, not written
        to.
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
        self,
        sources: int,
        nodes: tuple[int, int],
        *,
        restarts: int = 1,
        intervals: int = 5,
        order: int = 3,
        base: bool = False,
    ) -> None:
        super().__init__()
        targets = sum(nodes)
        self.order, self.base = order, base
        self.functions: dict[tuple[int, int], Function] = {}
        self._grid: Grid | None = None
        self._seen: tuple[Tensor, Tensor, tuple[int, int], bool] | None = None
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

    @property
    def grid(self) -> Grid:
        """The grid, prepared for look-up."""
        if self._grid is None or self._grid.knots is not self.knots:  # replaced, never written into
            self._grid = Grid.of(self.knots, self.order)
        return self._grid

    @property
    def plain(self) -> bool:
        """Whether all edges are splines and all nodes sums."""
        kind, product = self.kind, self.product
        if kind.is_inference() or product.is_inference():
            return self._is_plain()
        seen = self._seen  # a small layer feels each look at its kinds
        versions = (kind._version, product._version)
        if seen is None or seen[0] is not kind or seen[1] is not product or seen[2] != versions:
            seen = self._seen = (kind, product, versions, self._is_plain())
        return seen[3]

    def _is_plain(self) -> bool:
        return bool((self.kind == SPLINE).all()) and not bool(self.product.any())

    def columns(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Basis functions and their slopes at z [R, N, in]: [R, N, in, G + k (+ 1)]."""
        values, slopes = splines.basis(z, self.knots, self.order, self.grid.table)
        if self.base:
            sigmoid = torch.sigmoid(z)
            silu = z * sigmoid
            values = torch.cat([values, silu[..., None]], -1)
            slopes = torch.cat([slopes, (sigmoid * (1 + z - silu))[..., None]], -1)
        return values, slopes

    def clone(self) -> KANLayer:
        """A copy that shares no parameter; deepcopy would take ten times as long."""
        new = copy.copy(self)
        new._parameters = {
            name: None if p is None else nn.Parameter(p.detach().clone())
            for name, p in self._parameters.items()
        }
        new._buffers = {
            name: b if b is self.knots else b.clone() for name, b in self._buffers.items() if b is not None
        }
        new.functions = dict(self.functions)
        return new

    def select(self, index: Tensor) -> KANLayer:
        """A copy with only the restarts `index`."""
        new = self.clone()
        new.coefficients = nn.Parameter(self.coefficients.detach()[index])
        new.affine = nn.Parameter(self.affine.detach()[index])
        if len(self.knots) > 1:
            new.knots = self.knots[index]
        return new

    def symbolic_edges(self) -> list[tuple[int, int]]:
        """(target, source) of each symbolic edge."""
        return [(j, i) for j, i in self.functions if int(self.kind[j, i]) == SYMBOLIC]

    def forward(self, z: Tensor) -> Tensor:
        """Node values [R, N, out] at z [R or 1, N, in]; sum nodes without forming the values of edges."""
        if self.plain:
            return spline_sums(z, self.coefficients, self.grid, base=self.base)
        if bool(self.product.any()):
            return self.combine(self.activate(z))
        spline = self.kind == SPLINE
        weights = torch.where(spline[..., None], self.coefficients, 0.0)
        arguments = torch.where(spline.any(0), z, 0.0)  # 0 times a missing value is missing
        nodes = spline_sums(arguments, weights, self.grid, base=self.base)
        for place in self.symbolic_edges():
            target = torch.tensor(place[:1], device=z.device)
            nodes = nodes.index_add(-1, target, self._symbolic(z, place)[..., None])
        return nodes

    def activate(self, z: Tensor, columns: Tensor | None = None) -> Tensor:
        """Edge values [R, N, out, in] at z [R, N, in]; `columns` may be passed if they are known already."""
        if columns is None and bool((self.kind == SPLINE).any()):
            columns = self.columns(z)[0]
        if columns is None:
            phi = z.new_zeros(len(self.affine), z.shape[1], *self.kind.shape)
        else:
            phi = torch.einsum("rnig,rjig->rnji", columns, self.coefficients)
        phi = torch.where(self.kind == SPLINE, phi, 0.0)
        for place in self.symbolic_edges():
            phi = _replace(phi, place, self._symbolic(z, place))
        return phi

    def _symbolic(self, z: Tensor, place: tuple[int, int]) -> Tensor:
        """Values [R, N] of the symbolic edge at `place`."""
        j, i = place
        f = self.functions[j, i]
        a, b, c, d = (
            p[:, None] if name in f.free else p[:, None].detach()  # held: autograd leaves it as it is
            for name, p in zip("abcd", self.affine[:, j, i].unbind(-1), strict=True)
        )
        values: Tensor = c * value_of(f)(a * argument(f, z[..., i]) + b) + d
        return values

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

    def absorb(self, place: tuple[int, int], value: Tensor) -> None:
        """Add the constant `value` [R] to the edge at `place`, or multiply it by it at a product node."""
        j, i = place
        count = (
            self.intervals + self.order
        )  # the basis sums to one: a constant is the same amount in each coefficient
        amount = value.expand(len(self.affine))[:, None]
        with torch.no_grad():
            if bool(self.product[j]):
                self.coefficients[:, j, i] *= amount
                self.affine[:, j, i, 2:] *= amount
            else:
                self.coefficients[:, j, i, :count] += amount
                self.affine[:, j, i, 3:] += amount

    def initialise(self, generator: torch.Generator) -> None:
        """Smooth random edges: a random line and a random bend.

        Factors of products vary about 0.3 in one half of the restarts, so that some of them change sign, and about 1
        in the other, where products of many factors stay near it.
        """
        restarts, targets, sources, _ = self.coefficients.shape
        count = self.intervals + self.order
        # Greville abscissae: with these as coefficients the spline is the identity.
        t = self.knots.unfold(-1, self.order, 1)[..., 1 : count + 1, :].mean(-1)[:, None]  # [R, 1, in, G+k]
        noise = torch.randn(restarts, targets, sources, 4, 1, dtype=torch.float64, generator=generator)
        line, bend, wave = noise[..., 0, :], noise[..., 1, :], noise[..., 2, :]
        phi = line * t + 0.5 * bend * (t**2 - 1 / 3) + 0.3 * wave * (t**3 - 0.6 * t)
        phi = phi / phi.abs().amax(-1, keepdim=True)
        odd = (torch.arange(restarts) % 2 == 1)[:, None, None, None]
        factor = torch.where(odd, 1.0 + 0.5 * phi, 0.3 + 0.8 * phi)
        phi = torch.where(self.product[:, None, None], factor, phi)
        with torch.no_grad():
            self.coefficients.zero_()
            self.coefficients[..., :count] = phi[..., :count]


def argument(function: Function, z: Tensor) -> Tensor:
    """What an edge's affine map acts on: z, or log z."""
    return torch.log(z) if function.logarithmic else z


def _replace(phi: Tensor, place: tuple[int, int], values: Tensor) -> Tensor:
    """`phi` [R, N, out, in] with one edge replaced, without writing into it (autograd)."""
    j, i = place
    mask = torch.zeros(phi.shape[2:], dtype=torch.bool, device=phi.device)
    mask[j, i] = True
    return torch.where(mask, values[..., None, None], phi)
