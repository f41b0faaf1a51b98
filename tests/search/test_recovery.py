"""The main job on a fixed list of laws: found exactly, within half a minute each, on rows that were not seen."""

from __future__ import annotations

import numpy as np
import pytest
from laws import LAWS, Law

from symkan.data.tables import dataset_of
from symkan.discovery import discover
from symkan.options import Options
from symkan.symbolic.expressions import numpy_function
from symkan.symbolic.parsing import parse_expression


def rows(law: Law, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    low, high = np.array(law.box, dtype=float).T
    x = generator.uniform(low, high, (count, len(low)))
    names = [f"x{i + 1}" for i in range(len(low))]
    return x, numpy_function(parse_expression(law.formula, names=names), names)(x)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.formula)
def test_law_is_found_exactly(law: Law) -> None:
    x, y = rows(law, 1000, seed=0)
    found = discover(dataset_of(x, y), Options(time_budget=30))
    new_x, new_y = rows(law, 1000, seed=1)
    error = np.sqrt(np.mean((found.predict(new_x) - new_y) ** 2)) / np.std(new_y)
    assert error < 1e-8, found.best.expression
