"""The cost model against training steps, by the time of the processor and the memory that tensors take."""

import time

import numpy as np
import pytest
import torch

from symkan.kan.cost import Machine, training_cost
from symkan.kan.fitting import make_rows, network, one_thread
from symkan.kan.training import train
from symkan.options import TrainOptions

SIZES = [  # rows, widths, intervals, restarts
    (300, (2, 1, 1), 5, 1),
    (1000, (2, 1, 1), 5, 4),
    (1000, (2, 5, 1), 5, 4),
    (1000, (5, (0, 2), 1), 5, 4),
    (1000, (10, 5, 1), 20, 1),
    (1000, (2, 2, 1), 100, 1),
    (1000, (100, 5, 1), 5, 1),
    (10_000, (2, 5, 1), 5, 1),
    (30_000, (3, 2, 1), 20, 1),
]
OPTIONS = TrainOptions(steps=3, tolerance=0.0, patience=10, stall=10)


@pytest.fixture(scope="module")
def machine():
    with one_thread():
        return Machine.measure()


def prepare(rows, widths, intervals, restarts):
    x = np.random.default_rng(0).uniform(-1, 1, (rows, widths[0]))
    data = (x, np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2))
    made = make_rows(data, (x[:0], data[1][:0]))
    return network(widths, made, intervals=intervals, restarts=restarts, seed=0), made


def seconds(kan, rows):
    """Of the processor, so that a busy machine does not matter; the shorter of two runs."""

    def once():
        started = time.process_time()
        train(kan, rows, options=OPTIONS)
        return time.process_time() - started

    return min(once(), once())


def peak(kan, rows):
    """Bytes of all tensors alive at once, by the allocator's own record."""
    with torch.profiler.profile(profile_memory=True) as profile:
        train(kan, rows, options=OPTIONS)
    events = profile.profiler.kineto_results.events()
    held = np.cumsum(
        [e.nbytes() for e in sorted(events, key=lambda e: e.start_ns()) if e.name() == "[memory]"]
    )
    return int(held.max())


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_within_a_factor_of_three(machine, size):
    kan, rows = prepare(*size)
    with one_thread():
        predicted = training_cost(kan, size[0], OPTIONS, machine=machine)
        assert 1 / 3 < predicted.seconds / seconds(kan, rows) < 3
        assert 1 / 3 < predicted.bytes / peak(kan, rows) < 3


def test_steps_count_and_memory_does_not_grow_with_them(machine):
    kan, _ = prepare(*SIZES[0])
    short, long = (training_cost(kan, 300, TrainOptions(steps=n), machine=machine) for n in (1, 10))
    assert long.seconds == pytest.approx(10 * short.seconds)
    assert long.bytes == short.bytes
