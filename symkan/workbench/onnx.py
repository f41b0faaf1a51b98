"""A network as an ONNX graph: each edge in standard operators, splines as polynomials by pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.errors import NetworkError
from symkan.symbolic.assembly import SymbolicEdge
from symkan.symbolic.library import U

if TYPE_CHECKING:
    import sympy

    from symkan.search.evaluation import Pieces
    from symkan.symbolic.assembly import NamedEdge
    from symkan.workbench.plain import NumpyKAN

OPSET = 17
_DOUBLE = {name: name.capitalize() for name in ("sin", "cos", "tanh", "exp", "log", "sign", "Abs")}
"""Of the functions that sympy knows, the operators of ONNX."""
_SINGLE = {
    name: name.capitalize()
    for name in ("tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "erf")
}
"""Those that onnxruntime has in single precision alone."""


@dataclass
class _Graph:
    """Operators and constants in the order in which they are written."""

    onnx: Any
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def apply(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """The name of what the operator gives."""
        output = output or f"v{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def constant(self, value: Any) -> str:
        """The name of a constant."""
        name = f"c{len(self.constants)}"
        self.constants.append(self.onnx.numpy_helper.from_array(np.asarray(value), name))
        return name

    def fold(self, operator: str, parts: Sequence[str]) -> str:
        """A sum or a product."""
        total, *rest = parts
        for part in rest:
            total = self.apply(operator, total, part)
        return total

    def edge(self, edge: SymbolicEdge | NamedEdge, z: str, kan: NumpyKAN) -> str:
        """c·f(a·z + b) + d, or a spline."""
        if not isinstance(edge, SymbolicEdge):
            return self.spline(kan.splines[edge.name], z)
        z = self.apply("Log", z) if edge.function.logarithmic else z
        inner = self._line(z, edge.a, edge.b)
        return self._line(self.expression(edge.function.expression, inner), edge.c, edge.d)

    def _line(self, z: str, factor: float, term: float) -> str:
        z = z if factor == 1.0 else self.apply("Mul", z, self.constant(factor))
        return z if term == 0.0 else self.apply("Add", z, self.constant(term))

    def spline(self, pieces: Pieces, z: str) -> str:
        """The piece of each argument, and its polynomial by Horner's rule."""
        column = self.apply("Unsqueeze", z, self.constant(np.array([1])))
        passed = self.apply("GreaterOrEqual", column, self.constant(pieces.breaks))
        count = self.apply("Cast", passed, to=self.onnx.TensorProto.INT64)
        piece = self.apply("ReduceSum", count, self.constant(np.array([1])), keepdims=0)
        step = self.apply("Sub", z, self.apply("Gather", self.constant(pieces.origins), piece))
        powers = [self.apply("Gather", self.constant(power), piece) for power in pieces.coefficients.T]
        total, *rest = powers
        for power in rest:
            total = self.apply("Add", self.apply("Mul", total, step), power)
        return total

    def expression(self, expression: sympy.Expr, u: str) -> str:
        """A function of the library at u."""
        from symkan.symbolic.expressions import constant

        if expression == U:
            return u
        if expression.is_number:
            return self.constant(constant(expression))
        name, parts = (
            type(expression).__name__,
            [self.expression(argument, u) for argument in expression.args],
        )
        if expression.is_Add or expression.is_Mul:
            return self.fold("Add" if expression.is_Add else "Mul", parts)
        if expression.is_Pow:
            return self.apply("Pow", *parts)
        if name in _DOUBLE:
            return self.apply(_DOUBLE[name], *parts)
        if name in _SINGLE:
            single = self.apply("Cast", *parts, to=self.onnx.TensorProto.FLOAT)
            return self.apply("Cast", self.apply(_SINGLE[name], single), to=self.onnx.TensorProto.DOUBLE)
        raise NetworkError(
            f"ONNX has no operator for {expression}; use another function on that edge, or to_numpy"
        )


def write(kan: NumpyKAN, path: str | Path) -> Path:
    """Write the network to a file: input "X" [N, inputs] to output "y" [N, outputs], float64.

    tan, the inverse functions of the circle, sinh and its kin, and erf come with seven digits.

    Raises
    ------
    NetworkError
        When the package onnx is missing, or it has no operator for a function.
    """
    try:
        import onnx
    except ImportError as error:
        raise NetworkError(
            f"{path}: writing ONNX needs the package onnx; pip install 'symkan[onnx]'"
        ) from error
    graph = _Graph(onnx)
    scaled = graph.apply("Div", "X", graph.constant(kan.x_scale))
    values = _columns(graph, scaled, len(kan.x_scale))
    for layer in kan.layers:
        values = [
            graph.fold(
                "Mul" if node.product else "Add", [graph.edge(e, values[e.source], kan) for e in node.edges]
            )
            for node in layer
        ]
    axis = graph.constant(np.array([1]))
    together = graph.apply("Concat", *(graph.apply("Unsqueeze", v, axis) for v in values), axis=1)
    graph.apply("Mul", together, graph.constant(kan.y_scale), output="y")
    onnx.save(_model(graph, len(kan.x_scale), len(kan.y_scale)), str(path))
    return Path(path)


def _columns(graph: _Graph, rows: str, count: int) -> list[str]:
    return [graph.apply("Gather", rows, graph.constant(np.array(i)), axis=1) for i in range(count)]


def _model(graph: _Graph, inputs: int, outputs: int) -> Any:
    helper, double = graph.onnx.helper, graph.onnx.TensorProto.DOUBLE
    ends = [
        [helper.make_tensor_value_info(name, double, ["N", size])]
        for name, size in (("X", inputs), ("y", outputs))
    ]
    made = helper.make_graph(graph.nodes, "symkan", *ends, initializer=graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="symkan")
    model.ir_version = 8  # the one of opset 17: newer ones are refused by older runtimes
    graph.onnx.checker.check_model(model)
    return model
