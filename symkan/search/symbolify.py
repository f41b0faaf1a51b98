"""Edges to library functions, chosen in context: by the loss of the whole network after a short refit.

Matching each edge by itself is the known weak point of KANs (arXiv 2603.15250). Here one edge at a time is fixed,
the clearest first; its best few matches are tried in the network while all other edges stay free to follow, and the
match with the shortest description of network and residuals stays. When all edges are fixed and the loss is not what
the splines had, edges are reopened one by one: with all others symbolic, a spline shows best what an edge should be.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from symkan.kan.fitting import refit_network, reopen, spline_activations
from symkan.symbolic.activation import Edge
from symkan.symbolic.matching import match_edge, match_edges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symkan.kan.network import Networks
    from symkan.kan.training import Rows
    from symkan.options import MatchOptions, Options, SymbolifyOptions
    from symkan.symbolic.activation import Activation, SymbolicActivation
    from symkan.symbolic.library import Function, Library

Matches = tuple["SymbolicActivation", ...]

LIMIT = 1e-2
"""1 - R² of a simpler function for the curve of an edge, below which it is worth a try in the network."""


@dataclass(frozen=True, eq=False)
class Symbolified:
    """A network (one restart) whose edges are library functions, but for those that none fits.

    Attributes
    ----------
    kan
        The network.
    matches
        What each edge was matched with; affine parameters as matched, before refits.
    rmse
        On training rows, scaled target.
    kept
        Edges that no function fits and that stay splines.
    """

    kan: Networks
    matches: Matches
    rmse: float
    kept: tuple[Edge, ...] = ()


@dataclass(frozen=True, eq=False)
class _Search:
    """What all steps of one symbolification share."""

    rows: Rows
    library: Library
    options: SymbolifyOptions
    match: MatchOptions
    deadline: float
    goal: float

    @property
    def late(self) -> bool:
        return time.monotonic() > self.deadline


def symbolify(
    kan: Networks, rows: Rows, library: Library, *, options: Options, deadline: float = math.inf
) -> Symbolified:
    """Replace the splines of a trained network by library functions.

    Parameters
    ----------
    kan
        One trained network (one restart).
    rows
        What it was trained on.
    library
        Functions to choose from.
    options
        How many matches are tried, and how far the loss may rise.
    deadline
        `time.monotonic()` at which to stop; edges not reached stay splines.
    """
    kan, rmse = refit_network(kan, rows, steps=0)
    search = _Search(rows, library, options.symbolify, options.match, deadline, rmse)
    state = _fix_all(Symbolified(kan, (), rmse), search)
    return _simplify(_revise(_settled(state, search), search), search)


def _fix_all(state: Symbolified, search: _Search) -> Symbolified:
    """Fix one edge after the other, the clearest first, until none is left but those that nothing fits."""
    while not search.late:
        open_edges = [a for a in spline_activations(state.kan, search.rows) if a.edge not in state.kept]
        if not open_edges:
            break
        found = match_edges(open_edges, search.library, options=search.match)
        activation, matches = min(zip(open_edges, found, strict=True), key=_unclear)
        state = _fix(state, activation, matches, search)
    return state


def _unclear(choice: tuple[Activation, Matches]) -> float:
    """How much of the output the edge's best match leaves open."""
    activation, matches = choice
    return activation.score * math.sqrt(max(0.0, 1 - matches[0].r2)) if matches else math.inf


def _fix(state: Symbolified, activation: Activation, matches: Matches, search: _Search) -> Symbolified:
    """The edge with the match that is best in context, or kept as a spline where the loss would rise too far."""
    options, edge = search.options, activation.edge
    best, best_bits = None, math.inf
    for match in sorted(matches[: options.top], key=lambda match: match.function.complexity):
        for kan in _variants(state.kan, match):
            trial, rmse = refit_network(kan, search.rows, steps=options.steps)
            bits = _bits(rmse, match.function, search)
            if bits < best_bits:
                best, best_bits = Symbolified(trial, (*state.matches, match), rmse, state.kept), bits
        if (best is not None and best.rmse <= options.clear * max(state.rmse, options.exact)) or search.late:
            break
    if best is None or best.rmse > options.rise * max(state.rmse, search.goal):
        return replace(state, kept=(*state.kept, edge))
    return best


def _bits(rmse: float, function: Function, search: _Search) -> float:
    """Residuals of the network, the function of one edge, and its constants."""
    n = len(search.rows.y)
    size = search.options.node_bits * function.complexity + 0.5 * math.log2(n) * len(function.free)
    return n * math.log2(max(rmse, search.options.exact)) + size


def _variants(kan: Networks, match: SymbolicActivation) -> Iterator[Networks]:
    """The network with the edge fixed; factors of products first without their additive constant."""
    edge, f = match.edge, match.function
    affine = {"a": match.a, "b": match.b, "c": match.c, "d": match.d}
    if bool(kan.stack[edge.layer].product[edge.target]) and "d" in f.free and f.free != "d":
        yield kan.fix(edge, replace(f, free=f.free.replace("d", "")), **(affine | {"d": 0.0}))
    yield kan.fix(edge, f, **affine)


def _settled(state: Symbolified, search: _Search) -> Symbolified:
    """The network after a longer refit of all that is free."""
    kan, rmse = refit_network(state.kan, search.rows, steps=search.options.final_steps)
    return replace(state, kan=kan, rmse=rmse)


def _revise(state: Symbolified, search: _Search) -> Symbolified:
    """Reopen edges one by one, and keep what lowers the loss, until it is where the splines had it."""
    for _ in range(search.options.revisions):
        before = state.rmse
        for edge in [m.edge for m in state.matches]:
            if state.rmse <= search.options.exact or search.late:
                return state
            kan, rmse = refit_network(
                reopen(state.kan, edge, search.rows), search.rows, steps=search.options.steps
            )
            others = tuple(m for m in state.matches if m.edge != edge)
            trial = _fix_all(Symbolified(kan, others, rmse), search)
            trial = _settled(trial, search)
            if trial.rmse < search.options.better * state.rmse and not trial.kept:
                state = trial
        if state.rmse > search.options.better * before:
            break
    return state


def _simplify(state: Symbolified, search: _Search) -> Symbolified:
    """Edges that a fit has driven to the limit of their function, such as a sine that is a line, get that limit."""
    for activation in state.kan.activations(search.rows.x):
        old = next((m for m in state.matches if m.edge == activation.edge), None)
        if old is None or search.late:
            continue
        names = [f.name for f in search.library if f.complexity < old.function.complexity]
        matches = match_edge(activation, search.library.select(names), options=search.match) if names else ()
        simpler = [m for m in matches if 1 - m.r2 < LIMIT]
        others = tuple(m for m in state.matches if m.edge != activation.edge)
        for match in sorted(simpler, key=lambda match: match.function.complexity):
            kan, rmse = refit_network(
                state.kan.fix(match.edge, match.function, a=match.a, b=match.b, c=match.c, d=match.d),
                search.rows,
                steps=search.options.final_steps,
            )
            if _bits(rmse, match.function, search) < _bits(state.rmse, old.function, search):
                state = replace(state, kan=kan, matches=(*others, match), rmse=rmse)
                break
    return state
