"""One forward and backward pass of a layer, symkan's and another package's in turn, in one process."""

from __future__ import annotations

import time
from importlib import import_module

import torch
from torch import Tensor, nn

from symkan.bench.speed.pairs import Run
from symkan.bench.speed.tasks import Work
from symkan.kan.layer import KANLayer

INTERVALS, ORDER = 5, 3


def layer(work: Work) -> tuple[Run, ...]:
    """symkan, the other, symkan, the other, …: in float32, which is what the others compute in."""
    shape, rows = work.task.of.split(", ")
    sources, targets = map(int, shape.split("x"))
    generator = torch.Generator().manual_seed(work.seed)
    x = 2 * torch.rand(int(rows.split()[0]), sources, generator=generator) - 1
    other = import_module(work.task.peer).KANLayer(sources, targets, grid_size=INTERVALS, spline_order=ORDER)
    both = ((_ours(sources, targets), x[None]), (other, x))  # symkan's rows are [restarts, rows, sources]
    for one in both:  # compilation, allocation; what takes seconds is warm after one
        if _pass(*one).seconds < 1:
            _pass(*one)
    return tuple(_pass(*one) for _ in range(work.pairs) for one in both)


def _ours(sources: int, targets: int) -> nn.Module:
    own = KANLayer(sources, (targets, 0), intervals=INTERVALS, order=ORDER, base=True).float()
    own.initialise(torch.Generator().manual_seed(0))
    return own


def _pass(module: nn.Module, x: Tensor) -> Run:
    """Gradients by the rows and by the coefficients; the mean of as many passes as fill a tenth of a second."""
    count, started = 0, time.perf_counter()
    while (seconds := time.perf_counter() - started) < 0.1 or not count:
        x = x.detach().requires_grad_()
        module.zero_grad()
        module(x).sum().backward()
        count += 1
    return Run(seconds / count)
