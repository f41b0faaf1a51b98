"""Fits in chunks against the fit that sees all rows at once."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from symkan.symbolic import streaming
from symkan.symbolic.expressions import numpy_function, symbol
from symkan.symbolic.models import parametrise
from symkan.symbolic.refitting import refit
from symkan.symbolic.streaming import fit_in_chunks

A, B = symbol("x1"), symbol("x2")
X = np.random.default_rng(0).uniform(0.5, 2, (1000, 2))
ROWS = np.arange(1000)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(streaming, "chunks", lambda rows, size=70: list(_slices(rows, size)))


def _slices(rows, size):
    return (slice(k, min(k + size, rows)) for k in range(0, rows, size))


@pytest.mark.parametrize(
    "formula",
    [
        1.1 * A**1.3 + 0.4 * B,
        0.9 * sympy.exp(-0.8 * A * B),
        1.2 * sympy.sin(1.4 * A + 0.2) / B,
        sympy.Float(1.7) * A,
        A * B,
    ],
)
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_as_with_all_rows_at_once(formula, noise):
    random = np.random.default_rng(1)
    y = numpy_function(formula, ["x1", "x2"])(X) * (1 + noise * random.standard_normal(1000))
    start = formula.xreplace({f: f * sympy.Float(1.07) for f in formula.atoms(sympy.Float)})
    whole = refit(start, X, y=y, steps=60)
    fitted = fit_in_chunks(parametrise(start), X, y=y, rows=ROWS)
    np.testing.assert_allclose(fitted.theta, [p.value for p in whole.parameters], rtol=1e-5)
    assert fitted.rss == pytest.approx(whole.rss, rel=1e-6, abs=1e-20)
    if noise:
        np.testing.assert_allclose(fitted.covariance, whole.covariance, rtol=1e-3)


def test_only_the_rows_named_count():
    y = 3 * X[:, 0]
    y[500:] = np.nan
    fitted = fit_in_chunks(parametrise(sympy.Float(1.0) * A), X, y=y, rows=ROWS[:500])
    assert fitted.theta == pytest.approx([3])


def test_errors_in_proportion():
    y = 2 * X[:, 0] ** 3
    y[0] *= 1.5  # counts by its share
    model = parametrise(sympy.Float(1.0) * A**3)
    relative = fit_in_chunks(model, X, y=y, rows=ROWS, sizes=np.abs(y))
    shape = X[:, 0] ** 3 / y
    assert relative.theta == pytest.approx([shape.sum() / (shape @ shape)])


def test_a_constant_that_the_rows_do_not_tell_has_an_infinite_error():
    model = parametrise(1.1 * A + 0.7 * sympy.sqrt(A**2))
    assert len(model.constants) == 2
    fitted = fit_in_chunks(model, X, y=2 * X[:, 0], rows=ROWS)
    assert fitted.rss == pytest.approx(0, abs=1e-20)
    assert np.isinf(np.diag(fitted.covariance)).all()


def test_undefined_on_a_row():
    fitted = fit_in_chunks(parametrise(1.1 * sympy.log(A - 1)), X, y=X[:, 0], rows=ROWS)
    assert fitted.rss == np.inf
    assert np.isinf(np.diag(fitted.covariance)).all()
