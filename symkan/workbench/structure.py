"""What a network knows of its function's structure, by its derivatives at the rows.

With f_i, f_ij the derivatives: f = g(A) + h(B) where f_ij = 0 for i in A and j in B; f = g(A)·h(B) where
f·f_ij = f_i·f_j; and f is a function of x_i - x_j where f_i + f_j = 0 (Udrescu et al. 2020, arXiv 2006.10782, by
derivatives in place of differences).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from symkan.errors import OptionError
from symkan.workbench.options import StructureOptions

if TYPE_CHECKING:
    from symkan.workbench.kan import KAN

How = Literal["sum", "product"]
Kind = Literal["difference", "sum", "ratio", "product"]


@dataclass(frozen=True)
class Symmetry:
    """Two columns that act only together.

    Attributes
    ----------
    first, second
        The columns, from 0.
    kind
        "difference", "sum", "ratio" or "product".
    error
        How far the derivatives are from it, 0 to 1.
    """

    first: int
    second: int
    kind: Kind
    error: float


@dataclass(frozen=True, eq=False)
class Derivatives:
    """One output f [N] of a network and its derivatives [N, inputs] at rows x [N, inputs], in units of the table."""

    x: Tensor
    f: Tensor
    slopes: Tensor

    @classmethod
    def at(cls, kan: KAN, x: Tensor, output: int) -> Derivatives:
        """With the graph that second derivatives need."""
        x = x.detach().clone().requires_grad_()
        f = kan(x)[:, output]
        (slopes,) = torch.autograd.grad(f.sum(), x, create_graph=True)
        return cls(x, f, slopes)

    def second(self, i: int) -> Tensor:
        """Derivatives of the slope of column i, [N, inputs]."""
        slope = self.slopes[:, i]
        if not slope.requires_grad:
            return torch.zeros_like(self.x)
        (found,) = torch.autograd.grad(slope.sum(), self.x, retain_graph=True, allow_unused=True)
        return torch.zeros_like(self.x) if found is None else found

    @property
    def effects(self) -> Tensor:
        """What a step of a column's standard deviation does to the output, [inputs], relative to its spread."""
        steps = self.slopes.detach() * self.x.detach().std(0, correction=0)
        return _size(steps) / self.f.detach().std(correction=0).clamp_min(1e-300)


def separable(at: Derivatives, groups: Sequence[Sequence[int]], how: How) -> float:
    """How far f is from a sum or a product of functions of the groups: 0 is exactly, 1 is not at all."""
    worst = 0.0
    for first, second in combinations(groups, 2):
        for i in first:
            mixed = at.second(i).detach()
            worst = max([worst, *(_mixing(at, mixed[:, j], (i, j), how) for j in second)])
    return worst


def _mixing(at: Derivatives, mixed: Tensor, pair: tuple[int, int], how: How) -> float:
    i, j = pair
    f, slopes, x = at.f.detach(), at.slopes.detach(), at.x.detach()
    if how == "product":
        one, other = f * mixed, slopes[:, i] * slopes[:, j]
        return _share(one - other, _size(one) + _size(other))
    spread = x.std(0, correction=0)
    whole = (_size(slopes[:, i]) * spread[i] * _size(slopes[:, j]) * spread[j]).sqrt()
    return _share(mixed * spread[i] * spread[j], whole)


def symmetries(at: Derivatives, options: StructureOptions) -> tuple[Symmetry, ...]:
    """The pairs of columns that enter only as their difference, sum, ratio or product, clearest first."""
    x, slopes = at.x.detach(), at.slopes.detach()
    active = [i for i, effect in enumerate(at.effects.tolist()) if effect > options.share]
    found = []
    for i, j in combinations(active, 2):
        errors = {
            kind: _apart(*(form(x[:, k], slopes[:, k]) for k in (i, j)), sign) for kind, form, sign in _KINDS
        }
        kind = min(errors, key=lambda kind: errors[kind])
        if errors[kind] <= options.tolerance:
            found.append(Symmetry(i, j, kind, errors[kind]))
    return tuple(sorted(found, key=lambda symmetry: symmetry.error))


def _plain(x: Tensor, slope: Tensor) -> Tensor:
    return slope


def _logarithmic(x: Tensor, slope: Tensor) -> Tensor:
    """The slope over log x."""
    return x * slope


_KINDS: tuple[tuple[Kind, Callable[[Tensor, Tensor], Tensor], int], ...] = (
    ("difference", _plain, 1),
    ("sum", _plain, -1),
    ("ratio", _logarithmic, 1),
    ("product", _logarithmic, -1),
)


def _apart(one: Tensor, other: Tensor, sign: int) -> float:
    return _share(one + sign * other, _size(one) + _size(other))


def _size(values: Tensor) -> Tensor:
    """Root mean square over the rows, that of tiny numbers, too."""
    largest = values.abs().amax(0)
    safe = torch.where(largest > 0, largest, 1.0)
    return (values / safe).square().mean(0).sqrt() * largest


def _share(part: Tensor, whole: Tensor) -> float:
    return float(_size(part) / whole) if float(whole) > 0 else 0.0


def checked_groups(groups: Sequence[Sequence[int | str]], names: Sequence[str]) -> list[list[int]]:
    """Groups of columns by index.

    Raises
    ------
    OptionError
        When there are fewer than two, or a column is unknown or named twice.
    """
    places = {**{name: i for i, name in enumerate(names)}, **{i: i for i in range(len(names))}}
    flat = [column for group in groups for column in group]
    unknown = [column for column in flat if column not in places]
    if unknown:
        raise OptionError(
            f"groups: there is no column {unknown[0]!r}; there are {', '.join(names)}, or their indices"
        )
    found = [[places[column] for column in group] for group in groups]
    together = [column for group in found for column in group]
    if len(found) < 2 or not all(found) or len(set(together)) < len(together):
        raise OptionError(
            f"groups: {groups!r} must be two or more that share no column, such as [[0], [1, 2]]"
        )
    return found
