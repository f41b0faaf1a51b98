"""Which of many columns a target depends on, also where one shows only together with another.

Terms are functions of one column, products of two and, where these show nothing more, of three. Those that correlate
with the target beyond chance bring their columns in; what a polynomial in these columns leaves is the next target, so
that weak columns show once strong ones are explained.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.chebyshev import coordinate, highest_degree, products

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ROUNDING = 1e-11
"""What a polynomial leaves of a target, as a share of it, that is rounding and shows no column."""

CHANCE = 1e-3
"""Probability that a column comes in by chance, over all terms of a round."""

MOST_TERMS = 160
"""Terms of the polynomial in the columns found, at most, and at most one for every five rows."""

DEGREE = 4
"""Highest degree in one column; products go up to two in each."""


def relevant_columns(x: Array, y: Array, *, most: int = 12) -> tuple[int, ...]:
    """The columns that a target depends on, ascending; () where none shows.

    Parameters
    ----------
    x, y
        Rows [n, columns] and target [n]. Both the target and the order of its values are looked at, so that a few
        large values do not hide the rest.
    most
        How many columns are looked for.

    Examples
    --------
    >>> x = np.random.default_rng(0).uniform(-1, 1, (500, 40))
    >>> relevant_columns(x, x[:, 3] * x[:, 31] + 0.1 * x[:, 7])
    (3, 7, 31)
    """
    bases = [coordinate(column) for column in x.T]
    found: set[int] = set()
    for target in (y, _normal_scores(y)):
        found |= _explain(bases, target, most)
    return tuple(sorted(found))


def _explain(bases: list[Array], target: Array, most: int) -> set[int]:
    """Columns that explain a target, until what is left shows no other."""
    powers = [np.cos(d * np.arccos(np.clip(np.array(bases), -1, 1))) for d in range(1, DEGREE + 1)]
    found: set[int] = set()
    residual = target - target.mean()
    while len(found) < min(most, len(bases)) and np.abs(residual).max() > ROUNDING * np.abs(target).max():
        new = next((columns - found for columns in _striking(powers, residual) if columns - found), None)
        if not new:
            break
        found |= new
        used = sorted(found)
        degree = highest_degree(len(used), min(len(target) // 5, MOST_TERMS))
        terms = products(bases, used, degree)
        coefficients, *_ = np.linalg.lstsq(terms, target, rcond=1e-9)
        residual = target - terms @ coefficients
    return found


def _striking(powers: list[Array], residual: Array) -> Iterator[set[int]]:
    """The columns of the term that correlates most with a residual [n], of one column, of two, of three; if beyond
    chance."""
    from scipy.special import stdtrit

    r = residual / np.sqrt(np.mean(residual**2))
    columns, rows = powers[0].shape
    pairs, triples = columns * (columns - 1) // 2, columns * (columns - 1) * (columns - 2) // 6
    for size, count, scores in (
        (1, DEGREE * columns, _alone(powers, r)),
        (2, 4 * pairs, _in_pairs(powers, r)),
        (3, triples, _in_triples(powers, r)),
    ):
        t = float(stdtrit(max(rows - 2, 1), 1 - CHANCE / 2 / max(count, 1)))
        limit = t / np.sqrt(rows - 2 + t**2)
        best, place = max(scores, default=(0.0, ()))
        if best > limit and len(set(place)) == size:
            yield set(place)


def _alone(powers: list[Array], r: Array) -> Iterator[tuple[float, tuple[int, ...]]]:
    """Largest correlation of a power of one column with r [n], and the column."""
    for power in powers:
        spread = power.std(axis=1) + 1e-300
        size = np.abs(power @ r) / len(r) / spread
        yield float(size.max()), (int(size.argmax()),)


def _in_pairs(powers: list[Array], r: Array) -> Iterator[tuple[float, tuple[int, ...]]]:
    for a in powers[:2]:
        for b in powers[:2]:
            yield _largest(a * r, b, (a, np.ones_like(r)))


def _in_triples(powers: list[Array], r: Array) -> Iterator[tuple[float, tuple[int, ...]]]:
    line = powers[0]
    for i, column in enumerate(line[:-2]):
        size, (j, k) = _largest(line[i + 1 :] * (r * column), line[i + 1 :], (line[i + 1 :], column))
        yield size, (i, i + 1 + j, i + 1 + k)


def _largest(weighted: Array, b: Array, parts: tuple[Array, Array]) -> tuple[float, tuple[int, ...]]:
    """Largest correlation of a product of a row of a and another row of b with r, and the two; `weighted` is a·r."""
    a, factor = parts
    n = b.shape[1]
    mean = (a * factor) @ b.T / n
    square = (a * factor) ** 2 @ (b**2).T / n
    size = np.abs(weighted @ b.T) / n / np.sqrt(np.maximum(square - mean**2, 1e-12))
    np.fill_diagonal(size, 0.0)
    place = np.unravel_index(int(size.argmax()), size.shape)
    return float(size[place]), tuple(int(k) for k in place)


def _normal_scores(y: Array) -> Array:
    """The order of the values as normal deviates."""
    from scipy.stats import norm, rankdata

    scores: Array = norm.ppf((rankdata(y) - 0.5) / len(y))
    return scores
