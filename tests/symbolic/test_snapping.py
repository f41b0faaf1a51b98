"""Which constants become closed forms, and which stay numbers."""

import numpy as np
import pytest
import sympy
from sympy import Rational, cos, exp, log, pi, sin, sqrt

from symkan.symbolic.closed_forms import closed_forms, forms_near
from symkan.symbolic.expressions import symbol
from symkan.symbolic.snapping import snap

A, B, C = (symbol(f"x{i}") for i in (1, 2, 3))
X = np.random.default_rng(3).uniform(1, 3, (200, 3))
a, b, c = X.T

LAWS = [
    (0.1591549 * A / B, a / (2 * np.pi * b), A / (2 * pi * B)),
    (0.5 * A * B**1.99999999, a * b**2 / 2, A * B**2 / 2),
    (1.01 * exp(-3.14 * A), np.exp(-np.pi * a), exp(-pi * A)),
    (6.28 * A**0.501 / B**0.499, 2 * np.pi * np.sqrt(a / b), 2 * pi * sqrt(A) / sqrt(B)),
    (0.0796 * A * B / C**2.01, a * b / (4 * np.pi * c**2), A * B / (4 * pi * C**2)),
    (
        0.399 * exp(-0.499 * A**2.01),
        np.exp(-(a**2) / 2) / np.sqrt(2 * np.pi),
        exp(-(A**2) / 2) / sqrt(2 * pi),
    ),
    (sqrt(0.99 * A**2.01 + 1.02 * B**1.99 + 0.01), np.sqrt(a**2 + b**2), sqrt(A**2 + B**2)),
    (1.41 * sqrt(A * B) + 0.01, np.sqrt(2 * a * b), sqrt(2 * A * B)),
    (4.19 * A**2.999 + 0.001 * B, 4 / 3 * np.pi * a**3, 4 * pi * A**3 / 3),
    (1.01 * A / (0.99 + 1.01 * B), a / (1 + b), A / (1 + B)),
    (0.99 * A * sin(1.01 * B + 0.01), a * np.sin(b), A * sin(B)),
    (1.01 * A * B + 0.51 * C**1.99, a * b + c**2 / 2, A * B + C**2 / 2),
    (0.66 * log(1.01 * A) + 0.01, 2 / 3 * np.log(a), Rational(2, 3) * log(A)),
    (1.01 * A / sqrt(1.01 - 0.0101 * B**2.01), a / np.sqrt(1 - (b / 10) ** 2), A / sqrt(1 - B**2 / 100)),
    (2.72 * cos(0.99 * A) ** 2 + 0.01 * C, np.e * np.cos(a) ** 2, sympy.E * cos(A) ** 2),
]


@pytest.mark.parametrize(
    ("start", "y", "law"), LAWS, ids=lambda v: str(v) if isinstance(v, sympy.Expr) else ""
)
def test_perturbed_laws_come_back_exactly(start, y, law):
    result = snap(start, X, y, noise_floor=1e-12)
    assert sympy.simplify(result.expression - law) == 0
    assert all(p.exact for p in result.parameters)
    assert any(s.accepted for s in result.snaps)


def test_numbers_without_a_closed_form_stay_free():
    result = snap(1.1 * A**1.3 + 0.1, X, 0.7346182 * a**1.2345678, noise_floor=1e-12)
    assert [p.value for p in result.parameters] == pytest.approx([0.7346182, 1.2345678], rel=1e-10)
    assert [p.exact for p in result.parameters] == [None, None]


def noisy(y, level=0.01, seed=4):
    return y * (1 + level * np.random.default_rng(seed).standard_normal(len(y)))


def test_under_noise_an_exponent_of_three_halves_is_found_and_one_of_37_percent_is_left():
    result = snap(2.4 * A**1.4 * B**-0.3 + 0.1 * C + 0.1, X, noisy(2.5 * a**1.5 / b**0.37), noise_floor=1e-12)
    exponents = {p.args[0]: p.args[1] for p in result.expression.atoms(sympy.Pow)}
    assert exponents[A] == Rational(3, 2)
    assert exponents[B].is_Float
    assert float(exponents[B]) == pytest.approx(-0.37, abs=0.01)
    assert not result.expression.has(C)


def test_a_rough_number_is_not_taken_for_a_fraction():
    result = snap(1.0 * A + 0.2, X, noisy(0.636 * a, level=0.1), noise_floor=1e-12)
    free = [p for p in result.parameters if p.exact is None]
    assert len(free) == 1
    refused = [s for s in result.snaps if not s.accepted]
    assert refused
    assert "chance" in refused[0].reason or "outside" in refused[0].reason


def test_terms_that_noise_made_are_dropped_and_real_ones_kept():
    y = noisy(3.21 * a * b) + 0.5 * c
    result = snap(3 * A * B * 1.01 + 0.4 * C + 0.01 * A**2 + 0.01 * sin(B) + 0.02, X, y, noise_floor=1e-12)
    assert result.expression.has(C)
    assert not result.expression.has(sin)
    assert len(result.expression.args) == 2


def test_a_redundant_direction_is_fixed():
    start = sympy.Mul(sympy.Float(1.2), C, 0.9 * A + 1.7 * B)
    result = snap(start, X, c * (2.345678 * a + 3.3219871 * b), noise_floor=1e-12)
    assert len(result.parameters) == 2
    assert np.sqrt(result.rss) < 1e-11


def test_equal_coefficients_become_one():
    result = snap(3.6 * A - 3.8 * B, X, 3.7123 * (a - b), noise_floor=1e-12)
    assert len(result.parameters) == 1
    assert result.parameters[0].value == pytest.approx(3.7123)


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e12, 1e30])
def test_the_scale_of_the_target_does_not_matter(scale):
    start = sympy.Float(2.4712 * scale) * A**1.51 * B**-1.99
    result = snap(start, X, 2.5123 * scale * a**1.5 / b**2, noise_floor=1e-12)
    (free,) = (p for p in result.parameters if p.exact is None)
    assert free.value == pytest.approx(2.5123 * scale)
    assert sorted(p.exact for p in result.parameters if p.exact) == ["-2", "3/2"]


def test_the_interval_is_that_before_the_snap():
    result = snap(0.99 * A**1.49, X, noisy(0.618034 * a**1.5), noise_floor=1e-12)
    (exact,) = (p for p in result.parameters if p.exact == "3/2")
    assert exact.value == 1.5
    assert exact.low < 1.5 < exact.high


def test_an_undefined_expression_comes_back():
    start = log(A - 10.5)
    assert snap(start, X, a, noise_floor=1e-12).expression == start


def test_no_time_no_proposals():
    result = snap(1.1 * A, X, 2 * a, noise_floor=1e-12, seconds=-1)
    assert result.snaps == ()
    assert result.rss < 1e-20


def test_closed_forms_are_what_they_say():
    values, forms = closed_forms()
    assert np.all(np.diff(values) > 0)
    for form in forms[:: len(forms) // 60]:
        assert float(form.expression()) == pytest.approx(form.value, rel=1e-14)
    assert [f.bits for f in forms if f.value == 1.0] == [2.0]


@pytest.mark.parametrize(
    ("value", "text"), [(1.5, "3/2"), (-np.pi, "-pi"), (2**-0.5, "sqrt(2)/2"), (1234.0, "1234")]
)
def test_the_shortest_form_near_a_value(value, text):
    best = min(forms_near(value, abs(value) * 1e-12), key=lambda f: f.bits)
    assert str(best.expression()) == text


def test_a_phase_of_a_right_angle_makes_no_cotangent():
    result = snap(2.4 * sympy.tan(1.0001 * A + 1.5705), X, 2.4 * np.tan(a + np.pi / 2), noise_floor=1e-12)
    assert result.expression == Rational(-12, 5) * cos(A) / sin(A)
