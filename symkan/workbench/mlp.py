"""Multilayer perceptrons, to compare KANs with."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from symkan.errors import OptionError
from symkan.kan.first_order import batches
from symkan.workbench.compare_options import CompareOptions
from symkan.workbench.trials import Errors, Task, Trial, from_starts

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "silu": nn.SiLU, "tanh": nn.Tanh}


def perceptron(widths: Sequence[int], *, activation: str = "relu", seed: int = 0) -> nn.Sequential:
    """An MLP in float64 with these numbers of nodes, inputs and outputs included.

    Raises
    ------
    OptionError
        When there is no such activation.

    Examples
    --------
    >>> sum(p.numel() for p in perceptron([2, 64, 64, 1]).parameters())
    4417
    """
    if activation not in ACTIVATIONS:
        raise OptionError(f"activation: {activation!r} is none; choose {', '.join(ACTIVATIONS)}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = [
            layer
            for sources, targets in pairwise(widths)
            for layer in (nn.Linear(sources, targets, dtype=torch.float64), ACTIVATIONS[activation]())
        ]
    return nn.Sequential(*layers[:-1])


def mlp_trials(task: Task, options: CompareOptions, hidden: Sequence[int]) -> list[Trial]:
    """Each learning rate from the first seed, then the best of them from the other seeds."""
    return from_starts(
        lambda rate, seed: _trial(task, options, hidden, seed=seed, rate=rate), options.rates, options
    )


def _trial(task: Task, options: CompareOptions, hidden: Sequence[int], *, seed: int, rate: float) -> Trial:
    started = time.perf_counter()
    widths = (task.rows.x.shape[1], *hidden, 1)
    network = perceptron(widths, activation=options.activation, seed=seed)
    errors = _adam(network, task, options, seed=seed, rate=rate)
    return Trial(
        widths,
        sum(p.numel() for p in network.parameters()),
        seed,
        rate,
        time.perf_counter() - started,
        tuple(range(len(errors))),
        (),
        *(tuple(curve) for curve in zip(*errors, strict=True)),
    )


def _adam(
    network: nn.Sequential, task: Task, options: CompareOptions, *, seed: int, rate: float
) -> list[Errors]:
    """Train in place; the errors at the start and after each epoch."""
    x, y = task.rows.x, task.rows.y
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    generator = torch.Generator().manual_seed(seed)
    errors = [task.errors(network)]
    for epoch in range(options.epochs):
        if options.decay:
            optimizer.param_groups[0]["lr"] = rate * (1 + math.cos(math.pi * epoch / options.epochs)) / 2
        for batch in batches(len(x), options.batch, generator):
            optimizer.zero_grad()
            (network(x[batch]) - y[batch]).square().mean().backward()
            optimizer.step()
        errors.append(task.errors(network))
    return errors
