"""What all languages write down: the law with its constants named, its columns, what is known of it, and rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from symkan.report.languages.naming import identifiers
from symkan.report.notation import linear, number
from symkan.search.evaluation import pieces
from symkan.text import printable

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.data.dataset import Column
    from symkan.report.languages.dialect import Dialect
    from symkan.result import Discovery
    from symkan.search.candidates import Candidate, Spline
    from symkan.search.records import DataSummary

ROWS = 20
TRIES = 50  # random rows for each one wanted
SPLINE_NAMES = ("spline", "_spline")


@dataclass(frozen=True, eq=False)
class Law:
    """A law to be written in one language.

    Attributes
    ----------
    discovery
        Where it comes from.
    dialect
        The language's notation.
    """

    discovery: Discovery
    dialect: Dialect

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns that occur in it."""
        return used_columns(self.discovery.best, self.discovery.data)

    @cached_property
    def arguments(self) -> list[str]:
        """Identifiers for the columns."""
        return identifiers((c.name for c in self.columns), taken=self._taken, plain=self.dialect.plain)

    @cached_property
    def constants(self) -> list[Constant]:
        """Its fitted constants, named."""
        taken = {*self._taken, *self.arguments}
        return list(_constants(self.discovery.best, taken, plain=self.dialect.plain))

    @cached_property
    def body(self) -> str:
        """The formula."""
        names: dict[sympy.Expr, str] = {
            value: f"{sign}{constant.name}"
            for constant in self.constants
            for value, sign in constant.places.items()
        }
        return self.dialect.write(self.discovery.best.expression, self._symbols | names)

    def write(self, expression: sympy.Expr, constants: Mapping[str, str]) -> str:
        """Another formula of its columns, and of constants by name."""
        from symkan.symbolic.expressions import symbol

        texts = {symbol(name): text for name, text in constants.items()}
        return self.dialect.write(expression, self._symbols | texts)

    @cached_property
    def rows(self) -> NDArray[np.float64]:
        """Rows that check it: the columns that occur, and the value; shape [20 or fewer, columns + 1]."""
        return rows(self.discovery)

    @property
    def tolerance(self) -> float:
        """By how much a value near 0 may differ."""
        return float(f"{1e-12 * np.max(np.abs(self.rows[:, -1]), initial=0.0):.1e}")

    @property
    def missing(self) -> str:
        """What the language lacks to write it; empty if nothing."""
        best = self.discovery.best
        return ", ".join(self.dialect.lacks(best.expression, (spline.name for spline in best.splines)))

    def constant_lines(self, form: str) -> list[str]:
        """A line for each constant; `form` has places for its name and its value, and opens a comment."""
        return [f"{form.format(c.name, repr(c.value))} ± {c.standard_error:.2g}" for c in self.constants]

    def summary(self) -> list[str]:
        """Law, origin and quality, in a few printable lines."""
        return summary(self.discovery)

    @property
    def limits(self) -> list[tuple[float, float]]:
        """The range that each argument was fitted in."""
        known = dict(zip(self.discovery.data.features, self.discovery.data.feature_ranges, strict=True))
        return [known[column] for column in self.columns]

    def ranges(self) -> list[str]:
        """What the arguments are, in a printable line for each."""
        return [
            f"{name}: {printable(with_unit(column))}, fitted from {low:.6g} to {high:.6g}."
            for column, name, (low, high) in zip(self.columns, self.arguments, self.limits, strict=True)
        ]

    @property
    def _symbols(self) -> dict[sympy.Expr, str]:
        from symkan.symbolic.expressions import symbol

        return {symbol(c.symbol): name for c, name in zip(self.columns, self.arguments, strict=True)}

    @property
    def _taken(self) -> set[str]:
        return {*self.dialect.reserved, "law", *SPLINE_NAMES, *(s.name for s in self.discovery.best.splines)}


@dataclass(frozen=True)
class Constant:
    """A fitted constant by name; `places` are the numbers in the formula that it is, with their signs."""

    name: str
    value: float
    standard_error: float
    places: dict[sympy.Expr, str]


def _constants(candidate: Candidate, taken: set[str], *, plain: bool) -> Iterator[Constant]:
    from sympy import Float

    numbers = sorted(candidate.expression.atoms(Float))
    fitted = [p for p in candidate.parameters if p.exact is None]
    names = identifiers((p.symbol.upper() for p in fitted), taken=taken, plain=plain)
    for p, name in zip(fitted, names, strict=True):
        here = [n for n in numbers if p.stands_for(n)]
        if here:
            numbers = [n for n in numbers if n not in here]
            value = math.copysign(float(here[0]), p.value)
            yield Constant(name, value, p.standard_error, {n: "" if n * value > 0 else "-" for n in here})


def rows(discovery: Discovery) -> NDArray[np.float64]:
    """Rows that check a law: the columns that occur in it and its value, finite; shape [20 or fewer, columns + 1].

    Rows of the table as far as the record has some, then random ones within the fitted ranges; all different, one for
    a constant.
    """
    generator = np.random.default_rng(0)
    data, used = discovery.data, used_columns(discovery.best, discovery.data)
    low, high = np.array(data.feature_ranges, dtype=np.float64).reshape(-1, 2).T
    x = generator.uniform(low, high, (TRIES * ROWS, len(low)))
    if discovery.evidence is not None:
        x = np.vstack([generator.permutation(discovery.evidence.sample.x), x])
    places = [i for i, column in enumerate(data.features) if column in used]
    table = np.column_stack([x[:, places], discovery.predict(x)])
    table = table[np.isfinite(table[:, -1])]
    first = np.unique(table, axis=0, return_index=True)[1]
    return np.asarray(table[np.sort(first)[:ROWS]])


def used_columns(candidate: Candidate, data: DataSummary) -> tuple[Column, ...]:
    """The features that occur in the formula, in the file's order."""
    names = {symbol.name for symbol in candidate.expression.free_symbols}
    return tuple(column for column in data.features if column.symbol in names)


def with_unit(column: Column) -> str:
    """Name and unit, as in a header."""
    return f"{column.name} [{column.unit}]" if column.unit else column.name


def summary(discovery: Discovery) -> list[str]:
    """Law, origin and quality, in a few lines of printable text."""
    best, data = discovery.best, discovery.data
    test = discovery.test
    return [
        f"{printable(with_unit(data.target))} = {linear(best, data)}",
        "",
        f"Found by symkan {printable(discovery.versions.get('symkan', ''))} in {printable(data.source)}",
        f"(sha256 {printable(data.sha256)}), {data.train_rows + data.validation_rows} rows fitted.",
        f"R² {best.r2:.6g}, validation RMSE {number(best.validation_rmse)}"
        + (f", test RMSE {number(test.rmse)} ({test.rows} rows)." if test else "."),
    ]


def comment(prefix: str, lines: Iterable[str]) -> list[str]:
    """Lines behind `prefix`, none of which goes on in the next line."""
    full = (f"{prefix} {line}".rstrip() for line in lines)
    return [f"{line}." if line.endswith(("\\", "??/")) else line for line in full]


def spline_table(spline: Spline) -> list[str]:
    """A spline as three assignments of lists, which Python and Julia write alike, with an indent of 4."""
    table = pieces(spline)
    return [
        f"    breaks = {table.breaks.tolist()}",
        f"    origins = {table.origins.tolist()}",
        "    coefficients = [",
        *(f"        {row}," for row in table.coefficients.tolist()),
        "    ]",
    ]


def template(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The templates of a dialect from names and how they are written: ("exp log", "Math.{}") and so on."""
    return {name: form.format(name) + "({0})" for names, form in texts for name in names.split()}
