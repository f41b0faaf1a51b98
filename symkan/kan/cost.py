"""What a training will take, before it starts: operations counted, times what one takes on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from symkan.kan.equations import CHUNK
from symkan.kan.jacobian import Packing
from symkan.options import TrainOptions

if TYPE_CHECKING:
    from symkan.kan.network import Networks

CALLS, CALLS_OF_ITERATION = 1150, 140
"""Small calls of a layer in a step of Levenberg-Marquardt, and in an iteration of conjugate gradients. These and the
next were fitted to timed steps of networks from 24 to 26,130 parameters on 300 to 300,000 rows."""
PASSES, PASSES_OF_ITERATION = 50, 5
"""How often each number is read and written; conjugate gradients end before their last iteration, in a
network of 4,040 parameters after 27 to 44 of 50."""
LARGE = 1 << 25
"""Bytes beyond which memory is given back to the system at once (glibc)."""
COPIES = 3
"""Copies of the Jacobian and of the normal equations at a step's peak."""


@dataclass(frozen=True)
class Machine:
    """What one operation takes on this machine.

    Attributes
    ----------
    call
        Seconds of a call on a small tensor.
    number
        Seconds to read and write a number in memory that was used before.
    fresh
        Seconds to write a number in memory that the system has to find first, as it does for tensors beyond `LARGE`.
    operation
        Seconds of a floating-point operation in a product of matrices.
    """

    call: float
    number: float
    fresh: float
    operation: float

    @classmethod
    def measure(cls) -> Machine:
        """This machine, with the threads that are set; takes a tenth of a second."""
        small = torch.ones(4, 8, dtype=torch.float64)
        long = torch.ones(1 << 21, dtype=torch.float64)
        square = torch.ones(384, 384, dtype=torch.float64)
        return cls(
            _shortest(lambda: [small + small for _ in range(200)]) / 200,
            _shortest(lambda: torch.mul(long, 2.0, out=long)) / len(long),
            _shortest(lambda: torch.ones(LARGE // 8, dtype=torch.float64), times=2) / (LARGE // 8),
            _shortest(lambda: square @ square) / (2 * len(square) ** 3),
        )


def _shortest(work: Callable[[], object], *, times: int = 10) -> float:
    """Seconds of the shortest of some runs."""

    def once() -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    return min(once() for _ in range(times))


@dataclass(frozen=True)
class Cost:
    """Seconds and bytes; the seconds are those of all steps, the bytes those at the peak."""

    seconds: float
    bytes: int


def training_cost(kan: Networks, rows: int, options: TrainOptions | None = None, *, machine: Machine) -> Cost:
    """What `options.steps` steps of Levenberg-Marquardt on so many rows will take.

    Parameters
    ----------
    kan
        The networks, all restarts together.
    rows
        N, for training.
    options
        Number of steps, and where conjugate gradients take over from the normal equations.
    machine
        From `Machine.measure`.

    Examples
    --------
    >>> from symkan.kan.network import Networks
    >>> machine = Machine(call=4e-6, number=1e-9, fresh=1e-8, operation=3e-11)
    >>> small, large = (training_cost(Networks([2, w, 1]), 1000, machine=machine) for w in (1, 100))
    >>> 1 < small.seconds < 10, large.seconds > 20 * small.seconds
    (True, True)
    """
    options = options or TrainOptions()
    layers, restarts = kan.stack, kan.restarts
    parameters = sum(Packing.of(layer).size for layer in layers)
    edges = sum(layer.kind.numel() for layer in layers)
    columns = sum(layer.kind.shape[1] * layer.coefficients.shape[-1] for layer in layers)
    residuals = restarts * rows * layers[-1].kind.shape[0]
    held = residuals * (2 * columns + 6 * edges + 20 * len(layers))
    step = CALLS * len(layers) * machine.call + PASSES * held * machine.number
    step += _first(held, residuals * columns, machine)
    if parameters > options.dense:
        moved = 2 * residuals * (edges + columns)
        iteration = (
            CALLS_OF_ITERATION * len(layers) * machine.call + PASSES_OF_ITERATION * moved * machine.number
        )
        iteration += _first(moved, residuals * max(edges, columns), machine)
        step += options.iterations * (iteration + 4 * residuals * parameters * machine.operation)
        held += moved
    else:
        jacobian = residuals * parameters
        step += PASSES * jacobian * machine.number
        step += (2 * jacobian * parameters + restarts * parameters**3) * machine.operation
        held += COPIES * (min(jacobian, CHUNK) + restarts * parameters**2)
    return Cost(options.steps * step, 8 * held)


def _first(numbers: int, tensor: int, machine: Machine) -> float:
    """Seconds to find memory for so many numbers, in tensors of another number of them."""
    return numbers * machine.fresh if 8 * tensor > LARGE else 0.0
