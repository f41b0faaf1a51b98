"""Expressions with free constants, as fast numeric models: no sympy at call time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.symbolic.tape import Compiler, Tape, real_value

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ParametricModel:
    """An expression with free constants c1, c2, … in the columns x1, x2, …

    Attributes
    ----------
    skeleton
        The expression with symbols for the constants.
    constants
        Their names, in order of appearance.
    start
        Their values in the expression that the model was made of, shape [m].
    variables
        Names of the columns in use; x1 is column 0 of the rows, whatever else is in use.
    weights
        By which values are multiplied, [n]; None where all rows count alike.
    """

    skeleton: sympy.Expr
    constants: tuple[str, ...]
    start: Array
    variables: tuple[str, ...]
    weights: Array | None = None

    @cached_property
    def tape(self) -> Tape:
        """The compiled skeleton."""
        return Compiler(self.constants, self.variables).compile(self.skeleton)

    @cached_property
    def linear(self) -> NDArray[np.bool_]:
        """Which constants are coefficients of the outermost sum and stand nowhere else, [m]."""
        sums = self.skeleton.args if self.skeleton.is_Add else (self.skeleton,)
        counts = Counter(name for term in sums for name in {s.name for s in term.free_symbols})
        factors = {f.name for term in sums for f in _factors(term) if f.is_Symbol}
        return np.array([name in factors and counts[name] == 1 for name in self.constants], dtype=bool)

    def values(self, x: Array, theta: Array) -> Array:
        """Values [n] at the rows `x` [n, features]; nan or inf where the expression is undefined."""
        with np.errstate(all="ignore"):
            slots = self.tape.forward(x, theta)
            return self._weighted(slots[self.tape.output], len(x))

    def jacobian(self, x: Array, theta: Array) -> tuple[Array, Array]:
        """Values [n] and their derivatives by the constants [n, m]."""
        jacobian = np.zeros((len(x), len(self.constants)), order="F")
        with np.errstate(all="ignore"):
            slots = self.tape.forward(x, theta)
            for i, column in enumerate(self.tape.backward(slots, len(self.constants))):
                if column is not None:
                    jacobian[:, i] = column if self.weights is None else column * self.weights
            return self._weighted(slots[self.tape.output], len(x)), jacobian

    def _weighted(self, values: Any, rows: int) -> Array:
        whole = np.array(np.broadcast_to(values, rows), dtype=np.float64)
        return whole if self.weights is None else whole * self.weights

    def slopes(self) -> Iterator[sympy.Expr]:
        """Derivatives of the skeleton by each constant."""
        from symkan.symbolic.expressions import symbol

        return (self.skeleton.diff(symbol(name)) for name in self.constants)

    def expression(self, theta: Iterable[float]) -> sympy.Expr:
        """The expression with numbers in the place of the constants, full precision."""
        import sympy

        from symkan.symbolic.expressions import symbol

        numbers = {symbol(c): sympy.Float(float(v)) for c, v in zip(self.constants, theta, strict=True)}
        return _substitute(self.skeleton, numbers)


def parametrise(expression: sympy.Expr) -> ParametricModel:
    """Free the floats of an expression; integers, fractions and π are part of its structure.

    Numbers without a variable that contain a float become one constant. Coefficients in one sum that agree to
    the last digit, up to the sign, are one constant, so k·(x - y) keeps one although sympy writes k·x - k·y;
    numbers of fewer than nine digits do not count, because equal starting values such as 1.0 mean nothing.

    Examples
    --------
    >>> from sympy import Float, pi
    >>> from symkan.symbolic.expressions import symbol
    >>> x = symbol("x1")
    >>> model = parametrise(Float(0.5) * x**2 + pi * Float(3.0))
    >>> sorted(model.start.tolist())
    [0.5, 9.42477796076938]
    """
    skeletons = _Skeleton()
    skeleton = skeletons.free(expression)
    names = tuple(f"c{i + 1}" for i in range(len(skeletons.start)))
    variables = {s.name for s in skeleton.free_symbols} - set(names)
    return ParametricModel(
        skeleton, names, np.array(skeletons.start), tuple(sorted(variables, key=lambda v: (len(v), v)))
    )


_Shared = dict[float, "tuple[sympy.Expr, float] | None"]


def _substitute(expression: sympy.Expr, numbers: dict[sympy.Symbol, sympy.Float]) -> sympy.Expr:
    """`xreplace` that keeps a constant times a sum as it stands; sympy would multiply it out, doubling it."""
    import sympy

    if expression.is_Symbol:
        return numbers.get(expression, expression)
    if not expression.args:
        return expression
    args = [_substitute(a, numbers) for a in expression.args]
    if expression.is_Mul and len(args) == 2 and args[0].is_Float and args[0] != 1 and args[1].is_Add:
        return sympy.Mul(*args, evaluate=False)
    return expression.func(*args)


class _Skeleton:
    """Replaces floats by symbols; remembers their values in `start`."""

    def __init__(self) -> None:
        self.start: list[float] = []

    def free(self, expression: sympy.Expr, shared: _Shared | None = None) -> sympy.Expr:
        import sympy

        if not expression.args:
            return self._constant(float(expression), shared) if expression.is_Float else expression
        if not expression.has(sympy.Float):
            return expression
        if not expression.free_symbols:
            return self._constant(real_value(expression), shared)
        if expression.is_Add:
            return self._free_sum(expression)
        if expression.is_Mul:
            return expression.func(*(self.free(a, shared) for a in _merge_numbers(expression)))
        return expression.func(*(self.free(a) for a in expression.args))

    def _free_sum(self, expression: sympy.Expr) -> sympy.Expr:
        args = _merge_numbers(expression)
        counts = Counter(abs(float(f)) for a in args for f in _factors(a) if f.is_Float)
        shared: _Shared = {v: None for v, k in counts.items() if k > 1 and len(f"{v:.15g}") > 10}
        return expression.func(*(self.free(a, shared) for a in args))

    def _constant(self, value: float, shared: _Shared | None) -> sympy.Expr:
        from symkan.symbolic.expressions import symbol

        owner = shared.get(abs(value)) if shared else None
        if owner is not None:
            return owner[0] if owner[1] == value else -owner[0]
        self.start.append(value)
        constant = symbol(f"c{len(self.start)}")
        if shared and abs(value) in shared:
            shared[abs(value)] = (constant, value)
        return constant


def _factors(term: sympy.Expr) -> tuple[sympy.Expr, ...]:
    return term.args if term.is_Mul else (term,)


def _merge_numbers(expression: sympy.Expr) -> list[sympy.Expr]:
    """Arguments of a sum or product, with all its numbers in one float where one of them is a float."""
    import sympy

    numbers = [a for a in expression.args if not a.free_symbols]
    if len(numbers) < 2 or not any(a.has(sympy.Float) for a in numbers):
        return list(expression.args)
    others = [a for a in expression.args if a.free_symbols]
    return [sympy.Float(real_value(expression.func(*numbers))), *others]
