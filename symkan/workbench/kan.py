"""A Kolmogorov-Arnold network to work with by hand; every step gives a new one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import torch

from symkan.data.frames import names_of
from symkan.kan.fitting import one_thread, reopen
from symkan.kan.grids import covers, refine, update
from symkan.kan.pruning import prune
from symkan.kan.sparsification import sparsify
from symkan.options import Options
from symkan.search.symbolify import symbolify
from symkan.workbench import compiling, edges, export, formulas, onnx, training
from symkan.workbench.inspection import EdgeLike, Inspected
from symkan.workbench.options import FitOptions
from symkan.workbench.rows import read_data
from symkan.workbench.units import Scale

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.symbolic.activation import SymbolicActivation
    from symkan.symbolic.library import Function, Library
    from symkan.workbench.plain import NumpyKAN
    from symkan.workbench.training import HowToFit

    Array = NDArray[np.float64]


class KAN(Inspected):
    """A Kolmogorov-Arnold network, float64: a `torch.nn.Module` with the steps from a table to a formula.

    Each method gives a new network and leaves this one as it is. Nothing is printed or written to disk.

    Parameters
    ----------
    widths
        Inputs, then nodes of each layer: an integer for sum nodes, a pair (sums, products).
    grid
        Grid intervals of the splines.
    order
        Of the splines; 3 is cubic.
    seed
        Seed of the random initial coefficients.

    Attributes
    ----------
    rows
        The rows of the last fit, which the other steps look at; None before. They are not in the state_dict.
    history
        Training and validation RMSE by step, in units of the target (of several, each divided by its scale).
    names
        Of the columns, from `from_expression` or the first frame that was fitted to; None if there are none. Frames
        are read by them.

    Examples
    --------
    >>> x = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    >>> kan = KAN([2, 1, 1]).fit(x, np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2))
    >>> kan.suggest(0, 0, 0)[0].function.name
    'sin'
    >>> kan.fix_all("sin,exp,x^2").formula()
    exp(x2**2 + sin(pi*x1))
    """

    @classmethod
    def from_expression(
        cls, expression: str | sympy.Expr, *, names: Sequence[str] | None = None, grid: int = 5
    ) -> KAN:
        """The network of symbolic edges that computes an expression.

        Parameters
        ----------
        expression
            A text such as ``q*(E + B*v*sin(theta))``, in which all names but pi and those of functions are
            variables, or an expression of sympy.
        names
            Of the columns, in their order; by default the variables as they appear in the text, or as they are sorted
            in the expression of sympy.
        grid
            Grid intervals of edges that become splines later.

        Raises
        ------
        ExpressionError
            When it is no expression, has no variable, or a function of several arguments.

        Examples
        --------
        >>> kan = KAN.from_expression("x*y + sin(x)")
        >>> kan.names, bool(np.isclose(kan.predict([[2.0, 3.0]])[0], 6 + np.sin(2.0)))
        (('x', 'y'), True)
        """
        parsed, columns = compiling.read(expression, names)
        return cls._holding(compiling.compiled(parsed, columns, grid=grid), names=columns)

    def fit(self, X: Any, y: Any, **how: Unpack[HowToFit]) -> KAN:
        """Train on rows, from where the network stands.

        The first fit also sets the scales of columns and target, and the grid of the first layer.

        Parameters
        ----------
        X, y
            Rows [N, inputs], and targets [N] or [N, outputs]: arrays, tensors or frames.
        **how
            `validation=(X, y)` rows by which states are compared; at most `steps=100` steps (on each grid); `method`
            "lm" (Levenberg-Marquardt), "lbfgs" or "adam"; the best of `restarts=1` starts, this network and others
            with random splines; `grids=(5, 10, 20)` trains from coarse to fine while the validation rows gain.

        Raises
        ------
        TableError
            When the rows are no finite numbers, or do not fit the network.
        """
        options, names = FitOptions(**how), self.names or names_of(X)
        data = read_data((self.inputs, self.outputs), X, y, options.validation, names=names)
        networks, x_scale, y_scale = self.networks, self.x_scale, self.y_scale
        if not self._scaled:
            networks, x_scale, y_scale = training.prepared(networks, data, x_scale)
        found = training.fitted(networks, data.scaled(x_scale, y_scale), options, seed=self.seed + 1)
        return self._with(
            found.kan.select([found.best]),
            x_scale=x_scale,
            y_scale=y_scale,
            rows=data,
            names=names,
            history=training.continued(self.history, found, y_scale),
            _scaled=True,
        )

    def sparsify(self) -> KAN:
        """Drive edges that are not needed to zero, as far as the validation rows allow."""
        with one_thread():
            return self._with(sparsify(self.networks, self._rows()).kan)

    def prune(self) -> KAN:
        """Take away inputs, nodes and edges for as long as the validation rows do not object."""
        with one_thread():
            return self._with(prune(self.networks, self._rows()).kan)

    def refine(self, grid: int) -> KAN:
        """The same splines on a finer grid of so many intervals; before the first fit on a grid over [-1, 1]."""
        x = torch.linspace(-1, 1, 4 * grid, dtype=torch.float64, device=self.x_scale.device)
        rows = self._rows().x if self.rows is not None else x[:, None].expand(-1, self.inputs)
        return self._with(refine(self.networks, rows, grid))

    def fix(
        self,
        edge: EdgeLike,
        function: str | Function | SymbolicActivation,
        *,
        a: float | None = None,
        b: float | None = None,
        c: float | None = None,
        d: float | None = None,
    ) -> KAN:
        """Put the function c·f(a·x + b) + d in the place of an edge.

        Parameters
        ----------
        edge
            An `Edge`, or (layer, target, source).
        function
            A name in the library, a `Function`, or what `suggest` gave.
        a, b, c, d
            In the units of `activations`. What is given stays as it is in later fits; the others are fitted to the
            edge (before the first fit they are 1, 0, 1, 0), and move in later fits.
        """
        place = edges.existing(self.networks, edge)
        f, own = edges.chosen(function)
        held = {n: float(v) for n, v in zip("abcd", (a, b, c, d), strict=True) if v is not None}
        if len(held) == len("abcd") or own or self.rows is None:
            affine = {**edges.NEUTRAL, **own, **held}
            found = (affine["a"], affine["b"], affine["c"], affine["d"])
        else:
            found = edges.affine_fit(self._activation(place), f, held)
        scale = Scale.of(self.networks, place, self.x_scale, self.y_scale)
        return self._with(edges.fixed(self.networks, place, f, found, held=held, scale=scale))

    def unfix(self, edge: EdgeLike) -> KAN:
        """Make an edge a spline again, of the same values at the rows."""
        place, rows = edges.existing(self.networks, edge), self._rows()
        fits = covers(self.networks, rows.x, place)
        return self._with(reopen(self.networks if fits else update(self.networks, rows.x), place, rows))

    def fix_all(self, library: Library | str | None = None) -> KAN:
        """Put functions in the place of all splines, each chosen by the loss of the whole network.

        Edges that no function fits stay splines.
        """
        with one_thread():
            found = symbolify(self.networks, self._rows(), edges.library_of(library), options=Options())
        return self._with(found.kan)

    def formula(
        self, names: Sequence[str] | None = None, *, output: int | None = None, snap: bool = True
    ) -> sympy.Expr:
        """The network as an expression; edges that are still open are named functions g1, g2, … (see `splines`).

        Parameters
        ----------
        names
            Of the inputs; those of the frame it was fitted to, or x1, x2, …
        output
            Which one, where there are several.
        snap
            Whether constants are fitted to the rows and made exact (0, 3/2, pi, …) where the rows allow it, if no
            edge is open; else the network as it is.
        """
        chosen = formulas.output_of(self.outputs, output)
        expression = formulas.expressions(self.networks, self.x_scale, self.y_scale)[chosen]
        if snap and self.rows is not None and not self.splines():
            expression = formulas.settled(expression, self.rows, chosen)
        names = names if names is not None else self.names
        return (
            expression
            if names is None
            else formulas.renamed(expression, formulas.check_names(names, self.inputs))
        )

    def to_numpy(self) -> NumpyKAN:
        """The network as a record that takes arrays [N, inputs] and gives arrays, without torch."""
        return export.numpy_kan(self.networks, self.x_scale, self.y_scale)

    def to_onnx(self, path: str | Path) -> Path:
        """Write the network as an ONNX graph, float64, input "X" [N, inputs] to output "y" [N, outputs].

        Raises
        ------
        NetworkError
            When the package onnx is missing, or has no operator for the function of an edge.
        """
        return onnx.write(self.to_numpy(), path)
