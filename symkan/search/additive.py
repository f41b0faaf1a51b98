"""Sums of functions of one column each: a KAN of a single layer, whose splines least squares find at once.

Behind a logarithm these are products of such functions. No network is trained for them, so torch need not be loaded.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.scan import Guess
from symkan.symbolic.activation import Activation, Edge
from symkan.symbolic.assembly import SymbolicEdge
from symkan.symbolic.matching import match_edges

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.view import Screen
    from symkan.symbolic.activation import SymbolicActivation

    Array = NDArray[np.float64]

INTERVALS = 12
"""Of the cubic splines; fewer where there are many columns."""
ACCURATE = 3e-3
"""RMSE of the splines, by the spread of the target, from which on their curves tell the functions."""
MOST = 30
"""Choices of functions that are proposed."""


def additive(screen: Screen) -> list[Guess]:
    """The target as a sum of library functions, one of each column; none where it is no such sum, or noise hides it."""
    columns = [atom.values for atom in screen.view.atoms]
    if len(columns) < 2 or screen.dimension is not None:
        return []
    parts = _parts(columns, screen.z, screen.weights)
    if parts is None:
        return []
    edges = [
        Activation(Edge(0, 0, i), x, part, 1.0)
        for i, (x, part) in enumerate(zip(columns, parts, strict=True))
    ]
    matches = match_edges(edges, screen.view.library)
    symbols = [atom.expression for atom in screen.view.atoms]
    total = float(np.sqrt(np.mean((screen.z * screen.weights) ** 2)))
    guesses = []
    for chosen in _choices(matches):
        values, law = _sum(chosen, columns, symbols)
        error = float(np.sqrt(np.mean(((values - screen.z) * screen.weights) ** 2))) / total
        size = sum(match.function.complexity + 2 * len(match.function.free) for match in chosen)
        if np.isfinite(error):
            guesses.append(Guess(law, error, len(values) * float(np.log2(error + 1e-11)) + 4 * size))
    return sorted(guesses, key=lambda guess: guess.bits)


def _parts(columns: list[Array], z: Array, weights: Array) -> list[Array] | None:
    """What each column adds to z, as a spline on its range; None where that does not explain z."""
    intervals = min(INTERVALS, len(z) // (3 * len(columns)) - 3)
    if intervals < 2 or any(np.ptp(x) == 0 for x in columns):
        return None
    designs = [_design(x, intervals) for x in columns]
    whole = np.hstack(designs)
    c, *_ = np.linalg.lstsq(whole * weights[:, None], z * weights, rcond=1e-12)
    left = (whole @ c - z) * weights
    free = len(z) - len(c) + len(columns) - 1  # the splines share their constants
    spread = (z - np.average(z, weights=weights**2)) * weights
    if not left @ left / free < ACCURATE**2 * (spread @ spread) / len(z):
        return None
    return [design @ part for design, part in zip(designs, np.split(c, len(columns)), strict=True)]


def _design(x: Array, intervals: int) -> Array:
    """Cubic B-splines on a uniform grid over the range of x [n]: [n, intervals + 3]."""
    t = (x - x.min()) * (intervals / np.ptp(x))
    place = np.minimum(t.astype(np.int64), intervals - 1)
    u = t - place
    active = [(1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, 3 * (u + u**2 - u**3) + 1, u**3]
    design = np.zeros((len(x), intervals + 3))
    design[np.arange(len(x))[:, None], place[:, None] + np.arange(4)] = np.stack(active, 1) / 6
    return design


def _choices(matches: list[tuple[SymbolicActivation, ...]]) -> list[tuple[SymbolicActivation, ...]]:
    """All choices of one match for each column, or, of too many, those with one column's next best."""
    every = 1
    for found in matches:
        every *= len(found)
    if every <= MOST:
        return list(product(*matches))
    best = tuple(found[0] for found in matches)
    others = [(*best[:i], match, *best[i + 1 :]) for i, found in enumerate(matches) for match in found[1:]]
    return [best, *others][:MOST]


def _sum(
    chosen: tuple[SymbolicActivation, ...], columns: list[Array], symbols: list[sympy.Expr]
) -> tuple[Array, sympy.Expr]:
    """Values and expression of a sum of matched edges."""
    import sympy

    edges = [SymbolicEdge(m.edge.source, m.function, m.a, m.b, m.c, m.d) for m in chosen]
    values = np.sum([edge.values(columns[edge.source]) for edge in edges], axis=0)
    return values, sympy.Add(*(edge.of(symbols[edge.source]) for edge in edges))
