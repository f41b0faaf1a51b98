"""Formulas become candidates, and one of them the answer: by description length on all rows but the locked ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from symkan.errors import ExpressionError
from symkan.search.bank import Trail
from symkan.search.candidates import Candidate, Spline
from symkan.search.evaluation import error_sizes, evaluate, rms
from symkan.search.priors import oddity
from symkan.search.records import Stage
from symkan.symbolic.least_squares import fit
from symkan.symbolic.normalising import in_known_functions, normalise
from symkan.symbolic.refitting import absolute, refit
from symkan.symbolic.snapping import Snapped

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.data.splitting import Split
    from symkan.options import SearchOptions
    from symkan.search.records import Reading
    from symkan.symbolic.base_units import Dimension
    from symkan.symbolic.elsewhere import Elsewhere

    Array = NDArray[np.float64]


OFFSET = 1e-8
"""Share of the target's spread that is no rounding, however large the target's offset."""

ROUNDING = 4 * 2.0**-52
"""Relative error of a sum of some floats."""

LARGE = 0.3
"""Relative errors above this share are no errors of measurement: the formula is wrong."""


@dataclass(frozen=True, eq=False)
class Referee:
    """Turns formulas into candidates, all on the same rows.

    Residuals are described either as of one size or as in proportion to the target, whichever is shorter: real tables
    that span decades are mostly of the second kind.

    Attributes
    ----------
    x, y
        The table, [rows, features] and [rows], in its own units.
    split
        Which rows train, validate and are locked.
    options
        What a node of a formula costs in bits, and what counts as rounding.
    dimensions
        Of the columns x1, x2, …, and of the target under "y"; empty where units are not known.
    sigma
        Standard errors of y, [rows], by which residuals are weighed then; None where they are not known.
    """

    x: Array
    y: Array
    split: Split
    options: SearchOptions
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)
    sigma: Array | None = None

    @classmethod
    def of(cls, dataset: Dataset, parts: Split, options: SearchOptions) -> Referee:
        """For a table; dimensions count where each column has a unit."""
        from symkan.data.units import known_dimensions

        return cls(dataset.x, dataset.y, parts, options, known_dimensions(dataset), dataset.sigma)

    @cached_property
    def open_rows(self) -> NDArray[np.int64]:
        """All rows that are not locked."""
        return self.split.open

    @cached_property
    def floor(self) -> float:
        """RMSE in units of the target below which a fit is exact to rounding; a large offset hides nothing."""
        y = self.y[self.open_rows]
        size, spread = rms(y), rms(y - y.mean())
        return max(min(self.options.exact * size, OFFSET * spread), ROUNDING * size) or 1e-300

    @cached_property
    def proportional(self) -> Array | None:
        """Weights [open rows] of errors in proportion to the target; None where it changes sign or hardly varies."""
        size = np.abs(self.y[self.open_rows])
        one_sign = (self.y[self.open_rows] > 0).all() or (self.y[self.open_rows] < 0).all()
        return 1 / size if one_sign and size.max() > self.options.decade * size.min() else None

    @cached_property
    def given(self) -> Array | None:
        """Weights [open rows] by the standard errors of the table; None where it has none."""
        return None if self.sigma is None else 1 / self.sigma[self.open_rows]

    @cached_property
    def evened(self) -> Array | None:
        """Weights [rows] by the standard errors of the table, their geometric mean on open rows 1; None as above."""
        if self.sigma is None or self.given is None:
            return None
        return math.exp(-float(np.log(self.given).mean())) / self.sigma

    def exact(self, candidate: Candidate) -> bool:
        """Whether the candidate reproduces the open rows to rounding."""
        return not candidate.splines and max(candidate.train_rmse, candidate.validation_rmse) <= self.floor

    def trail(
        self, expression: sympy.Expr, network: str, *, reading: Reading | None = None, seconds: float
    ) -> Trail | None:
        """Refit, snap and simplify a formula; None where it is undefined on some open row, or beyond the grammar."""
        splines = reading.splines if reading else ()
        try:
            if splines:
                candidate = self.candidate(Snapped(expression, (), (), 0.0), network, splines=splines)
            else:
                candidate = self._fitted(normalise(expression), network, seconds=seconds)
        except ExpressionError:  # as in quick_bits
            return None
        if candidate is None:
            return None
        last = Stage("refitted and snapped", network, candidate.train_rmse, candidate.validation_rmse)
        if reading is None:
            return Trail(candidate, (last,))
        return Trail(candidate, (*reading.portrait.stages, last), reading.portrait)

    def quick_bits(self, expression: sympy.Expr, *, rows: int = 400, steps: int = 12) -> float:
        """A first look at a formula: its description length with its constants refitted on some of the open rows.

        Infinite where the formula is undefined.
        """
        try:
            return self._quick_bits(in_known_functions(expression), rows, steps)
        except ExpressionError:
            # sympy made a function of it that formulas may not hold, or a number beyond floats
            return math.inf

    def _quick_bits(self, expression: sympy.Expr, rows: int, steps: int) -> float:
        import sympy

        from symkan.symbolic.expressions import complexity
        from symkan.symbolic.models import parametrise

        if not all(math.isfinite(number) for number in expression.atoms(sympy.Float)) or expression.has(
            sympy.zoo
        ):
            return math.inf
        chosen = self.open_rows[:: max(1, len(self.open_rows) // rows)]
        weights = None if self.evened is None else self.evened[chosen]
        model = replace(parametrise(expression), weights=weights)
        x, y = self.x[chosen], self.y[chosen] if weights is None else self.y[chosen] * weights
        theta = fit(model, x, y, steps=steps).theta if model.constants else model.start
        rmse = rms(model.values(x, theta) - y)
        if not math.isfinite(rmse):
            return math.inf
        description, _ = self._description(expression, complexity(expression), constants=len(theta))
        return len(self.open_rows) * math.log2(max(rmse, self.floor) / self.floor) + description

    def simplified(self, trail: Trail, *, seconds: float, elsewhere: Elsewhere | None = None) -> Trail | None:
        """The trail with a shorter form of its formula; None where none was found."""
        from symkan.symbolic.simplification import simplify

        old = trail.candidate
        x = self.x[self.open_rows]
        shorter = in_known_functions(simplify(old.expression, x, seconds=seconds, elsewhere=elsewhere))
        again = self._fitted(shorter, old.network, seconds=seconds)
        if again is None or again.bits >= old.bits:
            return None
        return replace(trail, candidate=again)

    def _fitted(self, expression: sympy.Expr, network: str, *, seconds: float) -> Candidate | None:
        """The formula refitted and snapped, with errors of one size or, if that is shorter, in proportion."""
        if self.given is not None:
            return self._polished(expression, network, seconds=seconds, weights=self.given)
        found = self._polished(expression, network, seconds=seconds)
        if found is None or self.proportional is None or self.exact(found):
            return found
        residual = self._residual(found)[self.open_rows]
        if self._residual_bits(residual, "proportional") >= self._residual_bits(residual, "equal"):
            return found
        other = self._polished(expression, network, seconds=seconds, weights=self.proportional)
        both = (self._reweighted(law) for law in (found, other) if law is not None)
        return min(both, key=lambda law: law.bits)

    def _reweighted(self, law: Candidate) -> Candidate:
        """A law whose errors are proportional fitted again with its own values as weights, with the same closed forms.

        Otherwise the standard errors of its constants would be those of a fit without weights.
        """
        exact = [p for p in law.parameters if p.exact is not None]
        rows = self.open_rows
        for _ in range(2):  # the weights hardly move any more
            if (sizes := error_sizes(law, self.x[rows])) is None:
                break
            again = refit(law.expression, self.x[rows], y=self.y[rows], weights=1 / sizes)
            free = again.parameters
            named = (replace(p, symbol=f"c{i}") for i, p in enumerate(exact, len(free) + 1))
            fitted = Snapped(again.expression, (*free, *named), law.snaps, again.rss)
            law = self.candidate(fitted, law.network) or law
        return law

    def _polished(
        self, expression: sympy.Expr, network: str, *, seconds: float, weights: Array | None = None
    ) -> Candidate | None:
        from symkan.symbolic.simplification import polish

        y = self.y[self.open_rows]
        if not expression.free_symbols:
            none = self.x[:, :0][self.open_rows]  # no columns: the table may be large
            mean = refit(expression, none, y=y, weights=weights)
            return self._judged(Snapped(mean.expression, mean.parameters, (), mean.rss), network)
        x = self.x[self.open_rows]
        noise_floor = self.options.exact / 1e3
        fitted = polish(expression, x, y, seconds=seconds, noise_floor=noise_floor, weights=weights)
        return self._judged(fitted, network)

    def _judged(self, fitted: Snapped, network: str) -> Candidate | None:
        """A fit as a candidate; with given errors those of the constants are absolute, whatever the residuals are."""
        free = sum(p.exact is None for p in fitted.parameters)
        if self.given is not None and fitted.rss > 0 and len(self.given) > free:
            factor = math.sqrt((len(self.given) - free) / fitted.rss)
            fitted = replace(fitted, parameters=absolute(fitted.parameters, factor))
        return self.candidate(fitted, network)

    def candidate(
        self, fitted: Snapped, network: str, *, splines: tuple[Spline, ...] = ()
    ) -> Candidate | None:
        """The formula with its losses; None where it is undefined on some open row."""
        from symkan.symbolic.expressions import complexity

        size = complexity(fitted.expression) + sum(len(s.coefficients) for s in splines)
        draft = Candidate(
            fitted.expression, fitted.parameters, fitted.snaps, splines, size, 0.0, 0.0, 0.0, 0.0, network
        )
        residual = self._residual(draft)
        rows = self.open_rows
        if not np.isfinite(residual[rows]).all():
            return None
        spread = rms(self.y[rows] - self.y[rows].mean())
        constants = sum(p.exact is None for p in fitted.parameters) + sum(
            len(s.coefficients) for s in splines
        )
        kinds = ("equal", "proportional") if self.given is None else ("given",)
        errors = min(kinds, key=lambda kind: self._residual_bits(residual[rows], kind))
        description, clash = self._description(fitted.expression, size, constants=constants)
        return replace(
            draft,
            train_rmse=rms(residual[self.split.train]),
            validation_rmse=self._validation_rmse(draft, residual),
            r2=1 - (rms(residual[rows]) / spread) ** 2 if spread > 0 else float(not residual[rows].any()),
            bits=self._residual_bits(residual[rows], errors) + description,
            errors=errors,
            clash=clash,
        )

    def _description(self, expression: sympy.Expr, size: int, *, constants: int) -> tuple[float, str]:
        """Bits for a formula of that many nodes and free constants; where its dimensions clash."""
        unit_bits, clash = self._unit_bits(expression)
        bits = self.options.node_bits * (size + oddity(expression)) + unit_bits
        bits += 0.5 * constants * math.log2(len(self.open_rows))
        return self.options.description * bits, clash

    def _unit_bits(self, expression: sympy.Expr) -> tuple[float, str]:
        """Bits for a clash of dimensions and for constants that must carry a unit; where the clash is."""
        if not self.dimensions:
            return 0.0, ""
        from symkan.symbolic.dimensions import consistent

        columns = {name: dimension for name, dimension in self.dimensions.items() if name != "y"}
        found = consistent(expression, columns, self.dimensions["y"])
        if not found.ok:
            return self.options.clash_bits, found.reason
        return self.options.carrying_bits * found.carrying, ""

    def _residual(self, candidate: Candidate) -> Array:
        return evaluate(candidate, self.x) - self.y

    def _residual_bits(self, residual: Array, errors: str) -> float:
        """Bits for residuals [open rows] of one size, or in proportion to the target, against rounding."""
        if errors == "equal":
            size = rms(residual)
        elif self.given is not None:
            size = rms(residual * self.given) * math.exp(-float(np.log(self.given).mean()))
        elif self.proportional is None or (relative := rms(residual * self.proportional)) > LARGE:
            return math.inf
        else:
            size = relative * math.exp(-float(np.log(self.proportional).mean()))
        return len(residual) * math.log2(max(size, self.floor) / self.floor) + (errors == "proportional")

    def _validation_rmse(self, candidate: Candidate, residual: Array) -> float:
        """On the validation rows; in small tables over the folds, with the constants fitted without each."""
        if len(self.split.validation):
            return rms(residual[self.split.validation])
        if candidate.splines:
            return rms(residual[self.split.train])
        from symkan.symbolic.models import parametrise

        model = parametrise(candidate.expression)
        left_out = []
        for train, validation in self.split.folds:
            if self.sigma is None:
                theta = fit(model, self.x[train], self.y[train], steps=10).theta
            else:
                weighted = replace(model, weights=1 / self.sigma[train])
                theta = fit(weighted, self.x[train], self.y[train] / self.sigma[train], steps=10).theta
            left_out.append(model.values(self.x[validation], theta) - self.y[validation])
        value = rms(np.concatenate(left_out))
        return value if math.isfinite(value) else math.inf
