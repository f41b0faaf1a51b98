"""Sum nodes of splines as one matrix product: basis columns [N, in·(G + k)] times coefficients.

No edge value is formed, and memory stays at one chunk of rows. Only the k + 1 basis functions that are not zero
are computed and put at their places, as one window of each column's row; the backward pass reads the same windows
of its gradient and takes the slopes from the same polynomials.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import silu

from symkan.kan import splines

_CHUNK = 1 << 18
"""Columns times rows of a chunk: a MiB or two, which the cache holds from one operation to the next."""
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
    """

    knots: Tensor
    table: Tensor
    order: int
    cardinal: Tensor | None

    @classmethod
    def of(cls, knots: Tensor, order: int) -> Grid:
        """Prepare knots [R, in, G + 2k + 1]."""
        table = splines.pieces(knots, order)
        unit = torch.arange(2 * order + 2, dtype=knots.dtype, device=knots.device)
        cardinal = splines.pieces(unit[None, None], order)[2:]
        even = (table[1] / table[1, ..., :1] - 1).abs().amax()
        alike = (table[2:] - cardinal).abs().amax()
        uniform = bool(torch.maximum(even, alike) < 8 * knots.shape[-1] * torch.finfo(knots.dtype).eps)
        return cls(knots, table, order, cardinal.view(order + 1, order + 1) if uniform else None)

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
    if len(z) > 1 or len(grid.knots) > 1:
        z = z.expand(restarts, -1, -1)
    else:  # one set of columns: the outputs of all restarts are those of one wide layer
        weights = weights.flatten(0, 1)[None]
    splines, linear = (weights[..., :-1], weights[..., -1]) if base else (weights, None)
    sums: Tensor = _SplineSums.apply(z, splines.flatten(2), linear, grid)  # type: ignore[no-untyped-call]
    return sums if len(weights) == restarts else sums.view(z.shape[1], restarts, -1).transpose(0, 1)


class _SplineSums(torch.autograd.Function):
    """Columns are kept for the backward pass as long as they are few, else they are computed anew."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, weights: Tensor, base: Tensor | None, grid: Grid) -> Tensor:
        ctx.save_for_backward(z, weights, base)
        ctx.look_up, ctx.kept = _LookUp.of(grid, z), {}
        keep = any(ctx.needs_input_grad) and z[..., 0].numel() * weights.shape[-1] <= _KEPT
        sums = z.new_empty(*z.shape[:2], weights.shape[1])
        for start in range(0, z.shape[1], ctx.look_up.rows):
            part = z[:, start : start + ctx.look_up.rows].contiguous()
            columns = ctx.look_up.columns(part)
            total = weights @ columns.values.mT  # in this order narrow layers take half the time
            if base is not None:
                total.baddbmm_(base, silu(part).mT)
            sums[:, start : start + ctx.look_up.rows] = total.mT
            if keep:
                ctx.kept[start] = columns
        return sums

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor | None, ...]:
        z, weights, base = ctx.saved_tensors
        dz = z.new_empty(z.shape) if ctx.needs_input_grad[0] else None
        dw = torch.zeros_like(weights) if ctx.needs_input_grad[1] else None
        db = torch.zeros_like(base) if ctx.needs_input_grad[2] else None
        for start in range(0, z.shape[1], ctx.look_up.rows):
            rows = slice(start, start + ctx.look_up.rows)
            part, delta = z[:, rows].contiguous(), above[:, rows].contiguous()
            columns = ctx.kept.get(start) or ctx.look_up.columns(part)
            if dw is not None:
                dw.baddbmm_(delta.mT, columns.values)
            if db is not None:
                db.baddbmm_(delta.mT, silu(part))
            if dz is not None:
                slope = columns.pull(delta @ weights)
                if base is not None:
                    slope += torch.ops.aten.silu_backward(delta @ base, part)
                dz[:, rows] = slope
        return dz, dw, db, None


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
        ends = grid.table[:2, :, None, :, 0].expand(-1, -1, size if sources < _SHORT else 1, -1).contiguous()
        offsets = torch.arange(0, restarts * size * sources * width, width, device=z.device)
        return cls(grid, max(size, 1), ends[0], ends[1], offsets)

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
        if not bool((low >= 0) & (high <= last)):  # also where there is no number
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
            total = _horner((active @ slopes.mT).mT, self.u)
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
    powers = torch.arange(1, len(polynomials), dtype=polynomials.dtype, device=polynomials.device)
    return polynomials[1:] * powers.view(-1, *[1] * (polynomials.dim() - 1))


def _values(polynomials: Tensor, u: Tensor) -> Tensor:
    """Polynomials [power, p] or [power, p, n] at u [n]: [n, p]."""
    if polynomials.dim() == 3:
        return _horner(polynomials, u).mT
    powers = u.new_empty(len(polynomials), len(u))
    powers[0] = 1
    for power in range(1, len(powers)):
        torch.mul(powers[power - 1], u, out=powers[power])
    return powers.mT @ polynomials


def _horner(polynomials: Tensor, u: Tensor) -> Tensor:
    """Polynomials [power, ..., n] at u [n]: [..., n]."""
    value = polynomials[-1]
    for coefficients in reversed(polynomials[:-1].unbind()):
        value = torch.addcmul(coefficients, value, u)
    return value
