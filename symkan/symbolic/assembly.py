"""From a network whose edges are functions to one expression: the same sums and products, written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.symbolic.activation import SymbolicActivation
    from symkan.symbolic.library import Function


@dataclass(frozen=True)
class SymbolicEdge:
    """The edge c·f(a·z + b) + d that leaves node `source`; with a logarithmic function c·f(a·log z + b) + d."""

    source: int
    function: Function
    a: float
    b: float
    c: float
    d: float

    @classmethod
    def of_match(cls, match: SymbolicActivation) -> SymbolicEdge:
        """An edge as it was matched."""
        return cls(match.edge.source, match.function, match.a, match.b, match.c, match.d)

    def values(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """The edge at arguments [n]; nan outside the function's domain."""
        with np.errstate(all="ignore"):
            inner = self.a * (np.log(z) if self.function.logarithmic else z) + self.b
            return self.c * self.function.values(inner) + self.d

    def of(self, z: sympy.Expr) -> sympy.Expr:
        """The edge as an expression of its argument."""
        import sympy

        return sympy.Float(self.c) * self.bare(z) + _number(self.d)

    def bare(self, z: sympy.Expr) -> sympy.Expr:
        """The function of the edge's argument, without c and d."""
        import sympy

        from symkan.symbolic.library import U

        inner = sympy.log(z) if self.function.logarithmic else z
        if self.a != 1:  # a number that is held is none
            inner = sympy.Float(self.a) * inner
        inner += _number(self.b)
        return self.function.expression.xreplace({U: inner})


@dataclass(frozen=True)
class NamedEdge:
    """An edge that no library function fits: the function `name` of node `source`."""

    source: int
    name: str

    def of(self, z: sympy.Expr) -> sympy.Expr:
        """The edge as an expression of its argument."""
        import sympy

        return sympy.Function(self.name)(z)


@dataclass(frozen=True)
class Node:
    """A node: the sum, or the product, of the edges that end in it."""

    edges: tuple[SymbolicEdge | NamedEdge, ...]
    product: bool = False


def assemble(layers: Sequence[Sequence[Node]], inputs: Sequence[sympy.Expr]) -> tuple[sympy.Expr, ...]:
    """Write a network as expressions, one for each output.

    Parameters
    ----------
    layers
        The nodes of each layer, inputs excluded.
    inputs
        What enters the network, such as x1/2.5 for a scaled column.

    Examples
    --------
    >>> from symkan.symbolic.expressions import symbol
    >>> from symkan.symbolic.library import Library
    >>> exp = SymbolicEdge(0, Library.default()["exp"], 2.0, 0.0, 3.0, 0.0)
    >>> assemble([[Node((exp,))]], [symbol("x1")])
    (3.0*exp(2.0*x1),)
    """
    import sympy

    values = tuple(inputs)
    for layer in layers:
        values = tuple(
            (sympy.Mul if node.product else sympy.Add)(*(edge.of(values[edge.source]) for edge in node.edges))
            for node in layer
        )
    return values


def _number(value: float) -> sympy.Expr:
    """A float; exact zero stays exact, so that it leaves no trace in sums."""
    import sympy

    return sympy.Float(value) if value else sympy.Integer(0)
