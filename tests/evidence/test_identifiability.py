"""What is said about what the data leave open."""

from dataclasses import replace

import numpy as np
import pytest
import sympy

from symkan.data.dataset import Column
from symkan.evidence.identifiability import identifiability
from symkan.search.candidates import Spline
from symkan.symbolic.expressions import symbol
from tests.conftest import candidate, parameter

X1, X2 = symbol("x1"), symbol("x2")
COLUMNS = (Column("t", "t", None, "x1"), Column("f", "f", None, "x2"))


def said(law, x, **changes):
    return identifiability(replace(candidate(law), **changes), x, COLUMNS)


@pytest.fixture
def x():
    return np.random.default_rng(0).uniform(1, 3, (100, 2))


def test_columns_that_are_one(x):
    x[:, 1] = 1.8 * x[:, 0] + 32
    assert said(X1 + X2**2, x) == ("f and t can't be told apart: f = 1.8·t + 32 in all rows",)


def test_share_of_a_period(x):
    (sentence,) = said(sympy.sin(sympy.Float(0.5) * X1), x)
    assert sentence == "the data cover 0.16 of a period of sin"
    assert said(sympy.sin(5 * X1), x) == ()


def test_a_share_of_a_period_of_a_spline(x):
    knots = (-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
    line = Spline("g1", knots=knots, coefficients=(-2.0, -1.0, 0.0, 1.0, 2.0), order=3)  # g1(x) = x
    law = sympy.sin(sympy.Float(0.5) * sympy.Function("g1")(X1 / 4))
    (sentence,) = said(law, x, splines=(line,))
    assert sentence == "the data cover 0.039 of a period of sin"


def test_functions_that_are_straight(x):
    (sentence,) = said(sympy.exp(sympy.Float(1e-4) * X1), x)
    assert sentence == "exp is all but a straight line over the data: its argument spans only 0.0002"
    assert said(sympy.exp(X1), x) == ()


def test_exponents_and_constants(x):
    snapped = replace(parameter("c1", 2.0, 0.01, exact="2"), low=1.98, high=2.03)
    assert said(sympy.Float(3.0) * X1**2, x, parameters=(snapped,)) == (
        "exponent 1.980 to 2.030, 2 included",
    )
    loose = parameter("c1", 0.1, 0.2)
    assert said(sympy.Float(0.1) * X1, x, parameters=(loose,)) == (
        "c1 may be 0: its 95 % interval is -0.30 to 0.50",
    )
    lost = parameter("c1", 0.1, np.inf)
    assert said(sympy.Float(0.1) * X1, x, parameters=(lost,)) == ("c1 is not determined by the data",)
