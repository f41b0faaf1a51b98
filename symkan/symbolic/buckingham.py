"""Buckingham's π theorem: products of powers of columns that have a given dimension, or none.

Buckingham, Phys. Rev. 4 (1914) 345. All arithmetic is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import gcd, lcm
from typing import TYPE_CHECKING

import numpy as np

from symkan.symbolic.base_units import Dimension

if TYPE_CHECKING:
    from numpy.typing import NDArray

Exponents = tuple[Fraction, ...]


@dataclass(frozen=True)
class Groups:
    """How columns combine into the target's dimension and into pure numbers.

    A law y = f(x) is y = Π x^particular · F(Π x^basis[0], Π x^basis[1], …).

    Attributes
    ----------
    particular
        An exponent for each column; the product has the dimension of the target.
    basis
        Independent dimensionless products, each an exponent for each column, whole numbers without common factor;
        simplest first.
    """

    particular: Exponents
    basis: tuple[tuple[int, ...], ...]


def groups(columns: Sequence[Dimension], target: Dimension) -> Groups | None:
    """The groups of a problem, with few columns in each and small exponents.

    Returns
    -------
    Groups or None
        None when no product of powers of the columns has the dimension of the target.

    Examples
    --------
    >>> length, time, acceleration = Dimension.of(m=1), Dimension.of(s=1), Dimension.of(m=1, s=-2)
    >>> found = groups([length, acceleration, length], target=time)
    >>> [str(exponent) for exponent in found.particular], found.basis
    (['1/2', '-1/2', '0'], ((1, 0, -1),))
    """
    particular = _particular(columns, target)
    return None if particular is None else Groups(particular, tuple(_basis(columns)))


def monomials(
    columns: Sequence[Dimension],
    dimension: Dimension,
    *,
    largest: int = 3,
    halves: bool = True,
    columns_at_most: int = 4,
) -> Iterator[Exponents]:
    """All products of powers of the columns that have a dimension.

    Parameters
    ----------
    columns, dimension
        Dimensions of the columns, and the one wanted.
    largest
        Largest exponent, and smallest with a minus sign.
    halves
        Whether multiples of 1/2 are exponents too.
    columns_at_most
        Columns that take part in a product, at most.

    Yields
    ------
    tuple of Fraction
        An exponent for each column; first those with few columns, among these the ones with small exponents.

    Examples
    --------
    >>> length = Dimension.of(m=1)
    >>> [tuple(map(int, e)) for e in monomials([length, length], length, halves=False, largest=2)]
    [(1, 0), (0, 1), (2, -1), (-1, 2)]
    """
    parts = 2 if halves else 1
    matrix, wanted = _whole_matrix(columns, dimension)
    numerators = [e for e in range(-largest * parts, largest * parts + 1) if e]
    for count in range(min(columns_at_most, len(columns)) + 1):
        grid = _grid(numerators, count, parts)
        found = [
            (place, chosen, row)
            for chosen in combinations(range(len(columns)), count)
            for place in np.flatnonzero((grid @ matrix[list(chosen)] == wanted * parts).all(axis=1)).tolist()
            for row in [grid[place]]
        ]
        for _, chosen, row in sorted(found, key=lambda item: item[:2]):
            powers = dict(zip(chosen, row.tolist(), strict=True))
            yield tuple(Fraction(int(powers.get(i, 0)), parts) for i in range(len(columns)))


def _grid(numerators: Sequence[int], count: int, parts: int) -> NDArray[np.float64]:
    """All ways to choose `count` numerators, shape [ways, count], small exponents first, then positive ones."""
    if not count:
        return np.zeros((1, 0))
    grid = np.stack(np.meshgrid(*[numerators] * count, indexing="ij"), axis=-1).reshape(-1, count)
    fractional = grid % parts != 0
    size = np.where(fractional, np.abs(grid) + 1, np.abs(grid) // parts).sum(axis=1)
    keys = [*(-grid.T[::-1]), size]
    return grid[np.lexsort(keys)].astype(np.float64)


def _whole_matrix(
    columns: Sequence[Dimension], target: Dimension
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Exponents of the base units, times a common denominator: of the columns [columns, bases], of the target."""
    rows = _rows([*columns, target])
    scale = lcm(*(entry.denominator for row in rows for entry in row))
    matrix = np.array([[float(entry * scale) for entry in row] for row in rows])
    matrix = matrix.reshape(len(rows), len(columns) + 1).T
    return matrix[:-1], matrix[-1]


def _rows(dimensions: Sequence[Dimension]) -> list[list[Fraction]]:
    """A row for each base unit, in it the exponents of all dimensions."""
    exponents = [dict(d.exponents) for d in dimensions]
    bases = dict.fromkeys(name for each in exponents for name in each)
    return [[each.get(name, Fraction(0)) for each in exponents] for name in bases]


def _particular(columns: Sequence[Dimension], target: Dimension) -> Exponents | None:
    """The simplest solution with independent columns; there is always one when there is any."""
    count = len(columns)
    for size in range(count + 1):
        found = []
        for chosen in combinations(range(count), size):
            relation = _relation([*(columns[i] for i in chosen), target])
            if relation is not None:
                scattered = [Fraction(0)] * count
                for i, entry in zip(chosen, relation, strict=False):
                    scattered[i] = -entry / relation[-1]
                found.append(tuple(scattered))
        if found:
            return min(found, key=_size)
    return None


def _basis(columns: Sequence[Dimension]) -> Iterator[tuple[int, ...]]:
    """Of all relations without needless columns the simplest independent ones."""
    count = len(columns)
    taken: list[list[Fraction]] = []
    missing = count - _rank(_rows(columns), count)
    for size in range(1, count + 1):
        found = []
        for chosen in combinations(range(count), size):
            if missing and (relation := _relation([columns[i] for i in chosen])) is not None:
                scattered = [Fraction(0)] * count
                for i, entry in zip(chosen, relation, strict=True):
                    scattered[i] = entry
                found.append(tuple(scattered))
        for vector in sorted(found, key=_size):
            if missing and _rank([*taken, list(vector)], count) > len(taken):
                taken.append(list(vector))
                missing -= 1
                yield tuple(int(entry) for entry in vector)


def _size(exponents: Exponents) -> Fraction:
    """Small whole exponents are simplest; a root counts like a power."""
    return Fraction(sum(abs(e.numerator) + e.denominator - 1 for e in exponents))


def _relation(dimensions: Sequence[Dimension]) -> Exponents | None:
    """Whole exponents, none of them 0, of a dimensionless product; None unless they are unique up to a factor."""
    count = len(dimensions)
    reduced, pivots = _reduce(_rows(dimensions), count)
    if len(pivots) != count - 1:
        return None
    (free,) = set(range(count)) - set(pivots)
    vector = [Fraction(0)] * count
    vector[free] = Fraction(1)
    for row, pivot in zip(reduced, pivots, strict=False):
        vector[pivot] = -row[free]
    if not all(vector):
        return None
    scale = lcm(*(entry.denominator for entry in vector))
    divisor = gcd(*(int(entry * scale) for entry in vector))
    return tuple(entry * scale / divisor * (1 if vector[0] > 0 else -1) for entry in vector)


def _rank(rows: list[list[Fraction]], count: int) -> int:
    return len(_reduce(rows, count)[1])


def _reduce(rows: list[list[Fraction]], count: int) -> tuple[list[list[Fraction]], list[int]]:
    """The reduced echelon form by Gauss and Jordan, and its pivot columns."""
    rows = [list(row) for row in rows]
    pivots: list[int] = []
    for column in range(count):
        top = len(pivots)
        pivot = next((i for i in range(top, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[top], rows[pivot] = rows[pivot], rows[top]
        rows[top] = [entry / rows[top][column] for entry in rows[top]]
        for i, row in enumerate(rows):
            if i != top and row[column]:
                rows[i] = [a - row[column] * b for a, b in zip(row, rows[top], strict=True)]
        pivots.append(column)
    return rows, pivots
