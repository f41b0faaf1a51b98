"""Laws of a few terms, f(D)·Σ c_k·M_k behind a transform of the target: the best subsets of a dictionary.

The dictionary holds monomials, functions of one group and pairs of columns times monomials. With its Gram matrix the
errors of all pairs of terms are one matrix operation (sure screening, as in SISSO: Ouyang et al. 2018,
doi:10.1103/PhysRevMaterials.2.083802, without its sure independence: all pairs are seen); third and fourth terms are
added to the best of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from symkan.search.atoms import Atom, pairs_of
from symkan.search.dictionary import Dictionary, Kinds, couples, function_terms, monomial_terms, one_term
from symkan.search.scan import EXACT, FLOOR, Guess, coefficient

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.view import Screen

    Array = NDArray[np.float64]
    Subsets = NDArray[np.intp]
    Make = Callable[[], sympy.Expr]

EXTENDED = 16
"""Divisors, the best with two terms, that are tried with more."""

BLOCK = 64
"""Rows of the Gram matrix that are held at once: few, so that the cache holds them."""

_SINGULAR = 1e-13
"""Share of a column's norm that others of its subset leave, below which it is one of them."""


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
        if screen.view.late:
            break
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
    found: list[tuple[float, float, list[int], Array]] = []
    for subsets in _candidates(a, goal / total, terms.sizes, started):
        c, left = _fitted(a, goal, subsets)
        errors = left / total
        bits = len(goal) * np.log2(errors + FLOOR) + 4 * (terms.sizes[subsets].sum(1) + 2 * subsets.shape[1])
        found += zip(bits.tolist(), errors.tolist(), subsets.tolist(), c / norm[subsets], strict=True)
    found.sort(key=lambda entry: entry[0])
    best = []
    for length, error, subset, c in found[:keep]:
        spread = error * total / len(goal) ** 0.5
        deviations = spread * np.sqrt(np.diag(np.linalg.pinv(a[:, subset].T @ a[:, subset]))) / norm[subset]
        best.append(_Subset(length, error, subset, c, deviations))
    return best


def _written(subset: _Subset, terms: Dictionary, outer: Make) -> Guess:
    """The sum as a formula, its numbers with as many digits as their errors allow."""
    import sympy

    numbers = map(coefficient, subset.coefficients.tolist(), subset.errors.tolist())
    inner = sympy.Add(*(k * terms.make[i]() for k, i in zip(numbers, subset.terms, strict=True)))
    return Guess(outer() * inner, subset.error, subset.bits)


def _candidates(a: Array, goal: Array, sizes: Array, started: int) -> Iterator[Subsets]:
    """Subsets [m, 1], [m, 2], … of up to four terms that come near: pairs, and terms added to the best `started`.

    Columns of `a` and `goal` have norm one.
    """
    yield np.argsort(1 - (a.T @ goal) ** 2)[:3, None]
    pairs = _pairs(a, goal, sizes)
    yield pairs
    triples = _extended(a, goal, pairs[:started], sizes, 2)
    yield triples
    yield _extended(a, goal, triples[:started], sizes, 1)


def _fitted(a: Array, goal: Array, subsets: Subsets) -> tuple[Array, Array]:
    """Coefficients [m, s] of the terms of each subset [m, s] by least squares, and the norm of what they leave [m]."""
    parts = a.T[subsets].swapaxes(1, 2)  # [m, n, s]
    q, r = np.linalg.qr(parts)
    size = np.abs(np.diagonal(r, axis1=1, axis2=2)).min(1, initial=1.0)
    r = np.where((size > _SINGULAR)[:, None, None], r, np.eye(subsets.shape[1]))
    c = np.linalg.solve(r, q.swapaxes(1, 2) @ goal[:, None])
    left = np.linalg.norm((parts @ c)[..., 0] - goal, axis=1)
    return c[..., 0], np.where(size > _SINGULAR, left, np.linalg.norm(goal))


def _pairs(a: Array, goal: Array, sizes: Array, most: int = 60) -> Subsets:
    """The pairs of terms with the shortest description, by blocks of their Gram matrix."""
    alone = 1 - float(np.max((goal @ a) ** 2))  # what the best term leaves by itself
    kind: Any = np.float32 if alone > 1e-4 else np.float64  # narrow numbers are enough to rank them
    a, goal = a.astype(kind), goal.astype(kind)
    c = a.T @ goal
    scale = np.exp2(8 * sizes / len(goal)).astype(kind)  # bits as a factor of what is left
    scores, pairs = np.empty(0, kind), np.empty((0, 2), np.intp)
    for start in range(0, len(c), BLOCK):
        block, rest = slice(start, start + BLOCK), slice(start, None)
        left = _left(a[:, block].T @ a[:, rest], c[block], c[rest])
        left *= scale[block, None]
        left *= scale[rest]
        left[:, : len(left)][np.tri(len(left), dtype=bool)] = np.inf  # each pair once
        bound = scores.max() if len(scores) == most else np.inf
        better = np.flatnonzero(left < bound)
        scores = np.concatenate([scores, left.ravel()[better]])
        pairs = np.concatenate([pairs, start + np.stack(np.divmod(better, left.shape[1]), 1)])
        if len(scores) > most:
            best = scores.argpartition(most)[:most]
            scores, pairs = scores[best], pairs[best]
    return pairs[scores.argsort(kind="stable")]


def _left(gram: Array, rows: Array, columns: Array) -> Array:
    """What two terms do not explain of the goal, from their product and those with it; `gram` is overwritten."""
    explained = gram * (-2 * rows[:, None])
    explained += columns
    explained *= columns
    explained += np.square(rows)[:, None]
    slack = np.square(gram, out=gram)
    np.subtract(1, slack, out=slack)
    eps = np.finfo(gram.dtype).eps
    np.maximum(slack, 8 * eps, out=slack)
    explained /= slack
    np.subtract(1, explained, out=explained)
    return np.maximum(explained, eps, out=explained)


def _extended(a: Array, goal: Array, subsets: Subsets, sizes: Array, most: int) -> Subsets:
    """The subsets [m, s], each with one more term, [m·most or less, s + 1]; columns of `a` have norm one."""
    count, size = subsets.shape
    q = np.linalg.qr(a.T[subsets].swapaxes(1, 2))[0].swapaxes(1, 2)  # [m, s, n]
    left = goal - np.einsum("msn,ms->mn", q, q @ goal)
    shares = (q.reshape(-1, len(goal)) @ a).reshape(count, size, a.shape[1])
    norm = 1 - np.square(shares).sum(1)  # of what the subset does not explain of each term
    gain = np.where(norm > 1e-9, (left @ a) ** 2 / np.maximum(norm, 1e-9), 0.0)
    still = np.square(left).sum(1)[:, None] - gain
    bits = 0.5 * len(goal) * np.log2(np.maximum(still, 1e-18)) + 4 * sizes
    added = bits.argpartition(min(most, a.shape[1]) - 1)[:, :most]
    added = np.take_along_axis(added, np.take_along_axis(bits, added, 1).argsort(1), 1)
    both = np.concatenate([subsets.repeat(added.shape[1], 0), added.reshape(-1, 1)], 1)
    fresh: Subsets = both[(both[:, :-1] != both[:, -1:]).all(1)]
    return fresh
