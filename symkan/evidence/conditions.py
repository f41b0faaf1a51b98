"""What the operations of a law require: logarithms, roots, quotients and the like, and the range of floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from symkan.evidence.enclosure import Interval, enclosure, whole
from symkan.search.evaluation import spline_functions
from symkan.symbolic.expressions import numpy_function, stable

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.candidates import Candidate

    Array = NDArray[np.float64]


class Requirement(StrEnum):
    """What must hold of an argument, or of the law's value."""

    POSITIVE = "> 0"
    NONNEGATIVE = "≥ 0"
    NONZERO = "≠ 0"
    AT_LEAST_ONE = "≥ 1"
    UNIT = "in [-1, 1]"
    INSIDE_UNIT = "in (-1, 1)"
    FINITE = "in the range of floats"


# least, most, and whether they are left out
_LIMITS = {
    Requirement.POSITIVE: (0.0, math.inf, True),
    Requirement.NONNEGATIVE: (0.0, math.inf, False),
    Requirement.AT_LEAST_ONE: (1.0, math.inf, False),
    Requirement.UNIT: (-1.0, 1.0, False),
    Requirement.INSIDE_UNIT: (-1.0, 1.0, True),
}


@dataclass(frozen=True)
class Claim:
    """A condition, and the functions that test it on boxes and points."""

    operation: str
    argument: sympy.Expr
    requirement: Requirement
    columns: tuple[int, ...]
    bounds: Callable[[Array, Array], Interval]
    values: Callable[[Array], Array]

    def violated(self, points: Array) -> tuple[float, ...]:
        """The first of the points [n, features] at which the condition fails; empty for none."""
        values = self.values(points)
        bad = np.flatnonzero(np.isfinite(values) & (verdict(self.requirement, Interval(values, values)) < 0))
        if len(bad):
            return tuple(points[bad[0]].tolist())
        if self.requirement is not Requirement.NONZERO or not ((values > 0).any() and (values < 0).any()):
            return ()
        return self._zero(points[np.nanargmax(values)], points[np.nanargmin(values)])

    def _zero(self, above: Array, below: Array) -> tuple[float, ...]:
        """A zero between two points of unlike signs; a pole or a jump between them is none."""
        least = min(np.abs(self.values(np.stack([above, below]))))
        for _ in range(80):
            middle = 0.5 * (above + below)
            value = self.values(middle[None])[0]
            above, below = (middle, below) if value > 0 else (above, middle)
        return tuple(above.tolist()) if abs(self.values(above[None])[0]) <= 1e-9 * least else ()


def verdict(requirement: Requirement, bounds: Interval) -> NDArray[np.int8]:
    """1 where the bounds [n] prove it, -1 where they refute it, 0 else."""
    low, high = bounds
    if requirement is Requirement.FINITE:
        return np.asarray(np.isfinite(low) & np.isfinite(high), dtype=np.int8)
    if requirement is Requirement.NONZERO:
        holds, fails = (low > 0) | (high < 0), (low == 0) & (high == 0)
    else:
        least, most, strict = _LIMITS[requirement]
        below = (high < most) if strict and most < math.inf else (high <= most)
        holds = below & (low > least if strict else low >= least)
        fails = (high <= least) | (low >= most) if strict else (high < least) | (low > most)
    return np.asarray(holds.astype(np.int8) - fails.astype(np.int8))


def claims_of(law: Candidate, features: int) -> list[Claim]:
    """All conditions of a law in so many columns; the last is that its value is a finite float."""
    symbols = [f"x{i + 1}" for i in range(features)]
    functions = spline_functions(law)
    claims: list[Claim] = []
    for operation, argument, requirement in _requirements(law.expression):
        columns = tuple(sorted(int(symbol.name[1:]) - 1 for symbol in argument.free_symbols))
        bounds = enclosure(argument, symbols, law.splines)
        values = numpy_function(argument, symbols, functions=functions)
        claims.append(Claim(operation, argument, requirement, columns, bounds, values))
    return claims


def _requirements(law: sympy.Expr) -> Iterator[tuple[str, sympy.Expr, Requirement]]:
    """Each condition once, outermost operations first, and that of the law as a whole at the end."""
    import sympy

    found: dict[tuple[sympy.Expr, Requirement], str] = {}
    for node in sympy.preorder_traversal(stable(law)):
        if node.free_symbols and (need := _need(node)) is not None:
            operation, argument, requirement = need
            if argument.free_symbols:
                found.setdefault((_plain(argument), requirement), operation)
    for (argument, requirement), operation in found.items():
        weaker = requirement in (Requirement.NONZERO, Requirement.NONNEGATIVE)
        if not (weaker and (argument, Requirement.POSITIVE) in found):
            yield operation, argument, requirement
    yield "value", law, Requirement.FINITE


def _need(node: sympy.Expr) -> tuple[str, sympy.Expr, Requirement] | None:
    """The operation, what it looks at, and what it requires of it."""
    import sympy

    name = type(node).__name__
    if name == "tan":
        return name, sympy.cos(node.args[0]), Requirement.NONZERO
    if node.is_Pow:
        return _need_of_power(*node.args)
    requirement = _FUNCTIONS.get(name)
    return None if requirement is None else (name, node.args[0], requirement)


_FUNCTIONS = {
    "log": Requirement.POSITIVE,
    "asin": Requirement.UNIT,
    "acos": Requirement.UNIT,
    "atanh": Requirement.INSIDE_UNIT,
    "acosh": Requirement.AT_LEAST_ONE,
}


def _need_of_power(base: sympy.Expr, exponent: sympy.Expr) -> tuple[str, sympy.Expr, Requirement] | None:
    n = whole(exponent)
    if n is not None:
        return ("quotient", base, Requirement.NONZERO) if n < 0 else None
    # 0 to a power that varies: where that is negative, the law's value is not finite
    negative = exponent.is_number and exponent < 0
    return "power", base, Requirement.POSITIVE if negative else Requirement.NONNEGATIVE


def _plain(expression: sympy.Expr) -> sympy.Expr:
    """In the functions of the grammar."""
    import sympy

    return expression.replace(sympy.Function("expm1"), lambda z: sympy.exp(z) - 1).replace(
        sympy.Function("softplus"), lambda z: sympy.log(1 + sympy.exp(z))
    )
