"""The checks that SRBench's repository makes of a method: experiment/test_algorithm.py, test_population.py."""

import importlib.util
import inspect
import json
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sympy
from sklearn.base import RegressorMixin, clone
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sympy.parsing.sympy_parser import parse_expr

import symkan

FILE = Path(symkan.__file__).parents[1] / "examples" / "srbench" / "regressor.py"
KINDS = {  # of eval_kwargs, from its test_import
    "test_params": dict,
    "max_train_samples": int,
    "scale_x": bool,
    "scale_y": bool,
    "pre_train": types.FunctionType,
}
NAMES = [
    "beta",
    "x1",
    "S",
]  # one is a function of sympy's, one its registry of singletons, one another's own name


@pytest.fixture(scope="module")
def algorithm():
    spec = importlib.util.spec_from_file_location("regressor", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def split():
    generator = np.random.default_rng(0)
    table = pd.DataFrame(generator.uniform(0.5, 2, (120, 3)), columns=NAMES)
    return train_test_split(table, 3 * table["beta"] / table["S"] ** 2, train_size=0.75, random_state=42)


@pytest.fixture(scope="module")
def fitted(algorithm, split):
    """As evaluate_model does it in test mode."""
    x, _, y, _ = split
    est = clone(algorithm.est)
    est.random_state = 42
    est.set_params(**algorithm.eval_kwargs["test_params"])
    return est.fit(x, y)


def test_import(algorithm):
    assert isinstance(algorithm.est, RegressorMixin)
    assert callable(algorithm.model)
    for name, value in algorithm.eval_kwargs.items():
        assert isinstance(value, KINDS[name])


def test_parameters_are_set_and_cloned(algorithm):
    est = clone(algorithm.est)
    est.max_time, est.random_state = 7.0, 42  # SRBench sets attributes
    assert clone(est).get_params() == {"max_time": 7.0, "random_state": 42}
    json.dumps(est.get_params())
    assert algorithm.est.max_time == 3600.0
    for parameters in algorithm.hyper_params:
        assert set(parameters) <= set(est.get_params())


@pytest.mark.parametrize("seconds", [5.0, 50.0])
def test_max_time_is_the_limit(algorithm, split, seconds, monkeypatch):
    given = []
    monkeypatch.setattr(
        algorithm.SymbolicRegressor, "fit", lambda self, _x, _y: given.append(self.time_budget) or quit_()
    )

    def quit_():
        raise TimeoutError

    est = clone(algorithm.est).set_params(max_time=seconds)
    with pytest.raises(TimeoutError):
        est.fit(split[0], split[2])
    assert given == [0.9 * seconds]


def test_model_is_read_by_sympy_and_predicts(algorithm, fitted, split):
    _, x, _, y = split
    assert "X" in inspect.signature(algorithm.model).parameters
    symbols = {name: sympy.Symbol(name) for name in NAMES}
    formula = parse_expr(algorithm.model(fitted, x), local_dict=symbols)
    assert formula.free_symbols == {symbols["beta"], symbols["S"]}
    values = sympy.lambdify([symbols[name] for name in NAMES], formula)(*x.to_numpy().T)
    np.testing.assert_allclose(values, fitted.predict(x), rtol=1e-12)
    assert r2_score(y, fitted.predict(x)) > 1 - 1e-9


def test_model_without_table_has_names_from_0(algorithm, fitted):
    x0, x2 = sympy.symbols("x0 x2")
    assert sympy.simplify(parse_expr(algorithm.model(fitted)) - 3 * x0 / x2**2) == 0


def test_complexity_counts_nodes(algorithm, fitted, split):
    local = {name: sympy.Symbol(name) for name in NAMES}
    formula = parse_expr(algorithm.model(fitted, split[1]), local_dict=local)
    assert algorithm.complexity(fitted) == len(list(sympy.preorder_traversal(formula)))


def test_population(algorithm, split):
    """Ten rows, an array, as in test_population.py."""
    x, _, y, _ = split
    few = np.random.default_rng(42).choice(len(x), 10)
    est = clone(algorithm.est).set_params(max_time=8.0).fit(x.to_numpy()[few], y.to_numpy()[few])
    population = algorithm.get_population(est)
    assert 1 <= len(population) <= 100
    best = algorithm.get_best_solution(est)
    texts = [algorithm.model(one, x) for one in (*population, best)]
    assert len(set(texts[:-1])) == len(population)
    local = {name: sympy.Symbol(name) for name in NAMES}
    for one, text in zip((*population, best), texts, strict=True):
        assert parse_expr(text, local_dict=local).free_symbols <= set(local.values())
        assert np.isfinite(one.predict(x.to_numpy())).all()
