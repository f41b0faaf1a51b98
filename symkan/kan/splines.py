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
    """Knots over the range of samples: a mix of a uniform grid and their quantiles.

    `quantile` = 1 means quantiles only, 0 a uniform grid; z has shape [R, N, m], the knots have shape
    [R, m, G + 2k + 1].
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


def pieces(knots: Tensor, order: int) -> Tensor:
    """Start, inverse width and polynomials of each grid interval: what `basis` looks up (Cox, de Boor).

    Parameters
    ----------
    knots
        Shape [R, m, G + 2k + 1]; equal knots are allowed.
    order
        Spline order k, at least 1.

    Returns
    -------
    Tensor
        Shape [2 + (k + 1)², R, m, G]: the start t of the interval, 1/width, and by rising power of
        u = (z - t)/width the coefficients of the k + 1 basis functions that are not zero there.
    """
    intervals = knots.shape[-1] - 2 * order - 1
    t = knots.unfold(-1, 2 * order, 1)[..., 1 : intervals + 1, :].unbind(
        -1
    )  # the 2k knots around each interval
    start, width = t[order - 1], t[order] - t[order - 1]
    powers = torch.zeros(*start.shape, order + 1, dtype=knots.dtype, device=knots.device)
    powers[..., 0] = 1.0
    values = [powers]
    for k in range(1, order + 1):
        lower, values = values, []
        carried = torch.zeros_like(powers)
        for r in range(k):
            left, right = t[order - k + r], t[order + r]
            share = lower[r] * _inverse(right - left)[..., None]
            values.append(carried + _times(share, right - start, -width))
            carried = _times(share, start - left, width)
        values.append(carried)
    table = torch.stack(values, -1).flatten(-2)  # [R, m, G, power, basis function]
    table = torch.cat([start[..., None], _inverse(width)[..., None], table], -1)
    return table.movedim(-1, 0).contiguous()


def _inverse(width: Tensor) -> Tensor:
    """1/width; 0 for intervals of no width, as in the recursion of Cox and de Boor."""
    return torch.where(width > 0, 1 / width, 0.0)


def _times(polynomial: Tensor, constant: Tensor, slope: Tensor) -> Tensor:
    """The polynomial, by rising powers, times (constant + slope·u)."""
    raised = torch.nn.functional.pad(polynomial[..., :-1], (1, 0))
    return constant[..., None] * polynomial + slope[..., None] * raised


def basis(z: Tensor, knots: Tensor, order: int, table: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Values and slopes of all basis functions.

    Parameters
    ----------
    z
        Arguments, shape [R, N, m].
    knots
        Shape [R, m, G + 2k + 1] or [1, m, G + 2k + 1].
    order
        Spline order k, at least 1.
    table
        The `pieces` of these knots, where they are known.

    Returns
    -------
    values, slopes
        Shapes [R, N, m, G + k]. Outside the grid the values are those of the tangent at its end.
    """
    table = pieces(knots, order) if table is None else table
    argument = z.transpose(1, 2)  # [R, m, N]: long axes last are fast
    low, high = knots[..., order, None], knots[..., -order - 1, None]
    inside = torch.minimum(torch.maximum(argument, low), high)
    # The last knot at or before each argument; the right end belongs to the last interval.
    inner = knots[:, :, order + 1 : -order - 1].expand(len(z), -1, -1).contiguous()
    place = torch.searchsorted(inner, inside.detach().contiguous(), right=True)
    grids = torch.arange(knots[..., 0].numel(), device=z.device).view(*knots.shape[:2], 1)
    index = place + table.shape[-1] * grids
    # `gather`, because `index_select` along a row takes three times as long
    rows = table.flatten(1).gather(1, index.flatten().expand(len(table), -1)).view(-1, *index.shape)
    start, inverse = rows[0], rows[1]
    polynomial = rows[2:].view(order + 1, order + 1, *index.shape)  # [power, basis function, R, m, N]
    u = (inside - start) * inverse
    values, slopes = polynomial[order], torch.zeros_like(polynomial[order])
    for power in reversed(polynomial[:order].unbind()):  # Horner
        slopes = slopes * u + values
        values = values * u + power
    slopes = slopes * inverse
    values = values + (argument - inside) * slopes
    first = place + torch.arange(order + 1, device=z.device).view(-1, 1, 1, 1)  # [k+1, R, m, N]
    zero = z.new_zeros(knots.shape[-1] - order - 1, *argument.shape)
    return zero.scatter(0, first, values).permute(1, 3, 2, 0), zero.scatter(0, first, slopes).permute(
        1, 3, 2, 0
    )


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
        Coefficients, shape [R, p, m, G + k]. A slight penalty on second differences decides where no sample
        lies.
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
