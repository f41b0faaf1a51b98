"""What is left to explain: columns that may be combinations of the table's, and a target behind known functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.search.transforms import Transform
    from symkan.symbolic.base_units import Dimension

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scales:
    """Dimensions of the columns [columns, base units] and of t [base units], as exponents of base units."""

    columns: Array
    t: Array


def scales_of(dimensions: Mapping[str, Dimension]) -> Scales | None:
    """The dimensions of x1, x2, … and y as numbers; None where there are none."""
    if not dimensions:
        return None
    names = sorted({name for d in dimensions.values() for name, _ in d.exponents})
    vectors = {
        symbol: np.array([float(dict(d.exponents).get(name, 0)) for name in names])
        for symbol, d in dimensions.items()
    }
    columns = [vectors[f"x{i + 1}"] for i in range(len(vectors) - 1)]
    return Scales(np.stack(columns), vectors["y"])


@dataclass(frozen=True, eq=False)
class Problem:
    """Explain `t` by the columns; the table's target is then `outer` with the answer in the place of t.

    Attributes
    ----------
    columns
        What the columns are in x1, x2, ….
    x
        Their values, [rows, columns].
    t
        Values to be explained, [rows].
    outer
        The target y as an expression in the symbol t and, where factors were divided out, x1, x2, ….
    dimensions
        Those of the columns and of t; None where units are not known.
    """

    columns: tuple[sympy.Expr, ...]
    x: NDArray[np.float64]
    t: NDArray[np.float64]
    outer: sympy.Expr
    dimensions: Scales | None = None

    @classmethod
    def of(cls, dataset: Dataset, scales: Scales | None = None) -> Problem:
        """The whole table; a target that is negative throughout changes its sign."""
        from symkan.symbolic.expressions import symbol

        columns = tuple(symbol(column.symbol) for column in dataset.features)
        negative = bool((dataset.y < 0).all())
        sign = -1 if negative else 1
        return cls(columns, dataset.x, sign * dataset.y, sign * symbol("t"), scales)

    @property
    def plain(self) -> bool:
        """Whether the target is the table's own, but for its sign."""
        from symkan.symbolic.expressions import symbol

        return self.outer in (symbol("t"), -symbol("t"))

    @property
    def target(self) -> str:
        """The target in words: "y", or "a factor of y"."""
        return "y" if self.plain else "a factor of y"

    def behind(self, transform: Transform) -> Problem:
        """The problem of explaining the transformed target."""
        from symkan.symbolic.expressions import symbol

        t = symbol("t")
        return Problem(self.columns, self.x, transform.forward(self.t), self.outer.subs(t, transform.undo(t)))

    def without(self, powers: Mapping[int, Fraction]) -> Problem:
        """The problem with columns divided out of the target to the given powers, and no longer seen."""
        import sympy

        from symkan.symbolic.expressions import symbol

        factor = sympy.Mul(*(self.columns[i] ** sympy.Rational(p) for i, p in powers.items()))
        size = np.prod([self.x[:, i] ** float(p) for i, p in powers.items()], axis=0)
        kept = [i for i in range(len(self.columns)) if i not in powers]
        t = symbol("t")
        scales = self.dimensions
        if scales is not None:
            whole = sum((float(p) * scales.columns[i] for i, p in powers.items()), np.zeros_like(scales.t))
            scales = Scales(scales.columns[kept], scales.t - whole)
        return Problem(
            tuple(self.columns[i] for i in kept),
            self.x[:, kept],
            self.t / size,
            self.outer.xreplace({t: factor * t}),
            scales,
        )

    def without_units(self) -> Problem:
        """The same problem with dimensions forgotten."""
        return replace(self, dimensions=None)

    def answer(self, inner: sympy.Expr) -> sympy.Expr:
        """The law for y, from an answer `inner` for t in x1, x2, …."""
        from symkan.symbolic.expressions import symbol

        return self.outer.xreplace({symbol("t"): inner})

    def sensitivity(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how much the table's target changes with t, |dy/dt| [n] at the table's rows `x` [n, features]."""
        step = 1e-6 * float(np.sqrt(np.mean(self.t[np.isfinite(self.t)] ** 2)))
        change = self.values(self.t + step, x) - self.values(self.t - step, x)
        return np.nan_to_num(np.abs(change) / (2 * step), nan=0.0, posinf=0.0)

    def weights(self, table: Dataset) -> NDArray[np.float64]:
        """How errors of t count [rows of the table]: as they show in its target, in standard errors if it has them."""
        shown = self.sensitivity(table.x)
        return shown if table.sigma is None else shown * np.median(table.sigma) / table.sigma

    def values(self, t: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The table's target [n] from values of t [n] at the table's rows `x` [n, features]."""
        from symkan.symbolic.expressions import numpy_function

        names = ["t", *(f"x{i + 1}" for i in range(x.shape[1]))]
        return numpy_function(self.outer, names)(np.column_stack([t, x]))
