"""Sum nodes of splines as one matrix product: basis columns [N, in·(G + k)] times coefficients.

No edge value is formed, and memory stays at one chunk of rows. Only the k + 1 basis functions that are not zero
are computed and put at their places, as one window of each column's row; the backward pass reads the same windows
of its gradient and takes the slopes from the same polynomials.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, repeat
from math import isqrt
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import silu

from symkan.kan import splines

_CHUNK = 1 << 21
"""Columns times rows of a chunk: a few MiB, so that memory stays bounded and threads have enough to do."""
_ROWS = 1024
"""Rows of a chunk at least, so that its matrix products are worth their start."""
_SHORT = 64
"""Rows of fewer numbers are repeated to the length of a chunk."""
_KEPT = 1 << 29
"""Bytes of columns kept for the backward pass at most."""


@dataclass(frozen=True, eq=False)
class _Polynomials:
    """Basis functions, or their slopes, as polynomials of the place u within the interval.

    Attributes
    ----------
    coefficients
        [power, p] where all intervals are alike, or [power, p, n].
    """

    coefficients: Tensor

    @property
    def count(self) -> int:
        """How many there are, p."""
        return self.coefficients.shape[1]

    @cached_property
    def slopes(self) -> _Polynomials:
        """Their derivatives."""
        c = self.coefficients
        powers = torch.arange(1, len(c), dtype=c.dtype, device=c.device)
        return _Polynomials(c[1:] * powers.view(-1, *[1] * (c.dim() - 1)))

    def values(self, u: Tensor) -> Tensor:
        """[n, p] at u [n]."""
        c = self.coefficients
        if c.dim() == 3:
            return _horner(c, u).mT
        powers = torch.stack([*accumulate(repeat(u, len(c) - 1), torch.mul, initial=torch.ones_like(u))])
        return torch.mm(powers.mT, c)

    def sums(self, factors: Tensor, u: Tensor) -> Tensor:
        """Their sums [n], each times its factor in [n, p], at u [n]."""
        if self.coefficients.dim() == 2:
            return _horner(torch.mm(self.coefficients, factors.mT), u)
        return (_horner(self.coefficients, u) * factors.mT).sum(0)


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
        Of a uniform grid: the basis functions of each interval, which are the same; else None.
    start, inverse
        Where the first interval begins, and 1/width of it, [R or 1, 1, in], or [1, 1, 1] if all are the same.
    """

    knots: Tensor
    table: Tensor
    order: int
    cardinal: _Polynomials | None
    start: Tensor
    inverse: Tensor

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
        polynomials = _Polynomials(cardinal.view(order + 1, order + 1))
        return cls(knots, table, order, polynomials if uniform else None, *ends.unbind())

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
    """Columns are kept for the backward pass while there is room for them; the others are computed anew."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, weights: Tensor, grid: Grid, base: bool) -> Tensor:
        ctx.save_for_backward(z, weights)
        ctx.look_up, ctx.kept = _LookUp.of(grid, z, base), {}
        weights = weights.flatten(2).mT
        left = _KEPT if any(ctx.needs_input_grad) else 0
        sums = z.new_empty(*z.shape[:2], weights.shape[2])
        for start in range(0, z.shape[1], ctx.look_up.rows):
            columns = ctx.look_up.columns(ctx.look_up.chunk(z, start).contiguous())
            torch.bmm(columns.values, weights, out=ctx.look_up.chunk(sums, start))
            left -= columns.values.nbytes
            if left >= 0:
                ctx.kept[start] = columns
        return sums

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor | None, ...]:
        z, weights = ctx.saved_tensors
        flat, dw, dz = weights.flatten(2), None, []
        for start in range(0, z.shape[1], ctx.look_up.rows):
            part, delta = (ctx.look_up.chunk(rows, start).contiguous() for rows in (z, above))
            columns = ctx.kept.pop(start, None) or ctx.look_up.columns(part)
            if ctx.needs_input_grad[1]:
                both = delta.mT, columns.values
                dw = torch.bmm(*both) if dw is None else dw.baddbmm_(*both)
            if ctx.needs_input_grad[0]:
                torch.bmm(delta, flat, out=columns.values)  # which are used up
                dz.append(columns.pull(part))
        by_z = torch.cat(dz, 1) if len(dz) > 1 else (dz or [None])[0]
        return by_z, None if dw is None else dw.view(weights.shape), None, None


@dataclass(frozen=True, eq=False)
class _LookUp:
    """What the chunks of rows of one pass share.

    Attributes
    ----------
    grid
        Of the sources.
    rows
        Rows of a chunk.
    start, inverse
        Of uniform grids: where they begin, and 1/width of their intervals, [R or 1, rows or 1, in].
    offsets
        Places of the basis columns of each argument among all of a chunk.
    base
        Whether SiLU is the last column of each argument.
    """

    grid: Grid
    rows: int
    start: Tensor
    inverse: Tensor
    offsets: Tensor
    base: bool

    @classmethod
    def of(cls, grid: Grid, z: Tensor, base: bool) -> _LookUp:
        restarts, rows, sources = z.shape
        width = grid.intervals + grid.order + base
        size = min(rows, max(_ROWS, _CHUNK // (restarts * sources * width)))
        start, inverse = grid.start, grid.inverse
        if 1 < start.shape[-1] < _SHORT:  # with rows so short an operation would take each for itself
            start, inverse = (end.expand(-1, size, -1).contiguous() for end in (start, inverse))
        offsets = _multiples(width, restarts * size * sources, z.device)
        return cls(grid, max(size, 1), start, inverse, offsets, base)

    def chunk(self, rows: Tensor, start: int) -> Tensor:
        """Those of rows [R, N, ...] from `start` on that are taken together."""
        return rows if self.rows >= rows.shape[1] else rows[:, start : start + self.rows]

    def columns(self, z: Tensor) -> _Columns:
        """Of a chunk of arguments [R, n, in]."""
        order = self.grid.order
        found = _look_up(z, self.grid) if self.grid.cardinal is None else self._divide(z, self.grid.cardinal)
        u = found.u.reshape(-1)
        active = found.polynomials.values(u)
        if found.beyond is not None:  # the tangent at the end
            active = active + found.beyond.view(-1, 1) * found.polynomials.slopes.values(u)
        offsets = self.offsets if len(self.offsets) == len(u) else self.offsets[: len(u)]
        first = found.place.reshape(-1).add_(offsets)
        values = z.new_zeros(u.numel() * (self.grid.intervals + order + self.base))
        values.unfold(0, order + 1, 1).index_copy_(0, first, active)
        if self.base:  # written at once into its places, it would not be vectorised
            values.view(*z.shape, -1).select(-1, -1).copy_(silu(z))
        return _Columns(values.view(*z.shape[:2], -1), first, u, found.inverse, found.polynomials, self.base)

    def _divide(self, z: Tensor, cardinal: _Polynomials) -> _Found:
        """On uniform grids."""
        start, inverse, last = self.start, self.inverse, self.grid.intervals
        if start.shape[1] > z.shape[1]:  # the last chunk
            start, inverse = start[:, : z.shape[1]], inverse[:, : z.shape[1]]
        inside, beyond = (z - start).mul_(inverse), None
        low, high = inside.aminmax()
        if not (low.item() >= 0 and high.item() <= last):  # also where there is no number
            t, inside = inside, inside.clamp(0, last)
            beyond = t - inside
        place = inside.floor()
        if not high.item() < last:
            place.clamp_(max=last - 1)
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
        [R, n, in·(G + k)], or with SiLU [R, n, in·(G + k + 1)].
    first
        Place among all `values` of the first basis function that is not zero, [R·n·in].
    u
        Place within the interval, in widths of it, [R·n·in].
    inverse
        1/width of the intervals, for [R, n, in].
    polynomials
        The basis functions of each interval.
    """

    values: Tensor
    first: Tensor
    u: Tensor
    inverse: Tensor
    polynomials: _Polynomials
    base: bool

    def pull(self, z: Tensor) -> Tensor:
        """The gradient by the arguments z [R, n, in], where `values` are that by the columns."""
        active = self.values.view(-1).unfold(0, self.polynomials.count, 1).index_select(0, self.first)
        total = self.polynomials.slopes.sums(active, self.u)
        total = total.view(z.shape) * self.inverse
        if self.base:
            last = self.values.view(*z.shape, -1).select(-1, -1)
            total += torch.ops.aten.silu_backward(last.contiguous(), z)
        return total


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
        The basis functions of each interval.
    """

    place: Tensor
    u: Tensor
    beyond: Tensor | None
    inverse: Tensor
    polynomials: _Polynomials


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
    polynomials = _Polynomials(rows[2:].view(size, size, -1))
    return _Found(place, (inside - start) * inverse, beyond, inverse, polynomials)


def _horner(polynomials: Tensor, u: Tensor) -> Tensor:
    """Polynomials [power, ..., n] at u [n]: [..., n]."""
    *rest, value = polynomials.unbind()
    for coefficients in reversed(rest):
        value = torch.addcmul(coefficients, value, u)
    return value


@lru_cache(maxsize=4)
def _multiples(width: int, count: int, device: torch.device) -> Tensor:
    """0, width, …, of the last shapes that were asked for: a few MiB at most."""
    return torch.arange(0, width * count, width, device=device)
