"""The estimator around the real search: scikit-learn's contract, pipelines, cross-validation, copies."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import sympy
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from symkan import SymbolicRegressor


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    x = np.random.default_rng(0).uniform(1, 5, (120, 2))
    return pd.DataFrame(x, columns=["mass [kg]", "% speed"])


@pytest.fixture(scope="module")
def energy(frame: pd.DataFrame) -> pd.Series:
    return (frame["mass [kg]"] * frame["% speed"] ** 2 / 2).rename("E [J]")


def test_scikit_learn_contract():
    check_estimator(SymbolicRegressor(time_budget=2.0, random_state=0), on_skip=None)


def test_law_in_the_users_names(frame, energy):
    model = SymbolicRegressor(time_budget=20).fit(frame, energy)
    mass, speed = sympy.Symbol("mass"), sympy.Symbol("% speed")
    assert model.expression_ == mass * speed**2 / 2
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(frame), model.predict(frame))
    assert not hasattr(clone(model), "expression_")


def test_pipeline_and_cross_validation(frame, energy):
    model = make_pipeline(FunctionTransformer(), SymbolicRegressor(time_budget=10))
    assert cross_val_score(model, frame, energy, cv=3).min() > 1 - 1e-12
