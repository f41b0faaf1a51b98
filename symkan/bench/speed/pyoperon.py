"""pyoperon's side: genetic programming with the default settings of its scikit-learn estimator and more functions."""

from __future__ import annotations

import os

import numpy as np
from pyoperon.sklearn import SymbolicRegressor

from symkan.bench.speed.pairs import Run
from symkan.bench.speed.tasks import Work

SYMBOLS = "add,sub,mul,div,constant,variable,sin,cos,exp,log,sqrt,square"


def job(work: Work) -> tuple[Run]:
    """A script: read the CSV, fit, write the formula down."""
    table = np.loadtxt("table.csv", delimiter=",", skiprows=1)
    model = SymbolicRegressor(allowed_symbols=SYMBOLS, n_threads=os.cpu_count(), random_state=work.seed)
    model.fit(table[:, :-1], table[:, -1])
    error = work.test_error(model.predict)
    return (Run(0.0, True, f"RMSE {error:.1e}: {model.get_model_string(model.model_, 4)}"),)
