"""A law up to its constants, in a form that is the same for the same law in any table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from symkan.symbolic.expressions import constant, symbol
from symkan.symbolic.models import parametrise

if TYPE_CHECKING:
    import sympy

    from symkan.data.dataset import Column
    from symkan.search.records import DataSummary


@dataclass(frozen=True)
class Skeleton:
    """A law up to its constants.

    Attributes
    ----------
    expression
        The law with a float for every constant that could differ between tables, in x1, x2, …
    text
        The law with names for columns and constants, such as "E = c1*m*v**2".
    constants
        For each constant of `text` in order, its place among the constants of `parametrise(expression)`.
    names
        What `text` calls them.
    """

    expression: sympy.Expr
    text: str
    constants: tuple[int, ...]
    names: tuple[str, ...]


def skeleton(law: sympy.Expr, data: DataSummary) -> Skeleton:
    """The skeleton of a law without splines.

    All numbers are constants, those that were snapped to closed forms too, and so is a factor of 1 before a term of the
    outermost sum; exponents that were snapped belong to the structure.
    """
    from symkan.report.notation import write

    loose = loosen(law)
    model = parametrise(loose)
    columns = [*data.features, data.target]
    letter = _letter(columns)
    inner = {symbol(f"c{i + 1}"): symbol(f"\0{i}") for i in range(len(model.constants))}
    named = model.skeleton.xreplace({**inner, **{symbol(c.symbol): symbol(c.name) for c in data.features}})
    order = list(_in_order(named, set(inner.values())))
    names = tuple(f"{letter}{i}" for i in range(1, len(order) + 1))
    renamed = named.xreplace({s: symbol(name) for s, name in zip(order, names, strict=True)})
    quoted = [replace(column, symbol=column.name) for column in columns]
    text = f"{write(symbol(data.target.name), quoted)} = {write(renamed, quoted)}"
    return Skeleton(loose, text, tuple(int(s.name[1:]) for s in order), names)


def loosen(law: sympy.Expr) -> sympy.Expr:
    """The law with a float for each number that could differ between tables."""
    import sympy

    terms = law.args if law.is_Add else (law,)
    return sympy.Add(*(_loosen_product(term, outermost=True) for term in terms))


def _loosen(part: sympy.Expr) -> sympy.Expr:
    import sympy

    if not part.free_symbols:
        return sympy.Float(constant(part))
    if part.is_Pow and not part.exp.free_symbols:
        return sympy.Pow(_loosen(part.base), part.exp)
    if part.is_Mul:
        return _loosen_product(part)
    return part.func(*map(_loosen, part.args)) if part.args else part


def _loosen_product(term: sympy.Expr, *, outermost: bool = False) -> sympy.Expr:
    """A product with all its numbers in one float; a mere sign stays within functions and sums."""
    import sympy

    number, rest = (
        term.as_independent(*term.free_symbols, as_Add=False) if term.free_symbols else (term, sympy.S.One)
    )
    factors = [_loosen(factor) for factor in sympy.Mul.make_args(rest) if factor != 1]
    if not outermost and number in (1, -1):
        return sympy.Mul(number, *factors)
    return sympy.Mul(sympy.Float(constant(number)), *factors)


def _in_order(part: sympy.Expr, free: set[sympy.Symbol]) -> Iterator[sympy.Symbol]:
    """The free constants in an order that does not depend on what they are called."""
    same = dict.fromkeys(free, symbol("\0"))
    seen = set()

    def walk(part: sympy.Expr) -> Iterator[sympy.Symbol]:
        if part in free and part not in seen:
            seen.add(part)
            yield part
        ordered = sorted(part.args, key=lambda a: str(a.xreplace(same))) if _commutes(part) else part.args
        for argument in ordered:
            yield from walk(argument)

    return walk(part)


def _commutes(part: sympy.Expr) -> bool:
    return bool(part.is_Add or part.is_Mul)


def _letter(columns: list[Column]) -> str:
    """What the constants are called, so that no column is called alike."""
    letters = ("c", "k", "p", "const")
    return next(
        (a for a in letters if not any(re.fullmatch(rf"{a}\d+", c.name) for c in columns)), "constant"
    )
