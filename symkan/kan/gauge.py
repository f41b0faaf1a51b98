"""What may be changed without changing the network, the scale of hidden nodes; and the linear outer layer."""

from __future__ import annotations

import torch
from torch import Tensor

from symkan.kan import splines
from symkan.kan.functions import value_of
from symkan.kan.jacobian import Columns, Packing, columns_of
from symkan.kan.network import ABSENT, KAN, SPLINE, KANLayer, argument


@torch.no_grad()
def settle(kan: KAN, x: Tensor, y: Tensor, *, ridge: float, first: Columns | None = None) -> Tensor:
    """Rescale each hidden node to [-1, 1] and solve the last layer for the targets, in place, in one forward pass.

    Sum nodes are shifted and scaled; factors of product nodes are scaled to a largest absolute value of one. The
    functions between are fitted anew to what they were.

    Parameters
    ----------
    kan
        The network(s).
    x, y
        Rows [N, inputs] and targets [N, outputs].
    ridge
        Relative ridge of the linear solve.
    first
        The first layer's columns at x, where known.

    Returns
    -------
    Tensor
        Outputs [R, N, outputs] of the settled network.
    """
    z = x[None]
    values: Tensor | None = None  # what the edges of the layer were before their arguments were rescaled
    *hidden, last = kan.stack
    for layer, following in zip(hidden, kan.stack[1:], strict=True):
        columns = (first if layer is kan.stack[0] else None) or columns_of(layer, z)
        if values is not None:
            _refit_splines(layer, z, values)
        phi = layer.activate(z, columns[0])
        nodes = layer.combine(phi)
        scale, shift = _node_gauge(layer, phi, nodes)
        values = None if following is last else following.activate(nodes)
        _rescale(layer, scale, shift)
        size = torch.where(layer.product, scale.prod(-1), scale[..., 0])  # [R, out]
        _follow(following, size, shift)
        z = (nodes - shift[:, None]) / size[:, None]
    return _solve_last(last, z, y, ridge) if not bool(last.product.any()) else last.combine(last.activate(z))


def _node_gauge(layer: KANLayer, phi: Tensor, nodes: Tensor) -> tuple[Tensor, Tensor]:
    """Scale of each edge [R, out, in] and shift of each node [R, out] that bring the nodes to [-1, 1]."""
    low, high = nodes.amin(1), nodes.amax(1)
    half = ((high - low) / 2)[..., None].expand(-1, -1, phi.shape[-1])
    size = torch.where(layer.product[:, None], phi.abs().amax(1), half)
    size = torch.where((layer.product[:, None] & (layer.kind == ABSENT)) | (size < 1e-300), 1.0, size)
    return size, torch.where(layer.product, 0.0, (high + low) / 2)


def _rescale(layer: KANLayer, scale: Tensor, shift: Tensor) -> None:
    """Divide edges by `scale` [R, out, in] after taking `shift` [R, out] off their sums."""
    there = layer.kind != ABSENT
    share = (shift / there.sum(1).clamp_min(1))[..., None] * there  # [R, out, in]
    count = layer.intervals + layer.order
    layer.coefficients[..., :count] -= share[..., None]
    layer.coefficients /= scale[..., None]
    layer.affine[..., 3] -= share
    layer.affine[..., 2:] /= scale[..., None]


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
        layer.coefficients[..., :count] = torch.where(spline[..., None], fitted, layer.coefficients[..., :count])
        layer.coefficients[..., count:] = torch.where(spline[..., None], 0.0, layer.coefficients[..., count:])


def _solve_last(layer: KANLayer, z: Tensor, y: Tensor, ridge: float) -> Tensor:
    """Least squares for the last layer at arguments z [R, N, in]; returns the outputs [R, N, out]."""
    p = Packing.of(layer)
    values = columns_of(layer, z)[0]
    outputs = []
    for j in range(layer.kind.shape[0]):
        sources = p.sources[p.targets == j]
        symbolic = [i for t, i, _ in p.symbolic if t == j]
        parts = [] if values is None else [values[:, :, sources].flatten(-2)]
        for i in symbolic:
            f, (a, b) = layer.functions[j, i], (q[:, None] for q in layer.affine[:, j, i, :2].unbind(-1))
            parts.append(value_of(f)(a * argument(f, z[..., i]) + b)[..., None])
        if symbolic:
            parts.append(torch.ones_like(z[..., :1]))
        columns = torch.cat(parts, -1)
        solution = least_squares(columns, y[:, j], ridge)
        _write(layer, j, sources, symbolic, solution)
        outputs.append((columns @ solution[..., None])[..., 0])
    return torch.stack(outputs, -1)


def least_squares(columns: Tensor, y: Tensor, ridge: float) -> Tensor:
    """Least squares [R, P] of y [N] on columns [R, N, P] with a small relative ridge."""
    size = columns.square().mean(1).sqrt().clamp_min(1e-150)
    a = columns / size[:, None]
    gram = a.transpose(1, 2) @ a / len(y)
    gram.diagonal(dim1=1, dim2=2).add_(ridge)
    factor, failed = torch.linalg.cholesky_ex(gram)
    solution = torch.zeros_like(size)
    for _ in range(2):  # the second round wins back what the normal equations lost
        rest = y - (a @ solution[..., None])[..., 0]
        step = torch.cholesky_solve(a.transpose(1, 2) @ rest[..., None] / len(y), factor)[..., 0]
        solution = solution + torch.where((failed == 0)[:, None], step, 0.0)
    return solution / size


def _write(layer: KANLayer, j: int, sources: Tensor, symbolic: list[int], solution: Tensor) -> None:
    """Put a solution of `_solve_last` into the parameters of output j."""
    width = layer.coefficients.shape[-1]
    stop = len(sources) * width
    layer.coefficients[:, j, sources] = solution[:, :stop].unflatten(1, (-1, width))
    if symbolic:
        layer.affine[:, j, symbolic, 2] = solution[:, stop:-1]
        layer.affine[:, j, symbolic, 3] = 0.0
        layer.affine[:, j, symbolic[0], 3] = solution[:, -1]
