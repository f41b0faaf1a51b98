"""One law of a catalogue, from a table that hides its name to the verdict on the answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING

import numpy as np

from symkan.bench.catalogue import Catalogue, Law, Variable, noisy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.options import Options
    from symkan.result import Discovery

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """What a run of a catalogue is asked for.

    Attributes
    ----------
    catalogue
        Name of the set of laws.
    noise
        Standard deviation of the noise on y, as a share of its root mean square.
    units
        Whether the search is told the units.
    rows
        Of the table.
    time_budget
        Seconds for a law.
    seed
        Of the table and of the search.
    without
        What the search goes without, one of `symkan.bench.ablation.TECHNIQUES`; "" for nothing.
    irrelevant
        Columns beside those of the law, on which the target does not depend.
    """

    catalogue: str
    noise: float = 0.0
    units: bool = False
    rows: int = 1000
    time_budget: float = 60.0
    seed: int = 0
    without: str = ""
    irrelevant: int = 0

    @property
    def name(self) -> str:
        """Such as "feynman-noise-0.01-units": the name of the files of a run."""
        parts = [self.catalogue, f"noise-{self.noise:g}", "units" * self.units]
        parts += [f"rows-{self.rows}"] if self.rows != Settings.rows else []
        parts += [f"irrelevant-{self.irrelevant}"] if self.irrelevant else []
        parts += [f"without-{self.without}"] if self.without else []
        return "-".join(filter(None, parts))

    @property
    def options(self) -> Options:
        """Those of the search."""
        from symkan.bench.ablation import without
        from symkan.options import Options

        return without(self.without, Options(time_budget=self.time_budget, seed=self.seed))


@dataclass(frozen=True)
class Row:
    """The line of one law in the record of a run.

    Attributes
    ----------
    law, formula
        Its name, and what it says.
    answer
        In the law's variables; "" when the process ended without one.
    recovered, clean, srbench
        The verdicts.
    nrmse, nrmse_beyond, complexity, complexity_of_law
        As in `symkan.bench.judge.Verdict`; inf and 0 when there is no answer.
    seconds
        From the table to the answer; for a process that was killed, until then.
    outcome
        That of the discovery, or "crashed" or "killed".
    stopped
        What ended the search; for a crash its last line.
    version
        That of symkan.
    settings
        What was asked for.
    """

    law: str
    formula: str
    answer: str
    recovered: bool
    clean: bool
    srbench: bool
    nrmse: float
    nrmse_beyond: float
    complexity: int
    complexity_of_law: int
    seconds: float
    outcome: str
    stopped: str
    version: str
    settings: Settings

    @classmethod
    def failed(cls, law: Law, settings: Settings, *, seconds: float, outcome: str, reason: str) -> Row:
        """The line of a law whose process ended without an answer."""
        import symkan

        return cls(
            law=law.name,
            formula=law.formula,
            answer="",
            recovered=False,
            clean=False,
            srbench=False,
            nrmse=float("inf"),
            nrmse_beyond=float("inf"),
            complexity=0,
            complexity_of_law=0,
            seconds=seconds,
            outcome=outcome,
            stopped=reason,
            version=symkan.__version__,
            settings=settings,
        )


def table(law: Law, settings: Settings) -> Dataset:
    """What the search gets of a law: rows, neutral names x1, x2, …, y, and the units if they are to be told."""
    from symkan.data.tables import dataset_of

    x, y = law.sample(settings.rows, settings.seed)
    x = np.column_stack([x, irrelevant(law, settings)])
    units = [v.unit for v in _with_irrelevant(law, settings)] + [law.unit] if settings.units else None
    return dataset_of(x, noisy(y, settings.noise, settings.seed), units=units)


def irrelevant(law: Law, settings: Settings) -> Array:
    """Columns [rows, irrelevant] in the ranges of the law's variables, in turn."""
    random = np.random.default_rng([settings.seed, settings.irrelevant])
    ranges = [(v.low, v.high) for v in _with_irrelevant(law, settings)[len(law.variables) :]]
    low, high = np.reshape(ranges, (-1, 2)).T
    return random.uniform(low, high, (settings.rows, settings.irrelevant))


def _with_irrelevant(law: Law, settings: Settings) -> list[Variable]:
    """A variable for each column of the table."""
    return list(islice(cycle(law.variables), len(law.variables) + settings.irrelevant))


def recover(law: Law, settings: Settings) -> Row:
    """Search for a law in a table of it, and judge the answer."""
    import symkan
    from symkan.bench.judge import judge
    from symkan.bench.srbench import same_form
    from symkan.discovery import discover

    data = table(law, settings)
    started = time.monotonic()
    found = discover(data, settings.options)
    seconds = time.monotonic() - started
    answer = found.best.expression
    verdict = judge(answer, law, noise=settings.noise, seed=settings.seed)
    return Row(
        law=law.name,
        formula=law.formula,
        answer=_readable(found, law),
        recovered=verdict.recovered,
        clean=verdict.clean,
        srbench=same_form(answer, law.expression),
        nrmse=verdict.nrmse,
        nrmse_beyond=verdict.nrmse_beyond,
        complexity=verdict.complexity,
        complexity_of_law=verdict.complexity_of_law,
        seconds=round(seconds, 2),
        outcome=found.outcome.value,
        stopped=found.stopped,
        version=symkan.__version__,
        settings=settings,
    )


def _readable(found: Discovery, law: Law) -> str:
    """The answer in the law's variables."""
    import sympy

    from symkan.symbolic.expressions import symbol, to_text

    names = {symbol(s): sympy.Symbol(v.name) for s, v in zip(law.symbols, law.variables, strict=True)}
    return to_text(found.best.expression.xreplace(names))


def law_of(settings: Settings, name: str) -> Law:
    """The law of that name in the catalogue of the settings; an OptionError when there is none."""
    (law,) = Catalogue.load(settings.catalogue).choose((name,))
    return law
