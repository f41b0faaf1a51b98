"""Sums and products of functions of one column each: found at once, with noise too, and not where there are none."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from symkan.data.tables import dataset_of
from symkan.discovery import discover
from symkan.errors import ResultError
from symkan.search.problems import Problem
from symkan.search.screening import families
from symkan.search.view import View
from symkan.symbolic.expressions import numpy_function
from symkan.symbolic.library import Library

ROWS = 400


def table(law, columns, *, noise=0.0, rows=ROWS, low=0.3):
    random = np.random.default_rng(0)
    x = random.uniform(low, 2.9, (rows, columns))
    y = law(x)
    return x, y + noise * y.std() * random.normal(size=rows)


def guesses(x, y, family="additive for y", *, library=None, first=0):
    problem = Problem.of(dataset_of(x, y))
    view = View(problem, np.arange(first, len(y)), np.ones(len(y)), library or Library.default())
    found = [f for f in families(view, quick=True) if f.name.removeprefix("roughly ") == family]
    assert len(found) == 2  # where splines explain the target, and where they do so but roughly
    sure, rough = (f.guesses(problem.t) for f in found)
    assert not (sure and rough)
    return [(problem.answer(guess.expression), guess) for guess in sure + rough]


LAWS = {
    "sine and square": (lambda x: np.sin(3 * x[:, 0]) + x[:, 1] ** 2, 2, "additive for y"),
    "three": (lambda x: np.exp(x[:, 0]) - 2 * np.log(x[:, 1]) + np.tanh(x[:, 2]), 3, "additive for y"),
    "positive": (lambda x: np.exp(np.sin(np.pi * x[:, 0]) + np.sqrt(x[:, 1])), 2, "additive for log y"),
    "root": (lambda x: np.sqrt(np.exp(-x[:, 0]) + x[:, 1] ** 3), 2, "additive for y²"),
    "signs": (lambda x: np.sin(2 * x[:, 0]) * (x[:, 1] ** 2 - 3), 2, "multiplicative for y"),
    "zeros": (lambda x: np.cos(x[:, 0]) * np.sin(3 * x[:, 1]) * np.log(x[:, 2]), 3, "multiplicative for y"),
}


@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("name", LAWS)
def test_the_best_guess_is_near_the_law(name, noise):
    law, columns, family = LAWS[name]
    x, y = table(law, columns, noise=noise)
    expression, guess = guesses(x, y, family)[0]
    values = numpy_function(expression, [f"x{i + 1}" for i in range(columns)])(x)
    assert np.sqrt(np.mean((values - law(x)) ** 2)) < (0.02 + noise) * y.std()
    assert guess.error < 0.02 + 2 * noise


@pytest.mark.parametrize(
    ("law", "columns", "family"),
    [
        (lambda x: np.sin(4 * x[:, 0] * x[:, 1]), 2, "additive for y"),
        (lambda x: np.sin(4 * x[:, 0] * x[:, 1]), 2, "multiplicative for y"),
        (lambda x: np.sin(x[:, 0]), 1, "additive for y"),  # an edge: matched directly
    ],
    ids=["no sum", "no product", "one column"],
)
def test_says_nothing_where_splines_do_not_explain_the_target(law, columns, family):
    assert guesses(*table(law, columns), family) == []


def test_noise_makes_grids_coarser():
    def intervals(noise):
        x, y = table(lambda x: np.sin(4 * x[:, 0]) + np.exp(-x[:, 1]), 2, noise=noise)
        guess = guesses(x, y)[0][1]
        return guess.edges.layer.coefficients.shape[1] - 3

    assert intervals(0.0) > intervals(0.2)


def test_starts_with_other_signs_lead_to_a_product_of_many_odd_functions():
    x, y = table(lambda x: np.sin(x).prod(1), 4, low=-2.9)
    assert guesses(x, y, "multiplicative for y")[0][1].error < 0.02


def test_a_column_of_one_value_and_few_rows_are_refused():
    x, y = table(lambda x: np.sin(x[:, 0]) + x[:, 1], 2)
    same = np.where(np.arange(ROWS) < 5, 2.0, 1.0)
    assert guesses(np.column_stack([x, same]), y, first=5) == []
    assert guesses(np.column_stack([x, same]), y) != []
    assert guesses(x[:25], y[:25]) == []


def test_functions_are_those_of_the_library():
    x, y = table(lambda x: np.exp(x[:, 0]) + x[:, 1] ** 2, 2)
    found = guesses(x, y, library=Library.of(["x", "x^2", "x^3"]))
    assert found
    assert all(expression.is_polynomial() for expression, _ in found)


def test_of_many_columns_not_all_choices_are_proposed():
    x, y = table(lambda x: (np.sin(x) * [1, 2, 3, 4]).sum(1), 4)
    assert 4 < len(guesses(x, y)) <= 20


def test_the_network_is_there_to_be_seen():
    x = np.random.default_rng(0).uniform(-1, 1, (ROWS, 2))
    y = np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2)
    found = discover(dataset_of(x, y))
    portrait = found.portrait
    assert portrait is not None
    assert portrait.name == found.best.network == "[2, 1] for log y"
    assert {match.function.name for match in portrait.matches} == {"sin", "x^2"}
    first, *_, last = found.stages
    assert first.name == "network"
    assert last.validation_rmse < 1e-9 < first.validation_rmse < 0.01 * y.std()
    assert found.plot_network() is not None
    with pytest.raises(ResultError, match="fitted by least squares at once"):
        found.plot_training()


def test_a_product_with_few_rows_and_noise():
    random = np.random.default_rng(2)
    x = random.uniform([0.3, 0.2, 0.0], [4.0, 2.9, 1.5], (90, 3))
    y = 2.5 * np.sqrt(x[:, 0]) * np.sin(x[:, 1]) * np.exp(-(x[:, 2] ** 2))
    found = discover(dataset_of(x, y * (1 + 0.004 * random.normal(size=90))))
    assert str(found.expression) == "5*sqrt(x1)*exp(-x3**2)*sin(x2)/2"


def test_the_network_of_a_product_multiplies():
    x, y = table(lambda x: np.tanh(2 * x[:, 0]) * (np.cos(x[:, 1]) + 0.3), 2, low=-2.9)
    found = discover(dataset_of(x, y))
    assert found.portrait is not None
    assert found.portrait.name == found.best.network == "[2, (0, 1)] for y"
    assert found.portrait.trained.products == ((True,),)
    assert all(0.1 < activation.score <= 1 for activation in found.portrait.trained.activations)
    assert found.plot_network() is not None


def test_the_layer_of_a_factor_is_one_for_the_table():
    x, y = table(lambda x: x[:, 2] ** -2 * (np.sin(x[:, 0]) + np.exp(x[:, 1])), 3)
    found = discover(dataset_of(x, y))
    assert found.portrait is not None
    assert found.portrait.name == "[2, 1] for a factor of y"
    assert found.stages[0].train_rmse < 0.01 * y.std()


def test_a_product_of_functions_is_found_without_torch():
    code = """
import sys
import numpy as np
from symkan import discover
from symkan.data.tables import dataset_of
x = np.random.default_rng(0).uniform(-1, 1, (500, 2))
found = discover(dataset_of(x, np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2)))
print("torch" in sys.modules, found.best.expression)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.split(maxsplit=1) == ["False", "exp(x2**2 + sin(pi*x1))\n"]
