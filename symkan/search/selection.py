"""Formulas become candidates, and one of them the answer: by description length on all rows but the locked ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.bank import Trail
from symkan.search.candidates import Candidate, Spline
from symkan.search.evaluation import evaluate
from symkan.search.records import Stage
from symkan.symbolic.snapping import Snapped

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.data.splitting import Split
    from symkan.options import SearchOptions
    from symkan.search.reading import Reading

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Referee:
    """Turns formulas into candidates, all on the same rows.

    Attributes
    ----------
    x, y
        The table, [rows, features] and [rows], in its own units.
    split
        Which rows train, validate and are locked.
    options
        What a node of a formula costs in bits, and what counts as rounding.
    """

    x: Array
    y: Array
    split: Split
    options: SearchOptions

    @property
    def open_rows(self) -> NDArray[np.int64]:
        """All rows that are not locked."""
        return np.union1d(self.split.train, self.split.validation)

    @property
    def floor(self) -> float:
        """RMSE in units of the target below which a fit is exact to rounding."""
        y = self.y[self.open_rows]
        return (
            self.options.exact
            * float(np.sqrt(np.mean(np.square(y / np.abs(y).max()))))
            * float(np.abs(y).max())
        )

    def exact(self, candidate: Candidate) -> bool:
        """Whether the candidate reproduces the open rows to rounding."""
        return not candidate.splines and max(candidate.train_rmse, candidate.validation_rmse) <= self.floor

    def bits(self, rmse: float, constants: int, complexity: int, rows: int) -> float:
        """Description length: residuals at the given RMSE, fitted constants, and nodes of the formula."""
        fit = rows * math.log2(max(rmse, self.floor) / self.floor)
        return fit + 0.5 * constants * math.log2(rows) + self.options.node_bits * complexity

    def trail(
        self, expression: sympy.Expr, network: str, *, reading: Reading | None = None, seconds: float
    ) -> Trail | None:
        """Refit, snap and simplify a formula; None where it is undefined on some open row."""
        from symkan.symbolic.finishing import finish

        splines = reading.splines if reading else ()
        rows = self.open_rows
        x, y = self.x[rows], self.y[rows]
        if splines:
            fitted = Snapped(expression, (), (), 0.0)
        else:
            seconds = min(seconds, self.options.polish_seconds)
            fitted = finish(expression, x, y, seconds=seconds, noise_floor=self.options.exact / 1e3)
        candidate = self.candidate(fitted, network=network, splines=splines)
        if candidate is None:
            return None
        stages = reading.stages if reading else ()
        last = Stage("refitted and snapped", network, candidate.train_rmse, candidate.validation_rmse)
        if reading is None:
            return Trail(candidate, (last,))
        return Trail(candidate, (*stages, last), reading.activations, reading.matches, reading.history)

    def candidate(
        self, fitted: Snapped, *, network: str, splines: tuple[Spline, ...] = ()
    ) -> Candidate | None:
        """The formula with its losses; None where it is undefined on some open row."""
        from symkan.symbolic.expressions import complexity

        size = complexity(fitted.expression) + sum(len(s.coefficients) for s in splines)
        draft = Candidate(
            fitted.expression, fitted.parameters, fitted.snaps, splines, size, 0.0, 0.0, 0.0, 0.0, network
        )
        residual = evaluate(draft, self.x) - self.y
        rows = self.open_rows
        if not np.isfinite(residual[rows]).all():
            return None
        rmse = _rmse(residual[rows])
        spread = _rmse(self.y[rows] - self.y[rows].mean())
        constants = len(fitted.parameters) + sum(len(s.coefficients) for s in splines)
        return Candidate(
            draft.expression,
            draft.parameters,
            draft.snaps,
            splines,
            size,
            _rmse(residual[self.split.train]),
            self._validation_rmse(residual, constants),
            1 - (rmse / spread) ** 2 if spread > 0 else float(rmse == 0),
            self.bits(rmse, constants, size, len(rows)),
            network,
        )

    def _validation_rmse(self, residual: Array, constants: int) -> float:
        """On the validation rows; in small tables, where all rows were fitted, corrected for the constants."""
        if len(self.split.validation):
            return _rmse(residual[self.split.validation])
        n = len(self.split.train)
        return _rmse(residual[self.split.train]) * math.sqrt(n / max(n - constants, 1))


def _rmse(residual: Array) -> float:
    """Root mean square without overflow."""
    size = float(np.max(np.abs(residual), initial=0.0))
    return size * float(np.sqrt(np.mean(np.square(residual / size)))) if size > 0 else 0.0
