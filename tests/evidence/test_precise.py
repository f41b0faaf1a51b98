import dataclasses

import numpy as np
import pytest

from symkan.evidence.precise import precise_values
from symkan.search.candidates import Spline
from symkan.search.evaluation import evaluate
from symkan.symbolic.library import Library
from symkan.symbolic.parsing import parse_expression


@pytest.mark.parametrize("function", Library(), ids=lambda f: f.name)
def test_library_functions(discovery, function):
    law = dataclasses.replace(
        discovery.best, expression=parse_expression(str(function.expression).replace("u", "x1"))
    )
    rows = np.linspace(-3.3, 3.1, 25)[:, None]
    np.testing.assert_allclose(precise_values(law, rows), evaluate(law, rows), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_splines(spline_discovery, order):
    knots = (-2.0, -1.5, -1.1, -0.5, 0.0, 0.4, 1.0, 1.5, 2.0)
    spline = Spline(
        "g1", knots, tuple(np.random.default_rng(order).normal(size=len(knots) - order - 1)), order
    )
    law = dataclasses.replace(spline_discovery.best, splines=(spline,))
    rows = np.stack([np.linspace(-4, 4, 30), np.zeros(30)], axis=1)
    np.testing.assert_allclose(precise_values(law, rows), evaluate(law, rows), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    "text", ["exp(exp(exp(x1)))", "x1^(x1^x1)", "1e305*x1^2", "log(-x1)", "sin(1/(x1 - x1*1.0))"]
)
def test_beyond_floats_and_beyond_the_domain(discovery, text):
    if text.startswith("sin"):
        text = "1/(x1 - 2000)"
    law = dataclasses.replace(discovery.best, expression=parse_expression(text))
    assert np.isnan(precise_values(law, np.array([[2000.0]]))).all()
