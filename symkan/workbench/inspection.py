"""Looking at a network by hand: values, edges, what matters, what structure there is, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from symkan.errors import NetworkError, OptionError
from symkan.kan.attribution import scores
from symkan.options import MatchOptions
from symkan.symbolic.matching import match_edge
from symkan.symbolic.refitting import r_squared
from symkan.symbolic.streaming import chunks
from symkan.workbench import edges, formulas, structure
from symkan.workbench.core import Core
from symkan.workbench.options import StructureOptions
from symkan.workbench.rows import Data, matrix, targets, tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from symkan.kan.rows import Rows
    from symkan.search.candidates import Spline
    from symkan.symbolic.activation import Activation, Edge, SymbolicActivation
    from symkan.symbolic.library import Library
    from symkan.workbench.structure import How, Symmetry

    Array = NDArray[np.float64]

EdgeLike = tuple[int, int, int]
"""An `Edge`, or its (layer, target, source)."""


class Inspected(Core):
    """What a network can be asked."""

    @torch.no_grad()
    def predict(self, X: Any) -> Array:
        """Values at rows X [N, inputs]: [N], or [N, outputs] where there are several.

        Columns of a frame are found by name if the network has `names`; those of an array by position.
        """
        x = matrix(X, self.inputs, names=self.names)
        values = np.empty((len(x), self.outputs))
        for part in chunks(len(x)):
            values[part] = self(tensor(x[part], self.x_scale)).cpu().numpy()
        return values[:, 0] if self.outputs == 1 else values

    def score(self, X: Any, y: Any) -> float:
        """R² of the prediction, the mean over outputs; 1 is perfect."""
        found = self.predict(X).reshape(-1, self.outputs)
        goal = targets(y, self.outputs)
        return float(
            np.mean([r_squared(float(((f - t) ** 2).sum()), t) for f, t in zip(found.T, goal.T, strict=True)])
        )

    @property
    def edges(self) -> list[Edge]:
        """The edges that are there, by layer."""
        return self.networks.edges()

    def activations(self, X: Any = None) -> list[Activation]:
        """What each edge does at rows X, or at those of the fit.

        Arguments of the first layer are in the units of the columns, values that are added to an output in those of
        the target.
        """
        return edges.activations(self.networks, self._x(X), self.x_scale, self.y_scale)

    def attribution(self, X: Any = None) -> Array:
        """Share of the output that depends on each input, [inputs], 0 to 1."""
        total: Array = self._scores(X)[0].sum(0).clip(max=1.0)
        return total

    def edge_scores(self, X: Any = None) -> dict[Edge, float]:
        """Share of the output that depends on each edge, 0 to 1."""
        found = self._scores(X)
        return {edge: float(found[edge.layer][edge.target, edge.source]) for edge in self.edges}

    def suggest(
        self, layer: int, target: int, source: int, *, library: Library | str | None = None, top: int = 5
    ) -> tuple[SymbolicActivation, ...]:
        """The functions c·f(a·x + b) + d that come nearest to an edge, best first.

        Parameters
        ----------
        layer, target, source
            The edge; `suggest(*edge)` does, too.
        library
            To choose from: a `Library` or a list such as "sin,exp"; None for all.
        top
            How many.
        """
        activation = self._activation(edges.existing(self.networks, (layer, target, source)))
        return match_edge(activation, edges.library_of(library), options=MatchOptions(top=top))

    def splines(self) -> tuple[Spline, ...]:
        """The splines g1, g2, … of `formula`: their knots and coefficients."""
        return formulas.splines(self.networks)

    def is_separable(
        self,
        groups: Sequence[Sequence[int | str]],
        *,
        how: How = "sum",
        output: int | None = None,
        tolerance: float = StructureOptions.tolerance,
    ) -> bool:
        """Whether the output is a sum, or a product, of functions of groups of columns.

        Judged by the network where rows exchange columns; columns in no group may act together with any.

        Parameters
        ----------
        groups
            Of columns by index or name, such as [[0], [1, 2]].
        how
            "sum" or "product".
        output
            Which one, where there are several.
        tolerance
            What groups do together is nothing when it is less than this share of what they do alone.
        """
        if how not in ("sum", "product"):
            raise OptionError(f"how: {how!r} is neither 'sum' nor 'product'; choose one of them")
        found = structure.checked_groups(groups, self._column_names())
        x = tensor(self._data().x, self.x_scale)
        with torch.no_grad():
            return structure.separable(self._output(output), x, found, how) <= tolerance

    def symmetries(
        self, *, output: int | None = None, tolerance: float = StructureOptions.tolerance
    ) -> tuple[Symmetry, ...]:
        """The pairs of columns that act only by their difference, sum, ratio or product, clearest first.

        Judged by the network's derivatives at the rows, which may differ by `tolerance` of themselves.
        """
        x = tensor(self._data().x, self.x_scale)
        return structure.symmetries(self._output(output), x, StructureOptions(tolerance=tolerance))

    def plot(self, ax: Axes | None = None, *, X: Any = None) -> Axes:
        """Draw the network, each edge with its curve at rows X or those of the fit."""
        from symkan.workbench.drawing import plot_kan

        return plot_kan(self, self._x(X), ax=ax)

    def plot_edge(self, edge: EdgeLike, ax: Axes | None = None) -> Axes:
        """Draw one edge over the arguments that the rows bring."""
        from symkan.workbench.drawing import plot_one

        return plot_one(self, self._activation(edges.existing(self.networks, edge)), ax=ax)

    def plot_training(self, ax: Axes | None = None) -> Axes:
        """Draw training and validation RMSE by step."""
        from symkan.workbench.drawing import plot_steps

        return plot_steps(self.history, ax=ax)

    def _rows(self) -> Rows:
        """The rows of the fit, scaled."""
        return self._data().scaled(self.x_scale, self.y_scale)

    def _data(self) -> Data:
        if self.rows is None:
            raise NetworkError(
                "this network has seen no rows yet; call fit(X, y) first (steps=0 leaves it as it is)"
            )
        return self.rows

    def _x(self, X: Any) -> Array:
        """Rows given, or those of the fit."""
        return self._data().x if X is None else matrix(X, self.inputs, names=self.names)

    def _column_names(self) -> tuple[str, ...]:
        return self.names or tuple(f"x{i + 1}" for i in range(self.inputs))

    def _output(self, output: int | None) -> structure.Evaluate:
        """One output, as a function of rows."""
        chosen = formulas.output_of(self.outputs, output)
        return lambda x: self(x)[:, chosen]

    def _scores(self, X: Any) -> list[Array]:
        return scores(self.networks, tensor(self._x(X), self.x_scale) / self.x_scale)

    def _activation(self, edge: Edge) -> Activation:
        return next(found for found in self.activations() if found.edge == edge)
