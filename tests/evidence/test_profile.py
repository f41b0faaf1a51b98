"""Intervals by profile likelihood, against a second implementation and where the answer is known."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import t

from symkan.bench.trust.coverage import FORMS, fit_form, known_form, simulate
from symkan.evidence.bootstrap import bootstrap
from symkan.evidence.profile import intervals
from symkan.symbolic.parsing import parse_expression
from symkan.symbolic.refitting import refit

BY_NAME = {form.name: form for form in FORMS}


def found(formula, x, y):
    fitted = refit(parse_expression(formula), x, y=y, steps=100)
    return fitted, intervals(known_form(fitted, "equal"), x, y=y, rows=np.arange(len(y)))


def test_a_linear_law_needs_no_profile():
    x, y = simulate(BY_NAME["line"], [0])
    fitted, both = found("2.5*x1 - 0.7", x, y)
    assert [(i.low, i.high, i.kind) for i in both] == [(p.low, p.high, "wald") for p in fitted.parameters]


@pytest.mark.parametrize("seed", range(3))
def test_ends_are_where_the_loss_rises_by_students_t(seed):
    """Saturation a·x/(b + x): a follows from b by linear regression."""
    x, y = simulate(BY_NAME["early saturation"], [seed])

    def loss(b):
        u = x[:, 0] / (b + x[:, 0])
        return np.sum((y - u * (u @ y) / (u @ u)) ** 2)

    best = minimize_scalar(loss, (0.1, 0.8), tol=1e-12)
    level = best.fun * (1 + t.ppf(0.975, len(y) - 2) ** 2 / (len(y) - 2))
    ends = brentq(lambda b: loss(b) - level, 1e-3, best.x), brentq(lambda b: loss(b) - level, best.x, 1e3)
    _, both = found("3.3*x1/(0.8 + x1)", x, y)
    constant = min(both, key=lambda one: abs(one.low - ends[0]))
    assert (constant.low, constant.high) == pytest.approx(ends, rel=1e-3)
    assert constant.kind == "profile"
    assert constant.text.startswith("skewed")


def test_a_side_without_limit():
    generator = np.random.default_rng(2)
    x = generator.uniform(0.05, 0.3, (12, 1))
    y = 3.3 * x[:, 0] / (0.8 + x[:, 0]) + generator.normal(0, 0.1, 12)
    _, both = found("3.3*x1/(0.8 + x1)", x, y)
    assert all(one.high == np.inf and np.isfinite(one.low) for one in both)
    assert all("no upper limit: larger values fit as well" in one.text for one in both)


def test_a_formula_that_is_undefined_beyond_some_value():
    x = np.linspace(0, 5, 15)[:, None]
    y = 2 * np.sqrt(0.01 + x[:, 0]) + np.random.default_rng(0).normal(0, 0.3, 15)
    _, both = found("2.0*sqrt(0.01 + x1)", x, y)
    offset = next(one for one in both if "undefined" in one.text)
    assert offset.low == pytest.approx(0, abs=1e-3)


def test_a_fit_that_breaks_down_beside_its_value_comes_to_an_end():
    """Years in an exponential: constants of 1e-98, and steps that rounding decides."""
    x = np.arange(1855.0, 1900.0)[:, None]
    y = 240 / (1 + np.exp(-0.12 * (x[:, 0] - 1856))) + np.random.default_rng(0).normal(0, 18, 45)
    _, both = found("9.2e-96/(3.8e-98 + exp(-0.12*x1))", x, y)
    assert all(one.low < one.high for one in both)  # which of them breaks down, rounding decides


def test_an_exact_fit_has_no_profile():
    x = np.linspace(1, 2, 20)[:, None]
    _, both = found("3.0*x1**1.7", x, 2 * x[:, 0] ** 1.5)
    assert {one.kind for one in both} == {"wald"}


def test_splines_have_no_intervals(spline_discovery):
    assert intervals(spline_discovery.best, np.ones((9, 2)), y=np.ones(9), rows=np.arange(9)) == ()


@pytest.mark.parametrize("pairs", [False, True])
def test_bootstrap_agrees(pairs):
    form = BY_NAME["product, proportional"]
    x, y = simulate(form, [1])
    law = fit_form(form, x, y)
    both = intervals(law, x, y=y, rows=np.arange(len(y)))
    drawn = bootstrap(law, x, y=y, pairs=pairs, draws=400)
    for one, p, ends in zip(both, law.parameters, drawn, strict=True):
        assert (one.low, one.high) == pytest.approx(tuple(ends), abs=0.5 * p.standard_error)
