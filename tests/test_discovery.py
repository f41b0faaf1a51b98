"""`discover` as a user relies on it: outcomes, limits of time, interruption, real tables, reproducibility."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import numpy as np
import pytest

from symkan import Options, Outcome, dataset_of, discover, read_table
from symkan.errors import OptionError

DATASETS = Path(__file__).parents[1] / "datasets"


def noise(rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    return generator.normal(size=(rows, 2)), generator.normal(size=rows)


def test_kepler_has_its_exponent_snapped_with_an_interval():
    found = discover(read_table(DATASETS / "planets.csv", target="period"), Options(time_budget=30))
    (exponent,) = found.best.parameters
    assert str(found.expression) == "semi-major axis**(3/2)"
    assert exponent.exact == "3/2"
    assert exponent.low < 1.5 < exponent.high
    assert found.best.errors == "proportional"


def test_vapour_pressure_is_exponential_in_a_reciprocal():
    found = discover(read_table(DATASETS / "mercury.csv", target="pressure"), Options(time_budget=20))
    assert "exp" in str(found.expression)
    assert found.best.r2 > 0.9999


def test_article_is_exact_on_rows_that_were_locked():
    found = discover(read_table(DATASETS / "article.csv", target="f"))
    assert found.outcome is Outcome.EXACT
    assert found.test is not None
    assert found.test.rmse < 1e-8
    assert found.stages[0].name == "network"
    assert found.portrait is not None
    assert {match.function.name for match in found.portrait.matches} == {"sin", "x^2"}


def test_noise_has_no_law():
    found = discover(dataset_of(*noise()), Options(time_budget=10))
    assert found.outcome is Outcome.NONE


def test_time_budget_holds_for_everything():
    x = np.random.default_rng(0).uniform(1, 5, (300, 5))
    y = np.sin(7 * x[:, 0] * x[:, 1]) * x[:, 2] + np.floor(x[:, 3]) * x[:, 4]
    started = time.monotonic()
    found = discover(dataset_of(x, y), Options(time_budget=0.1))
    assert time.monotonic() - started < 60  # a hang, not a benchmark
    assert found.stopped == "time budget"
    assert np.isfinite(found.best.validation_rmse)


def test_interruption_gives_the_best_so_far():
    def stop(progress):
        if progress.stage == "training":
            raise KeyboardInterrupt

    x = np.random.default_rng(0).uniform(1, 5, (100, 2))
    found = discover(dataset_of(x, np.sin(x[:, 0] * 3 + x[:, 1]) * x[:, 0] + x[:, 1]), watch=stop)
    assert found.stopped == "interrupted"
    assert found.front


def test_no_time_at_all_still_gives_an_answer():
    found = discover(dataset_of(*noise()), Options(time_budget=0.0))
    assert found.best in found.front


def test_same_seed_same_result():
    table = read_table(DATASETS / "puromycin.csv", target="rate")
    first, second = (discover(table, Options(time_budget=60)) for _ in range(2))
    assert (
        dataclasses.replace(first, timings={}).to_json() == dataclasses.replace(second, timings={}).to_json()
    )


def test_progress_is_told():
    seen = []
    discover(
        read_table(DATASETS / "planets.csv", target="period"), Options(time_budget=20), watch=seen.append
    )
    assert {"regressions", "refitting"} <= {progress.stage for progress in seen}
    assert all(progress.time_left <= 20 for progress in seen)


@pytest.mark.parametrize("size", [1e-34, 1e24])
def test_any_unit(size):
    x = np.random.default_rng(0).uniform(1, 5, (200, 2))
    found = discover(
        dataset_of(x * [size, 1 / size], 3 * x[:, 0] * size / x[:, 1] ** 2), Options(time_budget=20)
    )
    assert found.best.r2 > 1 - 1e-12


def test_missing_device_is_an_error_that_says_what_to_do():
    with pytest.raises(OptionError, match="no 'cuda:9' device is found here; use cpu"):
        discover(dataset_of(*noise()), Options(device="cuda:9"))
