"""The library of functions that edges are matched with: one sympy definition each, the rest is derived."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from symkan.errors import OptionError
from symkan.symbolic.expressions import NUMPY, compile_expression, constant, real_values, symbol
from symkan.symbolic.expressions import complexity as nodes
from symkan.symbolic.limits import limit_by_values
from symkan.symbolic.parsing import parse_expression

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

U = symbol("u")
ALL = "all"


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
        """f(u), any shape; nan outside the domain. At 0 the limit counts: sin(u)/u is 1 there."""
        return _elementwise(self.expression)(u)

    def slopes(self, u: Array) -> Array:
        """f'(u), any shape; of no meaning outside the domain of f. A jump has no slope."""
        return _elementwise(derivative(self.expression))(u)


@lru_cache(maxsize=1024)
def _elementwise(expression: sympy.Expr) -> Callable[[Array], Array]:
    inner = compile_expression(expression, [U.name], NUMPY)
    limit = limit_at_zero(expression)

    def call(u: Array) -> Array:
        u = np.asarray(u, dtype=np.float64)
        values = real_values(inner, (u,), shape=u.shape)
        if limit is not None:
            values[u == 0] = limit
        return values

    return call


@lru_cache(maxsize=1024)
def derivative(expression: sympy.Expr) -> sympy.Expr:
    """f'(u), with J0 and J1 as the only Bessel functions, and without overflow where f has none."""
    import sympy

    def lowered(order: sympy.Expr, z: sympy.Expr) -> sympy.Expr:
        return 2 * sympy.besselj(1, z) / z - sympy.besselj(0, z) if order == 2 else sympy.besselj(order, z)

    slope = sympy.diff(expression, U).replace(sympy.DiracDelta, lambda *_: sympy.Integer(0))
    return slope.replace(sympy.besselj, lowered).replace(lambda node: node.is_Mul, _tame)


def _tame(product: sympy.Expr) -> sympy.Expr:
    """The product with exp(z)/(k + exp(z)) written as 1/(1 + k·exp(-z)), which doesn't overflow."""
    import sympy

    for exp in (factor for factor in product.args if isinstance(factor, sympy.exp)):
        for power in (
            factor for factor in product.args if factor.is_Pow and factor.base.is_Add and factor.exp < 0
        ):
            k = power.base - exp
            if k.is_Number:
                return product / (exp / power.base) / (1 + k / exp)
    return product


@lru_cache(maxsize=1024)
def limit_at_zero(expression: sympy.Expr) -> float | None:
    """The limit at u = 0 of a function that is 0/0 there, such as sin(u)/u; None for all others."""
    import sympy

    inner = compile_expression(expression, [U.name], NUMPY)
    if not np.isnan(real_values(inner, (np.zeros(1),), shape=(1,)))[0]:
        return None
    value = limit_by_values(expression, U.name)
    if value is None:
        try:
            value = constant(sympy.limit(expression, U, 0))
        except (TypeError, ValueError, NotImplementedError):  # it has none, such as sin(1/u)
            return None
    return value if math.isfinite(value) else None


# name, definition, complexity, free parameters, alias
_DEFINITIONS: tuple[tuple[str, str, int, str, str], ...] = (
    ("constant", "1", 0, "d", ""),
    ("x", "u", 1, "cd", ""),
    ("x^2", "u**2", 2, "bcd", ""),
    ("x^3", "u**3", 3, "bcd", ""),
    ("x^4", "u**4", 4, "bcd", ""),
    ("x^5", "u**5", 5, "bcd", ""),
    ("1/x", "1/u", 2, "bcd", ""),
    ("1/x^2", "1/u**2", 3, "bcd", ""),
    ("1/x^3", "1/u**3", 4, "bcd", ""),
    ("sqrt", "sqrt(u)", 2, "bcd", ""),
    ("1/sqrt", "1/sqrt(u)", 3, "bcd", ""),
    ("x^1.5", "u**(3/2)", 3, "bcd", ""),
    ("power", "exp(u)", 2, "acd", ""),
    ("abs", "abs(u)", 3, "bcd", ""),
    ("sign", "sign(u)", 4, "bcd", ""),
    ("exp", "exp(u)", 2, "acd", ""),
    ("log", "log(u)", 2, "bcd", ""),
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
    ("sigmoid", "1/(1 + exp(-u))", 4, "abcd", "tanh"),
    ("softplus", "log(1 + exp(u))", 5, "abcd", ""),
    ("x*log(x)", "u*log(u)", 4, "abcd", ""),
    ("x*exp(x)", "u*exp(u)", 4, "abcd", ""),
    ("lorentz", "1/(1 + u**2)", 4, "abcd", ""),
    ("bose", "1/(exp(u) - 1)", 4, "abcd", ""),
    ("erf", "erf(u)", 5, "abcd", ""),
    ("j0", "besselj(0, u)", 6, "abcd", ""),
    ("j1", "besselj(1, u)", 6, "abcd", ""),
)


@lru_cache(maxsize=1)
def _built_in() -> tuple[Function, ...]:
    return tuple(
        Function(
            name, parse_expression(text, names=["u"]), size, free, logarithmic=name == "power", alias=alias
        )
        for name, text, size, free, alias in _DEFINITIONS
    )


@dataclass(frozen=True)
class Library:
    """Functions by name, in the order of trial; never changed, only replaced.

    Examples
    --------
    >>> library = Library.parse("sin,exp,x^2").add("witch", "8/(4+x**2)")
    >>> library.names
    ('sin', 'exp', 'x^2', 'witch')
    >>> library["witch"].expression
    8/(u**2 + 4)
    """

    functions: tuple[Function, ...] = field(default_factory=_built_in)

    @classmethod
    def default(cls) -> Library:
        """All built-in functions."""
        return cls()

    @classmethod
    def parse(cls, text: str) -> Library:
        """The library of a list with commas, such as "sin,exp,x^2,witch=8/(4+x^2)"; "all" is all built-in functions.

        Raises
        ------
        OptionError
            When a name is unknown or the list is empty.
        ExpressionError
            When a definition is no expression in x.
        """
        return cls.of(_split(text))

    @classmethod
    def of(cls, entries: Iterable[str]) -> Library:
        """The library of some names and definitions `name=expression`; errors as `parse`."""
        built_in, library = cls(), cls(())
        for entry in entries:
            name, _, definition = (part.strip() for part in entry.partition("="))
            if definition:
                library = library.add(name, definition)
            else:
                library = library._with(*(built_in if name == ALL else (built_in[name],)))
        if not library.functions:
            raise OptionError("library: no function is named; give some, such as sin,exp,x^2")
        return library

    @classmethod
    def chosen(cls, entries: Iterable[str] | None) -> Library:
        """The library of some entries, as `of`, or else the one that is used when a user names none."""
        return cls.of(entries) if entries else cls.default()

    def add(self, name: str, definition: str | sympy.Expr, *, complexity: int | None = None) -> Library:
        """A library with one more function of one variable, x; it takes the place of a namesake.

        Parameters
        ----------
        name
            Without commas, = and blanks.
        definition
            Such as "1/(1+x**2)", or a sympy expression in any one symbol.
        complexity
            How far-fetched it is, in nodes of a formula; None for half the nodes of the definition.

        Raises
        ------
        OptionError
            When the name or the definition cannot be used.
        ExpressionError
            When the text is no expression in x.
        """
        if not name or set(name) & set(",= \t\n"):
            raise OptionError(
                f"library: the name {name!r} is empty or has a comma, = or blank; choose another"
            )
        expression = _in_u(name, definition)
        size = max(2, -(-nodes(expression) // 2)) if complexity is None else complexity
        return self._with(Function(name, expression, size, independent(expression)))

    def select(self, names: Iterable[str]) -> Library:
        """Only these functions, in this order."""
        return Library(tuple(self[name] for name in names))

    @property
    def names(self) -> tuple[str, ...]:
        """All names."""
        return tuple(f.name for f in self.functions)

    def __iter__(self) -> Iterator[Function]:
        return iter(self.functions)

    def __len__(self) -> int:
        return len(self.functions)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> Function:
        for f in self.functions:
            if f.name == name:
                return f
        near = difflib.get_close_matches(name, self.names, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(self.names)}"
        raise OptionError(f"library: no function is called {name!r}; {hint}")

    def _with(self, *functions: Function) -> Library:
        names = {function.name for function in functions}
        return Library((*(f for f in self.functions if f.name not in names), *functions))


def _split(text: str) -> list[str]:
    """Entries between commas that stand outside brackets."""
    entries, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            entries.append("")
        else:
            entries[-1] += character
    return [entry.strip() for entry in entries if entry.strip()]


def _in_u(name: str, definition: str | sympy.Expr) -> sympy.Expr:
    """The definition of a user in the symbol u; checked."""
    import sympy

    if isinstance(definition, str):
        expression = parse_expression(definition, names={"x": U}, functions=())
    else:
        expression = sympy.sympify(definition, strict=True)  # strict: no text is read
    if len(expression.free_symbols) != 1:
        raise OptionError(f"library: {name} = {definition} has no or several variables; define it in x alone")
    expression = expression.xreplace({expression.free_symbols.pop(): U})
    if any(bessel.order not in (0, 1) for bessel in expression.atoms(sympy.besselj)):
        raise OptionError(
            f"library: {name} = {definition} has a Bessel function other than j0 and j1; use these"
        )
    if np.isfinite(_elementwise(expression)(_PROBES)).sum() < 4:
        raise OptionError(f"library: {name} = {definition} is undefined almost everywhere; check its domain")
    return expression


_PROBES = np.concatenate([-np.geomspace(3.1, 0.07, 12), np.geomspace(0.09, 2.9, 12)])


def independent(expression: sympy.Expr) -> str:
    """Which of a, b, c, d in c·f(a·x + b) + d move the edge in independent directions.

    Up to factors, these directions are 1 for d, f(u) for c, u·f'(u) for a and f'(u) for b. Taken in this order,
    one that is a sum of those before it is left out.

    Examples
    --------
    >>> independent(U**2), independent(1 / (1 + U**2))
    ('bcd', 'abcd')
    """
    f, slope = (_elementwise(e)(_PROBES) for e in (expression, derivative(expression)))
    good = np.isfinite(f) & np.isfinite(slope)
    if not slope[good].any():  # a jump moves, although its slope is 0
        return "bcd"
    directions = {"d": np.ones_like(f), "c": f, "a": _PROBES * slope, "b": slope}
    chosen: list[str] = []
    for name in directions:
        columns = np.stack([directions[key][good] for key in (*chosen, name)])
        columns /= np.linalg.norm(columns, axis=1, keepdims=True)
        if np.linalg.svd(columns, compute_uv=False)[-1] > 1e-9:
            chosen.append(name)
    return "".join(sorted(chosen))
