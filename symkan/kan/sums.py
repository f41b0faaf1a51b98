"""Sum nodes of splines as one matrix product: basis columns [N, in·(G + k)] times coefficients.

No edge value is formed, and memory stays at one chunk of rows. Only the k + 1 basis functions that are not zero
are computed and put at their places, as one window of each column's row; the backward pass reads the same windows
of its gradient and takes the slopes from the same polynomials.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, repeat
from math import isqrt
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import silu

from symkan.kan import splines

_CHUNK = 1 << 21
"""Columns times rows of a chunk: a few MiB."""
_ROWS = 512
"""Rows of a chunk at least, so that its matrix products are worth their start."""
_SHORT = 64
"""Rows of fewer numbers are repeated to the length of a chunk."""
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
    cardinal
        Of a uniform grid, where all intervals are alike: the k + 1 basis functions of each, [power, k + 1]; else
        None.
    ends
        Where the first interval begins, and 1/width of it, [2, R or 1, 1, in], or [2, 1, 1, 1] if all are the same.
    """

    knots: Tensor
    table: Tensor
    order: int
    cardinal: Tensor | None
    ends: Tensor

    @classmethod
    def of(cls, knots: Tensor, order: int) -> Grid:
        """Prepare knots [R, in, G + 2k + 1]."""
        table = splines.pieces(knots, order)
        unit = torch.arange(2 * order + 2, dtype=knots.dtype, device=knots.device)
        cardinal = splines.pieces(unit[None, None], order)[2:]
        even = (table[1] / table[1, ..., :1] - 1).abs().amax()
        alike = (table[2:] - cardinal).abs().amax()
        uniform = bool(torch.maximum(even, alike) < 8 * knots.shape[-1] * torch.finfo(knots.dtype).eps)
        ends = table[:2, :, None, :, 0]
        if bool((ends == ends[:, :1, :, :1]).all()):
            ends = ends[:, :1, :, :1]
        return cls(knots, table, order, cardinal.view(order + 1, order + 1) if uniform else None, ends)

    @property
    def intervals(self) -> int:
        """Number of intervals G."""
        return self.table.shape[-1]


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
    restarts = len(weights)
    alike = restarts > 1 and len(z) == len(grid.knots) == 1
    if alike:  # one set of columns: the outputs of all restarts are those of one wide layer
        weights = weights.flatten(0, 1)[None]
    elif len(z) < restarts:
        z = z.expand(restarts, -1, -1)
    sums: Tensor = _SplineSums.apply(z, weights, grid, base)  # type: ignore[no-untyped-call]
    return sums.view(z.shape[1], restarts, -1).transpose(0, 1) if alike else sums


class _SplineSums(torch.autograd.Function):
    """Columns are kept for the backward pass as long as they are few, else they are computed anew."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, weights: Tensor, grid: Grid, base: bool) -> Tensor:
        ctx.save_for_backward(z, weights)
        ctx.base, ctx.look_up, ctx.kept = base, _LookUp.of(grid, z), {}
        spline, linear = _split(weights, base)
        keep = any(ctx.needs_input_grad) and z[..., 0].numel() * spline.shape[-1] <= _KEPT
        sums = z.new_empty(*z.shape[:2], weights.shape[1])
        for start in range(0, z.shape[1], ctx.look_up.rows):
            part, total = ctx.look_up.chunk(z, start).contiguous(), ctx.look_up.chunk(sums, start)
            columns = ctx.look_up.columns(part)
            torch.bmm(columns.values, spline.mT, out=total)
            if linear is not None:
                total.baddbmm_(silu(part), linear.mT)
            if keep:
                ctx.kept[start] = columns
        return sums

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor | None, ...]:
        z, weights = ctx.saved_tensors
        spline, linear = _split(weights, ctx.base)
        dz = z.new_empty(z.shape) if ctx.needs_input_grad[0] else None
        by_spline = torch.zeros_like(spline)
        by_linear = None if linear is None else torch.zeros_like(linear)
        for start in range(0, z.shape[1], ctx.look_up.rows):
            part, delta = (ctx.look_up.chunk(rows, start).contiguous() for rows in (z, above))
            columns = ctx.kept.pop(start, None) or ctx.look_up.columns(part)
            if ctx.needs_input_grad[1]:
                by_spline.baddbmm_(delta.mT, columns.values)
                if by_linear is not None:
                    by_linear.baddbmm_(delta.mT, silu(part))
            if dz is not None:
                torch.bmm(delta, spline, out=columns.values)  # which are used up
                slope = columns.pull(columns.values)
                if linear is not None:
                    slope += torch.ops.aten.silu_backward(delta @ linear, part)
                ctx.look_up.chunk(dz, start).copy_(slope)
        dw = by_spline.view(*weights.shape[:3], -1)
        if by_linear is not None:
            dw = torch.cat([dw, by_linear[..., None]], -1)
        return dz, dw if ctx.needs_input_grad[1] else None, None, None


def _split(weights: Tensor, base: bool) -> tuple[Tensor, Tensor | None]:
    """Of weights [R, out, in, ...] those of the basis functions, [R, out, in·(G + k)], and of SiLU, [R, out, in]."""
    if not base:
        return weights.flatten(2), None
    return weights[..., :-1].flatten(2), weights[..., -1]


@dataclass(frozen=True, eq=False)
class _LookUp:
    """What the chunks of rows of one pass share.

    Attributes
    ----------
    grid
        Of the sources.
    rows
        Rows of a chunk: their columns stay in the cache, but they are worth the start of the matrix products.
    start, inverse
        Of uniform grids: where they begin, and 1/width of their intervals, [R or 1, rows or 1, in].
    offsets
        Places of the basis columns of each argument among all of a chunk.
    """

    grid: Grid
    rows: int
    start: Tensor
    inverse: Tensor
    offsets: Tensor

    @classmethod
    def of(cls, grid: Grid, z: Tensor) -> _LookUp:
        restarts, rows, sources = z.shape
        width = grid.intervals + grid.order
        size = min(rows, max(_ROWS, _CHUNK // (restarts * sources * width)))
        # an operation with a row of few numbers would take each row for itself
        short = 1 < grid.ends.shape[-1] < _SHORT
        ends = grid.ends.expand(-1, -1, size if short else 1, -1).contiguous()
        offsets = torch.arange(0, restarts * size * sources * width, width, device=z.device)
        return cls(grid, max(size, 1), *ends.unbind(), offsets)

    def chunk(self, rows: Tensor, start: int) -> Tensor:
        """Those of rows [R, N, ...] from `start` on that are taken together."""
        return rows if self.rows >= rows.shape[1] else rows[:, start : start + self.rows]

    def columns(self, z: Tensor) -> _Columns:
        """Of a chunk of arguments [R, n, in]."""
        order = self.grid.order
        found = _look_up(z, self.grid) if self.grid.cardinal is None else self._divide(z, self.grid.cardinal)
        u = found.u.flatten()
        active = _values(found.polynomials, u)
        if found.beyond is not None:  # the tangent at the end
            active = active + found.beyond.view(-1, 1) * _values(_slopes(found.polynomials), u)
        first = found.place.flatten().add_(self.offsets[: u.numel()])
        values = z.new_zeros(u.numel() * (self.grid.intervals + order))
        values.unfold(0, order + 1, 1).index_copy_(0, first, active)
        return _Columns(values.view(*z.shape[:2], -1), first, u, found.inverse, found.polynomials)

    def _divide(self, z: Tensor, cardinal: Tensor) -> _Found:
        """On uniform grids."""
        start, inverse, last = self.start[:, : z.shape[1]], self.inverse[:, : z.shape[1]], self.grid.intervals
        inside, beyond = (z - start).mul_(inverse), None
        low, high = inside.aminmax()
        if not (low.item() >= 0 and high.item() <= last):  # also where there is no number
            t, inside = inside, inside.clamp(0, last)
            beyond = t - inside
        place = inside.floor().clamp_(max=last - 1)
        u = inside.sub_(place)
        if beyond is not None:
            place.nan_to_num_(0)
        return _Found(place.long(), u, beyond, inverse, cardinal)


@dataclass(frozen=True, eq=False)
class _Columns:
    """Basis columns of some rows, and what their slopes need.

    Attributes
    ----------
    values
        [R, n, in·(G + k)].
    first
        Place among all `values` of the first basis function that is not zero, [R·n·in].
    u
        Place within the interval, in widths of it, [R·n·in].
    inverse
        1/width of the intervals, for [R, n, in].
    polynomials
        Of the basis functions by u, [power, k + 1] or [power, k + 1, R·n·in].
    """

    values: Tensor
    first: Tensor
    u: Tensor
    inverse: Tensor
    polynomials: Tensor

    def pull(self, gradient: Tensor) -> Tensor:
        """The gradient by the arguments [R, n, in] from that by the columns."""
        slopes = _slopes(self.polynomials)
        active = gradient.view(-1).unfold(0, len(self.polynomials), 1).index_select(0, self.first)
        if slopes.dim() == 2:
            total = _horner(slopes @ active.mT, self.u)
        else:
            total = (_horner(slopes, self.u) * active.mT).sum(0)
        return total.view(*gradient.shape[:2], -1) * self.inverse


@dataclass(frozen=True, eq=False)
class _Found:
    """Where arguments [R, n, in] lie.

    Attributes
    ----------
    place
        Interval.
    u, beyond
        Place within it, and distance beyond the ends of the grid or None, both in widths of the interval.
    inverse
        1/width.
    polynomials
        Of the k + 1 basis functions by u, [power, k + 1] where all intervals are alike, or [power, k + 1, R·n·in].
    """

    place: Tensor
    u: Tensor
    beyond: Tensor | None
    inverse: Tensor
    polynomials: Tensor


def _look_up(z: Tensor, grid: Grid) -> _Found:
    """On any grid."""
    knots, order = grid.knots, grid.order
    inside = torch.minimum(torch.maximum(z, knots[:, None, :, order]), knots[:, None, :, -order - 1])
    inner = knots[..., order + 1 : -order - 1].expand(len(inside), -1, -1).contiguous()
    place = torch.searchsorted(inner, inside.mT.contiguous(), right=True).mT
    grids = torch.arange(0, knots[..., 0].numel() * grid.intervals, grid.intervals, device=z.device)
    index = (place + grids.view(len(knots), 1, -1)).flatten()
    rows = torch.stack([row.index_select(0, index) for row in grid.table.flatten(1)])
    start, inverse = rows[:2].view(2, *inside.shape)
    beyond = None if torch.equal(z.expand_as(inside), inside) else (z - inside) * inverse
    size = isqrt(len(rows) - 2)
    return _Found(place, (inside - start) * inverse, beyond, inverse, rows[2:].view(size, size, -1))


def _slopes(polynomials: Tensor) -> Tensor:
    """Derivatives of polynomials [power, ...]."""
    powers = _whole(len(polynomials), polynomials.dtype, polynomials.device)
    return polynomials[1:] * powers.view(-1, *[1] * (polynomials.dim() - 1))


@lru_cache(maxsize=64)
def _whole(end: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """The numbers 1, 2, …, end - 1."""
    return torch.arange(1, end, dtype=dtype, device=device)


def _values(polynomials: Tensor, u: Tensor) -> Tensor:
    """Polynomials [power, p] or [power, p, n] at u [n]: [n, p]."""
    if polynomials.dim() == 3:
        return _horner(polynomials, u).mT
    if len(polynomials) == 1:
        return polynomials.expand(len(u), -1)
    powers = torch.stack([*accumulate(repeat(u, len(polynomials) - 1), torch.mul)])
    return torch.addmm(polynomials[0], powers.mT, polynomials[1:])


def _horner(polynomials: Tensor, u: Tensor) -> Tensor:
    """Polynomials [power, ..., n] at u [n]: [..., n]."""
    value = polynomials[-1]
    for coefficients in reversed(polynomials[:-1].unbind()):
        value = torch.addcmul(coefficients, value, u)
    return value
