"""The bootstrap among the formulas found, and the outer rows."""

from dataclasses import replace

import numpy as np
import pytest
import sympy

from symkan.evidence.resampling import extrapolation, stability
from symkan.symbolic.expressions import symbol
from tests.conftest import candidate

X1, X2 = symbol("x1"), symbol("x2")


def rows(noise, count=200):
    random = np.random.default_rng(0)
    x = random.uniform(1, 3, (count, 2))
    return x, 2 * x[:, 0] ** 2 + noise * random.normal(size=count)


def of(expression, x, y, size):
    """A candidate whose description is that of its residuals and `size` bits."""
    from symkan.symbolic.refitting import refit

    fitted = refit(expression, x, y=y)
    bits = len(y) / 2 * np.log2(fitted.rss / len(y)) + size
    return replace(candidate(fitted.expression), bits=bits)


def test_a_clear_law_is_always_chosen_again():
    x, y = rows(0.05)
    law, other = of(sympy.Float(2.1) * X1**2, x, y, 20), of(sympy.Float(2.1) * X1 * X2, x, y, 20)
    found = stability(law, [other], x, y=y)
    assert found.law == 1.0
    assert dict(found.columns) == {"x1": 1.0, "x2": 0.0}


def test_two_laws_that_fit_alike_share_the_samples():
    x, y = rows(3.0, 60)
    law, other = (
        of(sympy.Float(2.1) * X1**2, x, y, 20),
        of(sympy.Float(2.1) * X1 ** sympy.Rational(9, 4), x, y, 20),
    )
    law, other = sorted((law, other), key=lambda c: c.bits)
    assert 0.3 < stability(law, [other], x, y=y).law < 1.0


def test_the_law_with_its_constant_snapped_is_the_law():
    x, y = rows(0.05)
    law = of(sympy.Float(2.1) * X1**2, x, y, 20)
    snapped = replace(candidate(2 * X1**2), bits=law.bits - 5)
    assert stability(law, [snapped], x, y=y).law == 1.0


def test_a_law_that_contains_another_is_not_the_other():
    x, y = rows(0.05)
    law = of(sympy.Float(2.1) * X1**2 + sympy.Float(1e-3) * X2, x, y, 20)
    shorter = of(sympy.Float(2.1) * X1**2, x, y, 5)
    assert stability(law, [shorter], x, y=y).law < 0.5


def test_splines_are_not_refitted(spline_discovery):
    x, y = rows(0.1)
    assert stability(spline_discovery.best, (), x, y=y) is None
    assert extrapolation(spline_discovery.best, x, y=y) is None


def test_the_outer_rows_are_those_at_the_ends():
    x, y = rows(0.0)
    wrong = candidate(sympy.Float(8.0) * X1 - 6)  # a tangent
    found = extrapolation(wrong, x, y=y)
    assert (found.inner.rows, found.outer.rows) == (160, 40)
    assert found.outer.rmse > 2 * found.inner.rmse
    right = extrapolation(candidate(sympy.Float(2.1) * X1**2), x, y=y)
    assert right.outer.nrmse == pytest.approx(0, abs=1e-12)
