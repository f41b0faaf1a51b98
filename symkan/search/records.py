"""The smaller records of a result: how far the search came, the loss at each stage, a network, the data, a score."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from symkan.data.dataset import Column
from symkan.errors import ResultError
from symkan.symbolic.activation import Activation, Edge, SymbolicActivation

if TYPE_CHECKING:
    import sympy

    from symkan.data.dataset import Dataset
    from symkan.data.splitting import Split
    from symkan.search.candidates import Spline


class Outcome(StrEnum):
    """How far the search came. Each member's `text` says what it means and what to do."""

    EXACT = "exact"
    FITTED = "fitted"
    PARTIAL = "partial"
    NONE = "none"

    @property
    def text(self) -> str:
        """The outcome in plain words."""
        return {
            Outcome.EXACT: "the formula reproduces the data to rounding",
            Outcome.FITTED: "no network that was trained fits clearly better than the formula",
            Outcome.PARTIAL: "a network fits better than the formula; give more time, functions or rows",
            Outcome.NONE: "no formula explains a tenth of the variance",
        }[self]


@dataclass(frozen=True)
class Stage:
    """The loss at one stage from network to law: network, pruned, symbolised, refitted, snapped."""

    name: str
    network: str
    train_rmse: float
    validation_rmse: float


@dataclass(frozen=True)
class History:
    """Training and validation RMSE by step, scaled target; `grid` holds the grid intervals at each step."""

    network: str
    grid: tuple[int, ...]
    train_rmse: tuple[float, ...]
    validation_rmse: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Network:
    """A network, ready to be drawn.

    Attributes
    ----------
    inputs
        What each input is, in x1, x2, …: a column, or a group such as x1/x2.
    products
        For each layer of nodes after the inputs, whether each node multiplies (else it adds).
    activations
        The edges that are there, by layer; arguments ascending, at most some dozen points each. Scaled units.
    """

    inputs: tuple[sympy.Expr, ...]
    products: tuple[tuple[bool, ...], ...]
    activations: tuple[Activation, ...]


@dataclass(frozen=True, eq=False)
class Portrait:
    """What there is to see of a trained Kolmogorov-Arnold network: before and after pruning, and what its edges are.

    Attributes
    ----------
    name
        Such as "[2, 1, 1] for log y".
    trained, pruned
        The network before and after pruning; the pruned one without its dead nodes.
    kept
        The edges that pruning left, by the indices of `trained`.
    matches
        The library function that comes nearest to each edge of the pruned network; edges that none fits are absent.
    history
        Training curve.
    stages
        Its loss in units of the target: as trained, pruned and symbolised.
    """

    name: str
    trained: Network
    pruned: Network
    kept: tuple[Edge, ...]
    matches: tuple[SymbolicActivation, ...]
    history: History
    stages: tuple[Stage, ...]


@dataclass(frozen=True, eq=False)
class Reading:
    """A formula for the table's target and the network it was read from.

    Attributes
    ----------
    expression
        In x1, x2, …, with the names of `splines` as functions.
    splines
        Edges that no library function fits.
    portrait
        The network before and after pruning, and what its edges became.
    """

    expression: sympy.Expr
    splines: tuple[Spline, ...]
    portrait: Portrait


@dataclass(frozen=True)
class DataSummary:
    """What was fitted: the file and its hash, columns with units and ranges, the split, every decision."""

    source: str
    sha256: str
    features: tuple[Column, ...]
    target: Column
    feature_ranges: tuple[tuple[float, float], ...]
    target_range: tuple[float, float]
    train_rows: int
    validation_rows: int
    test_rows: int
    folds: int
    notes: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raise a ResultError where columns and ranges do not belong together, or a range is none."""
        if len(self.features) != len(self.feature_ranges):
            raise ResultError(f"{len(self.features)} features and {len(self.feature_ranges)} ranges")
        for low, high in self.feature_ranges:
            if low > high:
                raise ResultError(f"a feature's range is from {low} to {high}")

    @classmethod
    def of(cls, table: Dataset, parts: Split, *, notes: tuple[str, ...]) -> DataSummary:
        """That of a table and its split; `notes` come after those of the table."""
        return cls(
            source=table.source,
            sha256=table.sha256,
            features=table.features,
            target=table.target,
            feature_ranges=tuple((float(c.min()), float(c.max())) for c in table.x.T),
            target_range=(float(table.y.min()), float(table.y.max())),
            train_rows=len(parts.train),
            validation_rows=len(parts.validation),
            test_rows=len(parts.test),
            folds=len(parts.folds),
            notes=(*table.notes, *notes),
        )


@dataclass(frozen=True)
class Score:
    """Errors of one model on some rows.

    Attributes
    ----------
    rows
        How many.
    rmse, max_error
        In units of the target.
    nrmse
        RMSE over the target's standard deviation on these rows.
    r2
        1 - SS_res/SS_tot.
    """

    rows: int
    rmse: float
    nrmse: float
    r2: float
    max_error: float


@dataclass(frozen=True)
class Progress:
    """Where `discover` stands, for whoever watches.

    Attributes
    ----------
    stage
        What is being done: "training", "pruning", "symbolising", …
    network
        The network being tried, such as "[2, 1, 1]".
    formula
        Best formula so far, in safe symbols; None while there is none.
    validation_rmse
        Its loss in units of the target; nan while unknown.
    elapsed, time_left
        Seconds since the start, and until the time budget is spent.
    """

    stage: str
    network: str
    formula: sympy.Expr | None
    validation_rmse: float
    elapsed: float
    time_left: float
