"""B-splines of any order on any grid, batched; with first derivatives, linear continuation and least squares.

A spline of order k on G intervals has G + k coefficients. Its knots are the G + 1 grid points and k more on
each side (Liu et al. 2024, arXiv 2404.19756, section 2.2). Outside the grid it goes on as a straight line.
"""

from __future__ import annotations

import torch
from torch import Tensor


def extend_grid(grid: Tensor, order: int) -> Tensor:
    """Knots from grid points: `order` more on each side, at the distance of the outermost interval.

    Parameters
    ----------
    grid
        Rising points, shape [..., G + 1].
    order
        Spline order k.

    Returns
    -------
    Tensor
        Knots, shape [..., G + 2k + 1].
    """
    steps = torch.arange(1, order + 1, dtype=grid.dtype, device=grid.device)
    left = grid[..., :1] - steps.flip(0) * (grid[..., 1:2] - grid[..., :1])
    right = grid[..., -1:] + steps * (grid[..., -1:] - grid[..., -2:-1])
    return torch.cat([left, grid, right], -1)


def sample_grid(z: Tensor, intervals: int, order: int, *, quantile: float) -> Tensor:
    """Knots over the range of samples: a mix of a uniform grid and their quantiles (`quantile` = 1: quantiles only).

    `z` has shape [R, N, m]; the knots have shape [R, m, G + 2k + 1].
    """
    low, high = z.amin(1), z.amax(1)
    width = (high - low).clamp_min(torch.finfo(z.dtype).tiny)
    width = torch.where(high > low, width, torch.ones_like(width))
    steps = torch.linspace(0, 1, intervals + 1, dtype=z.dtype, device=z.device)
    uniform = low[..., None] + width[..., None] * steps  # [R, m, G+1]
    if quantile > 0:
        ordered = z.sort(1).values
        index = (steps * (z.shape[1] - 1)).round().long()
        uniform = (1 - quantile) * uniform + quantile * ordered[:, index].transpose(1, 2)
    return extend_grid(uniform, order)


def basis(z: Tensor, knots: Tensor, order: int) -> tuple[Tensor, Tensor]:
    """Values and slopes of all basis functions; only the k + 1 that are not zero are computed (Cox, de Boor).

    Parameters
    ----------
    z
        Arguments, shape [R, N, m].
    knots
        Shape [R, m, G + 2k + 1].
    order
        Spline order k, at least 1.

    Returns
    -------
    values, slopes
        Shapes [R, N, m, G + k]. Outside the grid the values are those of the tangent at its end.
    """
    low, high = knots[:, None, :, order], knots[:, None, :, -order - 1]
    inside = torch.minimum(torch.maximum(z, low), high)
    # The last knot at or before each argument; the right end belongs to the last interval.
    inner = knots[:, :, order + 1 : -order - 1].contiguous()
    found = torch.searchsorted(inner, inside.detach().transpose(1, 2).contiguous(), right=True)
    first = found.transpose(1, 2)[..., None] + torch.arange(order + 1, device=z.device)  # [R, N, m, k+1]
    near = torch.cat([first, first[..., 1:] + order], -1)[..., 1:]  # the 2k knots around each argument
    t = knots[:, None].expand(*z.shape, -1).gather(-1, near).unbind(-1)
    local, lower = _nonzero(inside, t, order)
    slope = [local[0] * 0.0] * (order + 1)
    for r in range(order):
        rate = order / (t[order + r] - t[r]) * lower[r]
        slope[r] = slope[r] - rate
        slope[r + 1] = slope[r + 1] + rate
    slopes = torch.stack(slope, -1)
    values = torch.stack(local, -1) + (z - inside)[..., None] * slopes
    zero = z.new_zeros(*z.shape, knots.shape[-1] - order - 1)
    return zero.scatter(-1, first, values), zero.scatter(-1, first, slopes)


def _nonzero(u: Tensor, t: tuple[Tensor, ...], order: int) -> tuple[list[Tensor], list[Tensor]]:
    """The nonzero basis functions of order k and of order k - 1 at u, given the 2k knots around it."""
    values = [torch.ones_like(u)]
    lower = values
    for k in range(1, order + 1):
        lower, values = values, []
        carried = torch.zeros_like(u)
        for r in range(k):
            left, right = t[order - k + r], t[order + r]
            share = lower[r] / (right - left)
            values.append(carried + (right - u) * share)
            carried = (u - left) * share
        values.append(carried)
    return values, lower


def fit_coefficients(z: Tensor, values: Tensor, knots: Tensor, order: int) -> Tensor:
    """Least-squares coefficients of splines through samples (grid extension, arXiv 2404.19756, eq. 2.15).

    Parameters
    ----------
    z
        Arguments, shape [R, N, m].
    values
        Values of p functions of each argument, shape [R, N, p, m].
    knots
        Shape [R, m, G + 2k + 1].
    order
        Spline order k.

    Returns
    -------
    Tensor
        Coefficients, shape [R, p, m, G + k]. A slight penalty on second differences decides where no sample lies.
    """
    b = basis(z, knots, order)[0].transpose(1, 2)  # [R, m, N, G+k]
    rows = b.shape[2]
    gram = b.transpose(-1, -2) @ b / rows
    rough = roughness(b.shape[-1], z)
    gram = gram + 1e-13 * gram.diagonal(dim1=-2, dim2=-1).mean(-1)[..., None, None] * (
        rough + torch.eye(len(rough), dtype=z.dtype, device=z.device)
    )
    right = b.transpose(-1, -2) @ values.permute(0, 3, 1, 2) / rows  # [R, m, G+k, p]
    solution: Tensor = torch.linalg.solve(gram, right)
    return solution.permute(0, 3, 1, 2)


def roughness(size: int, like: Tensor) -> Tensor:
    """Matrix of the sum of squared second differences of `size` coefficients."""
    eye = torch.eye(size, dtype=like.dtype, device=like.device)
    difference = eye[2:] - 2 * eye[1:-1] + eye[:-2]
    return difference.T @ difference
