"""Text to expression by a small grammar: numbers, names, + - * / ** ^ and known functions.

Nothing is executed: Python's parser makes a syntax tree, and a walk over it takes only what it knows.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from symkan.errors import ExpressionError

if TYPE_CHECKING:
    import sympy

LENGTH = 20_000  # characters
DEPTH = 100  # nesting of brackets, powers and calls
TOWER = 5  # powers in the exponents of one another: sympy's numbers take twice as long with each
EXPONENT = 400  # of any power: more than floats can hold, few enough to compute exactly

_FOREIGN = re.compile(r"[^\w\s.,()+\-*/^]")
_SYMBOL, _SPLINE = re.compile(r"x\d+|[ytu]"), re.compile(r"g\d+")
_PLAIN = (
    *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
    *("exp", "log", "sqrt", "Abs", "sign", "erf"),
)
_ALIASES = {
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "ln": "log",
    "abs": "Abs",
}


def parse_expression(
    text: str,
    *,
    names: Mapping[str, sympy.Expr] | Sequence[str] | None = None,
    functions: Collection[str] | None = None,
) -> sympy.Expr:
    """Read an expression.

    What stands in the text is what comes back: whole numbers and their quotients stay exact, and 2*(x1 + x2)
    is not multiplied out.

    Parameters
    ----------
    text
        Such as "exp(sin(pi*x1) + x2**2)"; x^2 is x**2.
    names
        The variables: names, or names and what they stand for; None for the safe symbols x1, x2, …, y, t, u.
    functions
        Names of further functions of one argument; None for the splines g1, g2, ….

    Raises
    ------
    ExpressionError
        When the text holds anything else, or is too long, too deep, or has a part that is no real number.

    Examples
    --------
    >>> parse_expression("x1^2/2", names=["x1"])
    x1**2/2
    """
    from symkan.symbolic.expressions import symbol

    if names is not None and not isinstance(names, Mapping):
        names = {name: symbol(name) for name in names}
    reader = _Reader(text, names, functions)
    try:
        return reader.read(_syntax(reader), 0)
    except RecursionError:
        reader.refuse("it is nested too deeply; write it more simply")


def _syntax(reader: _Reader) -> ast.expr:
    text = reader.text
    if len(text) > LENGTH:
        reader.refuse(f"it has {len(text):,} characters, {LENGTH:,} is the limit; write it more simply")
    if not text.strip():
        reader.refuse("it is empty; write an expression such as 2*sin(x) + x^2")
    if foreign := _FOREIGN.search(text):
        reader.refuse(f"{foreign[0]!r} has no place in an expression; {_REMEDY}", foreign.start())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return ast.parse(reader.source, mode="eval").body
        except SyntaxError as error:
            reason = "digits" if "digits" in error.msg else error.msg
            remedy = "a number has too many digits" if reason == "digits" else f"{reason}; {_REMEDY}"
            reader.refuse(remedy, reader.position(error.lineno or 1, (error.offset or 1) - 1))
        except (ValueError, MemoryError, RecursionError, OverflowError):
            reader.refuse("it is nested too deeply; write it more simply")


_REMEDY = "use numbers, names, + - * / ^, brackets and functions"


@dataclass(frozen=True)
class _Reader:
    """The walk over the syntax tree of `text`."""

    text: str
    names: Mapping[str, sympy.Expr] | None
    functions: Collection[str] | None

    @property
    def source(self) -> str:
        """The text as Python reads it; brackets make line breaks harmless."""
        return "(" + self.text.replace("\r", " ").replace("^", "**") + "\n)"

    def position(self, line: int, column: int) -> int:
        """Place in the text of a place (in characters) in the source."""
        lines = self.source.split("\n")
        place = sum(len(before) + 1 for before in lines[: line - 1]) + column - 1
        for index, character in enumerate(self.text):
            if place <= 0:
                return index
            place -= 2 if character == "^" else 1
        return len(self.text)

    def refuse(self, reason: str, place: int | ast.expr | None = None) -> NoReturn:
        """Raise, with the place and the text around it."""
        if isinstance(place, ast.expr):
            line = self.source.split("\n")[place.lineno - 1].encode()
            place = self.position(place.lineno, len(line[: place.col_offset].decode()))
        first = max((place or 0) - 30, 0)
        shown = self.text[first : first + 60]
        shown = "…" * (first > 0) + shown + "…" * (first + 60 < len(self.text))
        where = "" if place is None else f", character {place + 1}"
        raise ExpressionError(f"expression {shown!r}{where}: {reason}")

    def read(self, node: ast.expr, depth: int) -> sympy.Expr:
        """The expression of a node."""
        if depth > DEPTH:
            self.refuse(f"more than {DEPTH} brackets or powers in one another; write it more simply", node)
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.Name():
                return self._name(node)
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return self._sound(self._sum(node, depth + 1), node)
            case ast.BinOp(op=ast.Mult() | ast.Div()) | ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                return self._sound(self._product(node, depth + 1), node)
            case ast.BinOp(op=ast.Pow()):
                return self._power(node, depth + 1)
            case ast.Call(func=ast.Name(), keywords=[]):
                return self._call(node, depth + 1)
        self.refuse(f"this has no place in an expression; {_REMEDY}", node)

    def _number(self, node: ast.Constant) -> sympy.Expr:
        import sympy

        if type(node.value) not in (int, float):
            self.refuse(f"{node.value!r} is no real number; {_REMEDY}", node)
        number = sympy.Integer(node.value) if isinstance(node.value, int) else sympy.Float(node.value)
        return self._sound(number, node)

    def _name(self, node: ast.Name) -> sympy.Expr:
        import sympy

        from symkan.symbolic.expressions import symbol

        if self.names is None and _SYMBOL.fullmatch(node.id):
            return symbol(node.id)
        known = self.names or {}
        if node.id in known:
            return known[node.id]
        if node.id in ("pi", "E", "e"):
            return sympy.pi if node.id == "pi" else sympy.E
        listed = ", ".join([*known, "pi", "E"][:12]) if self.names is not None else "x1, x2, …, pi, E"
        self.refuse(f"no variable is called {node.id!r}; known are {listed}", node)

    def _sum(self, node: ast.expr, depth: int) -> sympy.Expr:
        import sympy

        terms = []
        for sign, term in _chain(node, ast.Add, ast.Sub):
            value = self.read(term, depth)
            terms.append(value if sign > 0 else _times(sympy.Integer(-1), [value]))
        return sympy.Add(*terms)

    def _product(self, node: ast.expr, depth: int) -> sympy.Expr:
        """A chain such as -a*b/c at once, so that a number is not multiplied into the first sum."""
        import sympy

        number, others = sympy.Integer(1), []
        for sign, factor in _chain(node, ast.Mult, ast.Div):
            negative, operand = _unsigned(factor)
            number = -number if negative else number
            value = self.read(operand, depth)
            if sign < 0 and value == 0:
                self.refuse("division by zero; write another divisor", operand)
            value = value if sign > 0 else value**-1
            if value.is_Number:
                number *= value
            else:
                others.append(value)
        return _times(number, others)

    def _power(self, node: ast.BinOp, depth: int) -> sympy.Expr:
        base, exponent = self.read(node.left, depth), self.read(node.right, depth + DEPTH // TOWER)
        self._limit(exponent, "exponent", node)
        if base == 0 and not (exponent.is_number and exponent > 0):
            self.refuse("0 to a power that is not positive; write another base", node)
        return self._apply(operator.pow, [base, exponent], node)

    def _limit(self, exponent: sympy.Expr, name: str, node: ast.expr) -> None:
        """Refuse exponents with which sympy would work out astronomic numbers."""
        import sympy

        from symkan.symbolic.expressions import constant

        numbers = [exponent] if exponent.is_number else exponent.atoms(sympy.Number)
        if not all(abs(constant(number)) <= EXPONENT for number in numbers):
            self.refuse(f"the {name} is beyond {EXPONENT}; write a smaller one", node)

    def _call(self, node: ast.Call, depth: int) -> sympy.Expr:
        import sympy

        assert isinstance(node.func, ast.Name)
        name = node.func.id
        arguments = [self.read(argument, depth) for argument in node.args]
        if _SPLINE.fullmatch(name) if self.functions is None else name in self.functions:
            function, arity = sympy.Function(name), 1
        elif name in known_functions():
            function, arity = known_functions()[name]
        else:
            known = ", ".join([*(self.functions or ()), *known_functions()])
            self.refuse(f"no function is called {name!r}; known are {known}", node)
        if len(arguments) != arity:
            plural = "s" if arity > 1 else ""
            self.refuse(f"{name} takes {arity} argument{plural}, got {len(arguments)}", node)
        if name == "exp" and arguments[0].has(sympy.log):
            self._limit(arguments[0], "exponent", node)  # exp(n*log(2)) is 2**n
        if name == "besselj":
            self._limit(arguments[0], "order", node)
        return self._apply(function, arguments, node)

    def _apply(self, function: Callable[..., Any], arguments: list[sympy.Expr], node: ast.expr) -> sympy.Expr:
        try:
            value = function(*arguments)
        except (TypeError, AttributeError, ArithmeticError, ValueError):  # sympy fails on atan(tan(10**200))
            self.refuse("sympy cannot work out this part; write it more simply", node)
        return self._sound(value, node)

    def _sound(self, value: sympy.Expr, node: ast.expr) -> sympy.Expr:
        """No part that is undefined or not real, no number that floats cannot hold."""
        import sympy

        from symkan.symbolic.expressions import constant

        if value.has(sympy.zoo, sympy.nan, sympy.oo, sympy.I):
            self.refuse("this part is undefined or not real; write another one", node)
        number = value if value.is_number else value.as_coeff_Mul()[0]
        size = abs(constant(number))
        if math.isnan(size):
            self.refuse("this part is not real; write another one", node)
        vanishes = size == 0 and not number.is_zero
        if math.isinf(size) or vanishes or (number.is_Rational and number.q >= 10**309):
            self.refuse("this part is beyond the range of floats; write another one", node)
        return value


def _chain(
    node: ast.expr, plus: type[ast.operator], minus: type[ast.operator]
) -> Iterator[tuple[int, ast.expr]]:
    """Operands of a chain a + b - c, and their signs, without recursion: a law may have hundreds of terms."""
    operands: list[tuple[int, ast.expr]] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, plus | minus):
        operands.append((1 if isinstance(node.op, plus) else -1, node.right))
        node = node.left
    operands.append((1, node))
    return reversed(operands)


def _unsigned(node: ast.expr) -> tuple[bool, ast.expr]:
    """Whether the signs before an operand make it negative, and the operand."""
    negative = False
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        negative ^= isinstance(node.op, ast.USub)
        node = node.operand
    return negative, node


def _times(number: sympy.Expr, others: list[sympy.Expr]) -> sympy.Expr:
    """The product; a number before a sum stays there, as sympy's own simplifications leave it."""
    import sympy

    product = sympy.Mul(*others)
    if product.is_Add and number not in (0, 1):
        return sympy.Mul(number, product, evaluate=False)
    return number * product


@cache
def known_functions() -> dict[str, tuple[Callable[..., Any], int]]:
    """The functions of the grammar and their numbers of arguments, by name."""
    import sympy

    table: dict[str, tuple[Callable[..., Any], int]] = {name: (getattr(sympy, name), 1) for name in _PLAIN}
    table |= {alias: table[name] for alias, name in _ALIASES.items()}
    table["besselj"] = (sympy.besselj, 2)
    table["j0"] = (lambda z: sympy.besselj(0, z), 1)
    table["j1"] = (lambda z: sympy.besselj(1, z), 1)
    table["sinc"] = (lambda z: sympy.sin(z) / z, 1)
    table["gaussian"] = (lambda z: sympy.exp(-(z**2)), 1)
    table["sigmoid"] = (lambda z: 1 / (1 + sympy.exp(-z)), 1)
    table["softplus"] = (lambda z: sympy.log(1 + sympy.exp(z)), 1)
    return table
