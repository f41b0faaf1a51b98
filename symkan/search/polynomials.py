"""Polynomials with few terms, in products or in squared differences of the columns, behind a transform of the target.

All terms are fitted together and dropped one by one, the least significant first, for as long as the description
gets shorter. In a basis of squared differences a squared distance has one term for each dimension.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.scan import Guess

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.atoms import Atom
    from symkan.search.sums import Kinds, Screen

    Array = NDArray[np.float64]

    Basis = tuple[list[sympy.Expr], Array]


def polynomials(screen: Screen, kinds: Kinds) -> list[Guess]:
    """The polynomial with few terms of each basis, best first."""
    found = [_eliminated(basis, screen) for basis in _bases(screen.atoms)]
    return sorted((guess for guess in found if guess is not None), key=lambda guess: guess.bits)


def _bases(atoms: list[Atom]) -> Iterator[Basis]:
    """Terms with at most a third as many of them as there are rows."""
    rows = len(atoms[0].values)
    for degree in (2, 3, 4):
        products = [c for d in range(degree + 1) for c in itertools.combinations_with_replacement(atoms, d)]
        if degree == 2 or len(products) <= min(rows // 3, 80):
            yield _products(products, rows)
    squares = [(a.expression**2, a.values**2) for a in atoms]
    squares += [
        ((a.expression - b.expression) ** 2, (a.values - b.values) ** 2)
        for a, b in itertools.combinations(atoms, 2)
    ]
    if len(squares) <= rows // 3:
        yield _with_one(squares, rows)
    simple = [
        (a.expression**p, a.values**p) for a in atoms for p in (-2.0, -1.0, 1.0, 2.0) if (a.values != 0).all()
    ]
    yield _with_one([(_whole(e), v) for e, v in simple], rows)


def _whole(expression: sympy.Expr) -> sympy.Expr:
    """The power with a whole exponent."""
    import sympy

    return expression.base ** sympy.Integer(int(expression.exp)) if expression.is_Pow else expression


def _products(products: list[tuple[Atom, ...]], rows: int) -> Basis:
    import sympy

    values = [np.prod([a.values for a in c], axis=0) if c else np.ones(rows) for c in products]
    return [sympy.Mul(*(a.expression for a in c)) for c in products], np.stack(values, axis=1)


def _with_one(terms: list[tuple[sympy.Expr, Array]], rows: int) -> Basis:
    import sympy

    return [sympy.Integer(1), *(e for e, _ in terms)], np.stack(
        [np.ones(rows), *(v for _, v in terms)], axis=1
    )


def _eliminated(basis: Basis, screen: Screen) -> Guess | None:
    """The sum of the terms that are left when no further one can be dropped."""
    import sympy

    expressions, values = basis
    goal = screen.z * screen.weights
    a = values * screen.weights[:, None]
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
        bits = len(goal) * np.log2(error + 1e-11) + (0.5 * np.log2(len(goal)) + 16) * len(kept)
        if best is None or bits < best[0]:
            best = (bits, error, list(kept), c / norm[kept])
        kept.pop(int(np.argmin(np.abs(c) / np.sqrt(np.sum(inverse**2, axis=1)))))
    assert best is not None
    bits, error, kept, c = best
    if len(kept) > 10:
        return None
    return Guess(
        sympy.Add(*(sympy.Float(float(k)) * expressions[i] for k, i in zip(c, kept, strict=True))),
        error,
        bits,
    )
