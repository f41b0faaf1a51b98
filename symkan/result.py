"""`Discovery`, the record of what was found: the law under the user's names, its predictions, its JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.data.frames import names_of
from symkan.errors import ColumnError
from symkan.evidence.records import Evidence
from symkan.options import Options
from symkan.search.candidates import Candidate
from symkan.search.evaluation import evaluate
from symkan.search.records import DataSummary, Outcome, Portrait, Score, Stage
from symkan.serialization import Codec, Leaf, dumps, read_record, write_record

if TYPE_CHECKING:
    import sympy
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import ArrayLike, NDArray


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
    runners_up
        The formulas with the shortest descriptions after the answer's.
    portrait
        The network that the answer was read from; None where regressions found it.
    stages
        The loss at each stage from network to printed law.
    data
        The file and its hash, the columns, the split, the notes.
    test
        Errors on the locked test rows; None when the table was too small to lock any.
    options, seed
        What was asked for.
    versions
        Versions of symkan and of the libraries it used.
    timings
        Seconds spent in each stage.
    evidence
        What `examine` found out about the answer; None before.
    """

    outcome: Outcome
    stopped: str
    best: Candidate
    front: tuple[Candidate, ...]
    runners_up: tuple[Candidate, ...]
    portrait: Portrait | None
    stages: tuple[Stage, ...]
    data: DataSummary
    test: Score | None
    options: Options
    seed: int
    versions: dict[str, str]
    timings: dict[str, float]
    evidence: Evidence | None = None

    @property
    def expression(self) -> sympy.Expr:
        """The law with ``sympy.Symbol(column name)`` as free symbols."""
        import sympy

        from symkan.symbolic.expressions import symbol

        names = {symbol(column.symbol): sympy.Symbol(column.name) for column in self.data.features}
        return self.best.expression.xreplace(names)

    @property
    def network(self) -> Portrait | None:
        """The network that the law was read from, or else the one that `examine` trained beside it."""
        return self.portrait or (self.evidence.portrait if self.evidence else None)

    def predict(self, x: ArrayLike) -> NDArray[np.float64]:
        """Values of the law.

        Parameters
        ----------
        x
            Rows of the columns `data.features`, in that order and in the file's units; shape [n, features]. Or a frame,
            whose columns are found by header or name, in any order; it may lack those that the law does not use.

        Returns
        -------
        array
            Shape [n], in units of the target; nan where the law is undefined or not real.

        Raises
        ------
        ColumnError
            When `x` has another number of columns, or a frame lacks one that the law uses.
        """
        return evaluate(self.best, self._rows(x))

    def outside(self, x: ArrayLike) -> NDArray[np.bool_]:
        """Which rows [n, features] lie outside the ranges of the columns that the law uses; shape [n]."""
        low, high = np.array(self.data.feature_ranges, dtype=np.float64).reshape(-1, 2).T
        rows = self._rows(x)
        inside = (rows >= low) & (rows <= high)
        return np.array(~inside[:, self._used()].all(axis=1))

    def _used(self) -> list[int]:
        """Places of the columns that occur in the law."""
        from symkan.report.languages.law import used_columns

        used = used_columns(self.best, self.data)
        return [k for k, column in enumerate(self.data.features) if column in used]

    def _rows(self, x: ArrayLike) -> NDArray[np.float64]:
        own = names_of(x)
        rows = np.asarray(x, dtype=np.float64) if own is None else self._of_frame(np.asarray(x), own)
        names = [column.name for column in self.data.features]
        if rows.ndim != 2 or rows.shape[1] != len(names):
            raise ColumnError(
                f"x has shape {list(rows.shape)}; give [rows, {len(names)}]: {', '.join(names)}"
            )
        return rows

    def _of_frame(self, values: NDArray[Any], headers: Sequence[str]) -> NDArray[np.float64]:
        """Rows [n, features] from the columns of a frame; nan where the law does not use one."""
        from symkan.data.headers import label_columns
        from symkan.data.predictions import places_of

        used = self._used()
        labels = label_columns(headers, source="x")
        places = places_of(labels, [self.data.features[k] for k in used], source="x")
        rows = np.full((len(values), len(self.data.features)), np.nan)
        rows[:, used] = values[:, places]
        return rows

    def plot_network(self, *, pruned: bool = False, ax: Axes | None = None) -> Axes:
        """Draw the network, as trained or pruned; see `symkan.report.figures.plot_network`."""
        from symkan.report.figures import plot_network

        return plot_network(self, pruned=pruned, ax=ax)

    def plot_activations(self, *, figure: Figure | SubFigure | None = None) -> NDArray[Any]:
        """Draw the functions on the edges; see `symkan.report.figures.plot_activations`."""
        from symkan.report.figures import plot_activations

        return plot_activations(self, figure=figure)

    def plot_training(self, *, ax: Axes | None = None) -> Axes:
        """Draw the training curve of the network; see `symkan.report.figures.plot_training`."""
        from symkan.report.figures import plot_training

        return plot_training(self, ax=ax)

    def plot_pareto(self, *, ax: Axes | None = None) -> Axes:
        """Draw complexity against validation RMSE; see `symkan.report.figures.plot_pareto`."""
        from symkan.report.figures import plot_pareto

        return plot_pareto(self, ax=ax)

    def plot_parity(self, *, ax: Axes | None = None) -> Axes:
        """Draw the law against the data; see `symkan.report.figures.plot_parity`."""
        from symkan.report.figures import plot_parity

        return plot_parity(self, ax=ax)

    def plot_residuals(self, *, figure: Figure | SubFigure | None = None) -> NDArray[Any]:
        """Draw what the law leaves; see `symkan.report.figures.plot_residuals`."""
        from symkan.report.figures import plot_residuals

        return plot_residuals(self, figure=figure)

    def __str__(self) -> str:
        """The law on one line, its constants rounded by their standard errors."""
        from symkan.report.notebook import as_text

        return as_text(self)

    def __repr__(self) -> str:
        """Not the whole record, which fills pages."""
        return f"<Discovery: {self}>"

    def _repr_html_(self) -> str:
        from symkan.report.notebook import as_html

        return as_html(self)

    def _repr_latex_(self) -> str:
        from symkan.report.notebook import as_latex

        return as_latex(self)

    def to_json(self) -> str:
        """The record as JSON text."""
        return dumps(self, _codec())

    def save(self, path: str | Path) -> None:
        """Write the record as JSON.

        Raises
        ------
        ResultError
            When the file cannot be written.
        """
        write_record(path, self, codec=_codec())

    @classmethod
    def load(cls, path: str | Path) -> Discovery:
        """Read a record written by `save`.

        Raises
        ------
        ResultError
            When the file is no such record.
        """
        return read_record(path, cls, codec=_codec())


@cache
def _codec() -> Codec:
    """Expressions are texts of the safe grammar; all else follows from the type hints."""
    import sympy
    from numpy.typing import NDArray

    from symkan.symbolic.expressions import to_text
    from symkan.symbolic.library import Function
    from symkan.symbolic.parsing import parse_expression

    hints = {"sympy": sympy, "np": np, "NDArray": NDArray, "Function": Function}
    return Codec(hints, leaves={sympy.Expr: Leaf(to_text, parse_expression)})
