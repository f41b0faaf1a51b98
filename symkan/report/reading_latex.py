"""Reading the LaTeX of a law back: what `notation.latex` writes, and nothing else.

Recursive descent into text of the safe grammar, which `parse_expression` then reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn

from symkan.errors import ExpressionError
from symkan.symbolic.parsing import parse_expression

if TYPE_CHECKING:
    import sympy

_NUMBER = re.compile(r"(\d+(?:\.\d*)?)(?: \\cdot 10\^\{(-?\d+)\})?")
_FUNCTION = re.compile(r"\\(sin|cos|tan|sinh|cosh|tanh|log)(?![a-z])|\\operatorname\{(\w+)\}|g_\{(\d+)\}")
_BESSEL = re.compile(r"J(?:\^\{(\d+)\})?_\{(\d+)\}(?=\\left\()")
_APPLIED = re.compile(r"_|(\^\{[^{}]*\})?(_\{\d+\})?\{?\\left\(")
"""What follows a letter that is a function, not a column."""
_TIMES = re.compile(r" *(\\,|\\cdot) *")
_SIGN = re.compile(r" *([+-]) *")


def read_latex(text: str, names: Mapping[str, str]) -> sympy.Expr:
    """The expression of a law in LaTeX.

    Parameters
    ----------
    text
        The right-hand side, as `notation.latex` writes it; lines joined by blanks.
    names
        LaTeX of each column, and the symbol that it stands for.

    Raises
    ------
    ExpressionError
        At anything else.

    Examples
    --------
    >>> read_latex(r"- \\frac{v^{2}}{2} + \\sqrt{v}", {"v": "x1"})
    sqrt(x1) - x1**2/2
    """
    reader = _Reader(text, names)
    try:
        grammar = reader.sum()
    except RecursionError:
        reader.refuse()
    if reader.place < len(text):
        reader.refuse()
    return parse_expression(grammar)


class _Reader:
    """The place in the text, and one method for each rule of the grammar."""

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        self.text = text
        self.names = sorted(names.items(), key=lambda item: -len(item[0]))
        self.place = 0

    def accept(self, token: str) -> bool:
        """Go past the token, if it stands here."""
        here = self.text.startswith(token, self.place)
        self.place += len(token) * here
        return here

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Go past the pattern, if it matches here."""
        found = pattern.match(self.text, self.place)
        self.place = found.end() if found else self.place
        return found

    def expect(self, token: str) -> None:
        """Go past the token, with blanks before it."""
        while not self.accept(token):
            if not self.accept(" "):
                self.refuse()

    def refuse(self) -> NoReturn:
        """Raise, with what stands here."""
        raise ExpressionError(
            f"LaTeX, character {self.place + 1}: {self.text[self.place : self.place + 30]!r} is not what symkan "
            "writes in a law; give it as it was written"
        )

    def sum(self) -> str:
        """Terms with signs between them."""
        sign = self.match(_SIGN)
        terms = [(sign[1] if sign else "") + self.product()]
        while sign := self.match(_SIGN):
            terms.append(sign[1] + self.product())
        return "".join(terms)

    def product(self) -> str:
        """Factors with signs of multiplication between them."""
        factors = [self.power()]
        while self.match(_TIMES):
            factors.append(self.power())
        return "*".join(factors)

    def power(self) -> str:
        """An operand, perhaps with an exponent."""
        base = self.operand()
        return f"{base}**({self.group()})" if self.accept("^") else base

    def group(self) -> str:
        """What stands in braces."""
        self.expect("{")
        inner = self.sum()
        self.expect("}")
        return inner

    def operand(self) -> str:
        """Something that needs no brackets in a power."""
        if name := self.name():
            return name
        if number := self.match(_NUMBER):
            return number[1] + (f"e{number[2]}" if number[2] else "")
        return self.layout() or self.constant() or self.function()

    def layout(self) -> str:
        """Fractions, roots and brackets; empty for anything else."""
        if self.accept(r"\frac"):
            return f"(({self.group()})/({self.group()}))"
        if self.accept(r"\sqrt"):
            return self.root()
        if self.accept(r"\left|"):
            inner = self.group()
            self.expect(r"\right|")
            return f"Abs({inner})"
        if self.text.startswith("{", self.place):
            return f"({self.group()})"
        return self.brackets() if self.text.startswith(r"\left(", self.place) else ""

    def name(self) -> str:
        """The symbol of a column; empty where none stands here."""
        for name, symbol in self.names:
            end = self.place + len(name)
            if self.text.startswith(name, self.place) and not _APPLIED.match(self.text, end):
                self.place = end
                return symbol
        return ""

    def root(self) -> str:
        """The index, if there is one, and what stands under the root."""
        index = "2"
        if self.accept("["):
            index = self.sum()
            self.expect("]")
        return f"(({self.group()})**(1/({index})))"

    def brackets(self) -> str:
        """What stands in round brackets, with them."""
        self.expect(r"\left(")
        inner = self.sum()
        self.expect(r"\right)")
        return f"({inner})"

    def constant(self) -> str:
        """π, e, or a power of e; empty for anything else."""
        if self.accept(r"\pi"):
            return "pi"
        if self.accept("e^"):
            return f"exp({self.group()})"
        return "E" if self.accept("e") else ""

    def function(self) -> str:
        """A function and its argument; its power stands before the argument or after it."""
        if bessel := self.match(_BESSEL):
            call = f"besselj({bessel[2]},{self.brackets()})"
            return f"({call}**{bessel[1]})" if bessel[1] else call
        found = self.match(_FUNCTION)
        if not found:
            self.refuse()
        exponent = self.group() if self.accept("^") else ""
        self.expect("{")
        call = (found[1] or found[2] or f"g{found[3]}") + self.brackets()
        self.expect("}")
        return f"({call}**({exponent}))" if exponent else call
