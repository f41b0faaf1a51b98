"""Sum nodes of splines as one matrix product: basis columns [N, in·(G + k)] times coefficients.

No edge value is formed, and memory stays at one chunk of rows. Only the k + 1 basis functions that are not zero
are computed and put at their places, and the backward pass takes their slopes from the same polynomials.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt
from typing import Any, cast

import torch
from torch import Tensor

from symkan.kan import splines

_CHUNK = 1 << 20
"""Columns times rows of a chunk: a few MiB, which the cache holds from one operation to the next."""
_ROWS = 512
"""Rows of a chunk at least, so that its matrix products are worth their start."""
_KEPT = 1 << 26
"""Columns times rows kept for the backward pass at most (512 MiB in float64)."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid prepared for look-up.

    Attributes
    ----------
    knots, table
        [R or 1, in, G + 2k + 1], and the `splines.pieces` of these knots.
    order
        Spline order k.
    pieces
        Of a uniform grid, where all intervals are alike; else None.
    """

    knots: Tensor
    table: Tensor
    order: int
    pieces: Pieces | None

    @classmethod
    def of(cls, knots: Tensor, order: int) -> Grid:
        """Prepare knots [R, in, G + 2k + 1]."""
        table = splines.pieces(knots, order)
        unit = torch.arange(2 * order + 2, dtype=knots.dtype, device=knots.device)
        cardinal = splines.pieces(unit[None, None], order)[2:]
        even = (table[1] / table[1, ..., :1] - 1).abs().amax()
        alike = (table[2:] - cardinal).abs().amax()
        uniform = bool(torch.maximum(even, alike) < 8 * knots.shape[-1] * torch.finfo(knots.dtype).eps)
        first = table[:2, :, None, :, 0]
        return cls(knots, table, order, Pieces.of(first, cardinal) if uniform else None)

    @property
    def intervals(self) -> int:
        """Number of intervals G."""
        return self.table.shape[-1]


@dataclass(frozen=True, eq=False)
class Pieces:
    """The pieces that arguments [R, n, in] fall into; each of a shape that fits theirs.

    Attributes
    ----------
    start, inverse
        Of the interval, and 1/width.
    values, slopes
        Polynomials of the k + 1 basis functions and of their slopes, [power, k + 1, R, n, in].
    """

    start: Tensor
    inverse: Tensor
    values: Tensor
    slopes: Tensor

    @classmethod
    def of(cls, interval: Tensor, polynomials: Tensor) -> Pieces:
        """From start and 1/width [2, R, n, in] and polynomials [(k + 1)², R, n, in]."""
        values = polynomials.view(isqrt(len(polynomials)), -1, *polynomials.shape[1:])
        powers = torch.arange(1, len(values), dtype=values.dtype, device=values.device)
        return cls(interval[0], interval[1], values, values[1:] * powers.view(-1, 1, 1, 1, 1))


def spline_sums(z: Tensor, weights: Tensor, grid: Grid, *, base: bool) -> Tensor:
    """Sums over the sources of spline edges, differentiable once by `z` and `weights`.

    Parameters
    ----------
    z
        Arguments, [R or 1, N, in].
    weights
        Coefficients, [R, out, in, G + k], with one more for the base function SiLU if `base`.
    grid
        Of the sources.
    base
        Whether each spline has the base function beside it.

    Returns
    -------
    Tensor
        Node values, [R, N, out].
    """
    restarts, weights = len(weights), weights.flatten(2)
    if len(z) > 1 or len(grid.knots) > 1:
        sums: Tensor = _SplineSums.apply(z.expand(restarts, -1, -1), weights, grid, base)  # type: ignore[no-untyped-call]
        return sums
    # one set of columns: the outputs of all restarts are those of one wide layer
    sums = _SplineSums.apply(z, weights.flatten(0, 1)[None], grid, base)  # type: ignore[no-untyped-call]
    return sums.view(z.shape[1], restarts, -1).transpose(0, 1)


class _SplineSums(torch.autograd.Function):
    """Columns are kept for the backward pass as long as they are few, else they are computed anew."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, weights: Tensor, grid: Grid, base: bool) -> Tensor:
        ctx.save_for_backward(z, weights)
        ctx.grid, ctx.base, ctx.kept = grid, base, {}
        keep = any(ctx.needs_input_grad) and z[..., 0].numel() * weights.shape[-1] <= _KEPT
        sums = z.new_empty(*z.shape[:2], weights.shape[1])
        for start, stop in _chunks(z, weights):
            columns = _Columns.at(z[:, start:stop], grid, base)
            # in this order narrow layers take half the time
            sums[:, start:stop] = (weights @ columns.values.mT).mT
            if keep:
                ctx.kept[start] = columns
        return sums

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        z, weights = ctx.saved_tensors
        dz = z.new_empty(z.shape) if ctx.needs_input_grad[0] else None
        dw = torch.zeros_like(weights) if ctx.needs_input_grad[1] else None
        for start, stop in _chunks(z, weights):
            columns = ctx.kept.get(start) or _Columns.at(z[:, start:stop], ctx.grid, ctx.base)
            delta = above[:, start:stop]
            if dw is not None:
                dw.baddbmm_(delta.mT, columns.values)
            if dz is not None:
                dz[:, start:stop] = columns.pull(delta @ weights, ctx.base)
        return dz, dw, None, None


def _chunks(z: Tensor, weights: Tensor) -> Iterator[tuple[int, int]]:
    """Ranges of rows whose columns stay in the cache, but of enough rows for the matrix products."""
    rows = z.shape[1]
    size = max(_ROWS, _CHUNK // (weights.shape[-1] * len(z)))
    return ((start, min(start + size, rows)) for start in range(0, rows, size))


@dataclass(frozen=True, eq=False)
class _Columns:
    """Basis columns of some rows, and what their slopes need.

    Attributes
    ----------
    z
        Arguments [R, n, in].
    values
        [R, n, in·(G + k + base)].
    first
        Place among all `values` of the first basis function that is not zero, [R·n·in].
    u
        Place within the interval, in widths of it, [R, n, in].
    pieces
        The intervals.
    """

    z: Tensor
    values: Tensor
    first: Tensor
    u: Tensor
    pieces: Pieces

    @classmethod
    def at(cls, z: Tensor, grid: Grid, base: bool) -> _Columns:
        place, u, beyond, pieces = (_find if grid.pieces is None else _divide)(z, grid)
        width = grid.intervals + grid.order + base
        first = torch.arange(0, place.numel() * width, width, device=z.device).add_(place.flatten())
        active = _evaluate(pieces.values, u)
        if beyond is not None:  # the tangent at the end
            active.addcmul_(beyond, _evaluate(pieces.slopes, u))
        values = z.new_zeros(place.numel() * width)
        for r, part in enumerate(active.flatten(1)):
            values[r:].scatter_(0, first, part)
        if base:
            values.view(*place.shape, width)[..., -1] = torch.nn.functional.silu(z)
        return cls(z, values.view(*place.shape[:2], -1), first, u, pieces)

    def pull(self, gradient: Tensor, base: bool) -> Tensor:
        """The gradient by the arguments [R, n, in] from that by the columns."""
        flat, total = gradient.reshape(-1), torch.zeros_like(self.u)
        for r, slope in enumerate(_evaluate(self.pieces.slopes, self.u)):
            total.addcmul_(slope, flat[r:].index_select(0, self.first).view_as(total))
        total *= self.pieces.inverse
        if base:
            last = flat.view(*total.shape, -1)[..., -1].contiguous()
            total += torch.ops.aten.silu_backward(last, self.z)
        return total


_Found = tuple[Tensor, Tensor, Tensor | None, Pieces]


def _divide(z: Tensor, grid: Grid) -> _Found:
    """Interval, place in it, distance beyond the ends or None, and pieces, on uniform grids."""
    pieces = cast(Pieces, grid.pieces)
    t = (z - pieces.start) * pieces.inverse
    inside = t.clamp(0, grid.intervals)
    place = inside.long().clamp_(0, grid.intervals - 1)  # also where there is no number
    beyond = None if torch.equal(t, inside) else t - inside
    return place, inside.sub_(place), beyond, pieces


def _find(z: Tensor, grid: Grid) -> _Found:
    """The same on any grid."""
    knots, order = grid.knots, grid.order
    inside = torch.minimum(torch.maximum(z, knots[:, None, :, order]), knots[:, None, :, -order - 1])
    inner = knots[..., order + 1 : -order - 1].expand(len(inside), -1, -1).contiguous()
    place = torch.searchsorted(inner, inside.mT.contiguous(), right=True).mT
    grids = torch.arange(0, knots[..., 0].numel() * grid.intervals, grid.intervals, device=z.device)
    index = (place + grids.view(len(knots), 1, -1)).flatten()
    rows = torch.stack([row.index_select(0, index).view_as(inside) for row in grid.table.flatten(1)])
    pieces = Pieces.of(rows[:2], rows[2:])
    beyond = None if torch.equal(z.expand_as(inside), inside) else (z - inside) * pieces.inverse
    return place, (inside - pieces.start) * pieces.inverse, beyond, pieces


def _evaluate(polynomials: Tensor, u: Tensor) -> Tensor:
    """Polynomials [power, k + 1, ...] in u [...] by Horner's rule, [k + 1, ...]."""
    if len(polynomials) == 1:
        return polynomials[0] + torch.zeros_like(u)
    value = polynomials[-1] * u
    for coefficients in reversed(polynomials[1:-1].unbind()):
        value.add_(coefficients).mul_(u)
    return value.add_(polynomials[0])
