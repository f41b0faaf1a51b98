"""Shorter forms of an expression: light rules here, sympy's `simplify` in a process that can be killed.

A form counts only when it is no longer and has the same values on the rows of the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from symkan.errors import ExpressionError
from symkan.symbolic.elsewhere import Elsewhere
from symkan.symbolic.expressions import complexity, numpy_function, to_text
from symkan.symbolic.snapping import Snapped, snap

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SAME = 1e-9  # relative difference of values that rounding in two forms of one formula may make
LIGHT = 80  # nodes up to which sympy's cheap rewriting stays cheap
SHORT = 8  # nodes up to which the light rules have found what there is
HEAVY = 50  # nodes up to which sympy.simplify has a chance to end in seconds
STARTUP = 1.0  # seconds that a process with sympy takes before it does anything


def simplify(
    expression: sympy.Expr, x: Array, *, seconds: float, elsewhere: Elsewhere | None = None
) -> sympy.Expr:
    """The shortest form found in the time.

    Parameters
    ----------
    expression
        In x1, x2, …
    x
        Rows [n, features] on which the values may not change (relative 1e-9; undefined rows stay undefined).
    seconds
        For everything; with less than a second the light rules alone.
    elsewhere
        A process that was started ahead, if any.

    Returns
    -------
    sympy.Expr
        Never longer than the expression given.

    Examples
    --------
    >>> from symkan.symbolic.expressions import symbol
    >>> a, b = symbol("x1"), symbol("x2")
    >>> simplify(2.5 * a + 2.5 * b, np.ones((1, 2)), seconds=0)
    2.5*(x1 + x2)
    """
    deadline = monotonic() + seconds
    judge = _Judge(expression, x)
    judge.offer(_apply_rules(expression))
    for rewritten in _rewritings(judge.best):
        judge.offer(_apply_rules(rewritten))
    if deadline - monotonic() > STARTUP and SHORT < complexity(judge.best) <= HEAVY:
        answer = (elsewhere or Elsewhere()).simplify(judge.best, seconds=deadline - monotonic())
        if answer is not None:
            judge.offer(_apply_rules(answer))
    return judge.best


def polish(
    expression: sympy.Expr,
    x: Array,
    y: Array,
    *,
    seconds: float,
    noise_floor: float,
    weights: Array | None = None,
) -> Snapped:
    """Refit, eliminate, snap and simplify by the light rules until nothing changes or the time is over.

    Parameters
    ----------
    expression
        In x1, x2, …, its constants floats, near their best values.
    x, y
        Rows [n, features] and target [n].
    seconds
        For everything; one round of snapping is begun in any case.
    noise_floor
        Rounding level of y as a share of its root mean square, such as 1e-12.
    weights
        By which residuals are multiplied, [n]; None where all errors are equal.

    Returns
    -------
    Snapped
        With the proposals of all rounds.
    """
    deadline = monotonic() + seconds
    start = simplify(expression, x, seconds=0.0)
    result = snap(start, x, y, noise_floor=noise_floor, seconds=seconds, weights=weights)
    while deadline > monotonic():
        shorter = simplify(result.expression, x, seconds=0.0)
        if shorter == result.expression or (left := deadline - monotonic()) <= 0:
            break
        again = snap(shorter, x, y, noise_floor=noise_floor, seconds=left, weights=weights)
        if complexity(again.expression) >= complexity(result.expression):
            break
        result = _joined(result, again)
    return result


def _joined(first: Snapped, second: Snapped) -> Snapped:
    """The second result with the closed forms and accepted proposals of the first."""
    exact = [p for p in (*first.parameters, *second.parameters) if p.exact is not None]
    free = [p for p in second.parameters if p.exact is None]
    named = (replace(p, symbol=f"c{len(free) + 1 + i}") for i, p in enumerate(exact))
    snaps = (*(s for s in first.snaps if s.accepted), *second.snaps)
    return replace(second, parameters=(*free, *named), snaps=snaps)


class _Judge:
    """Keeps the shortest of the forms offered that have the values of the first."""

    def __init__(self, expression: sympy.Expr, x: Array) -> None:
        self.best, self._size, self._x = expression, complexity(expression), x
        self._symbols = [f"x{i + 1}" for i in range(x.shape[1])]
        self._values = self._evaluate(expression)

    def _evaluate(self, expression: sympy.Expr) -> Array | None:
        try:
            return numpy_function(expression, self._symbols)(self._x)
        except ExpressionError:  # a spline, or a function of sympy that the library lacks
            return None

    def offer(self, expression: sympy.Expr) -> None:
        size = complexity(expression)
        if expression == self.best or size > self._size:
            return
        if size == self._size and len(to_text(expression)) >= len(to_text(self.best)):
            return
        if self._values is not None and _same(self._values, self._evaluate(expression)):
            self.best, self._size = expression, size


def _same(a: Array, b: Array | None) -> bool:
    if b is None or not np.array_equal(np.isfinite(a), np.isfinite(b)):
        return False
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    size = float(np.abs(a).max(initial=0.0)) or 1.0
    return bool(np.all(np.abs(a / size - b / size) <= SAME * np.abs(a / size) + 1e-3 * SAME))


def _rewritings(expression: sympy.Expr) -> Iterator[sympy.Expr]:
    """Cheap forms by sympy, where the expression is small."""
    import sympy

    if complexity(expression) > LIGHT:
        return
    tools: list[Callable[[sympy.Expr], sympy.Expr]] = [sympy.powsimp, sympy.factor_terms, sympy.logcombine]
    if complexity(expression) <= LIGHT // 2:
        tools += [
            sympy.expand,
            _absorb_factors,
            lambda e: sympy.factor_terms(sympy.expand(e)),
            sympy.expand_power_base,
        ]
    for tool in tools:
        try:
            yield tool(expression)
        except (ArithmeticError, AttributeError, NotImplementedError, RecursionError, TypeError, ValueError):
            continue  # sympy's rewriting fails on some forms with floats in them; that form is not offered


def _absorb_factors(expression: sympy.Expr) -> sympy.Expr:
    """Factors into roots and powers of sums: x·sqrt(1 + y²/x²) is sqrt(x² + y²) where x is positive."""
    import sympy

    def absorbed(product: sympy.Expr) -> sympy.Expr:
        for power in product.args:
            if power.is_Pow and power.base.is_Add and power.exp.is_Rational:
                known = power.base.free_symbols
                inner = sympy.Mul(*(f for f in product.args if f != power and f.free_symbols & known))
                inner = inner if inner.free_symbols <= known else product / power
                others = sympy.powdenest(inner ** (1 / power.exp), force=True)
                return sympy.expand(power.base * others) ** power.exp * (product / power / inner)
        return product

    return expression.replace(lambda node: node.is_Mul, absorbed)


def _apply_rules(expression: sympy.Expr) -> sympy.Expr:
    """The light rules, from the leaves up."""
    if not expression.args:
        return expression
    e = expression.func(*(_apply_rules(a) for a in expression.args))
    if e.is_Add:
        return _common_factor(_split_logarithms(e))
    if e.is_Pow:
        return _whole_exponent(*e.args)
    if type(e).__name__ == "exp":
        return _split_exponential(e.args[0])
    return e


def _whole_exponent(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    """x**2.0 is x**2, x**0.5 is sqrt(x); a constant factor of a sum leaves the power."""
    import sympy

    if exponent.is_Float and float(2 * exponent).is_integer() and abs(exponent) < 1e6:
        exponent = sympy.Rational(round(2 * float(exponent)), 2)
    if base.is_Mul and base.args[0].is_Float and base.args[0] > 0:
        return base.args[0] ** exponent * sympy.Mul(*base.args[1:]) ** exponent
    return base**exponent


def _split_exponential(argument: sympy.Expr) -> sympy.Expr:
    """exp(u + 0.3) is 1.35·exp(u), and exp(p·log(u)) is u**p."""
    import sympy

    number, rest = argument.as_coeff_Add()
    if number.is_Float and rest != 0 and abs(number) < 600:
        return sympy.exp(number) * _split_exponential(rest)
    logs = [f for f in sympy.Mul.make_args(argument) if isinstance(f, sympy.log)]
    if len(logs) == 1:
        return logs[0].args[0] ** (argument / logs[0])
    return sympy.exp(argument)


def _split_logarithms(total: sympy.Expr) -> sympy.Expr:
    """a·log(2.5·u) + 0.3 is a·log(u) + a·log(2.5) + 0.3, one constant fewer."""
    import sympy

    if not total.args[0].is_Number:
        return total
    terms = []
    for term in total.args:
        coefficient, inner = term.as_coeff_Mul()
        factor, rest = inner.args[0].as_coeff_Mul() if isinstance(inner, sympy.log) else (sympy.S.One, None)
        split = rest is not None and factor.is_Float and factor > 0
        terms.append(coefficient * sympy.log(rest) + coefficient * sympy.log(factor) if split else term)
    return sympy.Add(*terms)


def _common_factor(total: sympy.Expr) -> sympy.Expr:
    """2.5·x + 2.5·y is 2.5·(x + y); sympy would multiply that out again."""
    import sympy

    pairs = [term.as_coeff_Mul() for term in sympy.Add.make_args(total)]
    number = pairs[0][0]
    if len(pairs) < 2 or not number.is_Float or any(abs(c) != abs(number) for c, _ in pairs):
        return total
    inner = sympy.Add(*(rest if c == number else -rest for c, rest in pairs))
    return sympy.Mul(number, inner, evaluate=False) if inner.is_Add else number * inner
