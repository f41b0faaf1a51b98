"""Interval arithmetic over many boxes at once: bounds that no value of an expression in a box passes.

Sums and products are rounded outward by their exact errors (Dekker 1971), all else by `nextafter`; see Moore, Kearfott
and Cloud, Introduction to Interval Analysis (2009). Where floats would meet infinity minus infinity and the like,
nothing can be said: both bounds are nan. A function meets the part of its argument in which it is defined.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from symkan.search.evaluation import pieces
from symkan.symbolic.expressions import NUMPY, constant, stable, symbol

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.candidates import Spline

    Array = NDArray[np.float64]

ULPS = 4
"""Units in the last place by which numpy's functions may err."""


class Interval(NamedTuple):
    """Bounds of the values in each of n boxes, shapes [n] or scalars; both nan where nothing can be said."""

    low: Any
    high: Any


Operation = Callable[..., Interval]


def enclosure(
    expression: sympy.Expr, symbols: Sequence[str], splines: Iterable[Spline] = ()
) -> Callable[[Array, Array], Interval]:
    """A function from boxes to bounds of the expression's values in them.

    Parameters
    ----------
    expression
        In the symbols.
    symbols
        Names of the columns of the boxes, in order.
    splines
        What the named functions in the expression are.

    Returns
    -------
    callable
        Takes the lower and the upper corners of boxes, [n, len(symbols)] each, gives an `Interval` of shape [n].

    Examples
    --------
    >>> low, high = enclosure(symbol("x1") ** 2, ["x1"])(np.array([[-1.0]]), np.array([[2.0]]))
    >>> float(low[0]), float(high[0])
    (0.0, 4.0)
    """
    expression = stable(expression)
    functions = _FUNCTIONS | {s.name: _spline(s) for s in splines}

    def call(low: Array, high: Array) -> Interval:
        known = {symbol(s): Interval(low[:, i], high[:, i]) for i, s in enumerate(symbols)}
        with np.errstate(all="ignore"):
            found = _visit(expression, known, functions)
        return Interval(*(np.array(np.broadcast_to(bound, len(low))) for bound in found))

    return call


def whole(exponent: sympy.Expr) -> int | None:
    """The exponent where it is a whole number, also as a float; else None."""
    value = constant(exponent) if exponent.is_number else math.nan
    return int(value) if value.is_integer() else None


def _visit(
    node: sympy.Expr, known: dict[sympy.Expr, Interval], functions: Mapping[str, Operation]
) -> Interval:
    if node not in known:
        known[node] = _branch(node, known, functions)
    return known[node]


def _branch(
    node: sympy.Expr, known: dict[sympy.Expr, Interval], functions: Mapping[str, Operation]
) -> Interval:
    if node.is_number:
        return _number(node)
    name = type(node).__name__
    if name == "besselj":
        return _bessel(constant(node.args[0]), _visit(node.args[1], known, functions))
    arguments = [_visit(argument, known, functions) for argument in node.args]
    if node.is_Add:
        return reduce(_add, arguments)
    if node.is_Mul:
        return reduce(_multiply, arguments)
    if node.is_Pow:
        n = whole(node.exp)
        return _power(*arguments, fixed=node.exp.is_number) if n is None else _whole_power(arguments[0], n)
    return functions[name](*arguments)


def _number(node: sympy.Expr) -> Interval:
    value = constant(node)
    exact = node.is_Float or (node.is_Rational and node == _rational(value))
    return Interval(value, value) if exact else _outward(value, value, ulps=1)


def _rational(value: float) -> Any:
    import sympy

    return sympy.Rational(*value.as_integer_ratio()) if math.isfinite(value) else None


def _outward(low: Any, high: Any, *, ulps: int = ULPS) -> Interval:
    for _ in range(ulps):
        low, high = np.nextafter(low, -np.inf), np.nextafter(high, np.inf)
    return Interval(low, high)


def _blank(interval: Interval, where: Any) -> Interval:
    """Nothing can be said there."""
    return Interval(*(np.where(where, np.nan, bound) for bound in interval))


def _clamp(interval: Interval, lowest: float = -math.inf, highest: float = math.inf) -> Interval:
    return Interval(np.maximum(interval.low, lowest), np.minimum(interval.high, highest))


def _add(a: Interval, b: Interval) -> Interval:
    bounds = Interval(_sum(a.low, b.low, -np.inf), _sum(a.high, b.high, np.inf))
    return _blank(bounds, (a.high == np.inf) & (b.low == -np.inf) | (a.low == -np.inf) & (b.high == np.inf))


def _sum(a: Any, b: Any, toward: float) -> Any:
    total = a + b
    back = total - a
    return _rounded(total, (a - (total - back)) + (b - back), toward)


def _rounded(value: Any, error: Any, toward: float) -> Any:
    """`value` if its error (true minus computed, nan for unknown) leaves it a bound, else the next float."""
    return np.where(error >= 0 if toward < 0 else error <= 0, value, np.nextafter(value, toward))


def _multiply(a: Interval, b: Interval) -> Interval:
    left, right = _corners(a, b)
    product = left * right
    error = _product_error(left, right, product)
    bounds = Interval(
        _rounded(product, error, -np.inf).min(axis=0), _rounded(product, error, np.inf).max(axis=0)
    )
    return _blank(bounds, _unbounded(a) & _touches_zero(b) | _unbounded(b) & _touches_zero(a))


def _corners(a: Interval, b: Interval) -> tuple[Array, Array]:
    """The four pairs of bounds, [4, …] each."""
    bounds = np.broadcast_arrays(a.low, a.high, b.low, b.high)
    return np.stack([bounds[0], bounds[0], bounds[1], bounds[1]]), np.stack([bounds[2], bounds[3]] * 2)


def _product_error(a: Array, b: Array, product: Array) -> Array:
    """True product minus computed one (Dekker); nan where over- or underflow may spoil it."""
    (a1, a2), (b1, b2) = _halves(a), _halves(b)
    error = a2 * b2 - (((product - a1 * b1) - a2 * b1) - a1 * b2)
    return np.where((a == 0) | (b == 0), 0.0, np.where(np.abs(product) > 1e-280, error, np.nan))


def _halves(a: Array) -> tuple[Array, Array]:
    scaled = 134217729.0 * a
    upper = scaled - (scaled - a)
    return upper, a - upper


def _unbounded(a: Interval) -> Any:
    return (a.low == -np.inf) | (a.high == np.inf)


def _touches_zero(a: Interval) -> Any:
    return (a.low <= 0) & (a.high >= 0)


def _whole_power(base: Interval, n: int) -> Interval:
    if n < 0:
        return _reciprocal(_whole_power(base, -n))
    low, high = (_repeated(Interval(size, size), n) for size in (np.abs(base.low), np.abs(base.high)))
    if n % 2:
        return Interval(
            np.where(base.low < 0, -low.high, low.low), np.where(base.high < 0, -high.low, high.high)
        )
    return Interval(
        np.where(_touches_zero(base), 0.0, np.minimum(low.low, high.low)), np.maximum(low.high, high.high)
    )


def _repeated(base: Interval, n: int) -> Interval:
    """Power of positive numbers by squaring."""
    if n < 2:
        return base if n else Interval(np.ones_like(base.low), np.ones_like(base.high))
    square = _repeated(_multiply(base, base), n // 2)
    return _multiply(square, base) if n % 2 else square


def _reciprocal(a: Interval) -> Interval:
    low, high = _quotient(np.asarray(a.high), -np.inf), _quotient(np.asarray(a.low), np.inf)
    low = np.where((a.low >= 0) & (a.high > 0), np.maximum(low, 0.0), np.where(a.high < 0, low, -np.inf))
    high = np.where((a.high <= 0) & (a.low < 0), np.minimum(high, 0.0), np.where(a.low > 0, high, np.inf))
    return _blank(Interval(low, high), (a.low == 0) & (a.high == 0) | np.isnan(a.low))


def _quotient(a: Any, toward: float) -> Any:
    """1/a as a bound: what is missing to a·(1/a) = 1 tells on which side it lies."""
    value = 1 / a
    product = value * a
    return _rounded(value, ((1 - product) - _product_error(a, value, product)) / a, toward)


def _power(base: Interval, exponent: Interval, *, fixed: bool) -> Interval:
    """a^b is monotone in a and in b, so its extremes stand at corners; an exponent that varies may meet -1."""
    values = np.power(*_corners(_clamp(base, lowest=0.0), exponent))
    bounds = _clamp(_outward(values.min(axis=0), values.max(axis=0)), lowest=0.0)
    undefined = base.high < 0 if fixed else base.low < 0
    return _blank(bounds, undefined | np.isnan(base.low) | np.isnan(exponent.low))


def _monotone(
    function: Callable[[Any], Any],
    a: Interval,
    *,
    domain: tuple[float, float] = (-math.inf, math.inf),
    codomain: tuple[float, float] = (-math.inf, math.inf),
    falling: bool = False,
) -> Interval:
    inside = _clamp(a, *domain)
    values = function(inside.low), function(inside.high)
    low, high = reversed(values) if falling else values
    lower, upper = _outward(low, high)
    if codomain[0] != 0:  # else a value of 0 may be an underflow
        lower, upper = np.where(low == 0, low, lower), np.where(high == 0, high, upper)
    return _blank(_clamp(Interval(lower, upper), *codomain), ~(inside.low <= inside.high))


def _even(function: Callable[[Any], Any], a: Interval, *, lowest: float, ulps: int = ULPS) -> Interval:
    """Rising with the size of the argument."""
    sizes = np.abs(a.low), np.abs(a.high)
    least = np.where(_touches_zero(a), 0.0, np.minimum(*sizes))
    return _clamp(_outward(function(least), function(np.maximum(*sizes)), ulps=ulps), lowest=lowest)


def _wave(function: Callable[[Any], Any], a: Interval, *, top: float) -> Interval:
    """Sine or cosine, whose highest place is `top` turns from 0."""
    ends = function(a.low), function(a.high)
    low, high = np.minimum(*ends), np.maximum(*ends)
    lower, upper = _clamp(_outward(low, high), -1.0, 1.0)
    lower = np.where(_meets(a, top + 0.5, 2 * math.pi), -1.0, np.where(low == 0, low, lower))
    upper = np.where(_meets(a, top, 2 * math.pi), 1.0, np.where(high == 0, high, upper))
    return _blank(Interval(lower, upper), _unbounded(a) | np.isnan(a.low))


def _meets(a: Interval, place: float, period: float) -> Any:
    """Whether (place + a whole number)·period may lie in the interval."""
    low, high = a.low / period, a.high / period
    first, last = low - place - 1e-15 * (1 + abs(low)), high - place + 1e-15 * (1 + abs(high))
    return np.ceil(first) <= np.floor(last)


def _tan(a: Interval) -> Interval:
    low, high = _monotone(np.tan, a)
    pole = _meets(a, 0.5, math.pi)
    return _blank(
        Interval(np.where(pole, -np.inf, low), np.where(pole, np.inf, high)), _unbounded(a) | np.isnan(a.low)
    )


def _bessel(order: float, a: Interval) -> Interval:
    """By |J_n| <= 1 and |J_n'| <= 0.6 for whole n; scipy's values err by some 1e-15."""
    if not order.is_integer():
        return _blank(a, True)
    middle = 0.5 * (a.low + a.high)
    reach = 0.6 * np.maximum(a.high - middle, middle - a.low) * (1 + 1e-15) + 1e-14
    value = NUMPY["besselj"](order, middle)
    bounds = _clamp(_outward(value - reach, value + reach), -0.6 if order else -0.41, 0.6 if order else 1.0)
    return _blank(bounds, _unbounded(a))


def _spline(spline: Spline) -> Operation:
    """Values at the middle and slopes between, and no more than the hull of the coefficients (de Boor)."""
    curve = pieces(spline)
    order = spline.order
    knots, c = np.array(spline.knots), np.array(spline.coefficients)
    widths = knots[order + 1 : len(c) + order] - knots[1 : len(c)]
    slopes = order * np.diff(c) / np.where(widths > 0, widths, np.inf)
    steepest = 1.001 * max(
        float(np.abs(slopes).max(initial=0.0)), *np.abs(curve.coefficients[[0, -1], -2]).tolist()
    )
    rounding = 1e-13 * float(np.abs(c).max())
    lowest, highest = c.min() - rounding, c.max() + rounding

    def call(a: Interval) -> Interval:
        middle = 0.5 * (a.low + a.high)
        reach = steepest * (a.high - a.low) / 2 + rounding + ULPS * np.spacing(steepest * np.abs(middle))
        ends = [curve(np.asarray(end)) for end in a]
        slack = rounding + ULPS * np.spacing(np.maximum(*np.abs(ends)))
        # beyond the knots the curve is straight: its values lie between those at the end and at the knot
        least = np.minimum(np.minimum(*ends) - slack, lowest)
        most = np.maximum(np.maximum(*ends) + slack, highest)
        at = curve(np.asarray(middle))
        return _blank(
            _outward(np.maximum(at - reach, least), np.minimum(at + reach, most)),
            _unbounded(a) | np.isnan(a.low),
        )

    return call if order else lambda a: _blank(Interval(*_clamp(a, 0, 0)), True)


_FUNCTIONS: dict[str, Operation] = {
    **{name: partial(_monotone, NUMPY[name]) for name in ("sinh", "asinh", "atan")},
    "tanh": partial(_monotone, np.tanh, codomain=(-1.0, 1.0)),
    "erf": partial(_monotone, NUMPY["erf"], codomain=(-1.0, 1.0)),
    "expm1": partial(_monotone, np.expm1, codomain=(-1.0, math.inf)),
    "exp": partial(_monotone, np.exp, codomain=(0.0, math.inf)),
    "softplus": partial(_monotone, NUMPY["softplus"], codomain=(0.0, math.inf)),
    "log": partial(_monotone, np.log, domain=(0.0, math.inf)),
    "asin": partial(_monotone, np.arcsin, domain=(-1.0, 1.0)),
    "acos": partial(_monotone, np.arccos, domain=(-1.0, 1.0), falling=True),
    "acosh": partial(_monotone, np.arccosh, domain=(1.0, math.inf)),
    "atanh": partial(_monotone, np.arctanh, domain=(-1.0, 1.0)),
    "sin": partial(_wave, np.sin, top=0.25),
    "cos": partial(_wave, np.cos, top=0.0),
    "tan": _tan,
    "cosh": partial(_even, np.cosh, lowest=1.0),
    "Abs": partial(_even, np.asarray, lowest=0.0, ulps=0),
    "sign": lambda a: Interval(np.sign(a.low), np.sign(a.high)),
}
