"""What is timed: the same piece of work, done by symkan and by another package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.bench.catalogue import Law, Variable
from symkan.errors import OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ROWS = 1000
"""Rows for training, and as many others for the test."""

ACCURATE = 1e-4
"""Test RMSE, by the spread of the target, at which training is done."""


@dataclass(frozen=True)
class Problem:
    """A function that networks are trained on, and symkan's network for it.

    Attributes
    ----------
    law
        The function.
    widths
        Of symkan's network.
    grids
        Grid intervals of its stages.
    straight
        Whether its last edges are straight lines.
    """

    law: Law
    widths: tuple[int | tuple[int, int], ...]
    grids: tuple[int, ...]
    straight: bool = False

    def table(self, seed: int) -> tuple[Array, Array]:
        """Columns [2·ROWS, inputs] and target [2·ROWS] in the law's own units: rows for training, then test rows.

        No test row lies outside the ranges of columns and target in training, where splines go on as lines: one such
        row would decide the RMSE.
        """
        x, y = self.law.sample(3 * ROWS, seed)
        seen = np.column_stack([x, y])
        low, high = seen[:ROWS].min(0), seen[:ROWS].max(0)
        inside = np.flatnonzero(np.all((seen >= low) & (seen <= high), axis=1))
        rows = np.r_[:ROWS, inside[inside >= ROWS][:ROWS]]
        return x[rows], y[rows]

    def scaled(self, seed: int) -> tuple[Array, Array]:
        """The table as networks take it: columns in [-1, 1], a target of spread 1."""
        x, y = self.table(seed)
        low, high = np.array([(v.low, v.high) for v in self.law.variables]).T
        return 2 * (x - low) / (high - low) - 1, y / y[:ROWS].std()


def rmse(values: Array, y: Array) -> float:
    """Root mean square error."""
    return float(np.sqrt(np.mean((values - y) ** 2)))


def _law(name: str, formula: str, names: str, low: float, high: float) -> Law:
    return Law(name, formula, tuple(Variable(n, "1", low, high) for n in names.split()), "f", "1")


PROBLEMS = {
    problem.law.name: problem
    for problem in (
        Problem(_law("exp-sin", "exp(sin(pi*x1) + x2**2)", "x1 x2", -1, 1), (2, 1, 1), (10, 20)),
        Problem(_law("product", "x*y*z", "x y z", -1, 1), (3, (0, 1)), (5,)),
        Problem(
            _law("lorentz-force", "q*(E + B*v*sin(theta))", "q E B v theta", 1, 5),
            (5, (0, 2), 1),
            (5, 10),
            straight=True,
        ),
    )
}


@dataclass(frozen=True)
class Task:
    """A piece of work, and another package that does it.

    Attributes
    ----------
    kind
        "training", "matching", "job", "layer" or "batch".
    of
        Name of the problem, or shape and rows of the layer, or restarts and rows of the batch.
    peer
        The other package; of a batch symkan itself, on the CPU.
    goal
        How many times faster symkan is to be; 0 where nothing is asked.
    device
        Where symkan computes: "cpu" or "cuda".
    """

    kind: str
    of: str
    peer: str
    goal: float = 0.0
    device: str = "cpu"

    @property
    def name(self) -> str:
        """Such as "training exp-sin", and "layer 8x8, 1000 rows on cuda"."""
        return f"{self.kind} {self.of}" + ("" if self.device == "cpu" else f" on {self.device}")

    @property
    def in_turn(self) -> bool:
        """Whether one process does both sides of all pairs: it is loading that takes long."""
        return self.kind in {"layer", "batch"}


@dataclass(frozen=True)
class Work:
    """What a process is asked for.

    Attributes
    ----------
    task
        What to do.
    seed
        Of the table and of the networks.
    limit
        Seconds after which the other package is stopped.
    pairs
        Of what is timed in turn in one process.
    """

    task: Task
    seed: int
    limit: float
    pairs: int

    @property
    def problem(self) -> Problem:
        """The problem that the task names."""
        return PROBLEMS[self.task.of]

    def test_error(self, predict: Callable[[Array], Array]) -> float:
        """RMSE of predictions [ROWS] on the test rows [ROWS, inputs], by the spread of the target."""
        x, y = (part[ROWS:] for part in self.problem.table(self.seed))
        return rmse(predict(x), y) / float(y.std())


LAYERS = tuple(f"{width}x{width}, {rows} rows" for width in (8, 64, 512) for rows in (1000, 64000))
BATCHES = ("4 restarts, 1000 rows", "64 restarts, 1000 rows", "16 restarts, 16000 rows")

TASKS = (
    *(Task("training", name, "pykan", 100.0) for name in PROBLEMS),
    Task("matching", "exp-sin", "pykan", 200.0),
    Task("job", "exp-sin", "pykan", 20.0),
    *(Task("job", name, "pyoperon") for name in PROBLEMS),
    *(
        Task("layer", layer, peer, 1.0, device)
        for device in ("cpu", "cuda")
        for peer in ("flashkan", "inkan")
        for layer in LAYERS
    ),
    *(Task("batch", batch, "symkan", device="cuda") for batch in BATCHES),
)


GROWTH = "growth"
"""What the growth curves are called among the kinds of tasks."""


def choose(names: Sequence[str]) -> tuple[tuple[Task, ...], bool]:
    """The tasks of these kinds, against these packages and on these devices, and whether growth curves are wanted; all
    without names.

    Raises
    ------
    OptionError
        When there is none of such a name.

    Examples
    --------
    >>> tasks, growth = choose(["matching", "growth"])
    >>> [task.name for task in tasks], growth
    (['matching exp-sin'], True)
    """
    fields = ("kind", "peer", "device")
    known = (*dict.fromkeys(getattr(task, field) for field in fields for task in TASKS), GROWTH)
    if unknown := [name for name in names if name not in known]:
        raise OptionError(f"--only: there is no '{unknown[0]}'; choose from: {', '.join(known)}")
    asked = set(names) or set(known)
    tasks = TASKS if asked - {GROWTH} else ()
    for field in fields:  # one that no name is of does not matter
        if wanted := asked & {getattr(task, field) for task in TASKS}:
            tasks = tuple(task for task in tasks if getattr(task, field) in wanted)
    return tasks, GROWTH in asked
