"""The library of functions that edges are matched with: one sympy definition each, everything else derived."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from symkan.errors import OptionError
from symkan.symbolic.expressions import complexity as nodes
from symkan.symbolic.expressions import NUMPY, compile_expression, real_values, symbol
from symkan.symbolic.parsing import parse_expression

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

U = symbol("u")


@dataclass(frozen=True)
class Function:
    """A function f for edges c·f(a·x + b) + d.

    Attributes
    ----------
    name
        As it is chosen and shown.
    expression
        f in the symbol u.
    complexity
        How far-fetched it is, in nodes of a formula.
    free
        Which of a, b, c, d are independent; the others stay at 1, 0, 1, 0 (a may be -1), so that a fit has no
        direction in which nothing changes.
    logarithmic
        Whether the argument is a·log(x) + b instead: a power law, for positive x.
    alias
        The function that is the same edge under another name (cos is sin); matching skips it.
    """

    name: str
    expression: sympy.Expr
    complexity: int
    free: str = "abcd"
    logarithmic: bool = False
    alias: str = ""

    def values(self, u: Array) -> Array:
        """f(u), any shape; nan outside the domain."""
        return _compiled(self.expression, 0)(u)

    def slopes(self, u: Array) -> Array:
        """f'(u), any shape; nan outside the domain."""
        return _compiled(self.expression, 1)(u)


@lru_cache(maxsize=1024)
def _compiled(expression: sympy.Expr, order: int) -> Callable[[Array], Array]:
    inner = compile_expression(derivative(expression) if order else expression, ["u"], NUMPY)

    def call(u: Array) -> Array:
        u = np.asarray(u, dtype=np.float64)
        return real_values(inner, (u,), shape=u.shape)

    return call


def derivative(expression: sympy.Expr) -> sympy.Expr:
    """f'(u); Bessel functions are brought back to J0 and J1, and no derivative of a jump is kept."""
    import sympy

    slope = sympy.diff(expression, U)
    slope = slope.replace(sympy.DiracDelta, lambda *_: sympy.Integer(0)).replace(
        lambda e: isinstance(e, sympy.Derivative), lambda e: sympy.Integer(0)
    )
    two = sympy.Integer(2)

    def lower(order: sympy.Expr, z: sympy.Expr) -> sympy.Expr:
        if order == 2:
            return two * sympy.besselj(1, z) / z - sympy.besselj(0, z)
        return -sympy.besselj(1, z) if order == -1 else sympy.besselj(order, z)

    return slope.replace(sympy.besselj, lower)


@dataclass(frozen=True)
class Library:
    """Functions by name, in the order of trial; never changed, only replaced.

    Examples
    --------
    >>> library = Library.parse("sin,exp,x^2").add("lorentz", "1/(1+x**2)")
    >>> library.names
    ('sin', 'exp', 'x^2', 'lorentz')
    """

    functions: tuple[Function, ...]

    @staticmethod
    def default() -> Library:
        """All built-in functions."""
        return _default()

    @classmethod
    def parse(cls, text: str) -> Library:
        """The library of a comma-separated list such as "sin,exp,x^2,mine=1/(2+x^4)".

        Raises
        ------
        OptionError
            When a name is unknown or the list is empty.
        ExpressionError
            When a definition is no expression in x.
        """
        entries = [entry.strip() for entry in text.split(",") if entry.strip()]
        return cls.of(entries)

    @classmethod
    def of(cls, entries: Iterable[str]) -> Library:
        """The library of some names and definitions `name=expression`."""
        library = cls(())
        for entry in entries:
            name, _, definition = (part.strip() for part in entry.partition("="))
            library = library.add(name, definition) if definition else library._with(_default()[name])
        if not library.functions:
            raise OptionError("library: no function is named; give some, such as sin,exp,x^2")
        return library

    def add(self, name: str, definition: str | sympy.Expr, *, complexity: int | None = None) -> Library:
        """A library with one more function, defined in the one variable x; it takes the place of its namesake."""
        expression = (
            parse_expression(definition, names={"x": U, "u": U}) if isinstance(definition, str) else definition
        )
        free = expression.free_symbols
        if len(free) != 1:
            raise OptionError(f"library: {name} = {definition} must have one variable, x")
        expression = expression.xreplace({next(iter(free)): U})
        return self._with(Function(name, expression, complexity or max(2, nodes(expression) // 2)))

    def select(self, names: Iterable[str]) -> Library:
        """Only these functions."""
        return Library(tuple(self[name] for name in names))

    @property
    def names(self) -> tuple[str, ...]:
        """All names."""
        return tuple(f.name for f in self.functions)

    def __iter__(self) -> Iterator[Function]:
        return iter(self.functions)

    def __len__(self) -> int:
        return len(self.functions)

    def __getitem__(self, name: str) -> Function:
        for f in self.functions:
            if f.name == name:
                return f
        near = difflib.get_close_matches(name, self.names, n=3, cutoff=0.4)
        hint = f"did you mean {', '.join(near)}?" if near else f"choose from {', '.join(self.names)}"
        raise OptionError(f"library: no function is called {name!r}; {hint}")

    def _with(self, function: Function) -> Library:
        return Library((*(f for f in self.functions if f.name != function.name), function))


_SHIFTED, _SCALED = "bcd", "acd"

# name, definition, complexity, free parameters, alias
_DEFINITIONS: tuple[tuple[str, str, int, str, str], ...] = (
    ("constant", "1", 0, "d", ""),
    ("x", "u", 1, "cd", ""),
    ("x^2", "u**2", 2, _SHIFTED, ""),
    ("x^3", "u**3", 3, _SHIFTED, ""),
    ("x^4", "u**4", 4, _SHIFTED, ""),
    ("x^5", "u**5", 5, _SHIFTED, ""),
    ("1/x", "1/u", 2, _SHIFTED, ""),
    ("1/x^2", "1/u**2", 3, _SHIFTED, ""),
    ("1/x^3", "1/u**3", 4, _SHIFTED, ""),
    ("sqrt", "sqrt(u)", 2, _SHIFTED, ""),
    ("1/sqrt", "1/sqrt(u)", 3, _SHIFTED, ""),
    ("x^1.5", "u**(3/2)", 3, _SHIFTED, ""),
    ("abs", "abs(u)", 3, _SHIFTED, ""),
    ("sign", "sign(u)", 4, _SHIFTED, ""),
    ("exp", "exp(u)", 2, _SCALED, ""),
    ("log", "log(u)", 2, _SHIFTED, ""),
    ("sin", "sin(u)", 2, "abcd", ""),
    ("cos", "cos(u)", 2, "abcd", "sin"),
    ("tan", "tan(u)", 4, "abcd", ""),
    ("sinh", "sinh(u)", 4, "abcd", ""),
    ("cosh", "cosh(u)", 4, "abcd", ""),
    ("tanh", "tanh(u)", 3, "abcd", ""),
    ("asin", "asin(u)", 4, "abcd", ""),
    ("acos", "acos(u)", 4, "abcd", "asin"),
    ("atan", "atan(u)", 4, "abcd", ""),
    ("asinh", "asinh(u)", 5, "abcd", ""),
    ("acosh", "acosh(u)", 5, "abcd", ""),
    ("atanh", "atanh(u)", 5, "abcd", ""),
    ("gaussian", "exp(-u**2)", 3, "abcd", ""),
    ("sinc", "sin(u)/u", 5, "abcd", ""),
    ("sigmoid", "1/(1+exp(-u))", 4, "abcd", "tanh"),
    ("softplus", "log(1+exp(u))", 5, "abcd", ""),
    ("x*log(x)", "u*log(u)", 4, "abcd", ""),
    ("x*exp(x)", "u*exp(u)", 4, "abcd", ""),
    ("lorentz", "1/(1+u**2)", 4, "abcd", ""),
    ("bose", "1/(exp(u)-1)", 4, "abcd", ""),
    ("erf", "erf(u)", 5, "abcd", ""),
    ("j0", "besselj(0,u)", 6, "abcd", ""),
    ("j1", "besselj(1,u)", 6, "abcd", ""),
)


@lru_cache(maxsize=1)
def _default() -> Library:
    import sympy

    power = Function("power", sympy.exp(U), 2, _SCALED, logarithmic=True)
    functions = [
        Function(name, parse_expression(text, names={"u": U}), size, free, alias=alias)
        for name, text, size, free, alias in _DEFINITIONS
    ]
    return Library((*functions[:12], power, *functions[12:]))


def default_library() -> Library:
    """All built-in functions."""
    return _default()
