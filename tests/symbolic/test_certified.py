"""Refits against values and standard errors that NIST certifies: Statistical Reference Datasets, nonlinear regression.

Where a formula has other constants than NIST's, such as p for 1/b2, NIST's follow from them, and the errors by the
delta method: so the whole covariance is tested.
"""

from pathlib import Path

import numpy as np
import pytest
from sympy import Float, exp

from symkan.symbolic.expressions import symbol
from symkan.symbolic.refitting import refit

FOLDER = Path(__file__).parents[2] / "datasets"
X, T = symbol("x1"), symbol("x2")


def _cubic(constant, *others):
    return constant + sum(Float(c) * X**k for k, c in enumerate(others, 1))


FORMULAS = {
    "adsorption": Float(250.123456789) * (1 - exp(-Float(0.0005) * X)),  # nine digits: one constant
    "ultrasonic": exp(-Float(0.15) * X) / (Float(0.008) + Float(0.0101) * X),
    "transmittance": Float(0.3) * exp(-((Float(0.2) * X - Float(90.0)) ** 2) / 2),
    "onions": Float(700.0) * (1 + Float(148.4) * exp(-Float(0.75) * X)) ** -Float(0.77),
    "mobility": _cubic(Float(1300.0), 1500, 500, 75) / _cubic(1, 1, 0.4, 0.05),
    "copper": _cubic(Float(1.0), -0.1, 0.005, -1e-6) / _cubic(1, -0.005, 1e-4, -1e-7),
    "breakdown": Float(2.5) - Float(5e-9) * X * exp(Float(0.05) * T),
}

# NIST's constants b1, b2, … from those of the formula in order of appearance
TRANSLATIONS = {
    "adsorption": lambda c: (c[0], -c[1]),
    "ultrasonic": lambda c: (-c[2], c[0], c[1]),
    "transmittance": lambda c: (c[0] / c[2], 1 / c[2], -c[1] / c[2]),
    "onions": lambda c: (c[0], np.log(c[1]), -c[2], -1 / c[3]),
    "mobility": lambda c: (c[3], c[6], c[5], c[4], c[0], c[2], c[1]),
    "copper": lambda c: (c[3], c[5], c[4], c[6], c[2], c[0], c[1]),
    "breakdown": lambda c: (c[0], -c[1], -c[2]),
}

CERTIFIED = {
    "adsorption": ((2.3894212918e02, 2.7070075241e00), (5.5015643181e-04, 7.2668688436e-06)),
    "ultrasonic": (
        (1.6657666537e-01, 3.8303286810e-02),
        (5.1653291286e-03, 6.6621605126e-04),
        (1.2150007096e-02, 1.5304234767e-03),
    ),
    "transmittance": (
        (1.5543827178e00, 1.5408051163e-02),
        (4.0888321754e00, 4.6803020753e-02),
        (4.5154121844e02, 4.6800518816e-02),
    ),
    "onions": (
        (6.9964151270e02, 1.6302297817e01),
        (5.2771253025e00, 2.0828735829e00),
        (7.5962938329e-01, 1.9566123451e-01),
        (1.2792483859e00, 6.8761936385e-01),
    ),
    "mobility": (
        (1.2881396800e03, 4.6647963344e00),
        (1.4910792535e03, 3.9571156086e01),
        (5.8323836877e02, 2.8698696102e01),
        (7.5416644291e01, 5.5675370270e00),
        (9.6629502864e-01, 3.1333340687e-02),
        (3.9797285797e-01, 1.4984928198e-02),
        (4.9727297349e-02, 6.5842344623e-03),
    ),
    "copper": (
        (1.0776351733e00, 1.7070154742e-01),
        (-1.2269296921e-01, 1.2000289189e-02),
        (4.0863750610e-03, 2.2508314937e-04),
        (-1.4262662514e-06, 2.7578037666e-07),
        (-5.7609940901e-03, 2.4712888219e-04),
        (2.4053735503e-04, 1.0449373768e-05),
        (-1.2314450199e-07, 1.3027335327e-08),
    ),
    "breakdown": (
        (2.5906836021e00, 1.9149996413e-02),
        (5.6177717026e-09, 6.1124096540e-09),
        (-5.7701013174e-02, 3.9572366543e-03),
    ),
}


def _rows(name):
    values = np.loadtxt(FOLDER / f"{name}.csv", delimiter=",", skiprows=1)
    x, y = values[:, :-1], values[:, -1]
    return x, np.log(y) if name == "breakdown" else y


def _slopes(function, theta):
    """Central differences, [values, constants]."""
    steps = np.diag(1e-5 * np.abs(theta))
    pairs = [(np.array(function(theta + h)) - np.array(function(theta - h))) / (2 * h.sum()) for h in steps]
    return np.column_stack(pairs)


@pytest.mark.parametrize("name", FORMULAS)
def test_nist(name):
    x, y = _rows(name)
    fitted = refit(FORMULAS[name], x, y=y, steps=200)
    theta = np.array([p.value for p in fitted.parameters])
    slopes = _slopes(TRANSLATIONS[name], theta)
    errors = np.sqrt(np.diag(slopes @ fitted.covariance @ slopes.T))
    values, certified_errors = np.transpose(CERTIFIED[name])
    np.testing.assert_allclose(TRANSLATIONS[name](theta), values, rtol=5e-7)
    np.testing.assert_allclose(errors, certified_errors, rtol=5e-6)
