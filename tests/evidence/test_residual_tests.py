"""Tests of residuals: quiet on noise, loud on what each is for."""

import numpy as np
import pytest

from symkan.evidence.residual_tests import residual_tests


def table(rows=300, seed=0):
    random = np.random.default_rng(seed)
    x = random.uniform(1, 3, (rows, 2))
    return x, x[:, 0] * x[:, 1], random.normal(size=rows)


def p_values(x, prediction, residual):
    return {test.name: test.p for test in residual_tests(x, prediction, residual)}


def test_p_values_of_noise_are_uniform():
    found = [p_values(*table(100, seed)) for seed in range(200)]
    for name in ("runs", "size", "neighbours"):
        p = np.sort([f[name] for f in found])
        assert np.abs(p - np.linspace(0, 1, len(p))).max() < 0.12, name  # Kolmogorov-Smirnov at 0.5 %


def test_a_bend_that_is_left_over_shows():
    x, prediction, noise = table()
    p = p_values(x, prediction, 0.1 * noise + (prediction - prediction.mean()) ** 2)
    assert p["structure"] < 1e-6
    assert p["runs"] < 1e-6


def test_errors_that_grow_show():
    x, prediction, noise = table()
    p = p_values(x, prediction, noise * prediction)
    assert p["size"] < 1e-3
    assert p["structure"] > 1e-3


def test_drift_along_the_file_shows():
    x, prediction, noise = table()
    assert p_values(x, prediction, np.cumsum(noise))["neighbours"] < 1e-9


def test_lack_of_fit_is_the_f_test_of_analysis_of_variance():
    from scipy.stats import f_oneway

    random = np.random.default_rng(1)
    x = np.repeat([1.0, 2.0, 3.0, 4.0], 6)[:, None]
    residual = random.normal(size=24) + np.where(x[:, 0] == 2, 1.5, 0)
    residual -= residual.mean()
    groups = residual.reshape(4, 6)
    expected = f_oneway(*groups).pvalue
    assert p_values(x, x[:, 0], residual)["replicates"] == pytest.approx(expected, rel=1e-9)


def test_exact_laws_and_tiny_tables_have_none():
    x, prediction, _ = table()
    assert residual_tests(x, prediction, np.zeros(300)) == ()
    assert residual_tests(x[:5], prediction[:5], np.ones(5)) == ()
