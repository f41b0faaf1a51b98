"""Dimensional analysis: what an expression is measured in, and where its dimensions clash.

Each node of an expression has a price list: how many fitted constants (Floats) must carry a unit for the node to be
of a given dimension. A Float is dimensionless for nothing and of any dimension for one; a column is of its own
dimension only; sums add the prices of their terms, products take the cheapest way to share a dimension out. The
first node that no price can buy is the first clash.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING

from symkan.errors import ExpressionError
from symkan.symbolic.base_units import ONE, Dimension

if TYPE_CHECKING:
    import sympy

__all__ = ["ONE", "Consistency", "Dimension", "consistent", "dimension", "unit_carrying"]


@dataclass(frozen=True)
class Consistency:
    """What dimensional analysis says of an expression.

    Attributes
    ----------
    ok
        Whether all dimensions fit.
    reason
        The first clash, such as "x1 + x2 adds m and s"; "" when there is none.
    dimension
        That of the expression; None when a fitted constant can make it any, or when there is a clash.
    carrying
        How many fitted constants must carry a unit, at least; 0 when there is a clash.
    """

    ok: bool
    reason: str
    dimension: Dimension | None
    carrying: int


def dimension(
    expression: sympy.Expr, dimensions: Mapping[str, Dimension], *, strict: bool = False
) -> Consistency:
    """The dimension of an expression.

    Parameters
    ----------
    expression
        Exact numbers are dimensionless; a Float is a fitted constant and may carry any unit. A function without
        definition, such as a spline g1(x1), takes and gives anything.
    dimensions
        Those of the columns, by the names of their symbols.
    strict
        Floats are dimensionless too.

    Raises
    ------
    ExpressionError
        When the expression holds a symbol without dimension.

    Examples
    --------
    >>> from symkan.symbolic.parsing import parse_expression
    >>> columns = {"x1": Dimension.of(m=1), "x2": Dimension.of(s=1)}
    >>> print(dimension(parse_expression("x1/x2**2"), columns).dimension)
    m·s⁻²
    >>> dimension(parse_expression("x1 + x2"), columns).reason
    'x1 + x2 adds m and s'
    """
    try:
        prices = _Walk(dimensions, strict).prices(expression)
    except _ClashError as clash:
        return Consistency(False, str(clash), None, 0)
    return Consistency(True, "", prices.only, int(prices.least))


def consistent(
    expression: sympy.Expr,
    dimensions: Mapping[str, Dimension],
    target: Dimension,
    *,
    strict: bool = False,
) -> Consistency:
    """Whether an expression can give a target of this dimension; parameters as for `dimension`.

    Examples
    --------
    >>> from symkan.symbolic.parsing import parse_expression
    >>> columns = {"x1": Dimension.of(m=1)}
    >>> consistent(parse_expression("x1**2"), columns, Dimension.of(s=1)).reason
    'x1**2 is in m² and the target in s'
    >>> consistent(parse_expression("0.5*x1**2"), columns, Dimension.of(s=1)).carrying
    1
    """
    try:
        prices = _Walk(dimensions, strict).prices(expression)
    except _ClashError as clash:
        return Consistency(False, str(clash), None, 0)
    price = prices.of(target)
    if math.isinf(price):
        reason = f"{_text(expression)} is in {prices} and the target in {target}"
        return Consistency(False, reason, prices.only, 0)
    return Consistency(True, "", prices.only, int(price))


def unit_carrying(
    expression: sympy.Expr, dimensions: Mapping[str, Dimension], target: Dimension
) -> int | None:
    """How many fitted constants must carry a unit for the expression to give the target; None if it cannot.

    Examples
    --------
    >>> from symkan.symbolic.parsing import parse_expression
    >>> columns = {"x1": Dimension.of(m=1), "x2": Dimension.of(m=1)}
    >>> unit_carrying(parse_expression("2.5*x1*sin(0.1*x2) + 0.3"), columns, Dimension.of(m=1))
    2
    """
    found = consistent(expression, dimensions, target)
    return found.carrying if found.ok else None


class _ClashError(Exception):
    """Dimensions that do not fit, in words."""


@dataclass(frozen=True)
class _Prices:
    """For some dimensions how many Floats must carry a unit, and for all others; infinite where none helps.

    The others are never cheaper than those listed.
    """

    listed: dict[Dimension, float]
    others: float = math.inf

    def of(self, wanted: Dimension) -> float:
        """The price of a dimension."""
        return self.listed.get(wanted, self.others)

    @property
    def least(self) -> float:
        """The lowest price."""
        return min(self.listed.values())

    @property
    def only(self) -> Dimension | None:
        """The one dimension that can be had, None when any can."""
        return next(iter(self.listed)) if math.isinf(self.others) else None

    def __str__(self) -> str:
        return " or ".join(map(str, self.listed))


_NUMBER = _Prices({ONE: 0})
_ZERO = _Prices({ONE: 0}, 0)
_FREE = _Prices({ONE: 0}, 1)


@dataclass(frozen=True)
class _Walk:
    """The price lists of the nodes of one expression."""

    dimensions: Mapping[str, Dimension]
    strict: bool

    def prices(self, node: sympy.Expr) -> _Prices:
        if node.is_Add:
            return self._sum(node)
        if node.is_Mul:
            return reduce(_shared, map(self.prices, node.args))
        if node.is_Pow:
            return self._power(node)
        return self._function(node) if node.args else self._leaf(node)

    def _leaf(self, node: sympy.Expr) -> _Prices:
        if node.is_Symbol:
            return _Prices({self._column(node): 0})
        if node.is_Float and not self.strict:
            return _FREE
        return _ZERO if node.is_zero else _NUMBER

    def _column(self, node: sympy.Symbol) -> Dimension:
        if node.name not in self.dimensions:
            known = ", ".join(self.dimensions) or "none"
            raise ExpressionError(f"{node.name} has no dimension; columns with a dimension are: {known}")
        return self.dimensions[node.name]

    def _sum(self, node: sympy.Expr) -> _Prices:
        terms = [self.prices(term) for term in node.args]
        listed = {d: sum(term.of(d) for term in terms) for d in _keys(terms)}
        total = _Prices(
            {d: price for d, price in listed.items() if price < math.inf}, sum(t.others for t in terms)
        )
        if not total.listed:
            known = map(self.prices, node.as_ordered_terms())
            found = dict.fromkeys(str(term) for term in known if math.isinf(term.others))
            raise _ClashError(f"{_text(node)} adds {' and '.join(found)}")
        return total

    def _power(self, node: sympy.Expr) -> _Prices:
        base, exponent = node.args
        prices = self.prices(base)
        if exponent.is_Rational or exponent.is_Float:
            power = _fraction(exponent)
            return _Prices({d**power: price for d, price in prices.listed.items()}, prices.others)
        price = self._dimensionless(exponent, node, "has an exponent in")
        if math.isinf(prices.of(ONE)):
            raise _ClashError(f"{_text(node)} is a power of {prices} with a varying or irrational exponent")
        return _Prices({ONE: prices.of(ONE) + price})

    def _function(self, node: sympy.Expr) -> _Prices:
        name = type(node).__name__
        if name == "Abs":
            return self.prices(node.args[0])
        if name == "sign":
            return _Prices({ONE: self.prices(node.args[0]).least})
        if not node.is_number and _is_undefined(node):
            price = sum(self.prices(argument).least for argument in node.args)
            return _Prices({ONE: price}, price + 1)
        return _Prices({ONE: sum(self._dimensionless(a, node, "takes an argument in") for a in node.args)})

    def _dimensionless(self, part: sympy.Expr, whole: sympy.Expr, does: str) -> float:
        """The price at which a part is dimensionless."""
        prices = self.prices(part)
        if math.isinf(prices.of(ONE)):
            raise _ClashError(f"{_text(whole)} {does} {prices}")
        return prices.of(ONE)


def _keys(prices: Iterable[_Prices]) -> dict[Dimension, None]:
    """All dimensions on the lists, in order."""
    return dict.fromkeys(d for each in prices for d in each.listed)


def _shared(left: _Prices, right: _Prices) -> _Prices:
    """A product of two: all pairs on the lists, and for other dimensions one factor that makes up the rest."""
    others = min(left.others + right.least, left.least + right.others)
    listed: dict[Dimension, float] = {}
    for (a, p), (b, q) in product(left.listed.items(), right.listed.items()):
        listed[a * b] = min(p + q, listed.get(a * b, others))
    return _Prices(listed, others)


def _fraction(exponent: sympy.Expr) -> Fraction:
    """An exponent; that of a fitted power is rounded."""
    if exponent.is_Rational:
        return Fraction(int(exponent.p), int(exponent.q))
    return Fraction(float(exponent)).limit_denominator(1000)


def _is_undefined(node: sympy.Expr) -> bool:
    from sympy.core.function import AppliedUndef

    return isinstance(node, AppliedUndef)


def _text(expression: sympy.Expr) -> str:
    """The expression with short floats; the middle is left out when it is long."""
    import sympy

    short = {number: sympy.Float(number, 4) for number in expression.atoms(sympy.Float)}
    text = str(expression.xreplace(short))
    return text if len(text) <= 60 else f"{text[:28]} … {text[-28:]}"
