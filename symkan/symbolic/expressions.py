"""Expressions: their symbols, their complexity, exact text, and fast values in numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial, reduce
from operator import add, mul
from typing import TYPE_CHECKING, Any, NamedTuple

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
    """Nodes of the expression as written (PySR's measure): each operator, function, variable, constant is 1.

    A fraction is one constant, and a minus sign that makes a difference of a sum is part of the operator.

    Examples
    --------
    >>> x, y = symbol("x1"), symbol("x2")
    >>> [complexity(e) for e in (x**2, x - y, x / y, -x, 1 / x**2, x * y / 2, 1 / (x + y) ** 0.5)]
    [3, 3, 3, 2, 5, 5, 7]
    """
    if expression.is_Add:
        return _sum_size(expression)
    if expression.is_Mul:
        return _product_size(expression)
    if expression.is_Pow:
        return _power_size(*expression.args)
    if not expression.args:
        return 1
    arguments = expression.args[1:] if type(expression).__name__ == "besselj" else expression.args
    return 1 + sum(complexity(argument) for argument in arguments)


def _sum_size(expression: sympy.Expr) -> int:
    terms = expression.args
    negated = sum(1 for term in terms if term.is_Mul and _sign_alone(term))
    return sum(complexity(term) for term in terms) + len(terms) - 1 - min(negated, len(terms) - 1)


def _sign_alone(product: sympy.Expr) -> bool:
    """Whether -1 stands in front of something, and not in front of a denominator alone."""
    return bool(product.args[0] == -1) and not all(_is_quotient(factor) for factor in product.args[1:])


def _product_size(expression: sympy.Expr) -> int:
    above = [factor for factor in expression.args if not _is_quotient(factor)]
    below = [1 / factor for factor in expression.args if _is_quotient(factor)]
    operators = max(len(above), 1) + len(below) - 1
    size = sum(map(complexity, above + below)) + operators + (not above)
    return size - _sign_alone(expression)  # -x is a sign and x, not a product with -1


def _is_quotient(factor: sympy.Expr) -> bool:
    return bool(factor.is_Pow and factor.exp.is_Number and factor.exp < 0)


def _power_size(base: sympy.Expr, exponent: sympy.Expr) -> int:
    if exponent.is_Number and exponent < 0:
        return 2 + (complexity(base) if exponent == -1 else _power_size(base, -exponent))
    if exponent.is_Rational and exponent.p == 1 and exponent.q == 2:
        return 1 + complexity(base)
    return 1 + complexity(base) + complexity(exponent)


def to_text(expression: sympy.Expr) -> str:
    """Text that `parse_expression` reads back as the same expression, floats to the last bit.

    Examples
    --------
    >>> to_text(symbol("x1") ** 0.1 / 3)
    'x1**0.1/3'
    """
    return str(_printer().doprint(expression))


@lru_cache(maxsize=1)
def _printer() -> Any:
    from sympy.printing.str import StrPrinter

    class Exact(StrPrinter):  # type: ignore[misc]
        def _print_Float(self, number: sympy.Float) -> str:  # noqa: N802, the printer looks for this name
            return repr(float(number))

    return Exact()


def numpy_function(
    expression: sympy.Expr,
    symbols: Sequence[str],
    *,
    functions: Mapping[str, Callable[[Array], Array]] | None = None,
) -> Callable[[Array], Array]:
    """The expression as a function of rows.

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
        Takes rows [n, len(symbols)], gives values [n]; nan where the expression is undefined, not real, or
        beyond the range of floats.

    Raises
    ------
    ExpressionError
        When the expression holds a symbol or a function that is not given.

    Examples
    --------
    >>> numpy_function(1 / symbol("x1"), ["x1"])(np.array([[2.0], [0.0]])).tolist()
    [0.5, nan]
    """
    call = compile_expression(expression, symbols, {**NUMPY, **(functions or {})})

    def rows_to_values(x: Array) -> Array:
        x = np.asarray(x, dtype=np.float64)
        return real_values(call, x.T, shape=x.shape[:1])

    return rows_to_values


def real_values(call: Callable[..., Any], columns: Iterable[Array], *, shape: tuple[int, ...]) -> Array:
    """Values of a compiled expression in an array of its own; nan instead of infinity."""
    values = np.empty(shape)
    with np.errstate(all="ignore"):
        values[...] = call(*columns)
    undefined = ~np.isfinite(values)
    if undefined.any():
        values[undefined] = np.nan
    return values


class _Step(NamedTuple):
    """An operation on values that are there already, and where its value goes."""

    operation: Callable[..., Any]
    arguments: tuple[int, ...]
    place: int


def compile_expression(
    expression: sympy.Expr, symbols: Sequence[str], functions: Mapping[str, Callable[..., Any]]
) -> Callable[..., Any]:
    """The expression as a function of one array (or tensor) for each symbol; no code is generated.

    The nodes become a list of operations, equal nodes one entry. `functions` has the elementwise functions by
    sympy's name; those of numpy are in `NUMPY`.

    Raises
    ------
    ExpressionError
        When the expression holds a symbol or a function that is not given.
    """
    values: list[Any] = [None] * len(symbols)
    places = {symbol(name): i for i, name in enumerate(symbols)}
    steps: list[_Step] = []

    def visit(node: sympy.Expr) -> int:
        if node in places:
            return places[node]
        if node.is_number:
            values.append(constant(node))
        elif node.is_Symbol:
            known = ", ".join(symbols) or "none"
            raise ExpressionError(f"{node} in {to_text(expression)} is no column; the columns are: {known}")
        else:
            operation, operands = _operation(node, functions)
            arguments = tuple(visit(operand) for operand in operands)
            values.append(None)
            steps.append(_Step(operation, arguments, len(values) - 1))
        places[node] = len(values) - 1
        return places[node]

    output = visit(stable(expression))

    def call(*columns: Any) -> Any:
        slots = values.copy()
        slots[: len(symbols)] = columns
        for operation, arguments, place in steps:
            slots[place] = operation(*[slots[i] for i in arguments])
        return slots[output]

    return call


def constant(number: sympy.Expr) -> float:
    """A number as a float; infinite beyond the range of floats, nan where it is undefined or not real."""
    value = number if number.is_Rational or number.is_Float else number.evalf(17)
    if not value.is_extended_real:
        return float("nan")
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def stable(expression: sympy.Expr) -> sympy.Expr:
    """No overflow or cancellation: exp(z) - 1 written as expm1(z), log(1 + exp(z)) as softplus(z)."""
    import sympy

    if not expression.has(sympy.exp):
        return expression
    expm1, softplus = sympy.Function("expm1"), sympy.Function("softplus")

    def exponent(node: sympy.Expr, first: int) -> sympy.Expr | None:
        """The z of first + exp(z)."""
        plain = node.is_Add and len(node.args) == 2 and node.args[0] == first
        return node.args[1].args[0] if plain and isinstance(node.args[1], sympy.exp) else None

    def rewritten(node: sympy.Expr) -> sympy.Expr:
        if isinstance(node, sympy.log):
            z = exponent(node.args[0], 1)
            return node if z is None else softplus(z)
        if (z := exponent(node, -1)) is not None:
            return expm1(z)
        z = exponent(-node, -1) if node.is_Add else None
        return node if z is None else -expm1(z)

    return expression.replace(lambda node: node.is_Add or isinstance(node, sympy.log), rewritten)


def _operation(
    node: sympy.Expr, functions: Mapping[str, Callable[..., Any]]
) -> tuple[Callable[..., Any], Sequence[sympy.Expr]]:
    """What computes a node, and the nodes that it takes."""
    if node.is_Add:
        return _sum, node.args
    if node.is_Mul:
        return _product, node.args
    if node.is_Pow:
        base, exponent = node.args
        if exponent.is_Integer and abs(exponent) <= 16:
            return partial(_integer_power, exponent=int(exponent)), (base,)
        return pow, node.args
    name = type(node).__name__
    if name not in functions:
        known = ", ".join(functions)
        raise ExpressionError(f"{name} in {to_text(node)} is no known function; known are: {known}")
    if name == "besselj":
        return partial(functions[name], constant(node.args[0])), node.args[1:]
    return functions[name], node.args


def _sum(*terms: Any) -> Any:
    return reduce(add, terms)


def _product(*factors: Any) -> Any:
    return reduce(mul, factors)


def _integer_power(base: Any, exponent: int) -> Any:
    """By squaring: many times faster than the power of floats."""
    if exponent < 0:
        return 1.0 / _integer_power(base, -exponent)
    if exponent == 1:
        return base
    square = _integer_power(base * base, exponent // 2)
    return square * base if exponent % 2 else square


def _softplus(z: Array) -> Array:
    return np.logaddexp(0.0, z)


def _erf(z: Array) -> Array:
    from scipy.special import erf

    return np.asarray(erf(z), dtype=np.float64)


def _besselj(order: float, z: Array) -> Array:
    from scipy.special import j0, j1, jv

    value = j0(z) if order == 0 else j1(z) if order == 1 else jv(order, z)
    return np.asarray(value, dtype=np.float64)


NUMPY: dict[str, Callable[..., Any]] = {
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
    "erf": _erf,
    "besselj": _besselj,
    "expm1": np.expm1,
    "softplus": _softplus,
}
"""numpy's and scipy's functions under sympy's names."""
