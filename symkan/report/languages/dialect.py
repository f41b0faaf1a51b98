"""A formula in the notation of a language: one walk over the expression, and a table for each language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from symkan.symbolic.expressions import stable

if TYPE_CHECKING:
    import sympy

SUM, NEGATIVE, PRODUCT, POWER, ATOM = range(5)  # how tightly the outermost operator of a text binds
EXACT = 2**53  # whole numbers up to here are floats, too


@dataclass(frozen=True)
class Dialect:
    """How a language writes formulas.

    Attributes
    ----------
    functions
        Templates by sympy's name, such as ``{"sin": "Math.sin({0})"}``. Bessel functions are looked up as besselj0
        and besselj1 (these orders), besseljn (whole orders), besselj (any order), all with order and argument.
    power, root
        Templates for whole and for other exponents; one without a comma takes its operands in brackets.
    twice
        Whether `root` takes twice the exponent (of the square root of the base).
    squares
        Whether x*x and x*x*x stand for the powers of a variable.
    times, over
        Operators.
    integer, rational
        Templates of numbers; without one for rationals 1/3 is a quotient.
    pi, e
        The constants.
    helpers
        Code by function name, for functions that the language lacks.
    reserved
        Words that can't be names.
    plain
        Whether names must be ASCII, start with a letter, and be short.
    """

    functions: Mapping[str, str]
    power: str
    root: str = ""
    twice: bool = False
    squares: bool = False
    times: str = "*"
    over: str = "/"
    integer: str = "{}"
    rational: str = ""
    pi: str = repr(3.141592653589793)
    e: str = repr(2.718281828459045)
    helpers: Mapping[str, str] = field(default_factory=dict)
    reserved: frozenset[str] = frozenset()
    plain: bool = False

    def write(self, expression: sympy.Expr, names: Mapping[sympy.Expr, str]) -> str:
        """The formula; `names` has texts for symbols, and for numbers that are named constants.

        Functions that it lacks must have been looked for with `lacks`.
        """
        return _Walk(self, names).text(self._numerical(expression))

    def lacks(self, expression: sympy.Expr, splines: Iterable[str] = ()) -> list[str]:
        """Functions of the formula that the language has not, in sympy's names."""
        import sympy

        known = {*splines, *self.functions}
        calls = map(_names, self._numerical(expression).atoms(sympy.Function))
        return sorted({names[-1] for names in calls if known.isdisjoint(names)})

    def needs(self, body: str) -> Iterator[str]:
        """The code of the helpers that a text calls."""
        return (code for name, code in self.helpers.items() if re.search(rf"\b{name}\(", body))

    def _numerical(self, expression: sympy.Expr) -> sympy.Expr:
        """Without cancellation, where the language has the functions for it."""
        return stable(expression) if "expm1" in self.functions else expression


@dataclass(frozen=True)
class _Walk:
    dialect: Dialect
    names: Mapping[sympy.Expr, str]

    def text(self, node: sympy.Expr, least: int = SUM) -> str:
        """The text of a node, in brackets if it binds less than `least`."""
        text, level = self._visit(node)
        return text if level >= least else f"({text})"

    def _visit(self, node: sympy.Expr) -> tuple[str, int]:
        import sympy

        if node in self.names or node.is_Symbol:
            return _number(self.names.get(node, str(node)))
        if node.is_Number:
            return self._number(node)
        if node in (sympy.pi, sympy.E):
            return (self.dialect.pi if node is sympy.pi else self.dialect.e), ATOM
        if node.is_Add:
            return self._sum(node), SUM
        return self._product(node) if node.is_Mul else self._power(node) if node.is_Pow else self._call(node)

    def _call(self, node: sympy.Expr) -> tuple[str, int]:
        functions, names = self.dialect.functions, _names(node)
        template = next((functions[name] for name in names if name in functions), f"{names[-1]}({{0}})")
        return template.format(*map(self.text, node.args)), ATOM

    def _number(self, value: sympy.Expr) -> tuple[str, int]:
        exact = bool(self.dialect.rational)
        if value.is_Float or not (exact or _is_short(value)):
            return _number(repr(float(value)))
        if value.is_Integer:
            return _number(self.dialect.integer.format(value.p))
        if exact:
            return self.dialect.rational.format(value.p, value.q), ATOM
        p, q = (self.dialect.integer.format(part) for part in (value.p, value.q))
        return f"{p}{self.dialect.over}{q}", NEGATIVE if value < 0 else PRODUCT

    def _sum(self, node: sympy.Expr) -> str:
        first, *others = (self.text(term, NEGATIVE) for term in node.as_ordered_terms())
        return first + "".join(f" - {text[1:]}" if text[0] == "-" else f" + {text}" for text in others)

    def _product(self, node: sympy.Expr) -> tuple[str, int]:
        from sympy import default_sort_key

        one = self.dialect.integer.format(1)
        factors = sorted(node.args, key=default_sort_key)  # as_ordered_factors takes named numbers apart
        above, below, negative = [], [], False
        for part in (part for factor in factors for part in self._parts(factor)):
            if _is_quotient(part) and part.exp not in self.names:
                below.append(_denominator(part))
                continue
            text, level = self._visit(part)
            negative ^= level == NEGATIVE
            text = text[1:] if level == NEGATIVE else f"({text})" if level < PRODUCT else text
            above += [text] if text != one else []
        product = ("-" if negative else "") + (self.dialect.times.join(above) or one)
        if below:
            bound = POWER if len(below) == 1 else PRODUCT
            divisor = self.dialect.times.join(self.text(part, bound) for part in below)
            product += self.dialect.over + (divisor if len(below) == 1 else f"({divisor})")
        return product, NEGATIVE if negative else PRODUCT

    def _parts(self, factor: sympy.Expr) -> list[sympy.Expr]:
        """A fraction as numerator and reciprocal of the denominator, all else as it is."""
        import sympy

        if not factor.is_Rational or factor.is_Integer or not _is_short(factor):
            return [factor]
        return [sympy.Integer(factor.p), sympy.Pow(factor.q, -1, evaluate=False)]

    def _power(self, node: sympy.Expr) -> tuple[str, int]:
        import sympy

        base, exponent = node.args
        dialect = self.dialect
        if exponent.is_number and exponent.is_negative and exponent not in self.names:
            divisor = self.text(_denominator(node), POWER)
            return f"{dialect.integer.format(1)}{dialect.over}{divisor}", PRODUCT
        if exponent == sympy.S.Half:
            return dialect.functions["sqrt"].format(self.text(base)), ATOM
        if dialect.squares and base.is_Symbol and exponent in (2, 3):
            return dialect.times.join([self.text(base)] * int(exponent)), PRODUCT
        whole = not dialect.root or exponent.is_Integer
        template = dialect.power if whole else dialect.root
        least = SUM if "," in template else ATOM
        if dialect.twice and not whole:
            exponent = 2 * exponent if exponent.is_Number else sympy.Mul(2, exponent, evaluate=False)
        power = str(exponent) if exponent.is_Integer else self.text(exponent, least)
        return template.format(self.text(base, least), power), POWER if template.startswith("{") else ATOM


_DECIMAL = frozenset(2**n for n in range(1, 11))  # denominators of short decimal fractions


def _is_short(value: sympy.Rational) -> bool:
    """Whether a fraction is shown as one: exact in floats, and no short decimal."""
    return max(abs(value.p), value.q) <= EXACT and value.q not in _DECIMAL


def _number(text: str) -> tuple[str, int]:
    return text, NEGATIVE if text.startswith("-") else ATOM


def _names(node: sympy.Expr) -> list[str]:
    """Under what a function is looked up; the last one is its name."""
    name = type(node).__name__
    if name != "besselj":
        return [name]
    order = node.args[0]
    return [f"besselj{order}", "besseljn", "besselj"] if order.is_Integer else ["besselj"]


def _is_quotient(factor: sympy.Expr) -> bool:
    return bool(factor.is_Pow and factor.exp.is_Number and factor.exp < 0)


def _denominator(power: sympy.Expr) -> sympy.Expr:
    """Base to the minus exponent; nothing else changes."""
    import sympy

    return power.base if power.exp == -1 else sympy.Pow(power.base, -power.exp, evaluate=False)
