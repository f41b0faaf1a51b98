"""The sparsity penalty of Liu et al. 2024 (arXiv 2404.19756), eqs. 2.17-2.20, as a reweighted quadratic.

The amplitude of an edge is the mean absolute deviation of its values over the samples: a constant costs
nothing, since it can be absorbed. Near a state, a penalty on amplitudes A is majorised by Σ w·Var(φ) with w =
(∂penalty/∂A)/A, which Levenberg-Marquardt takes as it takes squares of residuals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from symkan.kan.jacobian import Pass, Plan
from symkan.kan.layer import ABSENT
from symkan.kan.network import Networks


def amplitudes(phi: Tensor) -> Tensor:
    """Mean absolute deviation over the samples of edge values [R, N, out, in]: [R, out, in]."""
    return (phi - phi.mean(1, keepdim=True)).abs().mean(1)


def entropy(amplitude: Tensor) -> Tensor:
    """Entropy of a layer's amplitudes [R, out, in], [R] (eq. 2.19)."""
    share = amplitude / amplitude.sum((1, 2), keepdim=True).clamp_min(1e-300)
    return -torch.xlogy(share, share).sum((1, 2))


@dataclass(frozen=True, eq=False)
class Penalty:
    """A penalty with the weights that it had at one state.

    Attributes
    ----------
    weights
        Of the variance of each edge, [R, out, in] for each layer.
    """

    weights: tuple[Tensor, ...]

    @classmethod
    @torch.no_grad()
    def at(cls, kan: Networks, x: Tensor, *, strength: float, l1: float, entropy_weight: float) -> Penalty:
        """The penalty strength · (l1 · Σ A + entropy_weight · S) at the present state of a network."""
        found = []
        for layer, trace in zip(kan.stack, kan.trace(x), strict=True):
            a = amplitudes(trace.values)
            total = a.sum((1, 2), keepdim=True).clamp_min(1e-300)
            s = entropy(a)[:, None, None]
            slope = -(torch.log((a / total).clamp_min(1e-12)) + s) / total  # ∂S/∂A
            # Large edges lower the entropy by growing: that direction is left to the loss.
            weight = (l1 + entropy_weight * slope).clamp_min(0.0) / (2 * a.clamp_min(1e-4 * total))
            found.append(torch.where(layer.kind == ABSENT, 0.0, strength * weight))
        return cls(tuple(found))

    def value(self, passes: list[Pass]) -> Tensor:
        """Σ w·Var(φ), [R]."""
        parts = zip(self.weights, passes, strict=True)
        return torch.stack([(w * p.phi.var(1, correction=0)).sum((1, 2)) for w, p in parts]).sum(0)

    def matrix(self, kan: Networks, plan: Plan, passes: list[Pass]) -> Tensor:
        """The matrix of the penalty over the spline coefficients, in the order of `pack`, [R, P, P]."""
        blocks: list[Tensor] = []
        for p, done, weight in zip(plan.packings, passes, self.weights, strict=True):
            if done.columns[0] is not None:
                moving = done.columns[0] - done.columns[0].mean(1, keepdim=True)
                gram = torch.einsum("rnig,rnih->righ", moving, moving) / moving.shape[1]  # [R or 1, in, G, G]
                for j, i in zip(p.targets.tolist(), p.sources.tolist(), strict=True):
                    blocks.append(weight[:, j, i, None, None] * gram[:, i])
            blocks += [weight.new_zeros(kan.restarts, len(free), len(free)) for *_, free in p.symbolic]
        sizes = [b.shape[-1] for b in blocks]
        matrix = self.weights[0].new_zeros(kan.restarts, sum(sizes), sum(sizes))
        start = 0
        for block, size in zip(blocks, sizes, strict=True):
            matrix[:, start : start + size, start : start + size] = block
            start += size
        return matrix

    def select(self, index: Tensor) -> Penalty:
        """The penalty of some of the restarts."""
        return replace(self, weights=tuple(w[index] for w in self.weights))
