"""Many columns: those that matter are found, alone or together, and those that do not are left out."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from symkan import Options, Outcome, dataset_of, discover
from symkan.search.relevance import relevant_columns

TARGETS = {
    "ratio": (lambda x: x[:, 3] * x[:, 7] / x[:, 9], (1, 3), {3, 7, 9}),
    "product without any effect of one factor alone": (lambda x: x[:, 2] * x[:, 8], (-1, 1), {2, 8}),
    "product of three": (lambda x: x[:, 2] * x[:, 8] * x[:, 13], (-1, 1), {2, 8, 13}),
    "sum and product": (lambda x: x[:, 2] * np.sin(x[:, 8]) + x[:, 5], (-2, 2), {2, 5, 8}),
    "weak beside strong": (lambda x: x[:, 0] * (1 + 0.05 * x[:, 1]) + x[:, 3] ** 2, (1, 3), {0, 1, 3}),
    "many decades": (lambda x: np.exp(3 * x[:, 4] * x[:, 6]), (1, 2), {4, 6}),
}


@pytest.fixture(autouse=True)
def one_thread():
    """As in a search: many small matrices are slower with more."""
    with threadpool_limits(1):
        yield


@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("columns", [20, 60])
@pytest.mark.parametrize("name", TARGETS)
def test_columns_that_matter_are_found(name, columns, noise):
    law, (low, high), expected = TARGETS[name]
    random = np.random.default_rng(3)
    x = random.uniform(low, high, (600, columns))
    y = law(x)
    found = relevant_columns(x, y + noise * y.std() * random.standard_normal(600))
    assert expected <= set(found)
    assert len(found) <= len(expected) + 3


def test_chance_brings_in_hardly_any():
    random = np.random.default_rng(0)
    counts = [
        len(relevant_columns(random.uniform(-1, 1, (200, 30)), random.standard_normal(200)))
        for _ in range(20)
    ]
    assert sum(count > 0 for count in counts) <= 2


def test_a_law_among_two_hundred_columns():
    x = np.random.default_rng(0).uniform(-1, 1, (500, 200))
    table = dataset_of(x, x[:, 17] * x[:, 101])
    found = discover(table, Options(time_budget=30))
    assert found.outcome is Outcome.EXACT
    assert str(found.best.expression) == "x102*x18"
    assert "no effect beyond chance" in " ".join(found.data.notes)


def test_noise_among_many_columns_is_no_law():
    random = np.random.default_rng(1)
    found = discover(
        dataset_of(random.normal(size=(150, 40)), random.normal(size=150)), Options(time_budget=20)
    )
    assert found.outcome is Outcome.NONE
    assert found.stopped == "finished"


@pytest.mark.parametrize("rows", [12, 15, 18])
def test_few_rows_show_a_line_among_many_columns_and_nothing_in_noise(rows):
    random = np.random.default_rng(0)
    x = random.uniform(1, 3, (rows, 12))
    assert relevant_columns(x, 3 * x[:, 0]) == (0,)
    found = [relevant_columns(x, random.normal(size=rows)) for _ in range(20)]
    assert sum(map(bool, found)) <= 2


@pytest.mark.parametrize("usual", [0.0, 1.0])
def test_a_target_that_hardly_ever_changes_is_no_crash(usual):
    """In one of the places where it changes is no training row."""
    x = np.random.default_rng(1).uniform(1, 2, (40, 2))
    for rare in (0, 7, 20):
        y = np.full(40, usual)
        y[rare] += 1.0
        found = discover(dataset_of(x, y), Options(time_budget=1))
        assert found.outcome in set(Outcome)
