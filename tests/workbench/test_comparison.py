"""A KAN and an MLP on the same rows: the curves, what is kept, the protocol of the article, the figures."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from symkan import Comparison, compare, dataset_of
from symkan.data.splitting import split
from symkan.errors import ColumnError, OptionError, ResultError
from symkan.workbench.compare_options import ARTICLE, CompareOptions
from symkan.workbench.comparison_figures import plot_comparison, write_comparison
from symkan.workbench.grid_trials import kan_trial
from symkan.workbench.mlp import perceptron
from symkan.workbench.scaling import Point, power_law
from symkan.workbench.trials import Errors, Task, Trial

SMALL = CompareOptions(
    kan=(2, 1, 1), grids=(5, 10), mlp=(8,), rates=(1e-2, 3e-3), epochs=10, seeds=2, widths=(2, 4)
)


def table(rows=300, names=None, target="y"):
    x = np.random.default_rng(0).uniform(-1, 1, (rows, 2))
    return dataset_of(x, np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2), names=names, target=target)


def noise(rows=60):
    generator = np.random.default_rng(0)
    return dataset_of(generator.uniform(-1, 1, (rows, 2)), generator.normal(size=rows))


@pytest.fixture(scope="module")
def found():
    return compare(table(), options=SMALL, scaling=True)


def test_the_network_of_the_article_is_closer(found):
    assert found.decades > 1.5
    assert found.decades == math.log10(found.best_mlp.errors.test / found.best_kan.errors.test)
    assert found.r2(found.best_kan.errors) > 0.999 > found.r2(found.line)
    assert (found.best_kan.parameters, found.best_mlp.parameters) == (3 * (10 + 3), 3 * 8 + 9)


def test_equal_care(found):
    assert [(t.seed, t.rate) for t in found.kan] == [(0, None), (1, None)]
    assert [(t.seed, t.rate) for t in found.mlp[:2]] == [(0, 1e-2), (0, 3e-3)]
    assert (found.mlp[2].seed, found.mlp[2].rate) == (
        1,
        min(found.mlp[:2], key=lambda t: t.errors.validation).rate,
    )
    data = found.data
    assert (data.train_rows + data.validation_rows + data.test_rows) == 300
    assert min(data.validation_rows, data.test_rows) > 30


def test_curves(found):
    for trial in (*found.kan, *found.mlp):
        curves = trial.train, trial.validation, trial.test
        assert {len(curve) for curve in curves} == {len(trial.step)}
        assert trial.errors.validation == min(trial.validation)
        assert trial.errors == Errors(*(curve[trial.kept] for curve in curves))
        assert set(np.diff(trial.step)) <= {0, 1}
    assert found.mlp[0].step == tuple(range(11))
    grid = found.best_kan.grid
    assert grid == tuple(sorted(grid))
    assert set(grid) == {5, 10}


def test_record(found, tmp_path):
    found.save(tmp_path / "comparison.json")
    assert Comparison.load(tmp_path / "comparison.json") == found
    again = compare(table(), options=SMALL)
    assert again.best_kan.test == found.best_kan.test
    assert again.best_mlp.test == found.best_mlp.test


def test_scaling(found):
    assert [(p.size, p.parameters) for p in found.scaling.kan] == [(5, 24), (10, 39)]
    assert [(p.size, p.parameters) for p in found.scaling.mlp] == [(2, 9), (4, 17)]
    kan, _ = found.scaling.laws
    small, large = found.scaling.kan
    slope = math.log(large.errors.test / small.errors.test) / math.log(large.parameters / small.parameters)
    assert math.isclose(kan.slope, slope)
    assert kan.slope < -2
    overfitted = [Point(n, n, Errors(0.0, *errors)) for n, errors in ((1, (4, 8)), (2, (1, 2)), (4, (2, 1)))]
    assert power_law(overfitted).points == 2
    assert math.isclose(power_law(overfitted).slope, -2)
    assert math.isnan(power_law([Point(1, 1, Errors(1.0, 1.0, 1.0))]).slope)
    assert math.isnan(power_law([Point(1, 1, Errors(1.0, 1.0, math.nan))]).slope)


def test_errors_are_in_units_of_the_target():
    dataset = dataset_of(1e6 + table().x, 1e-9 * table().y)
    parts = split(dataset, SMALL.split, seed=0)
    task = Task.of(dataset, parts, standardise=True)
    mean = dataset.y[parts.train].mean()
    expected = [
        np.sqrt(np.mean((dataset.y[rows] - mean) ** 2))
        for rows in (parts.train, parts.validation, parts.test)
    ]
    np.testing.assert_allclose(task.errors(lambda x: torch.zeros(len(x), 1)), expected, rtol=1e-12)
    assert task.errors(lambda x: torch.full((len(x), 1), torch.nan)) == (math.inf,) * 3


def test_article_protocol():
    found = compare(table(), options=replace(ARTICLE, kan=(2, 1, 1), grids=(3, 5), epochs=5, seeds=1))
    data = found.data
    assert (data.train_rows, data.validation_rows, data.test_rows) == (150, 0, 150)
    assert "no rows validate: training rows choose what is kept" in data.notes
    (kan,), (mlp,) = found.kan, found.mlp
    assert kan.step == (*range(51), *range(50, 101))
    assert kan.validation == kan.train
    assert mlp.rate == 0.01
    assert [t.numel() for t in perceptron([2, 64, 64, 1]).parameters()] == [128, 64, 4096, 64, 64, 1]
    assert mlp.parameters == 4417


def test_validation_rows_end_the_grids():
    dataset, options = noise(), replace(SMALL, grids=(3, 20, 40), kan=(2, 1, 1))
    task = Task.of(dataset, split(dataset, options.split, seed=0), standardise=True)
    assert set(kan_trial(task, options, (2, 1, 1), seed=0, stop=True).grid) == {3, 20}
    assert set(kan_trial(task, options, (2, 1, 1), seed=0, stop=False).grid) == {3, 20, 40}


def test_an_unlucky_start_does_not_decide():
    dataset = table()
    task = Task.of(dataset, split(dataset, SMALL.split, seed=0), standardise=True)
    alone, best_of_eight = (
        [
            kan_trial(task, replace(SMALL, restarts=restarts), (2, 1, 1), seed=seed, stop=True).errors.test
            for seed in (5, 6)
        ]
        for restarts in (1, 8)
    )
    assert min(alone) > 0.1
    assert max(best_of_eight) < 1e-3


def test_the_shape_of_the_kan_is_chosen_by_validation_rows():
    x = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    options = replace(SMALL, kan=(), grids=(5,), epochs=1)
    found = compare(dataset_of(x, np.sin(3 * x[:, 0]) + x[:, 1] ** 2), options=options)
    assert [trial.nodes for trial in found.kan[:3]] == [(2, 1), (2, 1, 1), (2, 5, 1)]
    chosen = min(found.kan[:3], key=lambda trial: trial.errors.validation)
    assert found.kan[3].nodes == chosen.nodes


def test_lbfgs_trains_too():
    found = compare(table(), options=replace(SMALL, method="lbfgs", grids=(5,), epochs=1))
    assert found.best_kan.errors.test < 0.5 * found.spread
    assert found.best_kan.parameters == 3 * (5 + 3 + 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kan": (3, 1)}, "begin with 2, the number of features"),
        ({"kan": (2, 0, 1)}, "give numbers above 0"),
        ({"grids": ()}, "grids"),
        ({"seeds": 0}, "give 1 or more"),
        ({"activation": "softmax"}, "choose relu, silu, tanh"),
        ({"method": "sgd"}, "choose lm or lbfgs"),
    ],
)
def test_options_that_cannot_be_meant(changes, message):
    with pytest.raises(OptionError, match=message):
        compare(table(40), options=replace(SMALL, epochs=1, **changes))


def test_tables(tmp_path):
    dataset = table(60)
    frame = pd.DataFrame({"a": dataset.x[:, 0], "b": dataset.x[:, 1], "f": dataset.y})
    frame.to_csv(tmp_path / "t.csv", index=False)
    options = replace(SMALL, grids=(3,), epochs=1, seeds=1)
    errors = {
        compare(source, target="f", options=options).best_kan.errors for source in (frame, tmp_path / "t.csv")
    }
    assert len(errors) == 1
    with pytest.raises(ColumnError, match="choose of a, b, f"):
        compare(frame, target="g")
    with pytest.raises(OptionError, match="name the column"):
        compare(frame)


def test_few_and_many_rows():
    few = compare(table(12), options=replace(SMALL, grids=(3,), epochs=1))
    assert min(few.data.validation_rows, few.data.test_rows) >= 1
    many = compare(table(400), options=replace(SMALL, grids=(3,), epochs=1, rows=50))
    assert (many.data.train_rows, many.data.validation_rows, many.data.test_rows) == (50, 50, 50)
    assert "150 of 400 rows were used" in many.data.notes


HOSTILE = (
    ["_%&#$~^\\{}<>\"'", "$x^2_1$ 温度 🚀"],
    "\\input{/etc/passwd} a name of sixty characters, on and on",
)


def test_figures(found, tmp_path):
    paths = write_comparison(found, tmp_path / "a")
    assert [p.name for p in paths] == [
        "comparison.json",
        *(f"{name}.{suffix}" for name in ("comparison", "scaling") for suffix in ("pdf", "svg", "png")),
    ]
    assert all(p.stat().st_size > 1000 for p in paths)
    again = write_comparison(found, tmp_path / "b")
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in paths]
    texts = [text.get_text() for text in plot_comparison(found).get_legend().get_texts()]
    assert [text for text in texts if text != "kept"] == [
        f"{name}, {part}" for name in ("KAN [2, 1, 1]", "MLP [2, 8, 1]") for part in ("training", "test")
    ]


def test_figures_of_hostile_tables(tmp_path):
    names, target = HOSTILE
    options = replace(SMALL, grids=(3,), epochs=1, seeds=1)
    found = compare(table(40, names=names, target=target), options=options)
    assert len(write_comparison(found, tmp_path)) == 4
    with pytest.raises(ResultError, match="scaling=True"):
        found.plot_scaling()
    undefined = (math.inf, math.nan, 0.0)
    trial = Trial((2, 1), 3, 0, None, 0.0, (0, 1, 2), (3, 3, 3), undefined, undefined, undefined)
    assert math.isnan(replace(found, kan=(trial,)).decades)
    write_comparison(replace(found, kan=(trial,)), tmp_path)
