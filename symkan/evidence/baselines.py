"""What other models make of the same rows: the mean, regressions, trees, a neural network."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.evidence.records import Baseline
from symkan.evidence.scores import scores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from symkan.data.splitting import Split

    Array = NDArray[np.float64]


def baselines(x: Array, y: Array, *, law: Array, split: Split, seed: int) -> tuple[Baseline, ...]:
    """Other models, fitted to the training rows with the settings that their users take, simplest first.

    Parameters
    ----------
    x, y
        Rows [n, features] and target [n].
    law
        Predictions of the law, [n], with which they are compared.
    split
        Which rows train, validate and are locked.
    seed
        Of boosting and of the neural network.

    Returns
    -------
    tuple of Baseline
        Mean, linear, power law, additive splines, gradient boosting, neural network.
    """
    from threadpoolctl import threadpool_limits

    held_out = np.concatenate([split.validation, split.test])
    found = []
    for name, text, fit in _models(len(split.train), seed):
        with threadpool_limits(1):  # small tables: threads wait for each other
            prediction = fit(x, y, split.train)
        if prediction is None or not np.isfinite(prediction).all():
            found.append(Baseline(name, "it needs a target and columns of one sign", None, 0.0))
        else:
            ahead = _ahead((law - y)[held_out] ** 2 - (prediction - y)[held_out] ** 2)
            found.append(Baseline(name, text, scores(y, prediction, split), ahead))
    return tuple(found)


def _models(rows: int, seed: int) -> Iterator[tuple[str, str, Callable[..., Array | None]]]:
    """Name, description, and what gives predictions [n] from x, y and the training rows."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import LinearRegression, RidgeCV
    from sklearn.neural_network import MLPRegressor
    from sklearn.preprocessing import SplineTransformer

    knots = max(3, min(8, rows // 8))
    leaf = max(2, min(20, rows // 20))
    splines = (SplineTransformer(knots, knots="quantile"), RidgeCV(np.logspace(-9, 2, 12)))
    trees = HistGradientBoostingRegressor(
        max_iter=300, min_samples_leaf=leaf, early_stopping=False, random_state=seed
    )
    neurons = MLPRegressor(hidden_layer_sizes=(32, 32), solver="lbfgs", max_iter=300, random_state=seed)
    yield "mean", "the mean of the training rows", _mean
    yield "linear", "least squares in all columns", _pipeline(LinearRegression())
    yield "power law", "least squares in the logarithms of all columns", _power_law
    yield "additive splines", "a cubic spline in each column, ridge by cross-validation", _pipeline(*splines)
    yield "gradient boosting", "300 histogram-based trees", _pipeline(trees)
    yield "neural network", "two layers of 32 rectified units, LBFGS", _pipeline(neurons)


def _ahead(gain: Array) -> float:
    """The mean of differences [n] over its standard error; 0 where there are too few."""
    spread = float(np.std(gain, ddof=1)) if len(gain) > 4 else 0.0
    return float(np.mean(gain)) / spread * len(gain) ** 0.5 if spread > 0 else 0.0


def _mean(x: Array, y: Array, train: NDArray[np.int64]) -> Array:
    return np.full(len(x), y[train].mean())


def _power_law(x: Array, y: Array, train: NDArray[np.int64]) -> Array | None:
    if not all((column > 0).all() or (column < 0).all() for column in (y, *x.T)):
        return None
    terms = np.column_stack([np.ones(len(x)), np.log(np.abs(x))])
    logs = np.log(np.abs(y))
    coefficients = np.linalg.lstsq(terms[train], logs[train], rcond=None)[0]
    return np.array(np.sign(y[0]) * np.exp(terms @ coefficients))


def _pipeline(*steps: Any) -> Callable[[Array, Array, NDArray[np.int64]], Array]:
    """Steps of scikit-learn behind scaled columns, for the scaled target."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), *steps), transformer=StandardScaler(), check_inverse=False
    )

    def fit(x: Array, y: Array, train: NDArray[np.int64]) -> Array:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "not converged": that is its score, then
            return np.array(model.fit(x[train], y[train]).predict(x))

    return fit
