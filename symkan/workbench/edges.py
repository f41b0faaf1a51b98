"""Edges by hand: what they do, which functions they resemble, and one function in the place of a spline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symkan.errors import NetworkError
from symkan.symbolic.activation import Edge, SymbolicActivation
from symkan.symbolic.library import Function, Library
from symkan.symbolic.matching import match_edge
from symkan.workbench.rows import tensor
from symkan.workbench.units import Affine, Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from symkan.kan.network import Networks
    from symkan.symbolic.activation import Activation

    Array = NDArray[np.float64]

NEUTRAL = {"a": 1.0, "b": 0.0, "c": 1.0, "d": 0.0}


def library_of(library: Library | str | None) -> Library:
    """Functions to choose from: a library, a list such as "sin,exp", or None for all."""
    if library is None:
        return Library.default()
    return Library.parse(library) if isinstance(library, str) else library


def existing(networks: Networks, edge: tuple[int, int, int]) -> Edge:
    """The edge, which must be there.

    Raises
    ------
    NetworkError
        When it isn't.
    """
    edges = networks.edges()
    try:
        found = Edge(*(int(index) for index in edge))
    except (TypeError, ValueError):
        raise NetworkError(f"{edge!r} is no edge; give (layer, target, source), such as (0, 0, 0)") from None
    if found not in edges:
        near = [str(e) for e in edges if e.layer == found.layer] or [str(e) for e in edges]
        more = ", …" if len(near) > 12 else ""
        raise NetworkError(
            f"there is no edge {found} (layer, target, source) in the network {networks.architecture}; "
            f"there are {', '.join(near[:12])}{more}"
        )
    return found


def activations(networks: Networks, x: Array, x_scale: Tensor, y_scale: Tensor) -> list[Activation]:
    """What each edge does at rows x [N, inputs], in the units of the table."""
    return [
        Scale.of(networks, found.edge, x_scale, y_scale).outward(found)
        for found in networks.activations(tensor(x, x_scale) / x_scale)
    ]


def chosen(function: str | Function | SymbolicActivation) -> tuple[Function, dict[str, float]]:
    """A function of the library, and the affine parameters it comes with."""
    if isinstance(function, SymbolicActivation):
        return function.function, {name: getattr(function, name) for name in NEUTRAL}
    return (Library.default()[function] if isinstance(function, str) else function), {}


def fixed(
    networks: Networks,
    edge: Edge,
    function: Function,
    affine: Affine,
    *,
    held: Mapping[str, float],
    scale: Scale,
) -> Networks:
    """The network with a function, its parameters in the units of the table, in the place of an edge.

    Those that are held stay as they are in later fits.
    """
    free = "".join(name for name in function.free if name not in held)
    a, b, c, d = scale.inward(function, affine)
    return networks.fix(edge, replace(function, free=free), a=a, b=b, c=c, d=d)


def affine_fit(activation: Activation, function: Function, held: Mapping[str, float]) -> Affine:
    """The parameters with which a function comes nearest to an edge; those that are held are kept.

    Raises
    ------
    NetworkError
        When the function is undefined at the edge's arguments.
    """
    matches = match_edge(activation, Library((replace(function, alias=""),)))
    if not matches or matches[0].function.name != function.name:
        matches = _constant(activation, function, held)
    best = {name: getattr(matches[0], name) for name in NEUTRAL}
    if held:
        best = _with_held(activation, function, best, held)
    return best["a"], best["b"], best["c"], best["d"]


def _constant(
    activation: Activation, function: Function, held: Mapping[str, float]
) -> tuple[SymbolicActivation, ...]:
    """The function with factor 0 at an edge that is constant."""
    level = float(np.mean(activation.y))
    if np.ptp(activation.y) > 1e-12 * abs(level):
        low, high = activation.x.min(), activation.x.max()
        raise NetworkError(
            f"{function.name} cannot be fitted to edge {activation.edge}, whose arguments are from {low:.4g} to "
            f"{high:.4g}; choose another function (see suggest), or give a, b, c and d"
        )
    affine = {**NEUTRAL, "c": 0.0, "d": level, **held}
    return (SymbolicActivation(activation.edge, function, **affine, r2=1.0, bits=0.0),)


def _with_held(
    activation: Activation, function: Function, start: Mapping[str, float], held: Mapping[str, float]
) -> dict[str, float]:
    """The other parameters by least squares, from the match and its mirror images."""
    from scipy.optimize import least_squares

    loose = [name for name in function.free if name not in held]
    x = np.log(activation.x) if function.logarithmic else activation.x
    size = float(np.std(activation.y)) or 1.0

    def residual(values: Array) -> Array:
        p = {**NEUTRAL, **start, **held, **dict(zip(loose, values, strict=True))}
        found = p["c"] * function.values(p["a"] * x + p["b"]) + p["d"] - activation.y
        return np.asarray(np.nan_to_num(found / size, nan=1e6, posinf=1e6, neginf=-1e6))

    trials = [
        {**start, "b": sign * start["b"], "c": turn * start["c"]} for sign in (1, -1, 0) for turn in (1, -1)
    ]
    best = (
        min(
            (least_squares(residual, [t[name] for name in loose], x_scale="jac") for t in trials),
            key=lambda fit: float(fit.cost),
        )
        if loose
        else None
    )
    values = {} if best is None else dict(zip(loose, map(float, best.x), strict=True))
    return {**NEUTRAL, **start, **held, **values}


def functions_of(networks: Networks) -> dict[Edge, str]:
    """The names of the functions on symbolic edges."""
    return {
        Edge(depth, j, i): layer.functions[j, i].name
        for depth, layer in enumerate(networks.stack)
        for j, i in layer.symbolic_edges()
    }
