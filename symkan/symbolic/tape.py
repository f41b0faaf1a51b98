"""An expression compiled to numpy: elementary steps, each with its partial derivatives.

Values are one pass forward; the Jacobian is one pass backward (reverse mode: rows are independent, so one
sweep gives all constants at once), see Griewank and Walther, Evaluating Derivatives (2008), chapter 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


UNDEFINED = float("nan")
"""One object, so that it finds itself in a dictionary."""


def real_value(number: sympy.Expr) -> float:
    """A number as float; nan where it is complex."""
    if number.is_Float or number.is_Rational:
        return float(number)
    value = number.evalf(17)
    return float(value) if value.is_extended_real else UNDEFINED


class Compiler:
    """One walk over an expression of the named constants and columns; equal subtrees share a slot."""

    def __init__(self, constants: tuple[str, ...], variables: tuple[str, ...]) -> None:
        self.constants = {name: i for i, name in enumerate(constants)}
        self.variables = variables
        self.slots: dict[Any, int] = {}
        self.active: list[bool] = []
        self.steps: list[Step] = []

    def compile(self, expression: sympy.Expr) -> Tape:
        """The tape of an expression.

        Raises
        ------
        ExpressionError
            When it holds a function or a column that is not known.
        """
        numbers = {real_value(atom) for atom in expression.atoms() if not atom.is_Symbol}
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
            return self.slots[real_value(e)]
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
