"""A KAN and an MLP on the same rows, with equal care for both; the record of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.data.dataset import Dataset
from symkan.data.splitting import Split, split
from symkan.errors import ColumnError, OptionError
from symkan.kan.fitting import one_thread
from symkan.search.records import DataSummary
from symkan.search.working import spread
from symkan.serialization import Codec, dumps, read_record, write_record
from symkan.workbench.compare_options import CompareOptions
from symkan.workbench.grid_trials import kan_trials
from symkan.workbench.mlp import mlp_trials
from symkan.workbench.scaling import Scaling, scale
from symkan.workbench.trials import Errors, Task, Trial, best_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Watch = Callable[[str], object]
"""Is told what is trained next."""


@dataclass(frozen=True)
class Comparison:
    """A KAN and an MLP, trained on the same rows.

    Attributes
    ----------
    data
        The table and its split.
    kan, mlp
        All starts of both.
    line
        Errors of a linear model of the same rows, for comparison.
    spread
        Standard deviation of the target on the test rows.
    scaling
        Test error against the number of parameters, if that was asked for.
    options
        What was asked for.
    """

    data: DataSummary
    kan: tuple[Trial, ...]
    mlp: tuple[Trial, ...]
    line: Errors
    spread: float
    scaling: Scaling | None
    options: CompareOptions

    @property
    def best_kan(self) -> Trial:
        """The start of the KAN with the lowest validation error."""
        return best_of(self.kan)

    @property
    def best_mlp(self) -> Trial:
        """The start of the MLP with the lowest validation error."""
        return best_of(self.mlp)

    @property
    def decades(self) -> float:
        """log10 of the MLP's test RMSE over the KAN's: above 0 the KAN is closer."""
        kan, mlp = self.best_kan.errors.test, self.best_mlp.errors.test
        return math.log10(mlp / kan) if kan > 0 and 0 < mlp < math.inf else math.nan

    def r2(self, errors: Errors) -> float:
        """1 - SS_res/SS_tot on the test rows."""
        return 1 - (errors.test / self.spread) ** 2 if self.spread > 0 else math.nan

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the errors of both against the step; see `plot_comparison`."""
        from symkan.workbench.comparison_figures import plot_comparison

        return plot_comparison(self, ax=ax)

    def plot_scaling(self, *, ax: Axes | None = None) -> Axes:
        """Draw the test errors of both against the number of parameters; see `plot_scaling`."""
        from symkan.workbench.comparison_figures import plot_scaling

        return plot_scaling(self, ax=ax)

    def to_json(self) -> str:
        """The record as JSON text."""
        return dumps(self, Codec())

    def save(self, path: str | Path) -> None:
        """Write the record as JSON; a ResultError says why it cannot be written."""
        write_record(path, self, codec=Codec())

    @classmethod
    def load(cls, path: str | Path) -> Comparison:
        """Read a record written by `save`; a ResultError says why it cannot be read."""
        return read_record(path, cls, codec=Codec())


def compare(
    table: Dataset | pd.DataFrame | str | Path,
    *,
    target: str | None = None,
    options: CompareOptions | None = None,
    scaling: bool = False,
    watch: Watch | None = None,
) -> Comparison:
    """Train a KAN with grid extension and an MLP on the same rows, with equal care for both.

    Both see the same rows in the same scaling, start from as many seeds, and keep the state with the lowest
    validation error; validation rows choose the KAN's shape, and of a few random networks the one that is
    trained, and the MLP's learning rate. Test rows choose nothing.

    Parameters
    ----------
    table
        From `read_table` or `dataset_of`; or a file or a DataFrame.
    target
        Column to be explained, of a file or a DataFrame.
    options
        Shapes and how they are trained; `symkan.workbench.compare_options.ARTICLE` is the protocol of the KAN paper.
    scaling
        Whether to train both in many sizes, too.
    watch
        Is told what is trained next.

    Raises
    ------
    TableError
        When the table cannot be read.
    OptionError
        When an option has a value that cannot be meant.

    Examples
    --------
    >>> from symkan import dataset_of
    >>> x = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    >>> options = CompareOptions(kan=(2, 1, 1), grids=(5, 10), epochs=20, seeds=1)
    >>> found = compare(dataset_of(x, np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2)), options=options)
    >>> found.decades > 1
    True
    """
    dataset, options = _dataset(table, target), options or CompareOptions()
    shapes = _shapes(len(dataset.features), options)
    used, parts = _used(dataset, options)
    task = Task.of(used, parts, standardise=options.standardise)
    kan, mlp, sizes = _train(task, options, shapes, scaling=scaling, watch=watch or (lambda _: None))
    line, spread_of_test = _line(used, parts), float(used.y[parts.test].std())
    return Comparison(_summary(dataset, parts), kan, mlp, line, spread_of_test, sizes, options)


def _train(
    task: Task, options: CompareOptions, shapes: Sequence[Sequence[int]], *, scaling: bool, watch: Watch
) -> tuple[tuple[Trial, ...], tuple[Trial, ...], Scaling | None]:
    """All starts of both networks, and both in many sizes."""
    with one_thread():
        watch("KAN")
        kan = kan_trials(task, options, shapes)
        watch("MLP")
        mlp = mlp_trials(task, options, options.mlp)
        if not scaling:
            return tuple(kan), tuple(mlp), None
        watch("both in many sizes")
        return tuple(kan), tuple(mlp), scale(task, options, best_of(kan).nodes)


def _dataset(table: Any, target: str | None) -> Dataset:
    from symkan.data.tables import dataset_of, read_table

    if isinstance(table, Dataset):
        return table
    if target is None:
        raise OptionError("target: none is given; name the column of the table that is to be explained")
    if isinstance(table, (str, Path)):
        return read_table(table, target=target)
    if target not in table.columns:
        raise ColumnError(f"there is no column {target!r}; choose of {', '.join(map(str, table.columns))}")
    features = table.drop(columns=target)
    return dataset_of(features, table[target], names=[str(name) for name in features.columns], target=target)


def _shapes(inputs: int, options: CompareOptions) -> tuple[tuple[int, ...], ...]:
    """Nodes of the KANs that are tried; an OptionError where an option cannot be meant."""
    for name in ("kan", "mlp", "grids", "rates", "widths"):
        values = getattr(options, name)
        if not all(value > 0 for value in values) or not (values or name in ("kan", "mlp")):
            raise OptionError(f"{name}: {list(values)} cannot be meant; give numbers above 0")
    for name, least in (("seeds", 1), ("epochs", 0), ("batch", 0), ("rows", 1)):
        if getattr(options, name) < least:
            raise OptionError(f"{name} is {getattr(options, name)}; give {least} or more")
    if not options.kan:
        return (inputs, 1), (inputs, 1, 1), (inputs, 2 * inputs + 1, 1)
    if len(options.kan) < 2 or options.kan[0] != inputs or options.kan[-1] != 1:
        raise OptionError(
            f"kan: {list(options.kan)} does not fit the table; begin with {inputs}, the number of features, "
            "and end with 1"
        )
    return (options.kan,)


def _used(dataset: Dataset, options: CompareOptions) -> tuple[Dataset, Split]:
    """The rows that are used, and how they are shared out.

    Of each part there are at most `options.rows`, spread evenly over the order of the target.
    """
    parts = split(dataset, options.split, seed=options.seed)
    chosen = [spread(dataset.y, rows, options.rows) for rows in (parts.train, parts.validation, parts.test)]
    rows = np.sort(np.concatenate(chosen))
    train, validation, test = (np.searchsorted(rows, part) for part in chosen)
    return dataset.subset(rows), Split(train, validation, test, ())


def _line(dataset: Dataset, parts: Split) -> Errors:
    """Of least squares on the training rows."""
    columns = np.column_stack([dataset.x, np.ones(dataset.rows)])
    size = np.abs(columns[parts.train]).max(0)
    columns = columns / np.where(size > 0, size, 1.0)
    slopes = np.linalg.lstsq(columns[parts.train], dataset.y[parts.train], rcond=None)[0]
    residual = columns @ slopes - dataset.y
    held_out = parts.validation if len(parts.validation) else parts.train
    rows = (parts.train, held_out, parts.test)
    return Errors(*(float(np.sqrt(np.mean(residual[r] ** 2))) if len(r) else math.nan for r in rows))


def _summary(dataset: Dataset, parts: Split) -> DataSummary:
    used = len(parts.train) + len(parts.validation) + len(parts.test)
    notes = (f"{used} of {dataset.rows} rows were used",) if used < dataset.rows else ()
    if not len(parts.validation):
        notes = (*notes, "no rows validate: training rows choose what is kept")
    return DataSummary.of(dataset, parts, notes=notes)
