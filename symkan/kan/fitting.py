"""What the search asks of networks, in numpy: build one for a sample, train it, refit it, evaluate it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch

from symkan.kan import splines
from symkan.kan.network import ABSENT, SPLINE, SYMBOLIC, Networks
from symkan.kan.training import Rows, levenberg_marquardt
from symkan.symbolic.activation import Activation, Edge
from symkan.symbolic.assembly import NamedEdge, Node, SymbolicEdge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from symkan.symbolic.library import Function

    Array = NDArray[np.float64]

KnotsAndCoefficients = tuple[tuple[float, ...], tuple[float, ...]]


@contextmanager
def one_thread() -> Iterator[None]:
    """Run with one thread: small matrices are slower with more, and the seed then fixes the result."""
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


def make_rows(
    train: tuple[Array, Array],
    validation: tuple[Array, Array],
    *,
    weight: Array | None = None,
    device: str = "cpu",
) -> Rows:
    """Scaled rows as tensors: x [N, inputs] and t [N] for training and for validation, weights [N]."""

    def tensor(values: Array) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(values), dtype=torch.float64, device=device)

    (x, t), (x_validation, t_validation) = train, validation
    return Rows(
        tensor(x),
        tensor(t[:, None]),
        tensor(x_validation),
        tensor(t_validation[:, None]),
        None if weight is None else tensor(weight),
    )


def fix_layer(kan: Networks, layer: int, function: Function, *, spread: float = 0.0, seed: int = 0) -> None:
    """Make all edges of a layer the function, in place, with random slopes of size `spread`, if any."""
    target = kan.stack[layer]
    target.kind[:] = SYMBOLIC
    for j, i in np.ndindex(*target.kind.shape):
        target.functions[j, i] = function
    if spread:
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            target.affine[..., 2] = spread * torch.randn(
                target.affine.shape[:-1], dtype=torch.float64, generator=generator
            ).to(target.affine.device)


def network(
    widths: Sequence[int | tuple[int, int]],
    rows: Rows,
    *,
    intervals: int,
    restarts: int,
    seed: int,
    base: bool = False,
) -> Networks:
    """Untrained networks whose first grid covers the rows, partly by quantiles."""
    kan = Networks(widths, intervals=intervals, restarts=restarts, base=base, seed=seed).to(rows.x.device)
    cover(kan, rows.x)
    return kan


def cover(kan: Networks, x: torch.Tensor) -> None:
    """Give the first layer of untrained networks a grid over rows x [N, inputs], in place; partly by quantiles."""
    first = kan.stack[0]
    first.knots = splines.sample_grid(x[None], first.intervals, first.order, quantile=0.3)


def refit_network(kan: Networks, rows: Rows, *, steps: int) -> tuple[Networks, float]:
    """A short refit of one network; its RMSE on the training rows."""
    fitted, loss, _ = levenberg_marquardt(kan, rows, steps)
    return fitted, float(loss[0])


def predict(kan: Networks, x: Array) -> Array:
    """Outputs [R, N] of networks with one output at scaled rows [N, inputs]."""
    device = kan.stack[0].coefficients.device
    with torch.no_grad():
        out: Array = kan(torch.as_tensor(np.ascontiguousarray(x), device=device))[..., 0].cpu().numpy()
    return out


def blueprint(
    kan: Networks, *, prefix: str = "g"
) -> tuple[list[list[Node]], dict[str, KnotsAndCoefficients]]:
    """The nodes of one network for `assemble`, and the splines among its edges, named g1, g2, …."""
    layers: list[list[Node]] = []
    named: dict[str, KnotsAndCoefficients] = {}
    for layer in kan.stack:
        nodes = []
        for j in range(layer.kind.shape[0]):
            edges: list[SymbolicEdge | NamedEdge] = []
            for i in torch.nonzero(layer.kind[j] != ABSENT).flatten().tolist():
                if int(layer.kind[j, i]) == SYMBOLIC:
                    a, b, c, d = layer.affine[0, j, i].tolist()
                    edges.append(SymbolicEdge(i, layer.functions[j, i], a, b, c, d))
                else:
                    name = f"{prefix}{len(named) + 1}"
                    knots = layer.knots[0, i].tolist()
                    named[name] = (tuple(knots), tuple(layer.coefficients[0, j, i].tolist()))
                    edges.append(NamedEdge(i, name))
            nodes.append(Node(tuple(edges), bool(layer.product[j])))
        layers.append(nodes)
    return layers, named


def monomial_exponents(
    log_x: Array, log_t: Array, *, seed: int, intervals: int = 6
) -> tuple[Array, Array, float]:
    """Fit log t = p·log x + G(q·log x) with a spline G: exponents p and q [columns], and the RMSE of log t.

    A network [columns, 2, 1] with straight edges from the logarithms to its two nodes, of which one goes
    straight on to the output and the other through a spline; the best of six starts. p is known but for
    multiples of q.
    """
    from symkan.symbolic.library import Library

    line = Library.default()["x"]
    center, scale = log_x.mean(0), log_x.std(0)
    scale = np.where(scale > 0, scale, 1.0)
    x, t = (log_x - center) / scale, (log_t - log_t.mean()) / log_t.std()
    rows = make_rows((x, t), (x, t))
    kan = network((x.shape[1], 2, 1), rows, intervals=intervals, restarts=6, seed=seed)
    fix_layer(kan, 0, line, spread=1.0, seed=seed)
    last = kan.stack[1]
    last.kind[0, 0], last.functions[0, 0] = SYMBOLIC, line
    fitted, loss, _ = levenberg_marquardt(kan, rows, 60)
    best = int(loss.argmin())
    first, out = (
        (layer.affine[best, ..., 0] * layer.affine[best, ..., 2]).detach().numpy() for layer in fitted.stack
    )
    p = out[0, 0] * first[0] / scale * log_t.std()
    return p, first[1] / scale, float(loss[best]) * float(log_t.std())


def reopen(kan: Networks, edge: Edge, rows: Rows) -> Networks:
    """A copy in which a symbolic edge is a spline again, of the same values on the rows."""
    trace = kan.trace(rows.x)[edge.layer]
    new = kan.clone()
    layer = new.stack[edge.layer]
    count = layer.intervals + layer.order
    with torch.no_grad():
        fitted = splines.fit_coefficients(trace.arguments, trace.values, layer.knots, layer.order)
        layer.coefficients[:, edge.target, edge.source] = 0.0
        layer.coefficients[:, edge.target, edge.source, :count] = fitted[:, edge.target, edge.source]
    layer.kind[edge.target, edge.source] = SPLINE
    layer.functions.pop((edge.target, edge.source), None)
    return new


def spline_activations(kan: Networks, rows: Rows) -> list[Activation]:
    """The edges of one network that are splines, as they act on the rows, in the network's own units."""
    found = []
    with torch.no_grad():
        traces = kan.trace(rows.x)
    for depth, (layer, trace) in enumerate(zip(kan.stack, traces, strict=True)):
        for j, i in torch.nonzero(layer.kind == SPLINE).tolist():
            x, y = (t.cpu().numpy() for t in (trace.arguments[0, :, i], trace.values[0, :, j, i]))
            found.append(Activation(Edge(depth, j, i), x, y, 1.0))
    return found
