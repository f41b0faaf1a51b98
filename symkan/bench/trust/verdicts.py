"""What verdict tables of pure noise get, and what noisy tables of laws get."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.bench.child import as_they_come
from symkan.bench.recovery import Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset

    Array = NDArray[np.float64]

ROWS = (20, 40, 100, 300, 1000)
COLUMNS = (1, 2, 3, 5)
NOISES = ("normal", "uniform", "lognormal", "Student's t, 3 degrees of freedom")
SECONDS = {"noise": 10.0, "law": 60.0}
"""Of each search; in noise it finds no end before."""
LAWS = Settings("feynman", noise=0.01)


@dataclass(frozen=True)
class Task:
    """A table to be judged, by what makes it again.

    Attributes
    ----------
    kind
        "noise" or "law".
    name
        What the table holds.
    seed
        Of its rows and of the search.
    """

    kind: str
    name: str
    seed: int

    @property
    def place(self) -> tuple[str, str, int]:
        """Which table it is."""
        return self.kind, self.name, self.seed

    @property
    def table(self) -> Dataset:
        """The rows."""
        from symkan.bench.recovery import law_of, table

        return noise_table(self.seed)[1] if self.kind == "noise" else table(law_of(LAWS, self.name), LAWS)


@dataclass(frozen=True)
class Trial(Task):
    """A table and what was said of it.

    Attributes
    ----------
    trust
        The verdict; "crashed" where there is none.
    reasons
        Of the verdict, or the error.
    answer
        The formula.
    seconds
        For the search and the examination.
    version
        That of symkan.
    """

    trust: str
    reasons: tuple[str, ...]
    answer: str
    seconds: float
    version: str


def tasks(kind: str, count: int) -> list[Task]:
    """Tables of noise, or of the laws of the Feynman set with one per cent of noise."""
    from symkan.bench.catalogue import Catalogue

    if kind == "noise":
        return [Task(kind, noise_table(seed)[0], seed) for seed in range(count)]
    laws = Catalogue.load(LAWS.catalogue).laws[:count]
    return [Task(kind, law.name, LAWS.seed) for law in laws]


def noise_table(seed: int) -> tuple[str, Dataset]:
    """A table whose target is drawn without a look at its columns, and what it is."""
    from symkan.data.tables import dataset_of

    random = np.random.default_rng(seed)
    rows, columns = ROWS[seed % len(ROWS)], COLUMNS[seed // len(ROWS) % len(COLUMNS)]
    kind = NOISES[seed // 3 % len(NOISES)]
    x = random.uniform(1, 5, (rows, columns))
    y = {
        "normal": random.normal(size=rows),
        "uniform": random.uniform(1, 2, rows),
        "lognormal": np.exp(random.normal(size=rows)),
    }.get(kind, random.standard_t(3, rows))
    return f"{kind}, {rows} × {columns}", dataset_of(x, y)


def judge(task: Task) -> Trial:
    """Search in the table, examine the answer, and tell the verdict."""
    import symkan
    from symkan.discovery import discover
    from symkan.examination import examine
    from symkan.options import Options
    from symkan.symbolic.expressions import to_text

    table = task.table
    started = time.monotonic()
    found = examine(discover(table, Options(time_budget=SECONDS[task.kind], seed=task.seed)), table)
    seconds = round(time.monotonic() - started, 2)
    assert found.evidence is not None
    verdict, answer = found.evidence.verdict, to_text(found.best.expression)
    return Trial(*task.place, verdict.trust.value, verdict.reasons, answer, seconds, symkan.__version__)


def trials(waiting: Sequence[Task], *, workers: int) -> Iterator[Trial]:
    """Each as soon as it is there, several at a time in processes of their own."""
    return as_they_come(_caught, waiting, workers=workers)


def _caught(task: Task) -> Trial:
    """A crash is a result, too."""
    import symkan

    try:
        return judge(task)
    except Exception as error:  # the page tells it
        said = f"{type(error).__name__}: {error}"
        return Trial(*task.place, "crashed", (said,), "", 0.0, symkan.__version__)
