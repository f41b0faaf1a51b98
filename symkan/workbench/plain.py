"""A network without torch: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.errors import ColumnError
from symkan.symbolic.assembly import NamedEdge, Node, SymbolicEdge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.search.evaluation import Pieces

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class NumpyKAN:
    """A network as a function of rows, in numpy alone.

    Attributes
    ----------
    layers
        The nodes of each layer.
    splines
        The edges that are no library functions, by name.
    x_scale, y_scale
        What columns and outputs are divided by.
    """

    layers: tuple[tuple[Node, ...], ...]
    splines: Mapping[str, Pieces]
    x_scale: Array
    y_scale: Array

    def __call__(self, X: Array) -> Array:
        """Values [N], or [N, outputs] where there are several, at rows X [N, inputs]; nan where undefined."""
        x = np.asarray(X, dtype=np.float64)
        if x.ndim != 2 or x.shape[1] != len(self.x_scale):
            raise ColumnError(f"X has shape {x.shape}; give [rows, {len(self.x_scale)}]")
        values = x / self.x_scale
        for layer in self.layers:
            values = np.stack([self._node(node, values) for node in layer], axis=1)
        values = values * self.y_scale
        return values[:, 0] if len(self.y_scale) == 1 else values

    def _node(self, node: Node, values: Array) -> Array:
        parts = [self._edge(edge, values[:, edge.source]) for edge in node.edges]
        total: Array = (np.multiply if node.product else np.add).reduce(parts)
        return total

    def _edge(self, edge: SymbolicEdge | NamedEdge, z: Array) -> Array:
        return edge.values(z) if isinstance(edge, SymbolicEdge) else self.splines[edge.name](z)
