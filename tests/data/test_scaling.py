"""Scaling by factors: what it keeps, and what outliers do to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symkan.data.scaling import fit_scaling

columns = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=30)


@given(columns)
def test_no_scale_is_zero_and_most_values_are_at_most_one(values: list[float]) -> None:
    x = np.array(values)[:, None]
    scaling = fit_scaling(x, x[:, 0])
    scaled = x / scaling.x
    assert scaling.y > 0
    assert np.mean(np.abs(scaled) <= 1) >= 0.9


@pytest.mark.parametrize("size", [1e-300, 1e-34, 1.0, 1e24, 1e300])
def test_any_unit(size: float) -> None:
    x = size * np.linspace(1, 2, 40)[:, None]
    scaling = fit_scaling(x, x[:, 0])
    assert np.allclose(x / scaling.x, np.linspace(1, 2, 40)[:, None] / (scaling.y / size))


def test_negative_columns_become_positive() -> None:
    x = np.column_stack([-np.linspace(1, 2, 9), np.linspace(-1, 1, 9)])
    scaling = fit_scaling(x, x[:, 0])
    assert scaling.x[0] < 0 < scaling.x[1]


def test_an_outlier_does_not_squeeze_the_others() -> None:
    x = np.append(np.linspace(1, 2, 99), 1e9)[:, None]
    assert fit_scaling(x, x[:, 0]).x[0] < 2.1


def test_a_column_of_zeros_keeps_its_values() -> None:
    assert fit_scaling(np.zeros((9, 1)), np.zeros(9)).x.tolist() == [1.0]
