"""Dictionaries of terms: monomials, functions of one group, powers and functions of two columns, times monomials."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.atoms import (
    KINDS_OF_PAIRS,
    LINEAR_PAIRS,
    Atom,
    Shape,
    allowed,
    dimensions_of,
    exponents,
    monomials,
    pairs_of,
    product,
)

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.symbolic.library import Library

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Dictionary:
    """Terms: values [rows, terms], sizes in nodes, their expressions, made when asked for, and their dimensions.

    Dimensions [terms, base units] are nan for terms that no dimension fits, and None where units are not known.
    """

    values: Array
    sizes: Array
    make: tuple[Callable[[], sympy.Expr], ...]
    dimensions: Array | None = None

    @classmethod
    def joined(cls, parts: list[Dictionary]) -> Dictionary:
        """One dictionary of several."""
        return cls(
            np.concatenate([p.values for p in parts], axis=1),
            np.concatenate([p.sizes for p in parts]),
            tuple(m for p in parts for m in p.make),
            _joined([p.dimensions for p in parts]),
        )

    def of_dimension(self, wanted: Array | None) -> Dictionary:
        """The terms of a dimension; all where units are not known."""
        if wanted is None or self.dimensions is None:
            return self
        return self._subset(np.flatnonzero((np.abs(self.dimensions - wanted) < 1e-9).all(axis=1)))

    def _subset(self, kept: list[int] | NDArray[np.intp]) -> Dictionary:
        dimensions = None if self.dimensions is None else self.dimensions[kept]
        return Dictionary(
            self.values[:, kept], self.sizes[kept], tuple(self.make[k] for k in kept), dimensions
        )

    def usable(self, most: int) -> Dictionary:
        """The simplest terms that are finite and differ from one another."""
        with np.errstate(all="ignore"):
            norm = np.sqrt(np.mean(self.values**2, axis=0))
            fine = np.isfinite(norm) & (norm > 0)
            directions = np.random.default_rng(0).normal(size=(4, len(self.values)))
            # of all rows, since a term may be 0 on most of them
            seen = directions @ np.where(fine, self.values / norm, 0.0)
            lead = np.take_along_axis(seen, np.abs(seen).argmax(axis=0)[None], axis=0)
            key = np.round(seen / lead, 9)
        order = [k for k in np.argsort(self.sizes, kind="stable") if fine[k]]
        first: dict[bytes, int] = {}
        for k in order:
            first.setdefault(key[:, k].tobytes(), int(k))
        return self._subset(list(first.values())[:most])


def _joined(dimensions: list[Array | None]) -> Array | None:
    known = [d for d in dimensions if d is not None]
    return np.concatenate(known) if len(known) == len(dimensions) else None


def monomial_terms(atoms: list[Atom], powers: Array) -> Dictionary:
    """Products of powers of atoms, for exponents [terms, atoms]."""

    def maker(p: Array) -> Callable[[], sympy.Expr]:
        return lambda: product(atoms, p)

    sizes = np.maximum(2 * (powers != 0).sum(axis=1) - 1, 1) + (np.abs(powers) > 1).sum(axis=1)
    sizes = sizes + 0.5 * (powers < 0).sum(axis=1)
    makers = tuple(maker(p) for p in powers)
    return Dictionary(monomials(atoms, powers), sizes, makers, dimensions_of(atoms, powers))


def _times(a: Dictionary, b: Dictionary) -> Dictionary:
    """All products of a term of each."""

    def maker(i: int, j: int) -> Callable[[], sympy.Expr]:
        return lambda: a.make[i]() * b.make[j]()

    values = (a.values[:, :, None] * b.values[:, None, :]).reshape(len(a.values), -1)
    sizes = (a.sizes[:, None] + b.sizes[None, :] + 1).ravel()
    makers = tuple(maker(i, j) for i in range(len(a.sizes)) for j in range(len(b.sizes)))
    dimensions = None
    if a.dimensions is not None and b.dimensions is not None:
        dimensions = (a.dimensions[:, None] + b.dimensions).reshape(len(makers), -1)
    return Dictionary(values, sizes, makers, dimensions)


def function_terms(atoms: list[Atom], groups: Array, shapes: tuple[Shape, ...]) -> Dictionary:
    """Functions of groups."""
    u = monomials(atoms, groups)
    inside = dimensions_of(atoms, groups)
    pure = None if inside is None else np.where((inside == 0).all(axis=1)[:, None], 0.0, np.nan) + 0 * inside

    def maker(shape: Shape, group: Array) -> Callable[[], sympy.Expr]:
        return lambda: shape.of(product(atoms, group))

    parts = []
    for shape in shapes:
        with np.errstate(all="ignore"):
            values = shape.call(u)
        sizes = shape.size + 2.0 * (groups != 0).sum(axis=1) - 1
        parts.append(
            Dictionary(values, sizes, tuple(maker(shape, g) for g in groups), _outside(shape, pure, inside))
        )
    return Dictionary.joined(parts)


def _outside(shape: Shape, pure: Array | None, inside: Array | None) -> Array | None:
    """Dimensions of a function of groups: none but those of a root, which takes any argument."""
    return 0.5 * inside if shape.text == "sqrt(u)" and inside is not None else pure


@dataclass(frozen=True)
class Kinds:
    """Functions that terms may hold: of products and ratios, of single columns, of sums and differences, as divisors,
    and, where there are few columns, of columns and their squares."""

    groups: tuple[Shape, ...]
    columns: tuple[Shape, ...]
    pairs: tuple[Shape, ...]
    divisors: tuple[Shape, ...]
    deep: tuple[Shape, ...]


SIN, COS = Shape("sin(u)", 1), Shape("cos(u)", 1)

KINDS = Kinds(
    groups=(SIN, COS, Shape("cos(u)**2", 2), Shape("exp(u)", 1), Shape("exp(-u)", 2)),
    columns=(Shape("log(u)", 1), Shape("sqrt(u)", 2)),
    pairs=(SIN, COS),
    divisors=(
        Shape("1/sqrt(1 - u**2)", 5),
        Shape("1/(1 + u)", 3),
        Shape("1/(1 - u)", 3),
        Shape("1/(1 - u**2)", 4),
        Shape("1/(1 + u**2)", 4),
        Shape("1/sqrt(1 + u**2)", 5),
        Shape("1/(1 - cos(u))", 4),
        Shape("1/(1 + cos(u))", 4),
    ),
    deep=(Shape("log(1 + u)", 3), Shape("tanh(u)", 2), Shape("atan(u)", 2)),
)

DEEP = 2
"""Up to so many columns terms may hold functions of squares and products of functions."""


def kinds_of(library: Library) -> Kinds:
    """The kinds whose functions the library allows."""
    fields = (KINDS.groups, KINDS.columns, KINDS.pairs, KINDS.divisors, KINDS.deep)
    return Kinds(*(allowed(shapes, library) for shapes in fields))


def couples(n: int) -> Array:
    """Exponents of single columns, of products and of ratios of two."""
    powers = exponents(n, most=2, largest=1, total=2)
    couples: Array = powers[(powers.sum(axis=1) >= 0) & (powers.max(axis=1) > 0)]
    return couples


def dictionary(atoms: list[Atom], kinds: Kinds | None) -> Dictionary:
    """Monomials; functions of a group, and powers and functions of differences and sums, times monomials."""
    n = len(atoms)
    nothing = dimensions_of(atoms, np.zeros((1, n)))
    one = Dictionary(np.ones((len(atoms[0].values), 1)), np.ones(1), (one_term,), nothing)
    plain = monomial_terms(atoms, exponents(n, most=4, largest=1 if n > 5 else 2, total=4))
    if kinds is None:
        return Dictionary.joined([one, plain])
    most, largest = (1, 1) if n > 5 else (2, 1) if n > 3 else (3, 2)
    few = monomial_terms(atoms, exponents(n, most=most, largest=largest, total=3))
    light = Dictionary.joined([replace(one, sizes=-one.sizes), few])
    heads = [*_heads(atoms, kinds), *(_deep_heads(atoms, kinds) if n <= DEEP else [])]
    return Dictionary.joined([one, plain, _times(Dictionary.joined(heads), light)])


def _heads(atoms: list[Atom], kinds: Kinds) -> Iterator[Dictionary]:
    """Functions of one group and of columns; powers and functions of sums and differences."""
    n = len(atoms)
    if kinds.groups:
        yield function_terms(atoms, couples(n), kinds.groups)
    if kinds.columns:
        yield function_terms(atoms, np.eye(n), kinds.columns)
    for k, pair in enumerate(pairs_of(atoms)):
        powers = np.zeros((4, n + 1))
        powers[:, -1] = (1, 2, -1, -2)
        alone = monomial_terms([*atoms, pair], powers)
        yield replace(alone, sizes=alone.sizes + (k % KINDS_OF_PAIRS >= LINEAR_PAIRS))
        if kinds.pairs and k % KINDS_OF_PAIRS < LINEAR_PAIRS:
            yield function_terms([*atoms, pair], powers[:1], kinds.pairs)


def _deep_heads(atoms: list[Atom], kinds: Kinds) -> Iterator[Dictionary]:
    """Where there are few columns: functions of their squares and of x + x², and products of two sines."""
    n = len(atoms)
    if kinds.groups:
        yield function_terms(atoms, 2 * np.eye(n), kinds.groups)
    if kinds.deep:
        yield function_terms(atoms, np.concatenate([np.eye(n), 2 * np.eye(n)]), kinds.deep)
    if not kinds.pairs:
        return
    first = function_terms(atoms, np.eye(n), kinds.pairs)
    yield _times(first, function_terms(atoms, np.concatenate([np.eye(n), 2 * np.eye(n)]), kinds.pairs))
    for a in atoms:
        square = None if a.dimension is None else 2 * a.dimension
        for pair in pairs_of([Atom(a.expression**2, a.values**2, square), a]):
            yield function_terms([pair], np.ones((1, 1)), kinds.pairs)


def one_term() -> sympy.Expr:
    """The number 1, as a term or in the place of a divisor."""
    import sympy

    return sympy.Integer(1)
