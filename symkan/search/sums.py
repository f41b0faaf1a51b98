"""Laws of a few terms, f(D)·Σ c_k·M_k behind a transform of the target: the best subsets of a dictionary.

The dictionary holds monomials, functions of one group and pairs of columns times monomials. With its Gram matrix the
errors of all pairs of terms are one matrix operation (sure screening, as in SISSO: Ouyang et al. 2018,
doi:10.1103/PhysRevMaterials.2.083802, without its sure independence: all pairs are seen); third and fourth terms are
added to the best of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.atoms import (
    Atom,
    Shape,
    allowed,
    columns_of,
    dimensions_of,
    exponents,
    monomials,
    pairs_of,
    product,
)
from symkan.search.scan import Guess

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.problems import Problem
    from symkan.search.transforms import Transform
    from symkan.symbolic.library import Library

    Array = NDArray[np.float64]

ROWS = 240
"""Rows that the regressions see."""

LARGEST = 5000
"""Terms of a dictionary, at most."""

EXACT = 1e-9
"""Error as a share of the target that no wrong formula has."""

BLOCK = 512
"""Rows of the Gram matrix that are held at once."""

FLOOR = 1e-11
"""Error that rounding may make."""


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
            fine = np.isfinite(norm) & (norm > 0) & (np.abs(self.values).max(axis=0) < 1e4 * norm)
            key = np.round(self.values[:5] / norm * np.sign(self.values[0]), 9)
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


def _functions(atoms: list[Atom], groups: Array, shapes: tuple[Shape, ...]) -> Dictionary:
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
    """Functions that terms may hold: of products and ratios, of single columns, of sums and differences."""

    groups: tuple[Shape, ...]
    columns: tuple[Shape, ...]
    pairs: tuple[Shape, ...]
    divisors: tuple[Shape, ...]


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
)


def kinds_of(library: Library) -> Kinds:
    """The kinds whose functions the library allows."""
    return Kinds(*(allowed(shapes, library) for shapes in astuple_of(KINDS)))


def astuple_of(kinds: Kinds) -> tuple[tuple[Shape, ...], ...]:
    """The fields in their order."""
    return (kinds.groups, kinds.columns, kinds.pairs, kinds.divisors)


def _couples(n: int) -> Array:
    """Exponents of single columns, of products and of ratios of two."""
    powers = exponents(n, most=2, largest=1, total=2)
    couples: Array = powers[(powers.sum(axis=1) >= 0) & (powers.max(axis=1) > 0)]
    return couples


def dictionary(atoms: list[Atom], kinds: Kinds | None) -> Dictionary:
    """Monomials; functions of a group, and powers and functions of differences and sums, times monomials."""
    n = len(atoms)
    nothing = dimensions_of(atoms, np.zeros((1, n)))
    one = Dictionary(np.ones((len(atoms[0].values), 1)), np.ones(1), (_one,), nothing)
    plain = monomial_terms(atoms, exponents(n, most=4, largest=1 if n > 5 else 2, total=4))
    if kinds is None:
        return Dictionary.joined([one, plain])
    most, largest = (1, 1) if n > 5 else (2, 1) if n > 3 else (3, 2)
    few = monomial_terms(atoms, exponents(n, most=most, largest=largest, total=3))
    light = Dictionary.joined([replace(one, sizes=-one.sizes), few])
    heads = []
    if kinds.groups:
        heads.append(_functions(atoms, _couples(n), kinds.groups))
    if kinds.columns:
        heads.append(_functions(atoms, np.eye(n), kinds.columns))
    for k, pair in enumerate(pairs_of(atoms)):
        powers = np.zeros((4, n + 1))
        powers[:, -1] = (1, 2, -1, -2)
        alone = monomial_terms([*atoms, pair], powers)
        heads.append(replace(alone, sizes=alone.sizes + (k % 4 > 1)))
        if kinds.pairs and k % 4 < 2:
            heads.append(_functions([*atoms, pair], powers[:1], kinds.pairs))
    return Dictionary.joined([one, plain, _times(Dictionary.joined(heads), light)])


def _one() -> sympy.Expr:
    import sympy

    return sympy.Integer(1)


@dataclass(frozen=True, eq=False)
class Screen:
    """Rows on which sums are screened: the columns, the transformed target and its weights."""

    atoms: list[Atom]
    z: Array
    weights: Array
    dimension: Array | None = None

    @classmethod
    def of(
        cls, problem: Problem, t: Array, rows: NDArray[np.int64], weights: Array, transform: Transform
    ) -> Screen:
        """Rows spread over those given; `weights` say how errors of t count."""
        chosen = rows[np.linspace(0, len(rows) - 1, min(ROWS, len(rows))).astype(np.int64)]
        y = t[chosen]
        step = 1e-6 * np.sqrt(np.mean(y**2))
        z = transform.forward(y)
        with np.errstate(all="ignore"):
            weights = weights[chosen] * step / np.abs(transform.forward(y + step) - z)
        weights = np.minimum(weights, 100 * np.median(weights))
        scales = problem.dimensions
        dimension = None if scales is None else transform.dimension(scales.t)
        return cls(columns_of(problem, chosen), z, weights / weights.max(), dimension)


def sums(screen: Screen, kinds: Kinds, *, keep: int = 6) -> list[Guess]:
    """Sums of a few terms, best first."""
    return list(
        _subsets(
            dictionary(screen.atoms, kinds).of_dimension(screen.dimension).usable(LARGEST), screen, _one, keep
        )
    )


def quotients(screen: Screen, kinds: Kinds, *, keep: int = 6) -> list[Guess]:
    """Sums of a few monomials under a common divisor, best first."""
    plain = dictionary(screen.atoms, None)
    if kinds.pairs:
        plain = Dictionary.joined([plain, _functions(screen.atoms, _couples(len(screen.atoms)), kinds.pairs)])
    if screen.dimension is None:
        plain = plain.usable(LARGEST // 8)
    found: list[Guess] = []
    for divisor in _divisors(screen.atoms, kinds):
        for k, make in enumerate(divisor.make):
            column = divisor.values[:, [k]]
            if np.isfinite(column).all():
                fitting = plain
                if screen.dimension is not None and divisor.dimensions is not None:
                    fitting = plain.of_dimension(screen.dimension - divisor.dimensions[k]).usable(
                        LARGEST // 8
                    )
                scaled = replace(fitting, values=fitting.values * column)
                found.extend(_subsets(scaled, screen, make, 2, started=6))
                if found and found[-1].error < EXACT:
                    return found[-1:]
    return sorted(found, key=lambda guess: guess.bits)[:keep]


def _divisors(atoms: list[Atom], kinds: Kinds) -> Iterator[Dictionary]:
    n = len(atoms)
    for pair in pairs_of(atoms):
        powers = np.zeros((4, n + 1))
        powers[:, -1] = (-1, -2, -0.5, 0.5)
        yield monomial_terms([*atoms, pair], powers)
    if kinds.divisors:
        yield _functions(atoms, _couples(n), kinds.divisors)


def _subsets(
    terms: Dictionary, screen: Screen, outer: Callable[[], sympy.Expr], keep: int, *, started: int = 30
) -> Iterator[Guess]:
    """The best sums of up to four terms."""
    import sympy

    if not len(terms.sizes):
        return
    a = terms.values * screen.weights[:, None]
    goal = screen.z * screen.weights
    norm = np.sqrt(np.einsum("nk,nk->k", a, a))
    a = a / norm
    total = float(np.sqrt(goal @ goal))
    if total == 0 or a.shape[1] < 2:
        return
    found = []
    for subset in _candidates(a, goal / total, terms.sizes, started):
        part = a[:, subset]
        c, *_ = np.linalg.lstsq(part, goal, rcond=None)
        error = float(np.linalg.norm(part @ c - goal)) / total
        bits = len(goal) * np.log2(error + FLOOR) + 4 * (terms.sizes[subset].sum() + 2 * len(subset))
        found.append((bits, error, subset, c / norm[subset]))
    found.sort(key=lambda entry: entry[0])
    for bits, error, subset, c in found[:keep]:
        inner = sympy.Add(*(sympy.Float(float(k)) * terms.make[i]() for k, i in zip(c, subset, strict=True)))
        yield Guess(outer() * inner, error, bits)


def _candidates(a: Array, goal: Array, sizes: Array, started: int) -> Iterator[list[int]]:
    """Subsets of up to four terms that come near, the last two added to the best `started` pairs and triples.

    Columns of `a` and `goal` have norm one.
    """
    yield from ([int(k)] for k in np.argsort(1 - (a.T @ goal) ** 2)[:3])
    pairs = _pairs(a, goal, sizes)
    yield from pairs
    triples = [s for p in pairs[:started] for s in _extended(a, goal, p, sizes, 2)]
    yield from triples
    for triple in triples[:started]:
        yield from _extended(a, goal, triple, sizes, 1)


def _pairs(a: Array, goal: Array, sizes: Array, most: int = 60) -> list[list[int]]:
    """The pairs of terms with the shortest description, by blocks of their Gram matrix."""
    c = a.T @ goal
    found: list[tuple[float, int, int]] = []
    for start in range(0, len(c), BLOCK):
        block = slice(start, start + BLOCK)
        gram = a[:, block].T @ a[:, start:]
        slack = np.maximum(1 - gram**2, 1e-9)
        explained = c[block, None] ** 2 + c[None, start:] ** 2 - 2 * (c[block, None] * c[None, start:]) * gram
        left = np.maximum(1 - explained / slack, 1e-9)
        bits = 0.5 * len(goal) * np.log2(left) + 4 * (sizes[block, None] + sizes[None, start:])
        np.fill_diagonal(bits, np.inf)
        flat = bits.ravel()
        best = np.argpartition(flat, most)[:most] if len(flat) > most else np.arange(len(flat))
        for k in best:
            i, j = divmod(int(k), gram.shape[1])
            if np.isfinite(flat[k]):
                found.append((float(flat[k]), start + i, start + j))
    found.sort()
    return [[i, j] for _, i, j in dict.fromkeys((b, min(i, j), max(i, j)) for b, i, j in found)][:most]


def _extended(a: Array, goal: Array, subset: list[int], sizes: Array, most: int) -> Iterator[list[int]]:
    """The subset with one more term."""
    q, _ = np.linalg.qr(a[:, subset])
    left = goal - q @ (q.T @ goal)
    rest = a - q @ (q.T @ a)
    norm = np.einsum("nk,nk->k", rest, rest)
    gain = np.where(norm > 1e-9, (left @ rest) ** 2 / np.maximum(norm, 1e-9), 0.0)
    bits = 0.5 * len(goal) * np.log2(np.maximum(left @ left - gain, 1e-18)) + 4 * sizes
    for k in np.argsort(bits)[:most]:
        if k not in subset:
            yield [*subset, int(k)]
