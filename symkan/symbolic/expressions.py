"""Expressions: their symbols, their complexity, exact text, and fast values in numpy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.errors import ExpressionError

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@lru_cache(maxsize=4096)
def symbol(name: str) -> sympy.Symbol:
    """The real symbol of that name; all symbols inside symkan are made here."""
    import sympy

    return sympy.Symbol(name, real=True)


def complexity(expression: sympy.Expr) -> int:
    """Nodes of the expression as it is written (PySR's measure): each operator, function, variable, constant is 1.

    Examples
    --------
    >>> x = symbol("x1")
    >>> [complexity(e) for e in (x**2, 2.5 * x, 1 / x**2, x - 1, x ** 0.5)]
    [3, 3, 5, 3, 3]
    """
    import sympy

    if not expression.args or expression.is_Rational:
        return 1 if not (expression.is_number and expression.is_negative and expression == -1) else 1
    if expression.is_Pow:
        return _power(*expression.args)
    if expression.is_Mul:
        return _product(expression)
    sizes = [complexity(a) for a in expression.args]
    if expression.is_Add:
        # a - b: the sign of a term is the operator
        signs = sum(a.could_extract_minus_sign() and a.is_Mul and a.args[0] == -1 for a in expression.args)
        return sum(sizes) + len(sizes) - 1 - min(signs, len(sizes) - 1)
    return 1 + sum(sizes) if not isinstance(expression, sympy.exp) else 1 + complexity(expression.args[0])


def _power(base: sympy.Expr, exponent: sympy.Expr) -> int:
    """x**2 is 3, sqrt(x) is 2, 1/x is 3 and 1/x**2 is 5."""
    half = exponent.is_Rational and exponent.q == 2 and abs(exponent.p) == 1
    inside = complexity(base)
    if exponent.is_number and exponent.is_negative and exponent.is_Rational:
        inner = inside if exponent == -1 else inside + (1 if half else 2)
        return inner + 2
    return inside + (1 if half else 1 + complexity(exponent))


def _product(expression: sympy.Expr) -> int:
    """A product of n factors has n - 1 operators; -x is 2, a/b is 3."""
    from sympy import fraction

    number, rest = expression.as_coeff_Mul(rational=True)
    top, bottom = fraction(expression)
    if not bottom.is_Number or bottom != 1:
        if top.is_Number and top == 1:
            return 2 + complexity(bottom)
        return complexity(top) + 1 + complexity(bottom)
    if number == -1:
        return 1 + complexity(rest)
    return sum(complexity(a) for a in expression.args) + len(expression.args) - 1


def to_text(expression: sympy.Expr) -> str:
    """Text that `parse_expression` reads back as the same expression, floats to the last bit."""
    from sympy.printing.str import StrPrinter

    class Exact(StrPrinter):  # type: ignore[misc]
        def _print_Float(self, number: sympy.Float) -> str:
            return repr(float(number))

    return str(Exact().doprint(expression))


def numpy_function(
    expression: sympy.Expr,
    symbols: Sequence[str],
    *,
    functions: Mapping[str, Callable[[Array], Array]] | None = None,
) -> Callable[[Array], Array]:
    """Values of an expression at rows, without generated code: a walk over its nodes.

    Parameters
    ----------
    expression
        In the symbols.
    symbols
        Names of the columns of the rows, in order.
    functions
        What the named functions in the expression, such as g1(x1), are.

    Returns
    -------
    callable
        Takes rows [n, len(symbols)], gives values [n]; nan where the expression is undefined or not real.

    Raises
    ------
    ExpressionError
        When the expression holds a symbol or function that is not given.
    """
    named = dict(functions or {})
    columns = {symbol(name): i for i, name in enumerate(symbols)}
    program = _program(expression)
    for node in program:
        if node.is_Symbol and node not in columns:
            raise ExpressionError(f"{node} is no column; the columns are {', '.join(symbols)}")
        if node.is_Function and node.func.__name__ not in {*_FUNCTIONS, *named}:
            raise ExpressionError(f"{node.func.__name__} is no function known here, in {to_text(expression)}")

    def call(x: Array) -> Array:
        values: dict[Any, Any] = {}
        with np.errstate(all="ignore"):
            for node in program:
                values[node] = _value(node, values, x, columns, named)
        result = np.broadcast_to(np.asarray(values[expression], dtype=np.float64), (len(x),)).copy()
        result[~np.isfinite(result)] = np.nan
        return result

    return call


def _program(expression: sympy.Expr) -> list[sympy.Expr]:
    """Each different node once, arguments first."""
    from sympy import postorder_traversal

    return list(dict.fromkeys(postorder_traversal(expression)))


def _value(
    node: sympy.Expr,
    values: dict[Any, Any],
    x: Array,
    columns: Mapping[sympy.Symbol, int],
    named: Mapping[str, Callable[[Array], Array]],
) -> Any:
    import sympy

    if node.is_Symbol:
        return x[:, columns[node]]
    if node.is_Number or node.is_NumberSymbol:
        return float(node) if node.is_finite else np.nan
    if isinstance(node, sympy.Integer | sympy.Float) or not node.args:
        return float("nan")
    arguments = [values[a] for a in node.args]
    if node.is_Add:
        return sum(arguments[1:], arguments[0])
    if node.is_Mul:
        product = arguments[0]
        for factor in arguments[1:]:
            product = product * factor
        return product
    if node.is_Pow:
        return _raise(arguments[0], arguments[1], node.exp)
    name = node.func.__name__
    return named[name](np.asarray(arguments[0])) if name in named else _FUNCTIONS[name](*arguments)


def _raise(base: Any, exponent: Any, symbolic: sympy.Expr) -> Any:
    if symbolic.is_Integer and abs(int(symbolic)) < 64:
        base = np.asarray(base, dtype=np.float64)
        return base ** int(symbolic) if int(symbolic) >= 0 else 1.0 / base ** -int(symbolic)
    if symbolic.is_Rational and symbolic.q == 2 and abs(symbolic.p) == 1:
        root = np.sqrt(base)
        return root if symbolic.p == 1 else 1 / root
    return np.power(np.asarray(base, dtype=np.float64), exponent)


def _scipy(name: str) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        import scipy.special

        return getattr(scipy.special, name)(*arguments)

    return call


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "exp": np.exp,
    "log": np.log,
    "Abs": np.abs,
    "sign": np.sign,
    "erf": _scipy("erf"),
    "besselj": _scipy("jv"),
}
"""numpy's and scipy's function for each of sympy's that may stand in a formula."""
