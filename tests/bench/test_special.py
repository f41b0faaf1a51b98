import concurrent.futures
import json
import math

import mpmath
import numpy as np
import pytest
from typer.testing import CliRunner

import symkan
from symkan import cli
from symkan.bench import special
from symkan.bench.special import FUNCTIONS, Approximation, choose
from symkan.bench.special_page import page, summary

MPMATH = {
    "ellipj": lambda u, m: mpmath.ellipfun("sn", u, m=m),
    "ellipkinc": mpmath.ellipf,
    "ellipeinc": mpmath.ellipe,
    "jv": mpmath.besselj,
    "yv": mpmath.bessely,
    "kv": mpmath.besselk,
    "iv": mpmath.besseli,
    **{f"lpmv-{m}": lambda v, x, m=m: mpmath.legenp(v, m, x) for m in (0, 1, 2)},
    **{
        f"sph_harm-{m}-{n}": lambda theta, phi, m=m, n=n: mpmath.re(mpmath.spherharm(n, m, theta, phi))
        for m, n in ((0, 1), (1, 1), (0, 2), (1, 2), (2, 2))
    },
}
PAPER = {  # Table 1 of arXiv 2404.19756: best KAN and MLP
    "ellipj": (1.33e-4, 6.48e-4),
    "ellipkinc": (1.24e-4, 5.52e-4),
    "ellipeinc": (8.26e-5, 3.04e-4),
    "jv": (1.64e-3, 5.52e-3),
    "yv": (1.49e-5, 3.45e-4),
    "kv": (2.52e-5, 1.67e-4),
    "iv": (9.28e-3, 1.07e-2),
    "lpmv-0": (5.25e-5, 1.74e-2),
    "lpmv-1": (6.90e-4, 1.50e-3),
    "lpmv-2": (2.26e-4, 9.43e-4),
    "sph_harm-0-1": (2.21e-7, 1.25e-6),
    "sph_harm-1-1": (1.22e-4, 6.70e-4),
    "sph_harm-0-2": (1.95e-7, 2.85e-6),
    "sph_harm-1-2": (1.50e-5, 1.84e-3),
    "sph_harm-2-2": (9.45e-5, 6.21e-4),
}


@pytest.fixture
def bench(tmp_path):
    runner = CliRunner()
    return lambda *arguments: runner.invoke(
        cli.app, ["bench", "special-functions", *arguments, "--out", str(tmp_path / "out")]
    )


def row(**changes):
    figures = {"train_rmse": 1e-5, "validation_rmse": 1e-5, "test_rmse": 2e-5, "rms": 0.5, "seconds": 1.5}
    paper = {"paper_shape": (2, 3, 1), "paper_rmse": 1e-4, "paper_mlp": 1e-3}
    fixed = {"function": "jv", "box": ((0.0, 5.0), (0.0, math.pi)), "shape": (2, 2, 1), "intervals": 27}
    return Approximation(**{**fixed, **figures, **paper, "seed": 0, "version": "1", **changes})


def test_the_table_is_the_papers():
    assert {f.name: (f.paper_rmse, f.paper_mlp) for f in FUNCTIONS} == PAPER
    assert [f.paper_shape for f in choose(("ellipj", "iv"))] == [(2, 3, 2, 1, 1), (2, 4, 3, 2, 1, 1)]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_no_network_is_larger_than_the_papers(function):
    assert function.shape[0] == 2
    assert function.shape[-1] == 1
    assert len(function.shape) <= len(function.paper_shape)
    assert all(ours <= paper for ours, paper in zip(function.shape, function.paper_shape, strict=False))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_values_are_those_of_mpmath(function):
    low, high = np.array(function.box).T
    x, y = function.sample(3, seed=7)
    wanted = [float(MPMATH[function.name](*point)) for point in low + (x + 1) / 2 * (high - low)]
    np.testing.assert_allclose(y, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_a_function_is_defined_in_its_box_and_not_small(function):
    x, y = function.sample(2000, seed=1)
    assert np.all(np.abs(x) <= 1)
    assert np.all(np.isfinite(y))
    assert np.std(y) > 0.1


def test_one_function_and_again(bench, tmp_path):
    done = bench("--only", "sph_harm-0-1", "--seed", "3")
    assert done.exit_code == 0, done.output
    assert "1/1 sph_harm-0-1: RMSE" in done.stderr
    assert "lower RMSE than the paper's KAN on 1 of 1, than its MLP on 1 of 1" in done.stdout
    record = tmp_path / "out" / "special-functions.jsonl"
    found = json.loads(record.read_text())
    assert (found["seed"], found["shape"]) == (3, [2, 1, 1])
    assert found["test_rmse"] < 2.21e-7
    assert "| `sph_harm-0-1` | [0, 3.142] × [0, 6.283] |" in record.with_suffix(".md").read_text("utf-8")
    again = bench("--only", "sph_harm-0-1", "--seed", "3")
    assert again.exit_code == 0, again.output
    assert "1 of 1 functions are in" in again.stderr
    assert len(record.read_text().splitlines()) == 1


def test_several_processes(monkeypatch):
    """The pool gets each function by name; threads stand in for processes, which take seconds to start."""
    monkeypatch.setattr(
        concurrent.futures, "ProcessPoolExecutor", lambda n, **_: concurrent.futures.ThreadPoolExecutor(n)
    )
    monkeypatch.setattr(
        special, "approximate", lambda function, *, seed: row(function=function.name, seed=seed)
    )
    found = special.approximations(choose(("jv", "iv")), seed=4, workers=2)
    assert {(r.function, r.seed) for r in found} == {("jv", 4), ("iv", 4)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "gamma"], "--only: there is no special function 'gamma'; choose from: ellipj, "),
        (["--noise", "0.1"], "No such option: --noise"),
    ],
)
def test_wrong_input(bench, tmp_path, arguments, message):
    done = bench(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_record_keeps_seeds_apart(bench, tmp_path, monkeypatch):
    monkeypatch.setattr(
        special,
        "approximate",
        lambda function, *, seed: row(function=function.name, seed=seed, version=symkan.__version__),
    )
    for seed, lines in (("0", 1), ("1", 2), ("0", 2)):
        assert bench("--only", "jv", "--seed", seed).exit_code == 0
        assert len((tmp_path / "out" / "special-functions.jsonl").read_text().splitlines()) == lines


def test_page():
    lost = row(function="kv", test_rmse=2e-4)
    text = page([row(), lost], command="symkan bench special-functions --seed 0")
    assert "**lower RMSE than the paper's KAN on 1 of 2, than its MLP on 2 of 2**" in text
    assert "The boxes are ours" in text
    assert (
        "| [0, 5] × [0, 3.142] | 0.5 | [2, 2, 1] | [2, 3, 1] | 27 | 2.00e-05 | 1.00e-04 | 1.00e-03 | 0.2 |"
        in text
    )
    assert "| **2.00e-04** |" in text
    assert (row().won, lost.won) == (True, False)
    assert summary([lost]).startswith("lower RMSE than the paper's KAN on 0 of 1")
