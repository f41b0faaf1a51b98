"""Which rows train, which validate, and which stay locked until the end."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.data.dataset import Dataset
from symkan.options import SplitOptions
from symkan.symbolic.streaming import chunks

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers of a Dataset, ascending, each int64.

    Attributes
    ----------
    train
        Rows to fit. In a small table these are all rows that are not locked.
    validation
        Rows that choose between fits. Empty in a small table, where `folds` take their part.
    test
        Locked rows: used once, at the end. Empty in a very small table.
    folds
        Pairs (train, validation) that cut `train` into folds of nearly equal size; empty in a large table.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    folds: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]

    @property
    def open(self) -> NDArray[np.int64]:
        """All rows that are not locked."""
        return np.union1d(self.train, self.validation)


def split(dataset: Dataset, options: SplitOptions, *, seed: int) -> Split:
    """Share out the rows by a hash of what stands in them.

    A row is locked when its hash, a number in [0, 1), is below `options.test`, and validates when it is in the
    next `options.validation` of the interval. So rows that are appended move no other row, and equal rows stay
    together. Only where a part would stay empty are the distinct rows ranked by their hash and cut at the nearest
    whole number instead. Folds are cut by rank always: equal sizes matter more there, and no row of them is locked.

    Parameters
    ----------
    dataset
        At least two rows differ.
    options
        Fractions, number of folds, and the table sizes at which they hold.
    seed
        Another seed gives another split.
    """
    position = row_hashes(dataset.x, dataset.y, seed=seed)
    small = dataset.rows < options.small
    locked = options.test if dataset.rows >= options.test_from else 0.0
    cuts = (locked, locked) if small else (locked, locked + options.validation)
    part = np.searchsorted(cuts, position, side="right")
    expected = [0] * (locked > 0) + [1] * (not small) + [2]
    if not set(expected) <= set(np.unique(part).tolist()):
        part = _by_rank(position, cuts)
    test, validation, train = (np.flatnonzero(part == k) for k in range(3))
    return Split(train, validation, test, _folds(position, train, options.folds) if small else ())


def row_hashes(x: NDArray[np.float64], y: NDArray[np.float64], *, seed: int) -> NDArray[np.float64]:
    """A number in [0, 1) for each row [rows], the same on every machine, from its values and the seed alone.

    The bits of the values pass one after the other through the finaliser of SplitMix64 (Steele, Lea and Flood 2014,
    OOPSLA, doi:10.1145/2660193.2660195), started from a BLAKE2b hash of the seed. -0.0 counts as 0.0.
    """
    start = int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), "little")
    hashes = np.empty(len(y))
    for part in chunks(len(y)):
        state = np.full(len(y[part]), start, dtype=np.uint64)
        for column in (*x[part].T, y[part]):
            state = _mix(state ^ (np.ascontiguousarray(column, dtype=np.float64) + 0.0).view(np.uint64))
        hashes[part] = (state >> np.uint64(11)) * 2.0**-53
    return hashes


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's step; unsigned arithmetic wraps around."""
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _by_rank(position: NDArray[np.float64], cuts: tuple[float, float]) -> NDArray[np.int64]:
    """0 (test), 1 (validation) or 2 (train) for each row; each part that is asked for gets a distinct row while
    there are enough: training first, then validation, then test."""
    distinct, rank = np.unique(position, return_inverse=True)
    spare = len(distinct) - 1  # one distinct row trains in any case
    fractions = (cuts[0], cuts[1] - cuts[0])
    validation = min(spare, max(1, round(fractions[1] * len(distinct)))) if fractions[1] > 0 else 0
    test = min(spare - validation, max(1, round(fractions[0] * len(distinct)))) if fractions[0] > 0 else 0
    return np.searchsorted((test, test + validation), rank, side="right")


def _folds(
    position: NDArray[np.float64], rows: NDArray[np.int64], count: int
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
    """Cut `rows` into at most `count` folds; rows with one hash share a fold."""
    distinct, rank = np.unique(position[rows], return_inverse=True)
    if len(distinct) < 2:  # one row and its copies: nothing to hold out
        return ((rows, rows),)
    fold = rank % min(count, len(distinct))
    return tuple((rows[fold != k], rows[fold == k]) for k in range(min(count, len(distinct))))
