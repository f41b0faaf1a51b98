"""The speed benchmark: symkan's side of each task for real, the others' by stand-ins."""

import sys
import types
from dataclasses import replace

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import symkan
from symkan import cli
from symkan.bench.speed import figure, growth, layers, ours, pairs
from symkan.bench.speed.growth import JOB, Point, by_curve
from symkan.bench.speed.page import cells, page, ratios
from symkan.bench.speed.pairs import Pair, Ratio, Run
from symkan.bench.speed.tasks import ACCURATE, PROBLEMS, ROWS, TASKS, Task, Work, choose
from symkan.bench.speed.work import SIDES
from symkan.errors import OptionError, ResultError
from symkan.kan import training
from tests import pretend

there = pretend.there

TRAINING = TASKS[0]


def pair(ours=0.5, theirs=60.0, *, task=TRAINING, seed=0, done=True, stopped=False):
    result = "RMSE 1.0e-05"
    return Pair(task, seed, Run(ours, True, result), Run(theirs, done, "RMSE 2e-3", stopped), "1", "0.2.8")


def point(curve="rows", size=1000, **changes):
    return Point(**{**vars(Point(curve, size, 0.01, 10**7, 0.02, 2 * 10**7, "1")), **changes})


@pytest.mark.parametrize("name", PROBLEMS)
def test_symkan_trains_to_the_accuracy_asked_for(name):
    (run,) = ours.training(Work(Task("training", name, "pykan"), 1, 600.0, 1))
    assert run.done
    assert float(run.result.removeprefix("RMSE ")) < ACCURATE


@pytest.mark.parametrize("name", PROBLEMS)
def test_test_rows_lie_within_those_for_training(name):
    x, y = PROBLEMS[name].table(0)
    table = np.column_stack([x, y])
    assert table.shape == (2 * ROWS, len(PROBLEMS[name].law.variables) + 1)
    assert (table[ROWS:] >= table[:ROWS].min(0)).all()
    assert (table[ROWS:] <= table[:ROWS].max(0)).all()
    scaled, target = PROBLEMS[name].scaled(0)
    assert np.abs(scaled).max() <= 1
    assert target[:ROWS].std() == pytest.approx(1)


def test_all_edges_are_matched():
    (run,) = ours.matching(Work(Task("matching", "exp-sin", "pykan"), 0, 600.0, 1))
    assert run.result == "15 edges"


def test_a_whole_job_in_a_process_of_its_own():
    (run,) = pairs._runs(Work(Task("job", "product", "pyoperon"), 0, 600.0, 1), "symkan")
    assert run.result.endswith(": x*y*z")
    assert run.seconds > 0.5


def test_a_process_that_crashes():
    with pytest.raises(ResultError, match=r"training none: pykan crashed: .*; leave it out by --only"):
        pairs._runs(Work(Task("training", "none", "pykan"), 0, 1.0, 1), "pykan")


def test_a_process_that_takes_too_long(monkeypatch):
    monkeypatch.setattr(pairs, "GRACE", 0.0)
    (run,) = pairs._runs(Work(Task("training", "exp-sin", "pykan"), 0, 0.05, 1), "symkan")
    assert (run.done, run.result, run.stopped) == (False, "stopped", True)


@pytest.fixture
def asked(monkeypatch):
    """Of each run: the side, the seed and the limit; the other package never gets there."""
    asked = []

    def runs(work, side):
        asked.append((side, work.seed, work.limit))
        return (Run(0.01 if work.seed < 2 else 0.2, side == "symkan"),)

    monkeypatch.setattr(pairs, "_runs", runs)
    return asked


def test_a_package_that_did_not_get_there_has_less_time_in_later_pairs(asked):
    found = list(pairs.run(TRAINING, (0, 1, 2), limit=100.0))
    assert [p.seed for p in found] == [0, 1, 2]
    assert [limit for side, _, limit in asked if side == "pykan"] == [100.0, 5.0, pytest.approx(30.0)]
    assert [side for side, *_ in asked] == ["symkan", "pykan"] * 3
    assert list(pairs.run(TRAINING, (), limit=100.0)) == []


def test_what_earlier_pairs_came_to_counts_in_a_resumed_run(asked):
    list(pairs.run(TRAINING, (1,), limit=100.0, earlier=[pair(done=False)]))
    list(pairs.run(TRAINING, (1,), limit=100.0, earlier=[pair()]))
    assert [limit for side, _, limit in asked if side == "pykan"] == [5.0, 100.0]


@pytest.fixture
def flashkan(monkeypatch):
    class Linear(torch.nn.Linear):
        def __init__(self, sources, targets, *, grid_size, spline_order):
            assert (grid_size, spline_order) == (5, 3)
            super().__init__(sources, targets)

    monkeypatch.setitem(sys.modules, "flashkan", types.SimpleNamespace(KANLayer=Linear))


def test_layers_take_turns(monkeypatch, flashkan):
    work = Work(Task("layer", "8x8, 100 rows", "flashkan"), 0, 60.0, 2)
    assert len(layers.layer(work)) == 4
    monkeypatch.setattr(pairs, "_runs", lambda work, side: (Run(1.0), Run(2.0), Run(1.0), Run(4.0)))
    assert [p.ratio for p in pairs.run(work.task, (0, 1), limit=60.0)] == [2.0, 4.0]


def test_layers_on_another_device(flashkan, there, monkeypatch):
    waits = []
    monkeypatch.setattr(torch.get_device_module(there), "synchronize", lambda: waits.append(1))
    task = Task("layer", "8x8, 100 rows", "flashkan", device=there)
    assert task.name == "layer 8x8, 100 rows on pretend"
    assert len(layers.layer(Work(task, 0, 60.0, 2))) == 4
    assert len(waits) == 2 * (
        2 * 2 + 4
    )  # before and after each of two sides, warm after two, and of two pairs


def test_a_batch_on_another_device_and_on_the_cpu(there, monkeypatch):
    placed = []
    monkeypatch.setattr(training, "train", lambda kan, rows, options: placed.append(rows.x.device.type))
    task = Task("batch", "2 restarts, 100 rows", "symkan", device=there)
    runs = ours.batch(Work(task, 0, 60.0, 1))
    assert len(runs) == 2
    assert set(placed[:3]) == {there}
    assert {*placed} == {there, "cpu"}
    assert SIDES["symkan"] == "ours"


def test_a_batch_for_real():
    runs = ours.batch(Work(Task("batch", "2 restarts, 100 rows", "symkan"), 0, 60.0, 1))
    assert all(0 < run.seconds < 10 for run in runs)


def test_a_ratio_is_a_bound_when_the_other_was_stopped():
    done = [pair(0.5, 60.0), pair(0.5, 50.0, seed=1), pair(0.4, 80.0, seed=2)]
    ratio = Ratio.of(done)
    assert (ratio.median, ratio.low, ratio.high, ratio.bound) == (120.0, 100.0, 200.0, False)
    assert cells(ratio)[:5] == ("training exp-sin", "pykan", "120", "100 to 200", "100")
    assert cells(ratio)[-1] == "3 of 3"
    assert cells(Ratio.of([*done, pair(done=False)]))[2].startswith("> ")


def test_stopped_is_told_from_ended():
    pairs = [pair(), pair(theirs=601, done=False, stopped=True), pair(theirs=31, done=False, stopped=True)]
    assert cells(Ratio.of(pairs))[-1] == "1 of 3; 2 stopped after 31 s to 601 s"
    assert cells(Ratio.of([*pairs, pair(theirs=200, done=False)]))[-1].endswith("; 1 ended after 200 s")


def test_page():
    job = Task("job", "product", "pyoperon")
    text = page([pair(task=job), pair()], [point(), point(JOB, predicted_seconds=float("nan"))], command="x")
    assert "- symkan 1, pykan 0.2.8, pyoperon 0.2.8, Python" in text
    assert text.index("| training exp-sin | pykan | 120 |") < text.index("| job product | pyoperon |")
    assert "| training exp-sin, pykan | `RMSE 1.0e-05` | `RMSE 2e-3` |" in text
    assert "| rows | 1,000 | 0.01 | 0.02 | 10 | 20 |" in text
    assert "| rows of a table | 1,000 | 0.01 |  | 10 | 20 |" in text
    assert "Growth" not in page([pair()], command="x")
    slower = pair(theirs=40.0, task=TASKS[1], done=False)
    assert "**Times faster than pykan: training more than 80**" in page([pair(), slower], command="x")
    assert "**" not in page([pair(task=job)], command="x")
    assert ratios([]) == ()


def test_choose():
    assert choose([]) == (TASKS, True)
    assert {task.kind for task in choose(["training", "matching"])[0]} == {"training", "matching"}
    assert {task.name for task in choose(["job", "pykan"])[0]} == {"job exp-sin"}
    assert choose(["growth"]) == ((), True)
    assert choose(["inkan"])[1] is False
    assert {(t.kind, t.peer) for t in choose(["cuda"])[0]} == {
        ("layer", "flashkan"),
        ("layer", "inkan"),
        ("batch", "symkan"),
    }
    assert {(t.kind, t.device) for t in choose(["layer", "cpu"])[0]} == {("layer", "cpu")}
    known = (
        "training, matching, job, layer, batch, pykan, pyoperon, flashkan, inkan, symkan, cpu, cuda, growth"
    )
    with pytest.raises(OptionError, match=f"--only: there is no 'pysr'; choose from: {known}"):
        choose(["pysr"])


@pytest.mark.parametrize("curve", ["rows", JOB])
def test_a_point_of_growth(curve):
    found = growth.measure(curve, 1000)
    assert (found.curve, found.size) == (curve, 1000)
    assert found.seconds > 0
    assert found.predicted_bytes > 0


def test_points_that_are_missing(monkeypatch):
    monkeypatch.setattr(growth, "CURVES", {"rows": (10, 100), "grid": (5,)})
    monkeypatch.setattr(growth, "measure", point)
    found = list(growth.missing([point(size=10)]))
    assert [(p.curve, p.size) for p in found] == [("rows", 100), ("grid", 5)]
    assert [p.size for p in by_curve([*found, point(size=10)])["rows"]] == [10, 100]


def test_the_figure_of_growth(tmp_path):
    points = [point(size=size, seconds=size / 1e6) for size in (1000, 10_000)] + [point("grid", 5)]
    figure.draw([*points, replace(point(JOB), predicted_seconds=float("nan"))], tmp_path / "growth.svg")
    assert (tmp_path / "growth.svg").read_text().count('id="axes_') == 6


def test_packages_that_are_missing_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(pairs, "version_of", lambda package: "")
    asked = ["bench", "speed", "--only", "training,matching", "--out", str(tmp_path / "new")]
    done = CliRunner().invoke(cli.app, asked)
    assert done.exit_code == 0, done.output
    left_out = "pykan is not installed and is left out; pip install 'symkan[bench]'\n"
    assert done.stderr == left_out + "nothing was timed, and no page is written\n"
    assert not (tmp_path / "new").exists()


def test_without_a_gpu_what_is_timed_on_it_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    done = CliRunner().invoke(cli.app, ["bench", "speed", "--only", "cuda", "--out", str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    assert done.stderr.startswith("no cuda device is found here; what is timed on one is left out\n")


def test_with_a_gpu_its_tasks_run_and_its_model_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda name: f"Model {name}")
    monkeypatch.setattr(pairs, "version_of", lambda package: "1.0")
    monkeypatch.setattr(pairs, "_runs", lambda work, side: (Run(0.5), Run(1.0)) * work.pairs)
    command = ["bench", "speed", "--only", "cuda", "--pairs", "2", "--out", str(tmp_path / "new")]
    done = CliRunner().invoke(cli.app, command)
    assert done.exit_code == 0, done.output
    text = (tmp_path / "new" / "speed.md").read_text()
    assert ", Model cuda\n" in text
    assert "| layer 512x512, 64000 rows on cuda | inkan | 2 | 2 to 2 | 1 |" in text
    assert "| batch 64 restarts, 1000 rows on cuda | symkan | 2 |" in text


def test_a_run_is_resumed(tmp_path, monkeypatch):
    asked = []

    def run(task, seeds, *, limit, earlier):
        asked.append((list(seeds), len(earlier)))
        return (replace(pair(task=task, seed=seed), version=symkan.__version__) for seed in seeds)

    monkeypatch.setattr(pairs, "version_of", lambda package: "1.0")
    monkeypatch.setattr(pairs, "run", run)
    for count in ("1", "3"):
        command = ["bench", "speed", "--only", "matching", "--pairs", count, "--out", str(tmp_path)]
        done = CliRunner().invoke(cli.app, command)
        assert done.exit_code == 0, done.output
    assert asked == [([0], 0), ([1, 2], 1)]
    assert "120" in done.stdout
