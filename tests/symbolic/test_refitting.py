"""Fits against scipy, on problems of several kinds and scales."""

import numpy as np
import pytest
import sympy
from scipy.optimize import curve_fit
from scipy.stats import t

from symkan.symbolic.expressions import symbol
from symkan.symbolic.least_squares import _damping
from symkan.symbolic.models import parametrise
from symkan.symbolic.refitting import fit, refit

A, B, C = (symbol(f"x{i}") for i in (1, 2, 3))
X = np.random.default_rng(1).uniform(0.5, 3, (200, 3))
a, b, c = X.T

PROBLEMS = {
    "line": (1.2 * A + 0.1, 2.5 * a - 0.7),
    "power": (1.1 * A**1.5 * B**-0.5, 3 * a**1.8 / b**1.3),
    "decay": (0.9 * sympy.exp(-0.8 * A) + 0.2 * B, 2 * np.exp(-1.3 * a) + 0.4 * b),
    "wave": (0.9 * sympy.sin(1.4 * A + 0.2) * B, 1.7 * np.sin(1.6 * a + 0.4) * b),
    "saturation": (2.1 * A / (1.3 + A) + 0.1 * C, 3.3 * a / (0.8 + a) + 0.25 * c),
    "root": (sympy.sqrt(1.1 * A**2 + 0.9 * B**2), np.sqrt(1.5 * a**2 + 0.6 * b**2)),
    "logarithm": (1.2 * sympy.log(0.9 * A + 1.1 * B + 0.2), 2 * np.log(a + 1.5 * b + 0.5)),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_values_and_errors_agree_with_scipy(name):
    expression, y = PROBLEMS[name]
    y = y + 0.01 * np.std(y) * np.random.default_rng(2).standard_normal(len(y))
    result = refit(expression, X, y=y)
    model = parametrise(expression)
    theta, cov = curve_fit(
        lambda x, *p: model.values(x, np.array(p)), X, y, model.start, xtol=1e-14, ftol=1e-14, maxfev=20000
    )
    errors = np.sqrt(np.diag(cov))
    np.testing.assert_allclose(
        [p.value for p in result.parameters], theta, atol=1e-4 * errors.max(), rtol=1e-5
    )
    np.testing.assert_allclose([p.standard_error for p in result.parameters], errors, rtol=1e-3)
    p = result.parameters[0]
    assert p.high - p.value == pytest.approx(t.ppf(0.975, len(y) - len(theta)) * p.standard_error)
    assert result.r2 > 0.99


@pytest.mark.parametrize("scale", [1e-30, 1e-9, 1.0, 1e12, 1e30])
@pytest.mark.parametrize("name", ["line", "power", "wave", "saturation"])
def test_exact_data_of_any_scale_are_fitted_to_rounding(name, scale):
    expression, y = PROBLEMS[name]
    model = parametrise(expression)
    start = np.where(model.linear, model.start * scale, model.start)
    fitted = fit(model, X, y * scale, start=start)
    assert fitted.converged
    assert np.sqrt(fitted.rss / len(y)) < 1e-14 * np.abs(y * scale).max()


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_outer_coefficients_find_their_scale(scale):
    expression, y = PROBLEMS["power"]
    fitted = fit(parametrise(expression), X, y * scale)
    assert np.sqrt(fitted.rss / len(y)) < 1e-14 * np.abs(y * scale).max()


def test_fixed_constants_stay():
    model = parametrise(1.0 * A + 0.5)
    name = model.constants[int(np.argmin(model.start))]
    fitted = fit(model, X, 3 * a + 2, fixed={name: 1.0})
    assert fitted.theta[model.constants.index(name)] == 1.0
    assert fitted.rss > 1


def test_a_redundant_constant_has_an_infinite_error_and_does_no_harm():
    result = refit(1.1 * (0.9 * A + 0.7 * B), X, y=2 * a + 3 * b)
    assert np.sqrt(result.rss) < 1e-12
    triple = sympy.Mul(sympy.Float(1.1), C, 0.9 * A + 0.7 * B)
    result = refit(triple, X, y=c * (2 * a + 3 * b))
    assert np.sqrt(result.rss) < 1e-12
    assert [p.standard_error for p in result.parameters] == [np.inf] * 3


@pytest.mark.parametrize("start", [1e-30, 1e-160, 1e-300])
def test_constants_that_start_near_zero(start):
    y = 2 * np.exp(0.7 * a) + b
    expression = 1.1 * sympy.exp(start * A) + start * B
    fitted = refit(expression, X, y=y, steps=60)
    assert sorted(p.value for p in fitted.parameters) == pytest.approx([0.7, 1, 2])


@pytest.mark.parametrize("radius", [0.0, 5e-324, 1e-170, 1e-30, 0.3])
def test_steps_of_any_length(radius):
    s, g = np.array([1.4105, 0.1019]), np.array([-6.9275, -0.4916])
    damping = _damping(s, g, radius)
    assert np.linalg.norm(s / (s * s + damping) * g) <= 1.1 * radius


def test_an_undefined_start_is_an_infinite_loss():
    fitted = fit(parametrise(sympy.log(A - 10.5)), X, a)
    assert fitted.rss == np.inf
    assert not fitted.converged


def test_an_exponent_of_a_negative_base_is_held():
    x = np.linspace(-2, 2, 41)[:, None]
    fitted = fit(parametrise(1.5 * A ** sympy.Float(2.0)), x, 4 * x[:, 0] ** 2)
    assert sorted(fitted.theta) == [2.0, pytest.approx(4.0)]


def test_nothing_to_fit():
    result = refit(A * B, X, y=a * b)
    assert result.parameters == ()
    assert (result.rss, result.r2) == (0.0, 1.0)


def test_fewer_rows_than_constants_say_nothing():
    result = refit(1.5 * A + 0.5 * B + 0.1, X[:2], y=a[:2])
    assert all(p.standard_error == np.inf for p in result.parameters)


def test_no_error_is_smaller_than_rounding():
    result = refit(1.5 * A, X, y=2 * a)
    assert 1e-17 < result.parameters[0].standard_error < 1e-14
