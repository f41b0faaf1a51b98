"""`SymbolicRegressor`: the scikit-learn contract around `discover`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from symkan.data.frames import frame_of
from symkan.data.headers import label_columns
from symkan.data.tables import dataset_of
from symkan.options import Options, TableOptions
from symkan.report.notation import linear

if TYPE_CHECKING:
    import pandas as pd
    import sympy
    from numpy.typing import ArrayLike, NDArray

    from symkan.data.dataset import Dataset
    from symkan.result import Discovery


class SymbolicRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Finds a formula for y in the columns of X.

    Parameters
    ----------
    time_budget
        Seconds for `fit`.
    random_state
        Seed of all random choices, or a `numpy.random.RandomState` to draw it from; None is the seed 0.
    library
        Names of the functions that the formula may use, such as ["sin", "exp"]; "all" for all, beside definitions of
        others, such as "witch=8/(4+x^2)"; None for all.
    device
        "cpu" or "cuda".
    units
        Units of some columns by name, such as {"v": "m/s", "y": "J"}, the target under its own name or else "y"; or
        one for each column of X, None where unknown, and perhaps one more for the target. Names such as "v [m/s]"
        need none.

    Attributes
    ----------
    discovery_
        The record of what was found.
    expression_
        The formula, a sympy expression with the names of the columns as symbols.
    pareto_front_
        Simpler and closer formulas, a DataFrame.
    n_features_in_, feature_names_in_
        Columns of X; names only when X has them.
    """

    def __init__(
        self,
        *,
        time_budget: float = Options.time_budget,
        random_state: int | np.random.RandomState | None = None,
        library: Sequence[str] | None = None,
        device: str = Options.device,
        units: Mapping[str, str] | Sequence[str | None] | None = None,
    ):
        self.time_budget = time_budget
        self.random_state = random_state
        self.library = library
        self.device = device
        self.units = units

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Find a formula.

        Parameters
        ----------
        X
            Array or DataFrame of numbers, shape [n, features]; at least 8 rows.
        y
            The target, shape [n].

        Raises
        ------
        ValueError
            When the data cannot be used, or an option has a value that cannot be meant.
        """
        from symkan.discovery import discover  # torch; a fitted estimator does without

        name = getattr(y, "name", None)
        target = name.strip() if isinstance(name, str) else ""
        x, values = validate_data(
            self, X, y, y_numeric=True, dtype=np.float64, ensure_min_samples=TableOptions.rows
        )
        dataset = self._dataset(x, values, target or "y")
        self._used = [self._names().index(column.header) for column in dataset.features]
        self.discovery_: Discovery = discover(dataset, self._options())
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Values of the formula at the rows of X, shape [n]; nan where it is undefined."""
        check_is_fitted(self)
        x = validate_data(self, X, dtype=np.float64, reset=False)
        return self.discovery_.predict(x[:, self._used])

    @property
    def expression_(self) -> sympy.Expr:
        """The formula found, a sympy expression."""
        return self._fitted("expression_").discovery_.expression

    @property
    def pareto_front_(self) -> pd.DataFrame:
        """The formulas that none beats in both complexity and validation RMSE, simplest first."""
        discovery = self._fitted("pareto_front_").discovery_
        front = discovery.front
        return frame_of(
            {
                "complexity": [c.complexity for c in front],
                "validation_rmse": [c.validation_rmse for c in front],
                "r2": [c.r2 for c in front],
                "formula": [linear(c, discovery.data) for c in front],
            }
        )

    def _fitted(self, attribute: str) -> Self:
        if not hasattr(self, "discovery_"):
            raise AttributeError(f"{attribute} exists after fit")
        return self

    def _names(self) -> list[str]:
        """Headers of the columns as a Dataset has them: without blanks around them, and none empty."""
        named = getattr(self, "feature_names_in_", None)
        if named is None:
            return [f"x{i + 1}" for i in range(self.n_features_in_)]
        return [label.header for label in label_columns(list(named), source="memory")]

    def _dataset(self, X: NDArray[np.float64], y: NDArray[np.float64], target: str) -> Dataset:
        names = self._names()
        target = next(name for name in (target, "y", "target", "target value") if name not in names)
        return dataset_of(X, y, names=names, units=self.units, target=target)

    def _options(self) -> Options:
        seed = self.random_state
        if seed is None:
            seed = Options.seed
        elif isinstance(seed, np.random.RandomState):
            seed = seed.randint(2**31 - 1)
        return Options(
            time_budget=self.time_budget,
            seed=int(seed),
            library=tuple(self.library or ()),
            device=self.device,
        )
