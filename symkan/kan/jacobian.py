"""The Jacobian of a network by one reverse sweep.

Each parameter of an edge acts through the value of its own edge alone, so with δ[n, e] = ∂y[n]/∂φ_e[n] from
one sweep the whole Jacobian is J[n, e·] = δ[n, e] · T_e[n, ·], where T_e holds the derivatives of the edge's
value: basis functions for a spline, (c f'(u) t, c f'(u), f(u), 1) for a symbolic edge c·f(a·t + b) + d.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from symkan.kan.functions import slope_of, value_of
from symkan.kan.layer import ABSENT, SPLINE, KANLayer, argument
from symkan.kan.network import Networks

_AFFINE = "abcd"
Columns = tuple[Tensor, Tensor] | tuple[None, None]


@dataclass(frozen=True, eq=False)
class Packing:
    """Where a layer's free parameters stand: spline edges, then symbolic ones with their free affine."""

    targets: Tensor
    sources: Tensor
    symbolic: tuple[tuple[int, int, tuple[int, ...]], ...]
    width: int

    @classmethod
    def of(cls, layer: KANLayer) -> Packing:
        """The packing of a layer."""
        targets, sources = torch.nonzero(layer.kind == SPLINE, as_tuple=True)
        symbolic = tuple(
            (j, i, tuple(_AFFINE.index(p) for p in layer.functions[j, i].free))
            for j, i in layer.symbolic_edges()
        )
        return cls(targets, sources, symbolic, layer.coefficients.shape[-1])

    @property
    def size(self) -> int:
        """Number of parameters."""
        return len(self.targets) * self.width + sum(len(free) for *_, free in self.symbolic)


@dataclass(frozen=True, eq=False)
class Plan:
    """What stays while a network is trained on rows x [N, inputs]: the packing, the first layer's columns.

    It holds as long as no grid and no kind of edge changes.
    """

    x: Tensor
    packings: tuple[Packing, ...]
    first: Columns

    @classmethod
    def of(cls, kan: Networks, x: Tensor) -> Plan:
        """The plan of a network for rows."""
        return cls(x, tuple(Packing.of(layer) for layer in kan.stack), columns_of(kan.stack[0], x[None]))

    @property
    def parameters(self) -> int:
        """Number of parameters P of a network."""
        return sum(packing.size for packing in self.packings)


@dataclass(frozen=True, eq=False)
class Pass:
    """What a layer did: arguments [R, N, in], columns, edge values [R, N, out, in], nodes [R, N, out]."""

    z: Tensor
    columns: Columns
    phi: Tensor
    nodes: Tensor

    def at(self, rows: slice) -> Pass:
        """The same for some of the rows."""
        values, slopes = self.columns
        columns = (None, None) if values is None or slopes is None else (values[:, rows], slopes[:, rows])
        return Pass(self.z[:, rows], columns, self.phi[:, rows], self.nodes[:, rows])


def columns_of(layer: KANLayer, z: Tensor) -> Columns:
    """The layer's basis functions and slopes at z, or None twice where it has no spline."""
    return layer.columns(z) if bool((layer.kind == SPLINE).any()) else (None, None)


@torch.no_grad()
def forward(kan: Networks, plan: Plan) -> list[Pass]:
    """The forward pass with all that the reverse sweep needs."""
    passes: list[Pass] = []
    z, columns = plan.x[None], plan.first
    for layer in kan.stack:
        if passes:
            columns = columns_of(layer, z)
        phi = layer.activate(z, columns[0])
        passes.append(Pass(z, columns, phi, layer.combine(phi)))
        z = passes[-1].nodes
    return passes


@torch.no_grad()
def jacobian(kan: Networks, x: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs at rows x [N, inputs] and their derivatives by all free parameters.

    Returns
    -------
    outputs, J
        Shapes [R, N, M] and [R, N, M, P], for M outputs; the parameters are ordered as by `pack`.
    """
    plan = Plan.of(kan, x)
    passes = forward(kan, plan)
    return passes[-1].nodes, sweep(kan, plan, passes)


@torch.no_grad()
def sweep(kan: Networks, plan: Plan, passes: list[Pass]) -> Tensor:
    """The reverse sweep over a forward pass: J of shape [R, N, M, P]."""
    nodes = passes[-1].nodes
    outputs = nodes.shape[-1]
    seed = torch.eye(outputs, dtype=nodes.dtype, device=nodes.device)
    seed = seed.expand(*nodes.shape[:2], outputs, outputs)  # [R, N, M, out]
    blocks: list[Tensor] = []
    for layer, packing, done in zip(
        reversed(kan.stack), reversed(plan.packings), reversed(passes), strict=True
    ):
        delta = seed[..., None] * sensitivity(layer, done.phi)[:, :, None]  # [R, N, M, out, in]
        blocks.insert(0, _block(layer, packing, done, delta))
        if done is not passes[0]:
            seed = (delta * layer.slopes(done.z, done.columns[1])[:, :, None]).sum(-2)
    return torch.cat(blocks, -1)


def sensitivity(layer: KANLayer, phi: Tensor) -> Tensor:
    """∂node/∂φ [R, N, out, in]: one at sum nodes, the product of the other factors at product nodes."""
    there = (layer.kind != ABSENT).to(phi.dtype)
    if not bool(layer.product.any()):
        return there.expand(phi.shape)
    factors = torch.where(layer.kind == ABSENT, 1.0, phi)
    one = torch.ones_like(factors[..., :1])
    before = torch.cat([one, factors[..., :-1]], -1).cumprod(-1)
    after = torch.cat([factors[..., 1:], one], -1).flip(-1).cumprod(-1).flip(-1)
    return torch.where(layer.product[:, None], before * after, 1.0) * there


def _block(layer: KANLayer, packing: Packing, done: Pass, delta: Tensor) -> Tensor:
    """This layer's part of the Jacobian, [R, N, M, P_layer]."""
    parts = [delta.new_zeros(*delta.shape[:3], 0)]
    if done.columns[0] is not None:
        tangent = done.columns[0][:, :, None, packing.sources]  # [R, N, 1, E, G+k]
        parts.append((delta[..., packing.targets, packing.sources][..., None] * tangent).flatten(-2))
    for j, i, free in packing.symbolic:
        tangent = affine_tangent(layer, (j, i), done.z[..., i])[..., list(free)]
        parts.append(delta[..., j, i, None] * tangent[:, :, None])
    return torch.cat(parts, -1)


def affine_tangent(layer: KANLayer, place: tuple[int, int], z: Tensor) -> Tensor:
    """∂/∂(a, b, c, d) of a symbolic edge c·f(a·t + b) + d, [R, N, 4]."""
    f = layer.functions[place]
    a, b, c, _ = (q[:, None] for q in layer.affine.detach()[:, place[0], place[1]].unbind(-1))
    t = argument(f, z)
    rise = c * slope_of(f)(a * t + b)
    parts = [rise * t, rise, value_of(f)(a * t + b), torch.ones_like(t)]
    return torch.stack([part.expand(len(c), -1) for part in parts], -1)


def pack(kan: Networks, packings: tuple[Packing, ...] | None = None) -> Tensor:
    """All free parameters, [R, P]."""
    parts = []
    for layer, p in zip(kan.stack, packings or [Packing.of(layer) for layer in kan.stack], strict=True):
        parts.append(layer.coefficients.detach()[:, p.targets, p.sources].flatten(1))
        parts += [layer.affine.detach()[:, j, i, list(free)] for j, i, free in p.symbolic]
    return torch.cat(parts, 1)


@torch.no_grad()
def unpack(kan: Networks, theta: Tensor, packings: tuple[Packing, ...] | None = None) -> None:
    """Write parameters [R, P] into the network."""
    start = 0
    for layer, p in zip(kan.stack, packings or [Packing.of(layer) for layer in kan.stack], strict=True):
        stop = start + len(p.targets) * p.width
        block = theta[:, start:stop].reshape(len(theta), -1, p.width)
        layer.coefficients[:, p.targets, p.sources] = block
        start = stop
        for j, i, free in p.symbolic:
            layer.affine[:, j, i, list(free)] = theta[:, start : start + len(free)]
            start += len(free)
