import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from symkan.data.scaling import fit_scaling
from symkan.options import ScalingOptions

columns = arrays(np.float64, 20, elements=st.floats(-1e300, 1e300))


@given(columns, columns)
def test_scaling_goes_there_and_back(x, y):
    scaling = fit_scaling(x[:, None], y)
    assert scaling.x_scale[0] > 0
    assert scaling.y_scale > 0
    back = scaling.unscale_y(scaling.scale_y(y))
    np.testing.assert_allclose(back, y, rtol=1e-12, atol=1e-13 * np.abs(y).max())
    assert np.isfinite(scaling.scale_x(x[:, None])).all()


def test_values_come_to_lie_between_minus_one_and_one():
    rng = np.random.default_rng(0)
    x = rng.uniform([2.0, -1e-20], [5.0, 1e-20], (50, 2))
    scaled = fit_scaling(x, x[:, 0]).scale_x(x)
    np.testing.assert_allclose(np.abs(scaled).max(axis=0), 1.0)
    np.testing.assert_allclose((scaled.min(axis=0), scaled.max(axis=0)), [[-1, -1], [1, 1]])


def test_far_values_do_not_squeeze_the_others():
    x = np.append(np.linspace(0.0, 1.0, 99), 1e6)[:, None]
    scaled = fit_scaling(x, x[:, 0], ScalingOptions(skew=5.0, reach=100.0)).scale_x(x)
    assert np.abs(scaled).max() <= 100.0 + 1e-9
    assert scaled[-1] > 10.0


@pytest.mark.parametrize("value", [0.0, 5.0, -1e-200, 1e300])
def test_a_constant_column_is_scaled_to_zero(value):
    x = np.full((10, 1), value)
    scaling = fit_scaling(x, x[:, 0])
    assert (scaling.scale_x(x) == 0).all()
    assert (scaling.unscale_y(scaling.scale_y(x[:, 0])) == value).all()


def test_no_features():
    assert fit_scaling(np.empty((5, 0)), np.arange(5.0)).x_center.shape == (0,)
