"""Removing an edge without changing the rest: constants are absorbed, nodes without edges go."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from symkan.kan.layer import ABSENT, KANLayer
from symkan.kan.network import Architecture, Networks
from symkan.symbolic.activation import Edge


@torch.no_grad()
def remove(kan: Networks, edge: Edge, x: Tensor) -> Networks | None:
    """A copy without the edge, which is taken for what it is on average over rows x [N, inputs].

    Other edges of its node absorb that constant (added at a sum node, multiplied at a product node). A node
    that is left without edges is a constant and goes too, as do nodes whose output no edge takes. None is
    returned when an output would be left without edges.
    """
    trace = kan.trace(x)[edge.layer]
    layer = kan.stack[edge.layer]
    values = trace.values[:, :, edge.target, edge.source]
    value = _typical(values) if bool(layer.product[edge.target]) else values.mean(1)
    alone = int((layer.kind[edge.target] != ABSENT).sum()) == 1
    if not alone:
        return _sweep_dead(kan.without(edge, value=value))
    if edge.layer == len(kan.stack) - 1:
        return None
    return _remove_node(kan.without(edge), (edge.layer + 1, edge.target), value, x)


def _typical(factor: Tensor) -> Tensor:
    """The mean [R] of a factor's values [R, N]; its root mean square where the mean is about 0."""
    mean, size = factor.mean(1), factor.square().mean(1).sqrt()
    return torch.where(mean.abs() < 0.1 * size, size, mean)


def _remove_node(kan: Networks, node: tuple[int, int], value: Tensor, x: Tensor) -> Networks | None:
    """The network after a hidden node has become the constant `value` [R]: the edges that leave it go."""
    depth, index = node
    new: Networks | None = kan
    for target in torch.nonzero(kan.stack[depth].kind[:, index] != ABSENT).flatten().tolist():
        assert new is not None
        layer = new.stack[depth]
        z = value[:, None, None].expand(-1, 1, layer.kind.shape[1])
        constant = layer.activate(z)[:, 0, target, index]
        if int((layer.kind[target] != ABSENT).sum()) > 1:
            new = new.without(Edge(depth, target, index), value=constant)
        elif depth == len(kan.stack) - 1:
            return None
        else:
            new = _remove_node(new.without(Edge(depth, target, index)), (depth + 1, target), constant, x)
        if new is None:
            return None
    return _sweep_dead(new) if new is not None else None


def _sweep_dead(kan: Networks) -> Networks:
    """Take away the edges into hidden nodes whose value no edge takes, in place."""
    for layer, following in zip(reversed(kan.stack[:-1]), reversed(kan.stack[1:]), strict=True):
        for j in torch.nonzero((following.kind == ABSENT).all(0)).flatten().tolist():
            layer.kind[j] = ABSENT
            for place in [p for p in layer.functions if p[0] == j]:
                del layer.functions[place]
    return kan


@torch.no_grad()
def compact(kan: Networks) -> Networks:
    """A copy without the hidden nodes that have no edges left; inputs and outputs stay."""
    new = kan.clone()
    layers = new.stack
    for depth in range(len(layers) - 1):
        alive = torch.nonzero((layers[depth].kind != ABSENT).any(1)).flatten()
        if 0 < len(alive) < len(layers[depth].kind):
            layers[depth] = take_nodes(layers[depth], targets=alive)
            layers[depth + 1] = take_nodes(layers[depth + 1], sources=alive)
    shape = tuple((int((~layer.product).sum()), int(layer.product.sum())) for layer in layers)
    new.layers = nn.ModuleList(layers)
    new.architecture = Architecture(kan.architecture.inputs, shape)
    return new


def take_nodes(layer: KANLayer, *, targets: Tensor | None = None, sources: Tensor | None = None) -> KANLayer:
    """A copy of a layer with some of its nodes only."""
    new = layer.clone()
    rows = torch.arange(layer.kind.shape[0]) if targets is None else targets
    columns = torch.arange(layer.kind.shape[1]) if sources is None else sources
    new.coefficients = nn.Parameter(layer.coefficients[:, rows][:, :, columns])
    new.affine = nn.Parameter(layer.affine[:, rows][:, :, columns])
    new.kind = layer.kind[rows][:, columns]
    new.product = layer.product[rows]
    if sources is not None:
        new.knots = layer.knots[:, columns]
    new.functions = {
        (a, b): layer.functions[j, i]
        for a, j in enumerate(rows.tolist())
        for b, i in enumerate(columns.tolist())
        if (j, i) in layer.functions
    }
    return new
