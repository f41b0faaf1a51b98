"""What a network knows of its function's structure.

Separability shows where rows exchange some of their columns: f(a, b) + f(a', b') = f(a', b) + f(a, b') where f is a sum
of functions of a and of b, and the same with products. Symmetry shows in the derivatives at the rows: f is a function
of x_i - x_j where f_i + f_j = 0. Both are due to Udrescu et al. 2020 (arXiv 2006.10782).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import torch
from torch import Tensor

from symkan.errors import OptionError
from symkan.workbench.options import StructureOptions

Evaluate = Callable[[Tensor], Tensor]
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


def separable(f: Evaluate, x: Tensor, groups: Sequence[Sequence[int]], how: How) -> float:
    """How far f is from a sum or a product of functions of the groups: 0 is exactly, 1 is not at all.

    Parameters
    ----------
    f
        Takes rows [N, inputs], gives values [N].
    x
        Rows; the columns of one group are exchanged between them.
    groups, how
        As for `KAN.is_separable`.
    """
    other = x[torch.randperm(len(x), generator=torch.Generator().manual_seed(0)).to(x.device)]
    return max(_mixing(f, (x, other), pair, how) for pair in combinations(groups, 2))


def _mixing(
    f: Evaluate, rows: tuple[Tensor, Tensor], pair: tuple[Sequence[int], Sequence[int]], how: How
) -> float:
    """What two groups do together and not alone, relative to what they do alone."""
    one, other, second = (f(_exchanged(*rows, c)) for c in ([], pair[0], pair[1]))
    corners = torch.stack([one, other, second, f(_exchanged(*rows, [*pair[0], *pair[1]]))])
    corners = corners / corners.abs().max().clamp_min(1e-300)
    steps = corners[1:3] - corners[0]
    mixed = corners[3] - corners[0] - steps.sum(0)
    if how == "sum":
        return _share(mixed, (_size(steps[0]) * _size(steps[1])).sqrt())
    squares = corners.square().sum(0)  # rows count alike, where values differ by decades, too
    weight = squares + 0.01 * squares.median()
    together, alone = corners[0] * mixed / weight, steps.prod(0) / weight
    return _share(together - alone, _size(together) + _size(alone))


def _exchanged(x: Tensor, other: Tensor, columns: Sequence[int]) -> Tensor:
    """Rows x with some columns of the other rows."""
    mixed = x.clone()
    mixed[:, columns] = other[:, columns]
    return mixed


def symmetries(f: Evaluate, x: Tensor, options: StructureOptions) -> tuple[Symmetry, ...]:
    """The pairs of columns that enter only as their difference, sum, ratio or product, clearest first."""
    x = x.detach().clone().requires_grad_()
    values = f(x)
    (slopes,) = torch.autograd.grad(values.sum(), x)
    x, values = x.detach(), values.detach()
    effects = _size(slopes * _size(x - x.mean(0))) / _size(values - values.mean()).clamp_min(1e-300)
    active = [i for i, effect in enumerate(effects.tolist()) if effect > options.share]
    pairs = combinations(active, 2)
    found = [min((_symmetry(x, slopes, pair, kind) for kind in _KINDS), key=_error) for pair in pairs]
    return tuple(sorted((s for s in found if s.error <= options.tolerance), key=_error))


def _symmetry(x: Tensor, slopes: Tensor, pair: tuple[int, int], kind: Kind) -> Symmetry:
    """How far two columns are from acting by their difference, …"""
    logarithmic, sign = _KINDS[kind]
    i, j = pair
    one, other = (x[:, k] * slopes[:, k] if logarithmic else slopes[:, k] for k in pair)  # over log x, over x
    return Symmetry(i, j, kind, _share(one + sign * other, _size(one) + _size(other)))


def _error(symmetry: Symmetry) -> float:
    return symmetry.error


_KINDS: dict[Kind, tuple[bool, int]] = {
    "difference": (False, 1),
    "sum": (False, -1),
    "ratio": (True, 1),
    "product": (True, -1),
}
"""Whether the slopes are those over log x, and the sign with which they cancel."""


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
    places: dict[int | str, int] = {i: i for i in range(len(names))}
    places |= {name: i for i, name in enumerate(names)}
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
