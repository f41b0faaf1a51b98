"""Laws of a few terms, f(D)·Σ c_k·M_k behind a transform of the target: the best subsets of a dictionary.

The dictionary holds monomials, functions of one group and pairs of columns times monomials. With its Gram matrix the
errors of all pairs of terms are one matrix operation (sure screening, as in SISSO: Ouyang et al. 2018,
doi:10.1103/PhysRevMaterials.2.083802, without its sure independence: all pairs are seen); third and fourth terms are
added to the best of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.search.atoms import Atom, pairs_of
from symkan.search.dictionary import Dictionary, Kinds, couples, function_terms, monomial_terms, one_term
from symkan.search.scan import EXACT, Guess, coefficient

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.view import Screen

    Array = NDArray[np.float64]
    Make = Callable[[], sympy.Expr]

EXTENDED = 16
"""Divisors, the best with two terms, that are tried with more."""

BLOCK = 512
"""Rows of the Gram matrix that are held at once."""

FLOOR = 1e-11
"""Error that rounding may make."""


class _Subset(NamedTuple):
    """A sum of terms: bits that describe it, relative error, which terms, their coefficients and errors of these."""

    bits: float
    error: float
    terms: list[int]
    coefficients: Array
    errors: Array


def sums(screen: Screen, *, keep: int = 6) -> list[Guess]:
    """Sums of a few terms, best first."""
    terms = screen.view.terms(screen.dimension)
    return [_written(subset, terms, one_term) for subset in _ranked(terms, screen, keep)]


def quotients(screen: Screen, *, keep: int = 6) -> list[Guess]:
    """Sums of a few monomials under a common divisor, best first."""
    tried: list[tuple[float, int, Dictionary, Make]] = []
    for divisor, make in _divided(screen):
        for subset in _ranked(divisor, screen, 1, started=0):
            if subset.error < EXACT:
                return [_written(subset, divisor, make)]
            tried.append((subset.bits, len(tried), divisor, make))
    tried.sort(key=lambda entry: entry[:2])
    found = [
        (subset, divisor, make)
        for *_, divisor, make in tried[:EXTENDED]
        for subset in _ranked(divisor, screen, 2, started=8)
    ]
    found.sort(key=lambda entry: entry[0].bits)
    return [_written(subset, divisor, make) for subset, divisor, make in found[:keep]]


def _divided(screen: Screen) -> Iterator[tuple[Dictionary, Make]]:
    """The terms over each divisor, where units are known those of the right dimension, and the divisor."""
    for divisor in _divisors(screen.view.atoms, screen.view.kinds):
        for k, make in enumerate(divisor.make):
            column = divisor.values[:, [k]]
            if np.isfinite(column).all():
                rest = None
                if screen.dimension is not None and divisor.dimensions is not None:
                    rest = screen.dimension - divisor.dimensions[k]
                terms = screen.view.plain(rest)
                yield replace(terms, values=terms.values * column), make


def _divisors(atoms: list[Atom], kinds: Kinds) -> Iterator[Dictionary]:
    n = len(atoms)
    for pair in pairs_of(atoms):
        powers = np.zeros((4, n + 1))
        powers[:, -1] = (-1, -2, -0.5, 0.5)
        yield monomial_terms([*atoms, pair], powers)
    if kinds.divisors:
        yield function_terms(atoms, couples(n), kinds.divisors)


def _ranked(terms: Dictionary, screen: Screen, keep: int, *, started: int = 30) -> list[_Subset]:
    """The best sums of up to four terms."""
    a = terms.values * screen.weights[:, None]
    goal = screen.z * screen.weights
    norm = np.sqrt(np.einsum("nk,nk->k", a, a))
    norm = np.where(norm > 0, norm, 1.0)  # a term may vanish on these rows
    a = a / norm
    total = float(np.sqrt(goal @ goal))
    if total == 0 or len(norm) < 2:
        return []
    found = []
    for subset in _candidates(a, goal / total, terms.sizes, started):
        part = a[:, subset]
        c, *_ = np.linalg.lstsq(part, goal, rcond=None)
        error = float(np.linalg.norm(part @ c - goal)) / total
        bits = len(goal) * np.log2(error + FLOOR) + 4 * (terms.sizes[subset].sum() + 2 * len(subset))
        found.append((bits, error, subset, c / norm[subset]))
    found.sort(key=lambda entry: entry[0])
    best = []
    for bits, error, subset, c in found[:keep]:
        spread = error * total / len(goal) ** 0.5
        errors = spread * np.sqrt(np.diag(np.linalg.pinv(a[:, subset].T @ a[:, subset]))) / norm[subset]
        best.append(_Subset(bits, error, subset, c, errors))
    return best


def _written(subset: _Subset, terms: Dictionary, outer: Make) -> Guess:
    """The sum as a formula, its numbers with as many digits as their errors allow."""
    import sympy

    numbers = map(coefficient, subset.coefficients.tolist(), subset.errors.tolist())
    inner = sympy.Add(*(k * terms.make[i]() for k, i in zip(numbers, subset.terms, strict=True)))
    return Guess(outer() * inner, subset.error, subset.bits)


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
    a = a.astype(np.float32)  # enough to rank them
    c = a.T @ goal.astype(np.float32)
    found: list[tuple[float, int, int]] = []
    for start in range(0, len(c), BLOCK):
        block = slice(start, start + BLOCK)
        gram = a[:, block].T @ a[:, start:]
        slack = np.maximum(1 - gram**2, np.float32(1e-6))
        explained = c[block, None] ** 2 + c[None, start:] ** 2 - 2 * (c[block, None] * c[None, start:]) * gram
        left = np.maximum(1 - explained / slack, np.float32(1e-7))
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
    """The subset with one more term; columns of `a` have norm one."""
    q, _ = np.linalg.qr(a[:, subset])
    left = goal - q @ (q.T @ goal)
    norm = 1 - np.square(q.T @ a).sum(0)  # of what the subset does not explain of each term
    gain = np.where(norm > 1e-9, (left @ a) ** 2 / np.maximum(norm, 1e-9), 0.0)
    bits = 0.5 * len(goal) * np.log2(np.maximum(left @ left - gain, 1e-18)) + 4 * sizes
    for k in np.argsort(bits)[:most]:
        if k not in subset:
            yield [*subset, int(k)]
