import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest
import sympy
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from symkan import SymbolicRegressor
from symkan.symbolic.expressions import symbol


@pytest.fixture(autouse=True)
def calls(monkeypatch, discovery):
    """`discover` replaced by linear least squares, which is quick and good enough for the contract."""
    seen = []

    def discover(dataset, options=None, *, watch=None):
        seen.append((dataset, options))
        design = np.column_stack([dataset.x, np.ones(dataset.rows)])
        *slopes, offset = np.linalg.lstsq(design, dataset.y)[0]
        law = sympy.Float(offset)
        for slope, column in zip(slopes, dataset.features, strict=True):
            law += sympy.Float(slope) * symbol(column.symbol)
        best = dataclasses.replace(discovery.best, expression=law, parameters=())
        data = dataclasses.replace(
            discovery.data,
            features=dataset.features,
            target=dataset.target,
            feature_ranges=tuple((float(c.min()), float(c.max())) for c in dataset.x.T),
        )
        return dataclasses.replace(discovery, best=best, front=(best,), data=data)

    monkeypatch.setattr("symkan.discovery.discover", discover, raising=False)
    return seen


@pytest.fixture
def frame():
    columns = np.random.default_rng(0).normal(size=(40, 3))
    return pd.DataFrame(columns, columns=["T [K]", "p", "const"]).assign(const=1.0)


@pytest.fixture
def target(frame):
    return (2 * frame["T [K]"] - frame["p"] + 3).rename("rate")


def test_scikit_learn_contract():
    check_estimator(SymbolicRegressor(time_budget=1.0), on_skip=None)


def test_frame(frame, target):
    model = SymbolicRegressor().fit(frame, target)
    temperature, pressure = sympy.symbols("T p")
    assert model.expression_.free_symbols == {temperature, pressure}
    assert model.discovery_.data.target.name == "rate"
    assert list(model.feature_names_in_) == list(frame.columns)
    assert model.n_features_in_ == 3
    np.testing.assert_allclose(model.predict(frame), target, rtol=1e-12)
    assert model.score(frame, target) == pytest.approx(1.0)


def test_pareto_front(frame, target):
    front = SymbolicRegressor().fit(frame, target).pareto_front_
    assert list(front.columns) == ["complexity", "validation_rmse", "r2", "formula"]
    assert "T" in front["formula"][0]


def test_constant_column_is_left_out(frame, target):
    shuffled = frame[["const", "p", "T [K]"]]
    model = SymbolicRegressor().fit(shuffled, target)
    np.testing.assert_allclose(model.predict(shuffled), target, rtol=1e-12)


def test_array_has_names_x1_x2(frame, target):
    model = SymbolicRegressor().fit(frame.to_numpy(), target.to_numpy())
    assert {str(s) for s in model.expression_.free_symbols} == {"x1", "x2"}
    assert not hasattr(model, "feature_names_in_")


def test_target_named_like_a_feature(frame, target):
    model = SymbolicRegressor().fit(frame, target.rename("p"))
    assert model.discovery_.data.target.name == "y"


@pytest.mark.parametrize("units", [None, ["K", None, None]])
def test_blank_names(frame, target, units):
    blank = frame.set_axis([" T ", "", "const"], axis=1)
    model = SymbolicRegressor(units=units).fit(blank, target.rename(" "))
    assert {str(s) for s in model.expression_.free_symbols} == {"T", "col2"}
    assert model.discovery_.data.target.name == "y"
    np.testing.assert_allclose(model.predict(blank), target, rtol=1e-12)


def test_options(frame, target, calls):
    model = SymbolicRegressor(time_budget=2.0, random_state=7, library=["sin", "exp"], device="cuda")
    model.fit(frame, target)
    options = calls[-1][1]
    assert (options.time_budget, options.seed, options.device) == (2.0, 7, "cuda")
    assert options.library == ("sin", "exp")
    clone(model).set_params(random_state=np.random.RandomState(7)).fit(frame, target)
    assert calls[-1][1].seed == np.random.RandomState(7).randint(2**31 - 1)


def test_units(frame, target, calls):
    SymbolicRegressor(units={"p": "Pa", "rate": "1/s"}).fit(frame, target)
    dataset = calls[-1][0]
    assert [column.unit for column in (*dataset.features, dataset.target)] == ["K", "Pa", "1/s"]
    SymbolicRegressor(units=["K", "Pa", None, "1/s"]).fit(frame.to_numpy(), target.to_numpy())
    dataset = calls[-1][0]
    assert [column.unit for column in (*dataset.features, dataset.target)] == ["K", "Pa", "1/s"]
    with pytest.raises(ValueError, match="column 'p': the unit 'foo' cannot be read"):
        SymbolicRegressor(units={"p": "foo"}).fit(frame, target)


def test_pipeline_and_cross_validation(frame, target):
    pipeline = make_pipeline(StandardScaler(), SymbolicRegressor(time_budget=1.0))
    assert cross_val_score(pipeline, frame[["T [K]", "p"]], target, cv=3) == pytest.approx(1.0)


def test_pickle(frame, target):
    model = SymbolicRegressor().fit(frame, target)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))


@pytest.mark.parametrize("attribute", ["expression_", "pareto_front_", "discovery_"])
def test_before_fit(attribute, frame):
    with pytest.raises(AttributeError, match=attribute):
        getattr(SymbolicRegressor(), attribute)
    with pytest.raises(NotFittedError):
        SymbolicRegressor().predict(frame)


def test_few_rows(frame, target):
    with pytest.raises(ValueError, match="minimum of 8 is required"):
        SymbolicRegressor().fit(frame[:7], target[:7])
