"""The Jacobian of a network by one reverse sweep.

Each parameter of an edge acts through the value of its own edge alone, so with δ[n, e] = ∂y[n]/∂φ_e[n] from one
sweep the whole Jacobian is J[n, e·] = δ[n, e] · T_e[n, ·], where T_e holds the derivatives of the edge's value: basis
functions for a spline, (c f'(u) t, c f'(u), f(u), 1) for a symbolic edge c·f(a·t + b) + d.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from symkan.kan.functions import slope_of, value_of
from symkan.kan.network import ABSENT, KAN, SPLINE, KANLayer, argument

_AFFINE = "abcd"
Columns = tuple[Tensor, Tensor] | tuple[None, None]


@dataclass(frozen=True)
class Packing:
    """Where a layer's free parameters stand: spline edges (targets, sources), then symbolic ones with their free affine."""

    targets: Tensor
    sources: Tensor
    symbolic: tuple[tuple[int, int, tuple[int, ...]], ...]
    width: int

    @classmethod
    def of(cls, layer: KANLayer) -> Packing:
        """The packing of a layer."""
        targets, sources = torch.nonzero(layer.kind == SPLINE, as_tuple=True)
        symbolic = tuple(
            (j, i, tuple(_AFFINE.index(p) for p in layer.functions[j, i].free)) for j, i in layer.symbolic_edges()
        )
        return cls(targets, sources, symbolic, layer.coefficients.shape[-1])

    @property
    def size(self) -> int:
        """Number of free parameters."""
        return len(self.targets) * self.width + sum(len(free) for *_, free in self.symbolic)


def pack(kan: KAN) -> Tensor:
    """All free parameters, [R, P]."""
    parts = []
    for layer in kan.stack:
        p = Packing.of(layer)
        parts.append(layer.coefficients.detach()[:, p.targets, p.sources].flatten(1))
        parts += [layer.affine.detach()[:, j, i, list(free)] for j, i, free in p.symbolic]
    return torch.cat(parts, 1)


@torch.no_grad()
def unpack(kan: KAN, theta: Tensor) -> None:
    """Write parameters [R, P] into the network."""
    start = 0
    for layer in kan.stack:
        p = Packing.of(layer)
        stop = start + len(p.targets) * p.width
        layer.coefficients[:, p.targets, p.sources] = theta[:, start:stop].unflatten(1, (-1, p.width))
        start = stop
        for j, i, free in p.symbolic:
            layer.affine[:, j, i, list(free)] = theta[:, start : start + len(free)]
            start += len(free)


def columns_of(layer: KANLayer, z: Tensor) -> Columns:
    """The layer's basis functions and slopes at z, or None twice where it has no spline."""
    return layer.columns(z) if bool((layer.kind == SPLINE).any()) else (None, None)


@torch.no_grad()
def jacobian(kan: KAN, x: Tensor, first: Columns | None = None) -> tuple[Tensor, Tensor]:
    """Outputs and their derivatives by all free parameters.

    Parameters
    ----------
    kan
        The network(s).
    x
        Rows, [N, inputs].
    first
        The first layer's `columns(x[None])`, where they are known: they never change while the grid stays.

    Returns
    -------
    outputs, J
        Shapes [R, N, M] and [R, N, M, P], for M outputs.
    """
    columns: list[Columns] = []
    traces: list[tuple[Tensor, Tensor]] = []
    z = x[None]
    for layer in kan.stack:
        columns.append((first if not columns else None) or columns_of(layer, z))
        phi = layer.activate(z, columns[-1][0])
        traces.append((z, phi))
        z = layer.combine(phi)
    predicted = z
    outputs = z.shape[-1]
    seed = torch.eye(outputs, dtype=x.dtype, device=x.device).expand(*z.shape[:2], outputs, outputs)  # [R, N, M, out]
    blocks: list[Tensor] = []
    for layer, (z, phi), (values, slopes) in zip(reversed(kan.stack), reversed(traces), reversed(columns), strict=True):
        delta = seed[..., None] * _others(layer, phi)[:, :, None]  # [R, N, M, out, in]
        blocks.insert(0, _block(layer, z, values, delta))
        seed = (delta * layer.slopes(z, slopes)[:, :, None]).sum(-2)
    return predicted, torch.cat(blocks, -1)


def _others(layer: KANLayer, phi: Tensor) -> Tensor:
    """∂node/∂φ [R, N, out, in]: one at sum nodes, the product of the other factors at product nodes."""
    there = (layer.kind != ABSENT).to(phi.dtype)
    if not bool(layer.product.any()):
        return there.expand(phi.shape)
    factors = torch.where(layer.kind == ABSENT, 1.0, phi)
    one = torch.ones_like(factors[..., :1])
    before = torch.cat([one, factors[..., :-1]], -1).cumprod(-1)
    after = torch.cat([factors[..., 1:], one], -1).flip(-1).cumprod(-1).flip(-1)
    return torch.where(layer.product[:, None], before * after, 1.0) * there


def _block(layer: KANLayer, z: Tensor, values: Tensor | None, delta: Tensor) -> Tensor:
    """This layer's part of the Jacobian, [R, N, M, P_layer]."""
    p = Packing.of(layer)
    parts = [delta.new_zeros(*delta.shape[:3], 0)]
    if values is not None:
        tangent = values[:, :, None, p.sources]  # [R, N, 1, E, G+k]
        parts.append((delta[..., p.targets, p.sources][..., None] * tangent).flatten(-2))
    for j, i, free in p.symbolic:
        f, (a, b, c, _) = layer.functions[j, i], (q[:, None] for q in layer.affine.detach()[:, j, i].unbind(-1))
        t = argument(f, z[..., i])
        rise = c * slope_of(f)(a * t + b)
        tangent = torch.stack([rise * t, rise, value_of(f)(a * t + b), torch.ones_like(t)], -1)[..., list(free)]
        parts.append(delta[..., j, i, None] * tangent[:, :, None])
    return torch.cat(parts, -1)
