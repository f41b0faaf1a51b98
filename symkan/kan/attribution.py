"""How much of the output depends on each edge, propagated from the output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from symkan.errors import OptionError
from symkan.kan.jacobian import sensitivity
from symkan.kan.layer import ABSENT
from symkan.symbolic.activation import Activation, Edge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.kan.network import Networks

    Array = NDArray[np.float64]


@torch.no_grad()
def scores(kan: Networks, x: Tensor) -> list[Array]:
    """Score of each edge, [out, in] for each layer, 0 to 1, over rows x [N, inputs].

    An edge counts by the ratio of the standard deviation that it brings to that of its node, at most 1, times
    the score of the node, which is the sum over the edges that leave it (Liu et al. 2024, arXiv 2408.10205,
    eq. 8; at sum nodes the same, at product nodes the other factors weigh in). Scores need not add up to 1.

    Raises
    ------
    OptionError
        When the network has several restarts.
    """
    single(kan)
    found: list[Array] = []
    node = torch.ones(kan.architecture.widths[-1], dtype=torch.float64, device=x.device)
    for layer, trace in zip(reversed(kan.stack), reversed(kan.trace(x)), strict=True):
        moving = (trace.values - trace.values.mean(1, keepdim=True)) * sensitivity(layer, trace.values)
        spread = (moving[0] - moving[0].mean(0)).square().mean(0).sqrt()  # [out, in]
        whole = trace.nodes[0].std(0, correction=0)[:, None]
        share = torch.where(whole > 0, spread / whole, 0.0).nan_to_num(0.0, 0.0, 0.0)
        edges = (node[:, None] * share).clamp_max(1.0)
        found.insert(0, edges.cpu().numpy())
        node = edges.sum(0).clamp_max(1.0)
    return found


def single(kan: Networks) -> None:
    """Raise when the network has several restarts."""
    if kan.restarts != 1:
        raise OptionError(
            f"the network has {kan.restarts} restarts; choose one first: kan.select([training.best])"
        )


def activations(kan: Networks, x: Tensor, x_scale: Array | None) -> list[Activation]:
    """What each edge does at rows x [N, inputs]; see `Networks.activations`."""
    found: list[Activation] = []
    with torch.no_grad():
        traces = kan.trace(x)
    for depth, (layer, trace, score) in enumerate(zip(kan.stack, traces, scores(kan, x), strict=True)):
        for j, i in torch.nonzero(layer.kind != ABSENT).tolist():
            argument = trace.arguments[0, :, i].cpu().numpy().copy()
            if x_scale is not None and depth == 0:
                argument = argument * x_scale[i]
            value = trace.values[0, :, j, i].cpu().numpy().copy()
            found.append(Activation(Edge(depth, j, i), argument, value, float(score[j, i])))
    return found
