"""What formulas are made of, as values on rows: columns, sums and differences of two, functions of one group."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.problems import Problem
    from symkan.symbolic.library import Library

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Atom:
    """A column or a combination of two, with its values [rows] and, where units are known, its dimension.

    A dimension is a vector of exponents of base units.
    """

    expression: sympy.Expr
    values: Array
    dimension: Array | None = None


@dataclass(frozen=True)
class Shape:
    """A function of one group u without constants of its own, as text in u.

    Attributes
    ----------
    text
        In the safe grammar.
    size
        Nodes that it adds to a formula.
    scales
        Factors of u that are tried as they stand.
    relative
        Further factors, in units of one over the median size of u; they are refined by the fit that follows.
    """

    text: str
    size: int
    scales: tuple[float, ...] = (1.0,)
    relative: tuple[float, ...] = ()

    @property
    def call(self) -> Callable[[Array], Array]:
        """f(u) on arrays."""
        return _compiled(self.text)

    def of(self, u: sympy.Expr) -> sympy.Expr:
        """f(u) as an expression."""
        from symkan.symbolic.parsing import parse_expression

        return parse_expression(self.text, names={"u": u})


TURNS = (1.0, 0.5, 2.0)
SOFT = (0.1, 0.3, 1.0, 3.0)

EXPONENTIAL = Shape("exp(u)", 1)

SHAPES: tuple[Shape, ...] = (
    EXPONENTIAL,
    Shape("1 + u", 2, (1.0, -1.0), (0.1, 0.5, 2.0, 10.0, -0.2, -0.5)),
    Shape("1 + u**2", 3, (1.0,), (0.3, 1.0, 3.0)),
    Shape("1 - u**2", 3, (1.0,), (0.2, 0.5)),
    Shape("exp(u) - 1", 3, TURNS, SOFT),
    Shape("exp(u) + 1", 3, TURNS, SOFT),
    Shape("1 + exp(-u)", 4, TURNS, SOFT),
    Shape("log(u)", 1, (1.0, 2.0, 0.5)),
    Shape("log(1 + u)", 3, (1.0,), SOFT),
    Shape("sin(u)", 1, TURNS),
    Shape("cos(u)", 1, TURNS),
    Shape("tan(u)", 1, TURNS),
    Shape("1 - cos(u)", 3),
    Shape("1 + cos(u)", 3),
    Shape("tanh(u)", 1, TURNS, SOFT),
    Shape("sinh(u)", 1, TURNS, SOFT),
    Shape("cosh(u)", 1, TURNS, SOFT),
    Shape("asin(u)", 1),
    Shape("acos(u)", 1),
    Shape("atan(u)", 1, (1.0,), SOFT),
)


@lru_cache(maxsize=64)
def _compiled(text: str) -> Callable[[Array], Array]:
    from symkan.symbolic.expressions import numpy_function, symbol
    from symkan.symbolic.parsing import parse_expression

    function = numpy_function(parse_expression(text, names={"u": symbol("u")}), ["u"])
    return lambda u: function(u.reshape(-1, 1)).reshape(u.shape)


def allowed(shapes: tuple[Shape, ...], library: Library) -> tuple[Shape, ...]:
    """The shapes whose functions the library has."""
    from symkan.symbolic.expressions import symbol

    known, u = known_heads(library), symbol("u")
    return tuple(s for s in shapes if heads(s.of(u)) <= known)


def known_heads(library: Library) -> frozenset[type[sympy.Expr]]:
    """The functions, such as sin, that the library's are written with; and |x|, which is the root of a square."""
    import sympy

    return frozenset({sympy.Abs}).union(*(heads(f.expression) for f in library))


def heads(expression: sympy.Expr) -> frozenset[type[sympy.Expr]]:
    """The functions, such as sin, that an expression holds."""
    import sympy

    return frozenset(node.func for node in expression.atoms(sympy.Function))


def columns_of(problem: Problem, rows: NDArray[np.int64]) -> list[Atom]:
    """The columns as they are."""
    known = problem.dimensions
    return [
        Atom(c, problem.x[rows, i], None if known is None else known.columns[i])
        for i, c in enumerate(problem.columns)
    ]


KINDS_OF_PAIRS = 4
"""Atoms that `pairs_of` makes of two columns."""

LINEAR_PAIRS = 2
"""The first of them, the difference and the sum."""


def pairs_of(atoms: list[Atom]) -> Iterator[Atom]:
    """Differences and sums of two columns of one dimension, and of their squares."""
    for a, b in itertools.combinations(atoms, 2):
        d = a.dimension
        if d is not None and b.dimension is not None and not np.array_equal(d, b.dimension):
            continue
        u, v = a.values, b.values
        twice = None if d is None else 2 * d
        yield _positive(a.expression - b.expression, u - v, d)
        yield Atom(a.expression + b.expression, u + v, d)
        yield Atom(a.expression**2 + b.expression**2, u**2 + v**2, twice)
        yield _positive(a.expression**2 - b.expression**2, u**2 - v**2, twice)


def _positive(expression: sympy.Expr, values: Array, dimension: Array | None) -> Atom:
    """The atom, with its sign changed where it is negative throughout: roots of it are then defined."""
    negative = bool((values < 0).all())
    return Atom(-expression, -values, dimension) if negative else Atom(expression, values, dimension)


def differences_of(atoms: list[Atom]) -> Iterator[Atom]:
    """Differences of two columns of one dimension."""
    return itertools.islice(pairs_of(atoms), 0, None, KINDS_OF_PAIRS)


def dimensions_of(atoms: list[Atom], powers: Array) -> Array | None:
    """Dimensions [vectors, base units] of Π atom^power; None where units are not known."""
    known = [a.dimension for a in atoms if a.dimension is not None]
    return powers @ np.stack(known) if len(known) == len(atoms) else None


@lru_cache(maxsize=64)
def exponents(count: int, *, most: int, largest: int, total: int) -> Array:
    """Vectors of small whole exponents [vectors, count], smallest first.

    At most `most` of them are not 0, none is over `largest`, and their sizes sum to `total` at most.

    Examples
    --------
    >>> exponents(2, most=2, largest=1, total=2).tolist()
    [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0], [-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    """
    entries = [e for e in range(-largest, largest + 1) if e]
    found = []
    for size in range(1, min(most, count) + 1):
        for where in itertools.combinations(range(count), size):
            for values in itertools.product(entries, repeat=size):
                if sum(map(abs, values)) <= total:
                    vector = np.zeros(count)
                    vector[list(where)] = values
                    found.append(vector)
    found.sort(key=lambda v: float(np.abs(v).sum()))
    return np.array(found).reshape(-1, count)


def product(atoms: list[Atom], powers: Array) -> sympy.Expr:
    """Π atom^power; powers are rounded to halves and thirds where they are near."""
    import sympy

    return sympy.Mul(*(a.expression ** rational(p) for a, p in zip(atoms, powers, strict=True)))


def rational(power: float) -> sympy.Rational:
    """The simple fraction next to a power."""
    import sympy

    near = Fraction(float(power)).limit_denominator(6)
    return sympy.Rational(near.numerator, near.denominator)


def monomials(atoms: list[Atom], powers: Array) -> Array:
    """Values [rows, vectors] of Π atom^power; nan where a negative value has a broken power."""
    x = np.stack([a.values for a in atoms], axis=1)
    signs = np.sign(x)
    values: Array = np.exp(np.log(np.where(x == 0, 1.0, np.abs(x))) @ powers.T)
    for k in np.flatnonzero((signs == 0).any(axis=0)):
        values[np.ix_(signs[:, k] == 0, powers[:, k] > 0)] = 0.0
        values[np.ix_(signs[:, k] == 0, powers[:, k] < 0)] = np.inf
    for k in np.flatnonzero((signs < 0).any(axis=0)):
        odd = powers[:, k] % 2 != 0
        values[:, odd] *= np.where(signs[:, [k]] < 0, -1.0, 1.0)
        broken = powers[:, k] % 1 != 0
        values[np.ix_(signs[:, k] < 0, broken)] = np.nan
    return values
