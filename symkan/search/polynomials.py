"""Polynomials with few terms, in products or in squared differences of the columns, behind a transform of the target.

All terms are fitted together and dropped one by one, the least significant first, for as long as the description
gets shorter. In a basis of squared differences a squared distance has one term for each dimension.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.atoms import differences_of
from symkan.search.dictionary import Dictionary, monomial_terms
from symkan.search.scan import Guess, residual_bits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.search.view import Screen

    Array = NDArray[np.float64]


def polynomials(screen: Screen) -> list[Guess]:
    """The polynomial with few terms of each basis, best first."""
    found = [_eliminated(basis, screen) for basis in _bases(screen)]
    return sorted((guess for guess in found if guess is not None), key=lambda guess: guess.bits)


def _bases(screen: Screen) -> Iterator[Dictionary]:
    """Terms with at most a third as many of them as there are rows."""
    atoms = screen.view.atoms
    n = len(atoms)
    most = min(len(screen.z) // 3, 80)
    for degree in (2, 3, 4, 6, 8):
        if degree == 2 or math.comb(n + degree, n) <= most:
            yield monomial_terms(atoms, _powers(n, degree)).of_dimension(screen.dimension)
    one = monomial_terms(atoms, np.zeros((1, n)))
    squares = [
        monomial_terms([*atoms, pair], np.array([[0.0] * n + [2.0]])) for pair in differences_of(atoms)
    ]
    yield Dictionary.joined([one, monomial_terms(atoms, 2 * np.eye(n)), *squares]).of_dimension(
        screen.dimension
    )
    if all((a.values != 0).all() for a in atoms):
        powers = np.concatenate([p * np.eye(n) for p in (-2, -1, 1, 2)])
        yield Dictionary.joined([one, monomial_terms(atoms, powers)]).of_dimension(screen.dimension)


def _powers(count: int, degree: int) -> Array:
    """Exponents [terms, count] of all products of up to so many factors, the empty one first."""
    found = []
    for size in range(degree + 1):
        for factors in itertools.combinations_with_replacement(range(count), size):
            found.append(np.bincount(np.array(factors, dtype=np.int64), minlength=count))
    return np.array(found, dtype=np.float64)


def _eliminated(basis: Dictionary, screen: Screen) -> Guess | None:
    """The sum of the terms that are left when no further one can be dropped."""
    import sympy

    if not 0 < len(basis.make) <= len(screen.z) // 3:
        return None
    goal = screen.z * screen.weights
    a = basis.values * screen.weights[:, None]
    norm = np.sqrt(np.mean(a**2, axis=0))
    total = float(np.sqrt(np.mean(goal**2)))
    if not (np.isfinite(a).all() and (norm > 0).all() and total > 0):
        return None
    a = a / norm
    kept = list(range(a.shape[1]))
    best: tuple[float, float, list[int], Array] | None = None
    while kept:
        q, r = np.linalg.qr(a[:, kept])
        inverse = np.linalg.pinv(r)
        c = inverse @ (q.T @ goal)
        error = float(np.sqrt(np.mean((a[:, kept] @ c - goal) ** 2))) / total
        bits = residual_bits(len(goal), error) + (0.5 * np.log2(len(goal)) + 16) * len(kept)
        if best is None or bits < best[0]:
            best = (bits, error, list(kept), c / norm[kept])
        kept.pop(int(np.argmin(np.abs(c) / np.sqrt(np.sum(inverse**2, axis=1)))))
    assert best is not None
    bits, error, kept, c = best
    if len(kept) > 10:
        return None
    return Guess(
        sympy.Add(*(sympy.Float(float(k)) * basis.make[i]() for k, i in zip(c, kept, strict=True))),
        error,
        bits,
    )
