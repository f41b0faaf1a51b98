"""Each technique can be switched off, and the search then really goes without it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from symkan.bench.ablation import TECHNIQUES, without
from symkan.data.tables import dataset_of
from symkan.discovery import discover
from symkan.errors import OptionError
from symkan.options import Options


def steps(technique, *, time_budget):
    """The stages of a search that goes without a technique, each with what it was for."""
    a, b = x = np.random.default_rng(0).uniform(0.5, 2.5, (2, 120))
    table = dataset_of(x.T, np.exp(np.sin(3 * a) * b) + np.tanh(a * b))
    seen = []
    options = without(technique, Options(time_budget=time_budget))
    discover(table, options, watch=lambda progress: seen.append((progress.stage, progress.network)))
    return seen


@pytest.fixture(scope="module")
def usual():
    return steps("", time_budget=5)


def test_none_changes_nothing():
    assert without("", Options(seed=3)) == Options(seed=3)


def test_unknown_technique():
    with pytest.raises(OptionError, match=r"no technique 'magic'; there are networks, transforms, red"):
        without("magic", Options())


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_each_switches_off_something_else(technique):
    others = [without(other, Options()) for other in TECHNIQUES if other != technique]
    assert without(technique, Options()) not in [Options(), *others]


@pytest.mark.parametrize(
    ("technique", "stage"),
    [("networks", "training"), ("screening", "screening"), ("reduction", "separating")],
)
def test_the_stage_does_not_occur(technique, stage, usual):
    assert stage in {name for name, _ in usual}
    assert stage not in {name for name, _ in steps(technique, time_budget=1.5)}


def test_without_transforms_only_the_target_itself_is_fitted(usual):
    def behind(steps):
        return [name for _, name in steps if name.endswith((" log y", " 1/y", " √y", " y²"))]

    assert behind(usual)
    assert not behind(steps("transforms", time_budget=2.5))


def test_without_selection_the_smallest_error_wins():
    rng = np.random.default_rng(1)
    x = rng.uniform(1, 3, (200, 2))
    table = dataset_of(x, x[:, 0] / x[:, 1] + 0.05 * rng.normal(size=200))
    usual, free = (discover(table, without(t, Options(time_budget=4))).best for t in ("", "selection"))
    assert free.complexity > usual.complexity
    assert free.r2 > usual.r2


def test_without_context_edges_are_not_revised():
    options = without("context", Options()).symbolify
    assert (options.top, options.steps, options.final_steps, options.revisions) == (1, 0, 0, 0)
    assert dataclasses.replace(Options(), symbolify=options) == without("context", Options())
