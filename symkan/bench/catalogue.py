"""Catalogues of laws: what each says, in which box it is sampled, and in which units.

A catalogue is a CSV file of the package with the columns name, output, formula and variables. The output is
``F [kg*m/s**2]``, the variables are ``m [kg] 1:5; a [m/s**2] 1:5``: name, unit, and the ends of the box.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from symkan.errors import OptionError, TableError

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

CATALOGUES = ("feynman", "nguyen", "physics", "strogatz", "kan-paper", "separable")
"""Names of the catalogues."""

_QUANTITY = re.compile(r"(?P<name>\w+) \[(?P<unit>[^\]]+)\](?: (?P<low>[^:]+):(?P<high>.+))?")
_DRAWS = 1000  # times that rows are drawn before a law counts as undefined in its box


@dataclass(frozen=True)
class Variable:
    """A variable of a law, its unit, and the range from which it is drawn."""

    name: str
    unit: str
    low: float
    high: float


@dataclass(frozen=True)
class Law:
    """A law of a catalogue.

    Attributes
    ----------
    name
        Such as "I.12.1".
    formula
        As text in the variables' names.
    variables
        In the order of the columns x1, x2, …
    output, unit
        Name and unit of the value.
    """

    name: str
    formula: str
    variables: tuple[Variable, ...]
    output: str
    unit: str

    @cached_property
    def expression(self) -> sympy.Expr:
        """The formula in x1, x2, …; an ExpressionError when the text is no formula in the variables."""
        from symkan.symbolic.expressions import symbol
        from symkan.symbolic.parsing import parse_expression

        names = {v.name: symbol(f"x{i}") for i, v in enumerate(self.variables, 1)}
        return parse_expression(self.formula, names=names)

    @property
    def symbols(self) -> list[str]:
        """The columns x1, x2, …, one for each variable."""
        return [f"x{i}" for i in range(1, len(self.variables) + 1)]

    def values(self, x: Array) -> Array:
        """The law [n] at rows [n, variables]; nan where it is undefined."""
        from symkan.symbolic.expressions import numpy_function

        return numpy_function(self.expression, self.symbols)(x)

    def sample(self, rows: int, seed: int, *, beyond: float = 0.0) -> tuple[Array, Array]:
        """Rows of the box, uniform, where the law is defined.

        Parameters
        ----------
        rows, seed
            How many, and the seed of the draw.
        beyond
            Widens the box by this share of each range: above, and below where that does not reach zero. Then only
            rows outside the box itself are drawn.

        Returns
        -------
        x, y
            Shapes [rows, variables] and [rows].

        Raises
        ------
        TableError
            When the law is undefined nearly everywhere in the box.

        Examples
        --------
        >>> law = Law("half", "a/2", (Variable("a", "m", 1, 5),), "b", "m")
        >>> x, y = law.sample(100, 0, beyond=0.5)
        >>> x.shape, bool(np.all((x > 5) & (x < 7))), float(y[0] / x[0, 0])
        ((100, 1), True, 0.5)
        """
        random = np.random.default_rng([seed, round(1000 * beyond)])
        box = np.array([(v.low, v.high) for v in self.variables])
        low, high = widen(box, beyond).T
        kept = np.empty((0, len(box)))
        for _ in range(_DRAWS):
            x = random.uniform(low, high, (rows, len(box)))
            inside = np.all((x >= box[:, 0]) & (x <= box[:, 1]), axis=1)
            wanted = np.isfinite(self.values(x)) & ~(inside & (beyond > 0))
            kept = np.vstack([kept, x[wanted]])[:rows]
            if len(kept) == rows:
                return kept, self.values(kept)
        raise TableError(f"law {self.name}: {self.formula} is undefined in its box; correct the ranges")


def widen(box: Array, share: float) -> Array:
    """A box [variables, 2] with its ranges longer by this share above, and below where zero is not reached.

    Examples
    --------
    >>> widen(np.array([[1.0, 5.0], [4.0, 5.0], [-1.0, 1.0], [-2.0, -1.0]]), 0.5).tolist()
    [[1.0, 7.0], [3.5, 5.5], [-2.0, 2.0], [-2.5, -0.5]]
    """
    low, high = box.T
    margin = share * (high - low)
    return np.column_stack([np.where((low - margin) * low > 0, low - margin, low), high + margin])


@dataclass(frozen=True)
class Catalogue:
    """A named set of laws."""

    name: str
    laws: tuple[Law, ...]

    @classmethod
    def load(cls, name: str) -> Catalogue:
        """The catalogue of that name.

        Raises
        ------
        OptionError
            When there is none.
        TableError
            When its file has a line that is no law.

        Examples
        --------
        >>> len(Catalogue.load("feynman").laws)
        100
        """
        if name not in CATALOGUES:
            raise OptionError(f"there is no catalogue '{name}'; choose one of: {', '.join(CATALOGUES)}")
        text = files("symkan.bench").joinpath("catalogues", f"{name}.csv").read_text("utf-8")
        lines = csv.DictReader(text.splitlines())
        return cls(name, tuple(_law(line, f"{name}.csv, line {lines.line_num}") for line in lines))

    def choose(self, names: tuple[str, ...]) -> tuple[Law, ...]:
        """The laws of these names, in the order of the catalogue; all when none is given.

        Raises
        ------
        OptionError
            When the catalogue has no law of such a name.
        """
        known = [law.name for law in self.laws]
        if unknown := [name for name in names if name not in known]:
            raise OptionError(f"{self.name} has no law '{unknown[0]}'; its laws are: {', '.join(known)}")
        return tuple(law for law in self.laws if not names or law.name in names)


def noisy(y: Array, level: float, seed: int) -> Array:
    """The values [n] with Gaussian noise of `level` times their root mean square."""
    if level == 0:
        return y
    from symkan.search.evaluation import rms

    random = np.random.default_rng([seed, len(y)])
    return y + level * rms(y) * random.standard_normal(len(y))


def _law(line: dict[str, str], where: str) -> Law:
    output = _quantity(line["output"], where)
    variables = [_quantity(text, where) for text in line["variables"].split("; ")]
    return Law(
        name=line["name"],
        formula=line["formula"],
        variables=tuple(
            Variable(v["name"], v["unit"], _number(v["low"], where), _number(v["high"], where))
            for v in variables
        ),
        output=output["name"],
        unit=output["unit"],
    )


def _quantity(text: str, where: str) -> re.Match[str]:
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise TableError(f"{where}: '{text}' is no quantity; write it like m [kg] 1:5")
    return match


def _number(text: str | None, where: str) -> float:
    try:
        return float(text or "")
    except ValueError:
        raise TableError(f"{where}: '{text}' is no end of a range; write it like m [kg] 1:5") from None
