"""Pruning: take away inputs, nodes and edges for as long as the validation rows do not object."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from symkan.kan.attribution import scores, single
from symkan.kan.layer import ABSENT
from symkan.kan.network import Networks
from symkan.kan.removal import compact, remove
from symkan.kan.rows import Rows, rmse
from symkan.kan.tolerance import Allowance
from symkan.kan.training import train
from symkan.options import PruneOptions, TrainOptions
from symkan.symbolic.activation import Edge

__all__ = ["Node", "Pruning", "Removal", "prune", "scores"]


class Node(NamedTuple):
    """A node: `layer` 0 holds the inputs, layer l the nodes that the edges of layer l - 1 end in."""

    layer: int
    place: int

    def __str__(self) -> str:
        return f"x[{self.place}]" if self.layer == 0 else f"node[{self.layer},{self.place}]"


@dataclass(frozen=True)
class Removal:
    """One removal that was tried.

    Attributes
    ----------
    what
        The edge, the node or the input (a node of layer 0), by the indices of the network that was given.
    score
        Its share of the output.
    loss_before, loss_after
        Validation RMSE before the removal, and after it and a short refit.
    kept
        Whether the removal stands; if not it was undone.
    """

    what: Edge | Node
    score: float
    loss_before: float
    loss_after: float
    kept: bool


@dataclass(frozen=True, eq=False)
class Pruning:
    """A pruned network, without its dead nodes, and what was tried on the way.

    Attributes
    ----------
    kan
        The network.
    kept
        Its edges by the indices of the network that was given.
    removals
        What was tried.
    validation_rmse
        Scaled target.
    """

    kan: Networks
    kept: tuple[Edge, ...]
    removals: tuple[Removal, ...]
    validation_rmse: float


def prune(
    kan: Networks, rows: Rows, *, options: PruneOptions | None = None, deadline: float | None = None
) -> Pruning:
    """Remove inputs, then nodes, then edges, by rising score; each removal is followed by a short refit.

    A removal is undone when the validation loss rises by more than the options and chance allow. No output is
    cut off; what an edge was on average goes to its neighbours.

    Parameters
    ----------
    kan
        One trained network.
    rows
        Scaled rows.
    options
        What loss counts as none.
    deadline
        Time of `time.monotonic()` after which no removal is tried.

    Raises
    ------
    OptionError
        When the network has several restarts.
    """
    single(kan)
    state = _State(kan, rows, options or PruneOptions(), deadline)
    for kind in ("input", "node", "edge"):
        state.sweep(kind)
    return Pruning(compact(state.kan), tuple(state.kan.edges()), tuple(state.removals), state.loss)


class _State:
    """Where pruning stands: the network, its validation loss, the lowest one seen."""

    def __init__(self, kan: Networks, rows: Rows, options: PruneOptions, deadline: float | None) -> None:
        self.kan, self.rows, self.options, self.deadline = kan, rows, options, deadline
        self.loss = self.lowest = float(rmse(kan, *rows.held_out)[0])
        self.squares = self._squares(kan)  # of the residuals of the network with the lowest loss
        self.allowance = Allowance.of(rows.held_out[1], options)
        self.removals: list[Removal] = []

    def sweep(self, kind: str) -> None:
        """Try everything of one kind once, the least important first."""
        tried: set[Edge | Node] = set()
        while self.deadline is None or time.monotonic() < self.deadline:
            left = {what: score for what, score in self._targets(kind).items() if what not in tried}
            if not left:
                return
            what = min(left, key=left.__getitem__)
            tried.add(what)
            self._try(what, left[what])

    def _targets(self, kind: str) -> dict[Edge | Node, float]:
        """What can be removed, with its score."""
        values = scores(self.kan, self.rows.x)
        if kind == "edge":
            return {e: float(values[e.layer][e.target, e.source]) for e in self.kan.edges()}
        layers = range(1) if kind == "input" else range(1, len(values))
        return {
            Node(depth, i): float(values[depth][:, i].sum())
            for depth in layers
            for i in torch.nonzero((self.kan.stack[depth].kind != ABSENT).any(0)).flatten().tolist()
        }

    def _try(self, what: Edge | Node, score: float) -> None:
        trial = _removed(self.kan, what, self.rows.x)
        if trial is None:
            return
        refit = TrainOptions(steps=self.options.steps)
        training = train(trial, self.rows, options=refit, deadline=self.deadline)
        loss = float(training.validation_rmse[0])
        squares = self._squares(training.kan)
        kept = loss <= self._limit(loss) or self._chance(squares)
        self.removals.append(Removal(what, score, self.loss, loss, kept))
        if not kept:
            return
        self.kan, self.loss = training.kan, loss
        if loss < self.lowest:
            self.lowest, self.squares = loss, squares

    def _limit(self, loss: float) -> float:
        return float(self.allowance(torch.tensor(min(self.lowest, loss), dtype=torch.float64)))

    def _squares(self, kan: Networks) -> Tensor:
        """Squared residuals at the validation rows, [N]."""
        x, y = self.rows.held_out
        with torch.no_grad():
            squares: Tensor = (kan(x)[0] - y).square().mean(-1)
        return squares

    def _chance(self, squares: Tensor) -> bool:
        """Whether the loss rose by less than its standard error, row by row (Breiman's rule of one)."""
        rise = squares - self.squares
        return bool(rise.mean() <= rise.std() / len(rise) ** 0.5)


def _removed(kan: Networks, what: Edge | Node, x: Tensor) -> Networks | None:
    """The network without an edge or all edges that leave a node; None when an output would be cut off."""
    edges: Iterable[Edge] = (
        [what]
        if isinstance(what, Edge)
        else [e for e in kan.edges() if (e.layer, e.source) == (what.layer, what.place)]
    )
    trial: Networks | None = kan
    for edge in edges:
        if trial is None:
            break
        if edge in trial.edges():  # it may have gone with another one
            trial = remove(trial, edge, x)
    return trial
