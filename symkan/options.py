"""Every option of the package with its default; nowhere else does a default stand."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SplitOptions:
    """How rows are shared out. Tables with fewer than `small` rows lock `test` of them only from `test_from` rows on
    and validate by `folds`-fold cross-validation."""

    validation: float = 0.2
    test: float = 0.1
    small: int = 100
    folds: int = 5
    test_from: int = 30


@dataclass(frozen=True)
class TableOptions:
    """Which columns and rows of a table can be used: at least `rows` rows; a column is text when more than `text` of
    its cells are no numbers, and is left out when more than `missing` of them are missing."""

    rows: int = 8
    text: float = 0.2
    missing: float = 0.5


@dataclass(frozen=True)
class ScalingOptions:
    """A column is scaled robustly when its range is more than `skew` times that of its central 90 %; `reach` bounds
    the scaled values then."""

    skew: float = 5.0
    reach: float = 100.0


@dataclass(frozen=True)
class MatchOptions:
    """Affine grid search of one edge against the library."""

    top: int = 5
    samples: int = 400
    grid: int = 40
    polish_steps: int = 20


@dataclass(frozen=True)
class Options:
    """What a user may set for `discover`; the defaults need no tuning.

    Attributes
    ----------
    time_budget
        Seconds for everything, simplification included.
    seed
        Seed of all random choices.
    library
        Names of library functions to use; empty for all.
    device
        "cpu" or "cuda".
    """

    time_budget: float = 60.0
    seed: int = 0
    library: tuple[str, ...] = ()
    device: str = "cpu"
    split: SplitOptions = field(default_factory=SplitOptions)
    match: MatchOptions = field(default_factory=MatchOptions)
