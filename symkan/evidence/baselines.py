"""What other models make of the same rows: the mean, regressions, trees, a neural network, a Gaussian process."""

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
    Fit = Callable[[Array, Array, NDArray[np.int64]], Array | None]

FEWEST = 5
"""Locked rows that a comparison needs."""
_PROCESS = 250
"""Rows of the Gaussian process: its time grows with their cube."""
_RELEVANCE = 8
"""Up to so many columns each has a length of its own."""


def baselines(x: Array, y: Array, *, law: Array, split: Split, seed: int) -> tuple[Baseline, ...]:
    """Other models, fitted to the same rows as the law with the settings that their users take, simplest first.

    Parameters
    ----------
    x, y
        Rows [n, features] and target [n].
    law
        Predictions of the law, [n], with which they are compared.
    split
        Which rows are locked: they alone compare the models with the law.
    seed
        Of boosting, the neural network, and the rows that the Gaussian process sees.

    Returns
    -------
    tuple of Baseline
        Mean, linear, power law, additive splines, gradient boosting, neural network, Gaussian process.
    """
    from threadpoolctl import threadpool_limits

    found = []
    for name, text, fit in _models(len(split.open), x.shape[1], seed):
        with threadpool_limits(1):  # small tables: threads wait for each other
            prediction = fit(x, y, split.open)
        if prediction is None or not np.isfinite(prediction).all():
            found.append(Baseline(name, "it needs a target and columns of one sign", None, 0.0))
        else:
            ahead = _ahead((law - y)[split.test] ** 2 - (prediction - y)[split.test] ** 2)
            found.append(Baseline(name, text, scores(y, prediction, split), ahead))
    return tuple(found)


def _models(rows: int, columns: int, seed: int) -> Iterator[tuple[str, str, Fit]]:
    """Name, description, and what gives predictions [n] from x, y and the training rows."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.gaussian_process import GaussianProcessRegressor, kernels
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
    lengths = np.ones(columns) if columns <= _RELEVANCE else 1.0
    kernel = kernels.ConstantKernel() * kernels.RBF(lengths) + kernels.WhiteKernel(0.01, (1e-10, 1e1))
    process = GaussianProcessRegressor(kernel, random_state=seed)
    yield "mean", "the mean of the rows", _mean
    yield "linear", "least squares in all columns", _pipeline(LinearRegression())
    yield "power law", "least squares in the logarithms of all columns", _power_law
    yield "additive splines", "a cubic spline in each column, ridge by cross-validation", _pipeline(*splines)
    yield "gradient boosting", "300 histogram-based trees", _pipeline(trees)
    yield "neural network", "two layers of 32 rectified units, LBFGS", _pipeline(neurons)
    text = f"squared exponentials and noise by likelihood, from {min(rows, _PROCESS)} rows"
    yield "Gaussian process", text, _thinned(_pipeline(process), seed)


def _thinned(fit: Fit, seed: int) -> Fit:
    """The model fitted to at most `_PROCESS` of the training rows."""

    def fitted(x: Array, y: Array, train: NDArray[np.int64]) -> Array | None:
        few = np.random.default_rng(seed).permutation(train)[:_PROCESS]
        return fit(x, y, np.sort(few))

    return fitted


def _ahead(gain: Array) -> float:
    """The mean of differences [n] over its standard error; 0 where there are too few."""
    spread = float(np.std(gain, ddof=1)) if len(gain) >= FEWEST else 0.0
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


def _pipeline(*steps: Any) -> Fit:
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
