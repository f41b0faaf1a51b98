"""Two pieces of work timed in turn in one process, on any device."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from symkan.bench.speed.pairs import Run

SHORTEST = 0.1
"""Seconds that are filled with repetitions, of which the mean counts."""


def in_turn(
    first: Callable[[], None], second: Callable[[], None], *, pairs: int, device: str
) -> tuple[Run, ...]:
    """first, second, first, second, …, after both are warm: compilation, allocation."""
    both = (first, second)
    for work in both:  # what takes seconds is warm after one
        if _timed(work, device).seconds < 1:
            _timed(work, device)
    return tuple(_timed(work, device) for _ in range(pairs) for work in both)


def _timed(work: Callable[[], None], device: str) -> Run:
    """The mean of as many repetitions as fill `SHORTEST`; a GPU is waited for, which computes after the call."""
    wait = torch.get_device_module(device).synchronize
    wait()
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < SHORTEST:
        work()
        count += 1
    wait()
    return Run((time.perf_counter() - started) / count)
