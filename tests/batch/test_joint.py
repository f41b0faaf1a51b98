"""The joint fit from estimates and covariances, against the fit of all rows at once."""

import numpy as np
import pytest
from scipy.optimize import least_squares
from scipy.stats import chi2

from symkan.batch.joint import joint

SIGMA = 0.05


def fits(slopes, offset, *, seed=0):
    """Tables y = b·x + a, fitted alone: estimates, covariances, rows."""
    generator = np.random.default_rng(seed)
    rows, values, covariances = [], [], []
    for i, slope in enumerate(slopes):
        x = generator.uniform(0, 2, 20 + 10 * i)
        y = slope * x + offset + generator.normal(0, SIGMA, len(x))
        design = np.column_stack([x, np.ones_like(x)])
        covariances.append(SIGMA**2 * np.linalg.inv(design.T @ design))
        values.append(np.linalg.lstsq(design, y)[0])
        rows.append((x, y))
    return np.array(values), np.array(covariances), rows


@pytest.mark.parametrize("scale", [1.0, 1e-34, 1e24])
def test_it_is_the_fit_of_all_rows(scale):
    values, covariances, rows = fits([1.0, 2.0, 3.0], 0.5)
    unit = np.array([scale, 1.0])
    found = joint(values * unit, covariances * np.outer(unit, unit), shared=(1,))

    def residuals(p, own):
        offsets = p[3:] if own else np.repeat(p[3], 3)
        parts = zip(rows, p[:3], offsets, strict=True)
        return np.concatenate([(y - b * x - a) / SIGMA for (x, y), b, a in parts])

    whole = least_squares(residuals, np.ones(4), args=(False,), xtol=1e-14, ftol=1e-14)
    apart = least_squares(residuals, np.ones(6), args=(True,), xtol=1e-14, ftol=1e-14)
    errors = np.sqrt(np.diag(np.linalg.inv(whole.jac.T @ whole.jac)))
    assert found.values[:, 0] / scale == pytest.approx(whole.x[:3], rel=1e-6)
    assert found.values[:, 1] == pytest.approx(np.repeat(whole.x[3], 3), rel=1e-6)
    assert found.errors[:, 0] / scale == pytest.approx(errors[:3], rel=1e-5)
    assert found.errors[:, 1] == pytest.approx(np.repeat(errors[3], 3), rel=1e-5)
    assert found.distance == pytest.approx(2 * (whole.cost - apart.cost), rel=1e-5)
    assert found.freedom == 2
    assert found.p == pytest.approx(chi2.sf(found.distance, 2))


def test_the_probability_is_uniform_where_all_is_one():
    p = [joint(*fits([1.0, 1.0, 1.0], 0.5, seed=i)[:2], shared=(0, 1)).p for i in range(300)]
    assert np.mean(np.array(p) < 0.1) == pytest.approx(0.1, abs=0.05)


def test_exact_fits_agree_to_rounding_and_differ_beyond():
    values = np.array([[3.0], [3.0 * (1 + 1e-12)]])
    tiny = np.full((2, 1, 1), 1e-32)
    assert joint(values, tiny, shared=(0,)).p > 0.9
    assert joint(np.array([[3.0], [3.001]]), tiny, shared=(0,)).p == 0.0


def test_nothing_shared():
    values, covariances, _ = fits([1.0, 2.0], 0.5)
    found = joint(values, covariances, shared=())
    assert (found.values == values).all()
    assert found.p == 1


def test_all_shared_is_one_fit():
    values, covariances, rows = fits([2.0, 2.0, 2.0], 0.5)
    found = joint(values, covariances, shared=(0, 1))
    x, y = (np.concatenate(part) for part in zip(*rows, strict=True))
    design = np.column_stack([x, np.ones_like(x)])
    assert found.values == pytest.approx(np.tile(np.linalg.lstsq(design, y)[0], (3, 1)))
    errors = SIGMA * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    assert found.errors == pytest.approx(np.tile(errors, (3, 1)))
