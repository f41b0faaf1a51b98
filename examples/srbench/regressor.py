"""symkan as SRBench calls it (https://github.com/cavalab/srbench): copy this folder to its `algorithms/symkan`.

SRBench sets `est.max_time` and `est.random_state`, fits `est`, and asks `model(est, X)` for the formula as text that
sympy reads, in the names of the columns of X.
"""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import sympy
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from symkan import SymbolicRegressor


class SymkanRegressor(RegressorMixin, BaseEstimator):
    """`SymbolicRegressor` under a name for its time that SRBench knows.

    Parameters
    ----------
    max_time
        Seconds for `fit`, at most; a tenth of them is kept back for loading and for the last step of the search.
    random_state
        Seed.

    Attributes
    ----------
    regressor_
        What was fitted, with columns x1, x2, …
    center_
        Median of the target: the prediction where the formula is undefined, since SRBench's scores take no nan.
    """

    def __init__(self, max_time: float = 3600.0, random_state: int | None = None):
        self.max_time = max_time
        self.random_state = random_state

    def fit(self, X, y):
        X, y = validate_data(self, X, y, y_numeric=True, dtype=np.float64, ensure_min_samples=8)
        self.regressor_ = SymbolicRegressor(time_budget=0.9 * self.max_time, random_state=self.random_state)
        self.regressor_.fit(X, y)  # an array: the names of a DataFrame might be none for sympy
        self.center_ = float(np.median(y))
        closed = [formula for formula in self.regressor_.discovery_.front if not formula.splines]
        if self.regressor_.discovery_.best.splines and closed:
            _answer_with(self, closed[-1])
        return self

    def predict(self, X):
        check_is_fitted(self)
        values = self.regressor_.predict(validate_data(self, X, dtype=np.float64, reset=False))
        return np.where(np.isfinite(values), values, self.center_)


def _answer_with(fitted, formula):
    """Let it predict with another formula of its Pareto front."""
    fitted.regressor_.discovery_ = replace(fitted.regressor_.discovery_, best=formula)


def model(est, X=None):
    """The formula as text for sympy, in the columns' names; in x0, x1, … without X."""
    formula = est.regressor_.expression_
    names = getattr(X, "columns", [f"x{i}" for i in range(est.n_features_in_)])
    return str(
        formula.xreplace({sympy.Symbol(f"x{i}"): sympy.Symbol(str(name)) for i, name in enumerate(names, 1)})
    )


def complexity(est):
    """Nodes of the formula's tree, as SRBench counts them."""
    return sum(1 for _ in sympy.preorder_traversal(est.regressor_.expression_))


def get_population(est):
    """The Pareto front, simplest first, each formula as an estimator."""
    population = []
    for formula in est.regressor_.discovery_.front:
        if not formula.splines:
            one = copy.copy(est)
            one.regressor_ = copy.copy(est.regressor_)
            _answer_with(one, formula)
            population.append(one)
    return population[-100:]


def get_best_solution(est):
    return est


est = SymkanRegressor()

hyper_params = [{}]  # nothing is tuned

# Columns in their own units: scaled ones hide closed forms.
eval_kwargs = {"scale_x": False, "scale_y": False, "test_params": {"max_time": 20.0}}
