"""The units of fitted constants, where they follow from the place of the constant in the formula."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sympy

    from symkan.data.dataset import Column
    from symkan.search.candidates import Candidate
    from symkan.search.records import DataSummary


def constant_units(candidate: Candidate, data: DataSummary) -> dict[str, str]:
    """Units by the names of the constants, such as "m·s^-2"; the others are not known.

    A constant is measured if it is a term or a factor of a term of the whole formula, all else in this term being
    powers of columns with units and functions, which are numbers.
    """
    from sympy import Add, Float

    if data.target.unit is None or candidate.clash or candidate.splines:
        return {}
    found = {}
    for term in Add.make_args(candidate.expression):
        numbers = [f for f in _factors(term) if isinstance(f, Float)]
        powers = _rest(term, {c.symbol: c for c in data.features}) if len(numbers) == 1 else None
        name = next((p.symbol for n in numbers for p in candidate.parameters if p.stands_for(float(n))), None)
        if powers is not None and name is not None:
            found[name] = _text(data.target.unit, powers)
    return found


def _factors(term: sympy.Expr) -> tuple[sympy.Expr, ...]:
    from sympy import Mul

    return tuple(Mul.make_args(term))


def _rest(term: sympy.Expr, columns: dict[str, Column]) -> list[tuple[str, Fraction]] | None:
    """Units and their exponents of all factors but numbers; None where they are not known."""
    try:
        return [pair for factor in _factors(term) for pair in _powers(factor, columns)]
    except LookupError:
        return None


def _powers(factor: sympy.Expr, columns: dict[str, Column]) -> Iterator[tuple[str, Fraction]]:
    from sympy import Function, Symbol

    base, exponent = factor.as_base_exp()
    if factor.is_number or isinstance(base, Function) or base.is_number:  # exp(x) has the base e
        return
    if not (isinstance(base, Symbol) and exponent.is_Rational):
        raise LookupError(base)
    unit = columns[base.name].unit
    if unit is None:
        raise LookupError(base)
    yield unit, Fraction(int(exponent.p), int(exponent.q))


def _text(target: str, divisors: list[tuple[str, Fraction]]) -> str:
    """The target's unit over powers of others."""
    total: dict[str, Fraction] = {}
    for unit, exponent in ((target, Fraction(1)), *((unit, -exponent) for unit, exponent in divisors)):
        base, own = _parted(unit)
        total[base] = total.get(base, Fraction(0)) + own * exponent
    return "·".join(_power(unit, exponent) for unit, exponent in total.items() if exponent)


def _parted(unit: str) -> tuple[str, int]:
    """A power of one unit, such as ft^3, as base and exponent."""
    match = re.fullmatch(r"([^\W\d_]+)(?:\^|\*\*)(-?\d+)", unit)
    return (match[1], int(match[2])) if match else (unit, 1)


def _power(unit: str, exponent: Fraction) -> str:
    if exponent == 1:
        return unit
    compound = not unit.isalpha()
    return f"({unit})^{exponent}" if compound else f"{unit}^{exponent}"
