"""Prediction bands against the textbook, against the truth, and after a journey through a file."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

from symkan.bench.trust.coverage import FORMS, fit_form, known_form, simulate
from symkan.evidence.bands import band, limits
from symkan.symbolic.parsing import parse_expression
from symkan.symbolic.refitting import refit

BY_NAME = {form.name: form for form in FORMS}


def test_a_line_has_the_band_of_the_textbook():
    x, y = simulate(BY_NAME["line"], [0])
    line = fit_form(BY_NAME["line"], x, y)
    known = band(line, x, y=y, rows=np.arange(len(y)))
    new = np.linspace(-1, 5, 7)
    n, u = len(y), x[:, 0]
    slope, offset = np.polyfit(u, y, 1)
    s = np.sqrt(np.sum((y - offset - slope * u) ** 2) / (n - 2))
    lever = 1 / n + (new - u.mean()) ** 2 / np.sum((u - u.mean()) ** 2)
    for observation in (False, True):
        reach = t.ppf(0.975, n - 2) * s * np.sqrt(observation + lever)
        low, high = limits(line, known, new[:, None], observation=observation)
        np.testing.assert_allclose(low, offset + slope * new - reach, rtol=1e-9)
        np.testing.assert_allclose(high, offset + slope * new + reach, rtol=1e-9)


@pytest.mark.parametrize("name", ["saturation", "power, proportional"])
def test_nineteen_of_twenty_new_observations_lie_in_the_band(name):
    form, inside = BY_NAME[name], []
    for k in range(60):
        x, y = simulate(form, [k])
        found = fit_form(form, x, y)
        low, high = limits(found, band(found, x, y=y, rows=np.arange(len(y))), *simulate(form, [k, 1])[:1])
        inside.append(np.mean((low < simulate(form, [k, 1])[1]) & (simulate(form, [k, 1])[1] < high)))
    assert 0.93 < np.mean(inside) < 0.97


def test_rows_that_are_not_fitted_do_not_count():
    x, y = simulate(BY_NAME["line"], [0])
    rows = np.arange(20)
    line = fit_form(BY_NAME["line"], x[rows], y[rows])
    wrong = np.where(np.arange(30) < 20, y, 1e9)
    assert band(line, x, y=wrong, rows=rows).sigma == band(line, x[rows], y=y[rows], rows=rows).sigma


def test_a_law_without_constants():
    x, y = simulate(BY_NAME["line"], [0])
    known = band(fit_form(replace(BY_NAME["line"], formula="x1**2"), x, y), x, y=y, rows=np.arange(30))
    square = known_form(refit(parse_expression("x1**2"), x, y=y), "equal")
    low, high = limits(square, replace(known, covariance=np.zeros(0)), np.ones((2, 1)))
    np.testing.assert_allclose(high - low, 2 * t.ppf(0.975, 30) * known.sigma)


def test_no_band(spline_discovery):
    x, y = simulate(BY_NAME["line"], [0])
    assert band(spline_discovery.best, x, y=y, rows=np.arange(30)) is None
    assert band(fit_form(BY_NAME["line"], x, y), x, y=y, rows=np.arange(2)) is None


def test_a_record_read_from_a_file_gives_the_same_band(examined, tmp_path):
    from symkan import Discovery

    examined.save(tmp_path / "result.json")
    again = Discovery.load(tmp_path / "result.json")
    x = np.random.default_rng(0).uniform(1, 3, (5, 3))
    assert examined.evidence.intervals == again.evidence.intervals
    for one, other in zip(
        limits(examined.best, examined.evidence.band, x),
        limits(again.best, again.evidence.band, x),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=1e-12)
