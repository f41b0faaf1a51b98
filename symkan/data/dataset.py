"""A table made ready: numbers, safe symbols for the columns, and a word on everything that was done to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Column:
    """A column under the user's name, its unit (from a header like ``T [K]``), and the symbol used inside.

    `header` is the cell as it stands in the file; `name` is the header without the unit.
    """

    header: str
    name: str
    unit: str | None
    symbol: str


@dataclass(frozen=True, eq=False)
class Dataset:
    """Usable rows of a table.

    Attributes
    ----------
    features
        The columns that a law may use, in the file's order; their symbols are x1, x2, …
    target
        The column to be explained; its symbol is y.
    x, y
        Values, float64, shapes [rows, features] and [rows], finite, in the file's own units.
    notes
        One line for each decision taken while reading: columns left out, rows dropped, units read.
    source
        The path as given, or "memory".
    sha256
        Hash of the file's bytes, or of the values when there was no file.
    sigma
        Standard error of each value of y, [rows], in its unit; None where they are not known.
    """

    features: tuple[Column, ...]
    target: Column
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    notes: tuple[str, ...]
    source: str
    sha256: str
    sigma: NDArray[np.float64] | None = None

    @property
    def rows(self) -> int:
        """Number of usable rows."""
        return len(self.y)

    def subset(self, rows: NDArray[np.int64]) -> Dataset:
        """The table with these of its rows only."""
        sigma = None if self.sigma is None else self.sigma[rows]
        return replace(self, x=self.x[rows], y=self.y[rows], sigma=sigma)
