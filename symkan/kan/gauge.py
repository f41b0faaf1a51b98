"""What may be changed without changing the network, the scale of hidden nodes; and the linear outer layer."""

from __future__ import annotations

from math import inf

import torch
from torch import Tensor

from symkan.kan import splines
from symkan.kan.functions import value_of
from symkan.kan.jacobian import Packing, Pass, Plan, columns_of
from symkan.kan.layer import ABSENT, SPLINE, KANLayer, argument
from symkan.kan.network import Networks
from symkan.kan.rows import Rows


@torch.no_grad()
def settle(
    kan: Networks,
    plan: Plan,
    rows: Rows,
    *,
    ridge: float = 1e-12,
    shrink: Tensor | None = None,
    widest: float = inf,
) -> list[Pass]:
    """Rescale each hidden node to [-1, 1] and solve the last layer for the targets, in place, in one pass.

    Sum nodes are shifted and scaled; factors of product nodes get a largest absolute value of one. The functions
    between are fitted anew to what they were. Outputs that are products are not solved for.

    Parameters
    ----------
    kan, plan
        The network(s), and the plan for the training rows.
    rows
        Gives the targets [N, outputs] and the weights of rows.
    ridge
        Relative ridge of the linear solve.
    shrink
        Weights [R, out, in] of a quadratic penalty on the variance of the last layer's edges, if any.
    widest
        A last layer with more coefficients for an output than so many is left as it is.

    Returns
    -------
    list of Pass
        The forward pass of the settled network.
    """
    z, columns, passes = plan.x[None], plan.first, list[Pass]()
    values: Tensor | None = None  # what the edges of the layer were before their arguments were rescaled
    *hidden, last = kan.stack
    solve = last.coefficients[0, 0].numel() <= widest
    for layer, following in zip(hidden, kan.stack[1:], strict=True):
        if passes:
            columns = columns_of(layer, z)
        if values is not None:
            _refit_splines(layer, z, values)
        phi = layer.activate(z, columns[0])
        nodes = layer.combine(phi)
        scale, shift = _node_gauge(layer, phi, nodes)
        solved = following is last and solve and not bool(last.product.any())
        values = None if solved else following.activate(nodes)
        share = _rescale(layer, scale, shift)
        size = torch.where(layer.product, scale.prod(-1), scale[..., 0])  # [R, out]
        _follow(following, size, shift)
        nodes = (nodes - shift[:, None]) / size[:, None]
        passes.append(Pass(z, columns, (phi - share[:, None]) / scale[:, None], nodes))
        z = nodes
    if passes:
        columns = columns_of(last, z)
    if values is not None:
        _refit_splines(last, z, values)
    if solve:
        _solve_last(last, plan.packings[-1], Pass(z, columns, z, z), rows, (ridge, shrink))
    phi = last.activate(z, columns[0])
    return [*passes, Pass(z, columns, phi, last.combine(phi))]


def _node_gauge(layer: KANLayer, phi: Tensor, nodes: Tensor) -> tuple[Tensor, Tensor]:
    """Scale of each edge [R, out, in] and shift of each node [R, out] that bring the nodes to [-1, 1]."""
    low, high = nodes.amin(1), nodes.amax(1)
    half = ((high - low) / 2)[..., None].expand(-1, -1, phi.shape[-1])
    size = torch.where(layer.product[:, None], phi.abs().amax(1), half)
    size = torch.where((layer.product[:, None] & (layer.kind == ABSENT)) | (size < 1e-300), 1.0, size)
    return size, torch.where(layer.product, 0.0, (high + low) / 2)


def _rescale(layer: KANLayer, scale: Tensor, shift: Tensor) -> Tensor:
    """Take `shift` [R, out] off nodes, divide edges by `scale` [R, out, in]; each edge's share of it."""
    there = layer.kind != ABSENT
    share = (shift / there.sum(1).clamp_min(1))[..., None] * there  # [R, out, in]
    count = layer.intervals + layer.order
    layer.coefficients[..., :count] -= share[..., None]
    layer.coefficients.div_(scale[..., None])
    layer.affine[..., 3] -= share
    layer.affine[..., 2:].div_(scale[..., None])
    return share


def _follow(layer: KANLayer, scale: Tensor, shift: Tensor) -> None:
    """Let symbolic edges take (z - shift) / scale, [R, in] each, for z."""
    for j, i in layer.symbolic_edges():
        a, b = layer.affine[:, j, i, 0], layer.affine[:, j, i, 1]
        if layer.functions[j, i].logarithmic:
            b += a * torch.log(scale[:, i])
        else:
            b += a * shift[:, i]
            a *= scale[:, i]


def _refit_splines(layer: KANLayer, z: Tensor, values: Tensor) -> None:
    """Make the splines of a layer take `values` [R, N, out, in] at the new arguments z [R, N, in]."""
    count = layer.intervals + layer.order
    spline = layer.kind == SPLINE
    if bool(spline.any()):
        fitted = splines.fit_coefficients(z, values, layer.knots, layer.order)
        # the fit took in the base function, whose coefficient is 0 from here on
        whole = torch.nn.functional.pad(fitted, (0, layer.coefficients.shape[-1] - count))
        layer.coefficients.copy_(torch.where(spline[..., None], whole, layer.coefficients))


def _solve_last(
    layer: KANLayer, packing: Packing, done: Pass, rows: Rows, penalty: tuple[float, Tensor | None]
) -> None:
    """Least squares for the sum nodes of the last layer at its arguments and columns in `done`."""
    ridge, shrink = penalty
    for j in torch.nonzero(~layer.product).flatten().tolist():
        sources = packing.sources[packing.targets == j]
        symbolic = [i for t, i, _ in packing.symbolic if t == j]
        values = done.columns[0]
        parts = [] if values is None else [values[:, :, sources].flatten(-2)]
        for i in symbolic:
            f, (a, b) = layer.functions[j, i], (q[:, None] for q in layer.affine[:, j, i, :2].unbind(-1))
            parts.append(value_of(f)(a * argument(f, done.z[..., i]) + b)[..., None])
        if symbolic:
            parts.append(torch.ones_like(done.z[..., :1]))
        if not parts:
            continue
        columns = torch.cat(parts, -1)
        extra = None
        if shrink is not None:
            extra = _variance(columns, shrink[:, j, sources], shrink[:, j, symbolic], packing.width)
        y = rows.y[:, j]
        if rows.weight is not None:
            columns, y = columns * rows.weight[:, None], y * rows.weight
        _write(layer, j, sources, symbolic, least_squares(columns, y, ridge, extra))


def _variance(columns: Tensor, splines_: Tensor, symbolic: Tensor, width: int) -> Tensor:
    """Matrix [R, P, P] of the weighted variances of the edges of a node with columns [R, N, P]."""
    extra = columns.new_zeros(len(columns), columns.shape[-1], columns.shape[-1])
    weights = [*((w, width) for w in splines_.unbind(1)), *((w, 1) for w in symbolic.unbind(1))]
    start = 0
    for weight, size in weights:
        part = columns[..., start : start + size]
        part = part - part.mean(1, keepdim=True)
        gram = part.transpose(1, 2) @ part / part.shape[1]
        extra[:, start : start + size, start : start + size] = weight[:, None, None] * gram
        start += size
    return extra


def least_squares(columns: Tensor, y: Tensor, ridge: float, extra: Tensor | None = None) -> Tensor:
    """Least squares [R, P] of y [N] on columns [R, N, P], with a small relative ridge.

    `extra` [R, P, P] is the matrix of a further quadratic penalty, relative to the mean square error.
    """
    size = columns.square().mean(1).sqrt().clamp_min(1e-150)
    a = columns / size[:, None]
    gram = a.transpose(1, 2) @ a / len(y)
    gram.diagonal(dim1=1, dim2=2).add_(ridge)
    extra = None if extra is None else extra / (size[:, :, None] * size[:, None])
    if extra is not None:
        gram = gram + extra
    factor, failed = torch.linalg.cholesky_ex(gram)
    solution = torch.zeros_like(size)
    for _ in range(2):  # the second round wins back what the normal equations lost
        rest = y - (a @ solution[..., None])[..., 0]
        right = a.transpose(1, 2) @ rest[..., None] / len(y)
        if extra is not None:
            right = right - extra @ solution[..., None]
        step = torch.cholesky_solve(right, factor)[..., 0]
        solution = solution + torch.where((failed == 0)[:, None], step, 0.0).nan_to_num(0.0, 0.0, 0.0)
    return solution / size


def _write(layer: KANLayer, j: int, sources: Tensor, symbolic: list[int], solution: Tensor) -> None:
    """Put a solution of `_solve_last` into the parameters of output j."""
    width = layer.coefficients.shape[-1]
    stop = len(sources) * width
    layer.coefficients[:, j, sources] = solution[:, :stop].reshape(len(solution), -1, width)
    if symbolic:
        layer.affine[:, j, symbolic, 2] = solution[:, stop:-1]
        layer.affine[:, j, symbolic, 3] = 0.0
        layer.affine[:, j, symbolic[0], 3] = solution[:, -1]
