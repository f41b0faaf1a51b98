"""Expressions with free constants, as fast numeric models: values and Jacobians without sympy at call time.

An expression becomes a tape once: a list of elementary steps, each with its partial derivatives. Values are one
pass forward; the Jacobian is one pass backward (reverse-mode differentiation: rows are independent, so one sweep
gives all constants at once), see Griewank and Walther, Evaluating Derivatives (2008), chapter 3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from symkan.errors import ExpressionError

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Partial = Callable[..., Any] | None


class Operation(NamedTuple):
    """A ufunc and its partial derivatives, functions of (arguments…, value); None is a derivative of 1."""

    value: Callable[..., Any]
    partials: tuple[Partial, ...]


class Step(NamedTuple):
    """One operation on earlier slots of the tape; `active` says which arguments depend on a constant."""

    operation: Operation
    arguments: tuple[int, ...]
    active: tuple[bool, ...]


_ADD = Operation(np.add, (None, None))
_MULTIPLY = Operation(np.multiply, (lambda a, b, v: b, lambda a, b, v: a))
_POWER = Operation(
    np.power, (lambda a, b, v: b * np.power(a, b - 1), lambda a, b, v: np.where(a == 0, 0, v * np.log(a)))
)
_SQUARE = Operation(np.square, (lambda a, v: 2 * a,))
_SQRT = Operation(np.sqrt, (lambda a, v: 0.5 / v,))
_RECIPROCAL = Operation(np.reciprocal, (lambda a, v: -v * v,))

_FUNCTIONS: dict[str, Operation] = {
    "sin": Operation(np.sin, (lambda a, v: np.cos(a),)),
    "cos": Operation(np.cos, (lambda a, v: -np.sin(a),)),
    "tan": Operation(np.tan, (lambda a, v: 1 + v * v,)),
    "sinh": Operation(np.sinh, (lambda a, v: np.cosh(a),)),
    "cosh": Operation(np.cosh, (lambda a, v: np.sinh(a),)),
    "tanh": Operation(np.tanh, (lambda a, v: 1 / np.square(np.cosh(a)),)),
    "asin": Operation(np.arcsin, (lambda a, v: 1 / np.sqrt((1 - a) * (1 + a)),)),
    "acos": Operation(np.arccos, (lambda a, v: -1 / np.sqrt((1 - a) * (1 + a)),)),
    "atan": Operation(np.arctan, (lambda a, v: 1 / (1 + a * a),)),
    "asinh": Operation(np.arcsinh, (lambda a, v: 1 / np.hypot(1, a),)),
    "acosh": Operation(np.arccosh, (lambda a, v: 1 / np.sqrt((a - 1) * (a + 1)),)),
    "atanh": Operation(np.arctanh, (lambda a, v: 1 / ((1 - a) * (1 + a)),)),
    "exp": Operation(np.exp, (lambda a, v: v,)),
    "log": Operation(np.log, (lambda a, v: 1 / a,)),
    "Abs": Operation(np.abs, (lambda a, v: np.sign(a),)),
    "sign": Operation(np.sign, (lambda a, v: 0.0 * a,)),
}


def _erf() -> Operation:
    from scipy.special import erf

    return Operation(erf, (lambda a, v: 2 / np.sqrt(np.pi) * np.exp(-a * a),))


def _bessel(order: float) -> Operation:
    from scipy.special import jv, jvp

    return Operation(lambda a: jv(order, a), (lambda a, v: jvp(order, a),))


@dataclass(frozen=True, eq=False)
class Tape:
    """Steps that compute an expression; slots hold constants, numbers, columns, then the steps' values."""

    numbers: tuple[float, ...]
    columns: tuple[int, ...]
    steps: tuple[Step, ...]
    output: int

    def forward(self, x: Array, theta: Array) -> list[Any]:
        """Values of all slots; [n] where they depend on `x`, scalars elsewhere."""
        slots: list[Any] = [*theta, *self.numbers, *(x[:, column] for column in self.columns)]
        for operation, arguments, _ in self.steps:
            slots.append(operation.value(*[slots[a] for a in arguments]))
        return slots

    def backward(self, slots: list[Any], constants: int) -> list[Any]:
        """Derivatives of the output by each constant, from the slots of `forward`; None is 0."""
        adjoints: list[Any] = [None] * len(slots)
        adjoints[self.output] = 1.0
        first = len(slots) - len(self.steps)
        for k in range(len(slots) - 1, first - 1, -1):
            adjoint = adjoints[k]
            operation, arguments, active = self.steps[k - first]
            if adjoint is None or not any(active):
                continue
            inputs = [slots[a] for a in arguments]
            for a, on, partial in zip(arguments, active, operation.partials, strict=True):
                if on:
                    term = adjoint if partial is None else adjoint * partial(*inputs, slots[k])
                    adjoints[a] = term if adjoints[a] is None else adjoints[a] + term
        return adjoints[:constants]


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
    """

    skeleton: sympy.Expr
    constants: tuple[str, ...]
    start: Array
    variables: tuple[str, ...]

    @cached_property
    def tape(self) -> Tape:
        """The compiled skeleton."""
        return _Compiler(self.constants, self.variables).compile(self.skeleton)

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
        return np.array(np.broadcast_to(slots[self.tape.output], len(x)), dtype=np.float64)

    def jacobian(self, x: Array, theta: Array) -> tuple[Array, Array]:
        """Values [n] and their derivatives by the constants [n, m]."""
        jacobian = np.zeros((len(x), len(self.constants)), order="F")
        with np.errstate(all="ignore"):
            slots = self.tape.forward(x, theta)
            for i, column in enumerate(self.tape.backward(slots, len(self.constants))):
                if column is not None:
                    jacobian[:, i] = column
        return np.array(np.broadcast_to(slots[self.tape.output], len(x)), dtype=np.float64), jacobian

    def expression(self, theta: Iterable[float]) -> sympy.Expr:
        """The expression with numbers in the place of the constants, full precision."""
        import sympy

        from symkan.symbolic.expressions import symbol

        numbers = {symbol(c): sympy.Float(float(v)) for c, v in zip(self.constants, theta, strict=True)}
        return self.skeleton.xreplace(numbers)


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
            return self._constant(_real(expression), shared)
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
    return [sympy.Float(_real(expression.func(*numbers))), *others]


def _real(number: sympy.Expr) -> float:
    """A number as float; nan where it is complex."""
    if number.is_Float or number.is_Rational:
        return float(number)
    value = number.evalf(17)
    return float(value) if value.is_extended_real else float("nan")


class _Compiler:
    """One walk over an expression; equal subtrees share a slot."""

    def __init__(self, constants: tuple[str, ...], variables: tuple[str, ...]) -> None:
        self.constants = {name: i for i, name in enumerate(constants)}
        self.variables = variables
        self.slots: dict[Any, int] = {}
        self.active: list[bool] = []
        self.steps: list[Step] = []

    def compile(self, expression: sympy.Expr) -> Tape:
        numbers = {_real(atom) for atom in expression.atoms() if not atom.is_Symbol}
        columns = tuple(self._column(name) for name in self.variables)
        names: list[Any] = [*self.constants, *numbers, *self.variables]
        self.slots = {name: i for i, name in enumerate(names)}
        self.active = [i < len(self.constants) for i in range(len(names))]
        output = self._visit(expression)
        return Tape(tuple(numbers), columns, tuple(self.steps), output)

    @staticmethod
    def _column(name: str) -> int:
        if name[0] != "x" or not name[1:].isdigit():
            raise ExpressionError(f"{name} is no column of the table; its columns are x1, x2, …")
        return int(name[1:]) - 1

    def _visit(self, e: sympy.Expr) -> int:
        if e.is_Symbol:
            return self.slots[e.name]
        if not e.args:
            return self.slots[_real(e)]
        slot = self.slots.get(e)
        if slot is None:
            slot = self.slots[e] = self._branch(e)
        return slot

    def _branch(self, e: sympy.Expr) -> int:
        if e.is_Add or e.is_Mul:
            operation = _ADD if e.is_Add else _MULTIPLY
            # from the cheap to the costly: numbers and constants multiply as scalars before they meet columns
            slots = sorted(self._visit(a) for a in e.args)
            slot = slots[0]
            for other in slots[1:]:
                slot = self._step(operation, slot, other)
            return slot
        if e.is_Pow:
            return self._power(*e.args)
        name = type(e).__name__
        if name == "besselj" and e.args[0].is_Number:
            return self._step(_bessel(float(e.args[0])), self._visit(e.args[1]))
        operation = _erf() if name == "erf" else _FUNCTIONS.get(name)  # type: ignore[assignment]
        if operation is None:
            raise ExpressionError(
                f"{name} is no function of the library; write {e} with functions of the library"
            )
        return self._step(operation, self._visit(e.args[0]))

    def _power(self, base: sympy.Expr, exponent: sympy.Expr) -> int:
        slot = self._visit(base)
        size = abs(exponent)
        if (exponent.is_Rational and size in (1, 2)) or size == 0.5:
            if size == 2:
                slot = self._step(_SQUARE, slot)
            elif size != 1:
                slot = self._step(_SQRT, slot)
            return self._step(_RECIPROCAL, slot) if exponent < 0 else slot
        return self._step(_POWER, slot, self._visit(exponent))

    def _step(self, operation: Operation, *arguments: int) -> int:
        active = tuple(self.active[a] for a in arguments)
        self.steps.append(Step(operation, arguments, active))
        self.active.append(any(active))
        return len(self.active) - 1
