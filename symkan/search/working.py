"""The rows of a large table that a search works with: few, and spread so that they tell most."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from symkan.data.splitting import Split
from symkan.symbolic.streaming import chunks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.options import SearchOptions

    Rows = NDArray[np.int64]
    Array = NDArray[np.float64]

CORNERS = 64
"""Corners of the box whose nearest rows are taken, at most."""


def working_rows(table: Dataset, parts: Split, options: SearchOptions) -> tuple[Dataset, Split]:
    """The table and its split, or where that has more than `options.most_rows` open rows, so many of these alone.

    They are spread evenly over the order of the target, and hold the rows nearest to the corners of the box of the
    columns: where a formula is wrong, it is wrong there first.
    """
    train, validation = parts.train, parts.validation
    if len(train) + len(validation) <= options.most_rows:
        return table, parts
    fewer = options.most_rows // 4
    validation = spread(table.y, validation, fewer)
    corners = _corners(table.x, train)
    train = np.union1d(corners, spread(table.y, train, options.most_rows - fewer - len(corners)))
    rows = np.union1d(train, validation)
    inside = Split(np.searchsorted(rows, train), np.searchsorted(rows, validation), train[:0], ())
    return table.subset(rows), inside


def spread(y: Array, rows: Rows, most: int) -> Rows:
    """At most so many of the rows, evenly over the order of the target, ascending.

    Examples
    --------
    >>> spread(np.array([5.0, 1.0, 4.0, 2.0, 3.0]), np.arange(5), 3).tolist()
    [0, 1, 4]
    """
    if len(rows) <= most:
        return rows
    order = rows[np.argsort(y[rows], kind="stable")]
    return np.sort(order[np.linspace(0, len(order) - 1, most).astype(np.int64)])


def _corners(x: Array, rows: Rows) -> Rows:
    """The row nearest to each corner of the box; of many corners, some by the same draw each time."""
    parts = [rows[part] for part in chunks(len(rows))]
    center = sum(x[part].sum(0) for part in parts) / len(rows)
    reach = np.sqrt(sum(np.square(x[part] - center).sum(0) for part in parts) / len(rows)) + 1e-300
    if x.shape[1] <= np.log2(CORNERS):
        signs = np.array(list(product((-1.0, 1.0), repeat=x.shape[1])))
    else:
        signs = np.random.default_rng(0).choice((-1.0, 1.0), (CORNERS, x.shape[1]))
    nearest, reached = np.zeros(len(signs), dtype=np.int64), np.full(len(signs), -np.inf)
    for part in parts:
        scaled = (x[part] - center) / reach
        for k, sign in enumerate(signs):
            along = scaled @ sign
            best = int(along.argmax())
            if along[best] > reached[k]:
                nearest[k], reached[k] = part[best], along[best]
    return np.unique(nearest)
