"""Gauss-Newton steps without a Jacobian: products with it, layer by layer, and conjugate gradients.

A parameter of an edge acts through the value of its own edge alone (see `jacobian`), so J·v is one tangent
sweep and Jᵀ·u one reverse sweep over a forward pass. Memory: the columns [R, N, in, G + k] and the slopes
[R, N, out, in] of each layer, no [N, P] and no [P, P].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import torch
from torch import Tensor

from symkan.kan.equations import damped
from symkan.kan.jacobian import Packing, Pass, Plan, affine_tangent, sensitivity

if TYPE_CHECKING:
    from symkan.kan.layer import KANLayer
    from symkan.kan.network import Networks
    from symkan.kan.rows import Rows


@dataclass(frozen=True, eq=False)
class _Tangents:
    """The derivatives of one layer.

    Attributes
    ----------
    packing
        Where its parameters stand.
    values
        Basis functions [R or 1, N, in, G + k], or None without splines.
    factor
        ∂node/∂φ [R, N, out, in] where there are product nodes; None where it is one.
    slopes
        ∂node/∂z [R, N, out, in]; None in the first layer.
    affine
        Derivatives of the symbolic edges by their free parameters, [R, N, free] each.
    """

    packing: Packing
    values: Tensor | None
    factor: Tensor | None
    slopes: Tensor | None
    affine: tuple[Tensor, ...]
    shape: tuple[int, int]

    @classmethod
    def at(cls, layer: KANLayer, packing: Packing, done: Pass, *, first: bool) -> _Tangents:
        factor = sensitivity(layer, done.phi) if bool(layer.product.any()) else None
        slopes = None if first else layer.slopes(done.z, done.columns[1])
        if slopes is not None and factor is not None:
            slopes = slopes * factor
        affine = tuple(
            affine_tangent(layer, (j, i), done.z[..., i])[..., list(free)] for j, i, free in packing.symbolic
        )
        outputs, inputs = layer.kind.shape
        values = None if done.columns[0] is None else done.columns[0].contiguous()
        return cls(packing, values, factor, slopes, affine, (outputs, inputs))

    def push(self, moved: Tensor | None, v: Tensor) -> Tensor:
        """What the nodes do [R, N, out] when the arguments do `moved` and the parameters v [R, size]."""
        p, rows = self.packing, self._rows
        nodes = v.new_zeros(len(v), rows, self.shape[0])
        stop = len(p.targets) * p.width
        if self.values is not None:
            whole = v.new_zeros(len(v), *self.shape, p.width)
            whole[:, p.targets, p.sources] = v[:, :stop].reshape(len(v), -1, p.width)
            if self.factor is None:
                nodes += torch.einsum("rnig,rjig->rnj", self.values, whole)
            else:
                nodes += (torch.einsum("rnig,rjig->rnji", self.values, whole) * self.factor).sum(-1)
        for (j, i, free), tangent in zip(p.symbolic, self.affine, strict=True):
            value = (tangent * v[:, None, stop : stop + len(free)]).sum(-1)
            nodes[..., j] += value if self.factor is None else value * self.factor[..., j, i]
            stop += len(free)
        if moved is not None and self.slopes is not None:
            nodes += torch.einsum("rnji,rni->rnj", self.slopes, moved)
        return nodes

    def pull(self, delta: Tensor, power: int = 1) -> Tensor:
        """Sums over the rows of δ · ∂φ/∂(parameters), both to a `power`, [R, size]; delta [R, N, out]."""
        p, delta = self.packing, delta**power
        edges = None if self.factor is None else delta[..., None] * self.factor**power
        parts = [delta.new_zeros(len(delta), 0)]
        if self.values is not None:
            values = self.values**power
            if edges is None:
                whole = torch.einsum("rnj,rnig->rjig", delta, values)
            else:
                whole = torch.einsum("rnji,rnig->rjig", edges, values)
            parts.append(whole[:, p.targets, p.sources].flatten(1))
        for (j, i, _), tangent in zip(p.symbolic, self.affine, strict=True):
            share = delta[..., j] if edges is None else edges[..., j, i]
            parts.append((share[..., None] * tangent**power).sum(1))
        return torch.cat(parts, 1)

    @property
    def _rows(self) -> int:
        known = [t for t in (self.values, self.slopes, *self.affine) if t is not None]
        return known[0].shape[1]


@dataclass(frozen=True, eq=False)
class Linearised:
    """The Jacobian J of a network as an operator; parameters are ordered as by `pack`."""

    layers: tuple[_Tangents, ...]

    @classmethod
    @torch.no_grad()
    def at(cls, kan: Networks, plan: Plan, passes: list[Pass]) -> Linearised:
        """At the state of a forward pass."""
        parts = zip(kan.stack, plan.packings, passes, strict=True)
        return cls(tuple(_Tangents.at(*part, first=part[2] is passes[0]) for part in parts))

    @property
    def outputs(self) -> int:
        """Number of outputs M."""
        return self.layers[-1].shape[0]

    def push(self, v: Tensor) -> Tensor:
        """J·v [R, N, M] for v [R, P]."""
        moved: Tensor | None = None
        for layer, part in zip(
            self.layers, torch.split(v, [t.packing.size for t in self.layers], 1), strict=True
        ):
            moved = layer.push(moved, part)
        return v.new_zeros(0) if moved is None else moved

    def pull(self, u: Tensor, power: int = 1) -> Tensor:
        """Jᵀ·u [R, P] for u [R, N, M]; with `power` 2 its terms are squared, row by row."""
        parts: list[Tensor] = []
        for layer in reversed(self.layers):
            parts.insert(0, layer.pull(u, power))
            if layer.slopes is not None:
                u = torch.einsum("rnj,rnji->rni", u, layer.slopes)
        return torch.cat(parts, 1)


@dataclass(frozen=True, eq=False)
class MatrixFree:
    """The normal equations as an operator, solved by conjugate gradients with a Jacobi preconditioner.

    Attributes
    ----------
    jacobian
        At the state.
    weight
        Of the squares of residuals, [N, 1].
    g, diagonal
        Jᵀ·residual and the diagonal of JᵀJ, over the number of residuals, [R, P].
    iterations
        Of conjugate gradients at most.
    """

    jacobian: Linearised
    weight: Tensor
    g: Tensor
    diagonal: Tensor
    iterations: int

    @classmethod
    @torch.no_grad()
    def at(cls, kan: Networks, plan: Plan, passes: list[Pass], rows: Rows, *, iterations: int) -> MatrixFree:
        """The equations at a state with the forward pass `passes`."""
        jacobian, nodes = Linearised.at(kan, plan, passes), passes[-1].nodes
        weight = torch.ones_like(rows.y[:, :1]) if rows.weight is None else rows.weight[:, None].square()
        g = jacobian.pull((rows.y - nodes) * weight) / rows.y.numel()
        outputs = torch.eye(nodes.shape[-1], dtype=nodes.dtype, device=nodes.device)
        one = weight.sqrt().expand((*nodes.shape[:2], 1))
        diagonal = torch.stack([jacobian.pull(one * output, 2) for output in outputs]).sum(0)
        return cls(jacobian, weight, g, diagonal / rows.y.numel(), iterations)

    @torch.no_grad()
    def solve(self, damping: Tensor, ridge: float, tolerance: Tensor | None = None) -> Tensor:
        """The step [R, P], to a tolerance [R] that tightens as the damping falls (an inexact Newton method)."""
        extra = damped(self.diagonal, damping, ridge)
        count = len(self.weight) * self.jacobian.outputs

        def times(v: Tensor) -> Tensor:
            return self.jacobian.pull(self.jacobian.push(v) * self.weight) / count + extra * v

        tolerance = damping.sqrt().clamp(1e-6, 0.1) if tolerance is None else tolerance
        step = conjugate_gradients(times, self.g, self.diagonal + extra, tolerance, self.iterations)
        return step.nan_to_num(0.0, 0.0, 0.0)

    def join(self, new: Self, better: Tensor) -> Self:
        """These equations, with those of a `new` state in the restarts `better` [R]."""
        if bool(better.all()):
            return new
        index = torch.where(better, len(better), 0) + torch.arange(len(better), device=better.device)
        return self._map(new, lambda old, fresh: torch.cat([old, fresh])[index])

    def select(self, index: Tensor) -> Self:
        """The equations of some of the restarts."""
        return self._map(self, lambda old, _: old[index])

    def _map(self, other: Self, f: Callable[[Tensor, Tensor], Tensor]) -> Self:
        """`f` of all tensors of two states that have one entry for each restart."""
        restarts = len(self.g)

        def pick(old: Tensor | None, fresh: Tensor | None) -> Tensor | None:
            return old if old is None or fresh is None or len(old) < restarts else f(old, fresh)

        layers = tuple(
            replace(
                a,
                values=pick(a.values, b.values),
                factor=pick(a.factor, b.factor),
                slopes=pick(a.slopes, b.slopes),
                affine=tuple(f(old, fresh) for old, fresh in zip(a.affine, b.affine, strict=True)),
            )
            for a, b in zip(self.jacobian.layers, other.jacobian.layers, strict=True)
        )
        g, diagonal = f(self.g, other.g), f(self.diagonal, other.diagonal)
        return replace(self, jacobian=Linearised(layers), g=g, diagonal=diagonal)


def conjugate_gradients(
    times: Callable[[Tensor], Tensor], g: Tensor, scale: Tensor, tolerance: Tensor, iterations: int
) -> Tensor:
    """Solve A·x = g for each restart, [R, P].

    Parameters
    ----------
    times
        Gives A·v for v [R, P]; A is symmetric and positive definite.
    g, scale
        Right side and preconditioner (a diagonal close to that of A), [R, P].
    tolerance
        Relative residual [R] in the norm of 1/scale at which a restart ends.
    iterations
        At most so many.
    """
    x, rest = torch.zeros_like(g), g
    direction = z = g / scale
    size = first = (rest * z).sum(1)
    for _ in range(iterations):
        going = size > tolerance.square() * first
        if not bool(going.any()):
            break
        image = times(direction)
        length = torch.where(going, size / (direction * image).sum(1), 0.0)[:, None]
        x, rest = x + length * direction, rest - length * image
        z = rest / scale
        before, size = size, torch.where(going, (rest * z).sum(1), size)
        direction = z + torch.where(going, size / before, 0.0)[:, None] * direction
    return x
