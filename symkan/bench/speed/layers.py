"""One forward and backward pass of a layer, symkan's and another package's in turn, in one process."""

from __future__ import annotations

from importlib import import_module

import torch
from torch import Tensor, nn

from symkan.bench.speed.pairs import Run
from symkan.bench.speed.stopwatch import in_turn
from symkan.bench.speed.tasks import Work
from symkan.kan.layer import KANLayer

INTERVALS, ORDER = 5, 3


def layer(work: Work) -> tuple[Run, ...]:
    """symkan, the other, symkan, the other, …: in float32, which is what the others compute in."""
    shape, rows = work.task.of.split(", ")
    sources, targets = map(int, shape.split("x"))
    generator = torch.Generator().manual_seed(work.seed)
    x = 2 * torch.rand(int(rows.split()[0]), sources, generator=generator) - 1
    x = x.to(work.task.device)
    other = import_module(work.task.peer).KANLayer(sources, targets, grid_size=INTERVALS, spline_order=ORDER)
    ours = _Passes(_ours(sources, targets), x[None])  # symkan's rows are [restarts, rows, sources]
    return in_turn(ours, _Passes(other, x), pairs=work.pairs, device=work.task.device)


def _ours(sources: int, targets: int) -> nn.Module:
    own = KANLayer(sources, (targets, 0), intervals=INTERVALS, order=ORDER, base=True).float()
    own.initialise(torch.Generator().manual_seed(0))
    return own


class _Passes:
    """Gradients by the rows and by the coefficients."""

    def __init__(self, module: nn.Module, x: Tensor) -> None:
        self._module, self._x = module.to(x.device), x

    def __call__(self) -> None:
        x = self._x.detach().requires_grad_()
        self._module.zero_grad()
        self._module(x).sum().backward()
