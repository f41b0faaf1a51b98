"""Text to expression by a small grammar: numbers, names, + - * / ** ^, and known functions; nothing is executed.

Python's own parser makes a syntax tree (`ast.parse` runs nothing), and a walk over it takes only what it knows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from symkan.errors import ExpressionError

if TYPE_CHECKING:
    import sympy

LENGTH, DEPTH, DIGITS, EXPONENT = 20_000, 120, 400, 400
"""Limits: characters, nesting, digits of a number, and exponent of a number."""

_SAFE, _SPLINE = re.compile(r"x\d+|[ytu]"), re.compile(r"g\d+")
_UNARY = ("sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp log erf sign").split()
_ALIASES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh"}
_ALIASES |= {"arctanh": "atanh", "ln": "log", "abs": "Abs"}


def parse_expression(
    text: str,
    *,
    names: Mapping[str, sympy.Expr] | Sequence[str] | None = None,
    functions: Collection[str] | None = None,
) -> sympy.Expr:
    """Read an expression.

    Parameters
    ----------
    text
        Such as "exp(sin(pi*x1) + x2**2)"; x^2 is x**2. Whole numbers and their quotients stay exact.
    names
        The variables: names, or names and what they stand for; None for the safe symbols x1, x2, …, y, t, u.
    functions
        Names of further functions of one argument; None for the splines g1, g2, ….

    Raises
    ------
    ExpressionError
        When the text holds anything else, or is too long, too deep, or makes too large a number.

    Examples
    --------
    >>> parse_expression("x1^2/2", names=["x1"])
    x1**2/2
    """
    from symkan.symbolic.expressions import symbol

    if len(text) > LENGTH:
        raise ExpressionError(f"an expression of {len(text):,} characters is too long; {LENGTH:,} is the limit")
    if names is None:
        names = sorted({m for m in re.findall(r"[A-Za-z_]\w*", text) if _SAFE.fullmatch(m)})
    if functions is None:
        functions = {m for m in re.findall(r"[A-Za-z_]\w*", text) if _SPLINE.fullmatch(m)}
    table = dict(names) if isinstance(names, Mapping) else {name: symbol(name) for name in names}
    source = text.strip().replace("^", "**")
    try:
        tree = ast.parse(source, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        place = getattr(error, "offset", None)
        where = f" at character {place}" if place else ""
        raise ExpressionError(f"{_shown(text)} is no expression{where}; write one such as 2*sin(x) + x^2") from error
    return _Reader(text, table, frozenset(functions)).read(tree.body, 0)


class _Reader:
    def __init__(self, text: str, names: Mapping[str, sympy.Expr], functions: frozenset[str]):
        self.text, self.names, self.functions = text, names, functions

    def read(self, node: ast.expr, depth: int) -> sympy.Expr:
        if depth > DEPTH:
            raise ExpressionError(f"{_shown(self.text)} is nested more than {DEPTH} deep; simplify it")
        match node:
            case ast.Constant():
                return self._number(node.value)
            case ast.Name():
                return self._name(node.id)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                value = self.read(node.operand, depth + 1)
                return -value if isinstance(node.op, ast.USub) else value
            case ast.BinOp():
                return self._binary(node.op, self.read(node.left, depth + 1), self.read(node.right, depth + 1))
            case ast.Call(func=ast.Name(), keywords=[]):
                return self._call(node.func.id, [self.read(a, depth + 1) for a in node.args])
        kind = type(node).__name__
        raise ExpressionError(
            f"{_shown(self.text)}: {kind} has no place in an expression; use numbers, names, + - * / ^ and functions"
        )

    def _number(self, value: Any) -> sympy.Expr:
        import sympy

        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ExpressionError(f"{_shown(self.text)}: {str(value)[:20]!r} is no number")
        if isinstance(value, int):
            if abs(value) >= 10**DIGITS:
                raise ExpressionError(f"{_shown(self.text)}: a number has more than {DIGITS} digits")
            return sympy.Integer(value)
        return sympy.Float(value)

    def _name(self, name: str) -> sympy.Expr:
        import sympy

        if name in self.names:
            return self.names[name]
        if name in ("pi", "E", "e"):
            return sympy.pi if name == "pi" else sympy.E
        known = ", ".join([*self.names, "pi", "E"][:12])
        raise ExpressionError(f"{_shown(self.text)}: no variable is called {name!r}; known are {known}")

    def _binary(self, op: ast.operator, left: sympy.Expr, right: sympy.Expr) -> sympy.Expr:
        match op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return self._sound(left * right)
            case ast.Div():
                if right == 0:
                    raise ExpressionError(f"{_shown(self.text)}: division by zero")
                return self._sound(left / right)
            case ast.Pow():
                return self._power(left, right)
        raise ExpressionError(f"{_shown(self.text)}: {type(op).__name__} is no operation here; use + - * / ^")

    def _power(self, base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
        if base.is_number and exponent.is_number and not (abs(exponent) <= EXPONENT):
            raise ExpressionError(f"{_shown(self.text)}: the exponent of a number is beyond {EXPONENT}")
        return self._sound(base**exponent)

    def _sound(self, value: sympy.Expr) -> sympy.Expr:
        """No numbers too large to work with, no undefined ones."""
        import sympy

        if value.has(sympy.zoo, sympy.nan, sympy.oo):
            raise ExpressionError(f"{_shown(self.text)}: a part of it is undefined (division by zero?)")
        if value.is_Rational and max(abs(value.p), value.q) >= 10 ** (4 * DIGITS):
            raise ExpressionError(f"{_shown(self.text)}: a number has more than {4 * DIGITS} digits")
        return value

    def _call(self, name: str, arguments: list[sympy.Expr]) -> sympy.Expr:
        import sympy

        if name in self.functions and len(arguments) == 1:
            return sympy.Function(name)(arguments[0])
        function, arity = _functions().get(name, (None, 0))
        if function is None:
            known = ", ".join(_functions())
            raise ExpressionError(f"{_shown(self.text)}: no function is called {name!r}; known are {known}")
        if len(arguments) != arity:
            raise ExpressionError(f"{_shown(self.text)}: {name} takes {arity} argument{'s' * (arity > 1)}")
        return self._sound(function(*arguments))


def _functions() -> dict[str, tuple[Callable[..., Any] | None, int]]:
    """Function and number of arguments, by name."""
    import sympy

    table: dict[str, tuple[Callable[..., Any] | None, int]] = {n: (getattr(sympy, n), 1) for n in [*_UNARY, "Abs"]}
    table |= {alias: table[name] for alias, name in _ALIASES.items()}
    table["sqrt"] = (sympy.sqrt, 1)
    table["besselj"] = (sympy.besselj, 2)
    table["j0"] = (lambda z: sympy.besselj(0, z), 1)
    table["j1"] = (lambda z: sympy.besselj(1, z), 1)
    table["sinc"] = (lambda z: sympy.sin(z) / z, 1)
    table["sigmoid"] = (lambda z: 1 / (1 + sympy.exp(-z)), 1)
    table["softplus"] = (lambda z: sympy.log(1 + sympy.exp(z)), 1)
    table["gaussian"] = (lambda z: sympy.exp(-(z**2)), 1)
    return table


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
