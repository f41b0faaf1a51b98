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
    its cells are no numbers, and is left out when more than `missing` of them are missing, or when its largest absolute
    value is above `magnitude` or below 1 / `magnitude`: powers must be floats. About `chunk` cells are read at once."""

    rows: int = 8
    text: float = 0.2
    missing: float = 0.5
    magnitude: float = 1e50
    chunk: int = 1_000_000


@dataclass(frozen=True)
class ScalingOptions:
    """The scale of a column is this quantile of its absolute values."""

    quantile: float = 0.95


@dataclass(frozen=True)
class MatchOptions:
    """Affine grid search of one edge against the library.

    Attributes
    ----------
    top
        Matches to keep, each with another function.
    samples
        Rows that the polish looks at.
    grid
        Places in the range at which the grid is compared with the edge.
    polish_steps
        Levenberg-Marquardt steps of the final polish, at most.
    accuracy
        Relative accuracy of the edge: smaller differences of fit do not count.
    independent
        Rows that count as independent evidence, at most: an edge is smooth.
    weight
        Bits that a unit of complexity costs.
    """

    top: int = 5
    samples: int = 400
    grid: int = 96
    polish_steps: int = 40
    accuracy: float = 1e-5
    independent: int = 32
    weight: float = 1.0


@dataclass(frozen=True)
class TrainOptions:
    """How a network is trained.

    Attributes
    ----------
    steps
        At most so many; with Adam a step is one pass over the rows.
    patience
        Steps without a lower validation loss after which a restart ends.
    stall
        Steps of Levenberg-Marquardt without a lower training loss after which a restart ends.
    tolerance
        A relative fall of the loss by less counts as none.
    damping, ridge
        Levenberg-Marquardt: damping at the start; relative ridge of the linear systems.
    dense
        Networks with more free parameters take steps by conjugate gradients, without normal equations.
    iterations
        Of conjugate gradients at most, in a step.
    learning_rate, batch, seed
        Adam: learning rate, rows of a minibatch (0: all rows), and the seed of the minibatches.
    """

    steps: int = 200
    patience: int = 30
    stall: int = 5
    tolerance: float = 1e-4
    damping: float = 1e-2
    ridge: float = 1e-12
    dense: int = 3000
    iterations: int = 50
    learning_rate: float = 0.01
    batch: int = 0
    seed: int = 0


@dataclass(frozen=True)
class SparsifyOptions:
    """How edges are driven to zero: loss + strength · (l1 · amplitudes + entropy · their entropy).

    Attributes
    ----------
    strengths
        The path of strengths, weak to strong, relative to the mean square error reached and the target's variance.
    l1, entropy
        μ1 and μ2 of Liu et al. 2024 (arXiv 2404.19756), eq. 2.20.
    steps, refit_steps
        Levenberg-Marquardt steps at each strength, and of the refit without penalty by which it is judged.
    tolerance, factor, exact, floor
        As in `PruneOptions`: what rise of the loss counts as none.
    """

    strengths: tuple[float, ...] = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.03, 0.1)
    l1: float = 1.0
    entropy: float = 1.0
    steps: int = 12
    refit_steps: int = 12
    tolerance: float = 0.02
    factor: float = 3.0
    exact: float = 1e-3
    floor: float = 1e-5


@dataclass(frozen=True)
class PruneOptions:
    """When an input, a node or an edge may go.

    Attributes
    ----------
    steps
        Levenberg-Marquardt steps of the refit after each removal.
    tolerance
        Relative rise of the validation loss that a simpler network may have.
    exact
        Relative validation loss (to the target's spread) below which a network counts as an exact fit.
    factor
        For an exact fit: the factor by which the loss may rise.
    floor
        Relative loss below which all networks are equal.
    """

    steps: int = 20
    tolerance: float = 0.02
    factor: float = 3.0
    exact: float = 1e-3
    floor: float = 1e-5


@dataclass(frozen=True)
class SymbolifyOptions:
    """How the edges of a network become library functions.

    Attributes
    ----------
    top
        Matches of each edge that are tried in the network.
    steps, final_steps
        Levenberg-Marquardt steps of the refit after each trial, and of the last one.
    clear
        A match that raises the loss by less than this factor is taken without trying the next.
    rise
        An edge stays a spline where every match raises the loss by more than this factor.
    better
        A reopened edge keeps its new match when the loss falls below this share.
    revisions
        Rounds in which edges are reopened.
    exact
        Loss relative to the target's scale that counts as rounding.
    node_bits
        Bits that a unit of complexity costs.
    """

    top: int = 4
    steps: int = 8
    final_steps: int = 40
    clear: float = 1.3
    rise: float = 3.0
    better: float = 0.7
    revisions: int = 1
    exact: float = 1e-12
    node_bits: float = 4.0


@dataclass(frozen=True)
class SearchOptions:
    """What is tried, and when it is enough.

    Attributes
    ----------
    accurate
        Validation RMSE, relative to the target's spread, below which a network is read at once.
    readings
        How many of the other networks are read after the last was trained.
    direct
        How many formulas matched with the values themselves are refitted.
    screened
        How many formulas of each screening are refitted, snapped and judged in full.
    near
        Bits that a formula may be longer than the shortest so far, at a first look, to be judged in full.
    rounds
        How often the networks are tried from other starts while nothing explains the table.
    reading_share
        Share of the time budget that reading one network may take.
    rows
        Most rows that networks see.
    most_columns
        Columns up to which all are tried; of more, those that show an effect.
    most_rows
        Most rows that the search works with; the final fit and the test see all.
    settled
        A formula whose validation RMSE is at most this multiple of the best network's ends the search,
        if what it leaves is noise.
    level
        Networks whose validation RMSE is at most this multiple of the lowest fit alike: the simplest is read first.
    structure
        Residuals are noise when noise alone gives as much structure as theirs with at least this probability.
    decade
        Errors may be in proportion to a target whose largest value is more than this multiple of the smallest.
    exact
        RMSE relative to the target's size that counts as rounding.
    node_bits
        Bits that a node of a formula costs.
    clear
        R² above which few rows are enough to settle the search.
    plain
        Nodes up to which a formula that settles the search also ends the screening.
    clash_bits
        Bits that a clash of dimensions costs.
    carrying_bits
        Bits that a constant costs which must carry a unit.
    description
        Weight of a formula's own length against that of its residuals; at 0 the smallest error wins.
    simplify_seconds
        Time for simplifying the answer.
    runners_up
        How many formulas besides the answer and the Pareto front are kept.
    networks, transforms, reduction, screening
        Whether networks are trained, outermost functions of the target inverted, columns that are factors or play no
        part taken out, and formulas of few terms tried by regressions: what `symkan bench --without` switches off.
    """

    accurate: float = 3e-3
    readings: int = 6
    direct: int = 16
    screened: int = 6
    near: float = 60.0
    rounds: int = 3
    reading_share: float = 0.25
    rows: int = 1000
    most_columns: int = 10
    most_rows: int = 5000
    settled: float = 1.05
    level: float = 1.05
    structure: float = 1e-3
    decade: float = 10.0
    exact: float = 1e-11
    node_bits: float = 4.0
    clear: float = 0.99999
    plain: int = 20
    clash_bits: float = 200.0
    carrying_bits: float = 16.0
    description: float = 1.0
    simplify_seconds: float = 5.0
    runners_up: int = 8
    networks: bool = True
    transforms: bool = True
    reduction: bool = True
    screening: bool = True


@dataclass(frozen=True)
class EvidenceOptions:
    """What is found out about an answer.

    Attributes
    ----------
    rows
        Most rows of each part (training, validation, locked) that models are compared on.
    drawn
        Most rows that are kept for the figures.
    network_seconds
        Time for training a network beside the law, and again for reading it.
    network_columns
        Columns that it sees, at least; more where the law has more.
    chance_bits
        A law must be less probable under noise than 2 to the minus this.
    significance
        Probability under noise below which residuals have structure.
    ahead
        Standard errors by which another model must predict better to be a doubt.
    rival_bits
        A formula whose description is longer by less than this fits as well.
    stable
        Share of bootstrap samples that must choose the law again.
    """

    rows: int = 2000
    drawn: int = 1000
    network_seconds: float = 4.0
    network_columns: int = 4
    chance_bits: float = 10.0
    significance: float = 1e-3
    ahead: float = 3.0
    rival_bits: float = 3.0
    stable: float = 0.5


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
        Names of library functions to use, "all" for all of them, and definitions of others, such as
        "witch=8/(4+x^2)"; empty for all.
    device
        "cpu" or "cuda".
    robust
        Whether rows far from all others are left out, instead of a warning.
    """

    time_budget: float = 60.0
    seed: int = 0
    library: tuple[str, ...] = ()
    device: str = "cpu"
    robust: bool = False
    split: SplitOptions = field(default_factory=SplitOptions)
    scaling: ScalingOptions = field(default_factory=ScalingOptions)
    match: MatchOptions = field(default_factory=MatchOptions)
    train: TrainOptions = field(default_factory=lambda: TrainOptions(steps=100))
    prune: PruneOptions = field(default_factory=PruneOptions)
    symbolify: SymbolifyOptions = field(default_factory=SymbolifyOptions)
    search: SearchOptions = field(default_factory=SearchOptions)
    evidence: EvidenceOptions = field(default_factory=EvidenceOptions)
