"""A law's values by mpmath with many digits: a second implementation of what numpy computes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.candidates import Candidate, Spline

    Array = NDArray[np.float64]

HUGE = 1e9
"""Exponents beyond this make numbers too long to write down, and floats of 0 or infinity."""


def precise_values(law: Candidate, x: Array, *, digits: int = 30) -> Array:
    """Values at rows x [n, features], computed with so many digits and rounded once; nan where `evaluate` has it.

    Splines are evaluated by de Boor's algorithm, not as polynomials.
    """
    import mpmath

    functions = {spline.name: _spline(spline) for spline in law.splines}
    with mpmath.workdps(digits):
        return np.array([_real(law.expression, row, functions) for row in x], dtype=np.float64)


def _real(expression: sympy.Expr, row: Iterable[float], functions: Mapping[str, Callable[..., Any]]) -> float:
    import mpmath

    symbols = {f"x{i + 1}": mpmath.mpf(float(value)) for i, value in enumerate(row)}
    try:
        value = _visit(expression, symbols, functions)
    except (ValueError, ZeroDivisionError, OverflowError, mpmath.libmp.NoConvergence):
        return math.nan
    if isinstance(value, mpmath.mpc) or not mpmath.isfinite(value) or abs(value) > np.finfo(float).max:
        return math.nan
    return float(value)


def _visit(node: sympy.Expr, symbols: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    import mpmath

    if node.is_Symbol:
        return symbols[node.name]
    if not node.args:
        return _number(node)
    arguments = [_visit(argument, symbols, functions) for argument in node.args]
    if any(isinstance(argument, mpmath.mpc) for argument in arguments):
        raise ValueError("not real")
    if node.is_Add or node.is_Mul:
        return (mpmath.fsum if node.is_Add else mpmath.fprod)(arguments)
    name = type(node).__name__
    if name in ("Pow", "exp"):
        return _power(*(arguments if node.is_Pow else (mpmath.e(), *arguments)))
    return (functions.get(name) or getattr(mpmath, {"Abs": "fabs"}.get(name, name)))(*arguments)


def _number(node: sympy.Expr) -> Any:
    import mpmath

    if node.is_Rational:
        return mpmath.mpf(int(node.p)) / int(node.q)
    if node.is_Float:
        return mpmath.mpf(float(node))
    return {"Pi": mpmath.pi, "Exp1": mpmath.e}[type(node).__name__]()


def _power(base: Any, exponent: Any) -> Any:
    import mpmath

    if base > 0 and abs(mpmath.log(base) * exponent) > HUGE:
        raise OverflowError("too long")
    return mpmath.power(base, exponent)


def _spline(spline: Spline) -> Callable[[Any], Any]:
    import mpmath

    order = spline.order
    t, c = ([mpmath.mpf(value) for value in values] for values in (spline.knots, spline.coefficients))
    first, last = t[order], t[-order - 1]

    def inside(x: Any, t: list[Any], c: list[Any], order: int) -> Any:
        k = max(i for i in range(order, len(c)) if t[i] <= x or i == order)
        d = c[k - order : k + 1]
        for level in range(1, order + 1):
            for j in range(order, level - 1, -1):
                i = j + k - order
                share = (x - t[i]) / (t[i + order - level + 1] - t[i])
                d[j] = (1 - share) * d[j - 1] + share * d[j]
        return d[order]

    def call(x: Any) -> Any:
        end = min(max(x, first), last)
        value = inside(end, t, c, order)
        if x == end or not order:
            return value
        slopes = [
            order * (c[i + 1] - c[i]) / (t[i + order + 1] - t[i + 1]) if t[i + order + 1] > t[i + 1] else 0
            for i in range(len(c) - 1)
        ]
        return value + inside(end, t[1:-1], slopes, order - 1) * (x - end)

    return call
