"""`discover`: the whole pipeline on one screen; and `Discovery`, the record of what came out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from symkan.options import Options
from symkan.search.candidates import Candidate
from symkan.search.records import DataSummary, History, Outcome, Stage, TestScore
from symkan.symbolic.activation import Activation, SymbolicActivation

if TYPE_CHECKING:
    import numpy as np
    import sympy
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Discovery:
    """What `discover` found, with the evidence; everything that a user sees is made from this record.

    Attributes
    ----------
    outcome
        How far the search came.
    stopped
        "finished", "time budget" or "interrupted".
    best
        The answer, one of `front`.
    front
        Pareto front of candidates, simplest first.
    activations, matches
        The edges of the network that the answer came from, and what each was matched with.
    history
        Training curve of that network.
    stages
        The loss at each stage from network to printed law.
    test
        Errors on the locked test rows; None when the table was too small to lock any.
    """

    outcome: Outcome
    stopped: str
    best: Candidate
    front: tuple[Candidate, ...]
    activations: tuple[Activation, ...]
    matches: tuple[SymbolicActivation, ...]
    history: History
    stages: tuple[Stage, ...]
    data: DataSummary
    test: TestScore | None
    options: Options
    seed: int
    versions: dict[str, str]
    timings: dict[str, float]

    @property
    def expression(self) -> sympy.Expr:
        """The law with `Symbol(column name)` as free symbols."""
        raise NotImplementedError

    def predict(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of the law at rows `x` [n, features], nan where it is undefined."""
        raise NotImplementedError

    def save(self, path: str | Path) -> None:
        """Write the record as JSON."""
        raise NotImplementedError

    @classmethod
    def load(cls, path: str | Path) -> Discovery:
        """Read a record written by `save`."""
        raise NotImplementedError
