"""Simplification shortens, never changes values, and ends."""

import subprocess

import numpy as np
import pytest
import sympy
from sympy import Float, cos, exp, log, sin, sqrt

from symkan.symbolic.elsewhere import Elsewhere
from symkan.symbolic.expressions import complexity, numpy_function, symbol
from symkan.symbolic.simplification import polish, simplify

A, B, C = (symbol(f"x{i}") for i in (1, 2, 3))
X = np.random.default_rng(5).uniform(1, 3, (100, 3))
a, b, c = X.T

RULES = [
    (2.5 * A + 2.5 * B - 2.5 * C, "2.5*(x1 + x2 - x3)"),
    (A ** Float(2.0), "x1**2"),
    (A ** Float(-0.5), "1/sqrt(x1)"),
    (exp(A + Float(0.0) + log(Float(2.0))), "2.0*exp(x1)"),
    (log(2.5 * A) + log(Float(0.8)), "log(x1) + log(2.0)"),
    (exp(1.5 * log(A)), "x1**(3/2)"),
    (sin(A + sympy.pi / 2), "cos(x1)"),
    (sin(A + 3 * sympy.pi), "-sin(x1)"),
    (sqrt(2.25 * A), "1.5*sqrt(x1)"),
    (A * B + A * C, "x1*(x2 + x3)"),
    (B * sqrt(1 + C**2 / B**2), "sqrt(x2**2 + x3**2)"),
    (3 * A * B * sqrt(1 + C**2 / B**2) / 7, "3*x1*sqrt(x2**2 + x3**2)/7"),
    (A / (B * sqrt(1 + C**2 / B**2)), "x1/sqrt(x2**2 + x3**2)"),
    (A * sqrt(1 - B**2 / C**2), "x1*sqrt(1 - x2**2/x3**2)"),
]


@pytest.mark.parametrize(("expression", "text"), RULES, ids=[text for _, text in RULES])
def test_light_rules(expression, text):
    simpler = simplify(expression, X, seconds=0)
    expected = sympy.sympify(text, locals={"x1": A, "x2": B, "x3": C})
    assert complexity(simpler) <= min(complexity(expression), complexity(expected))
    values = numpy_function(simpler - expected, ["x1", "x2", "x3"])(X)
    np.testing.assert_allclose(values, 0, atol=1e-14)


def test_numbers_keep_full_precision():
    value = Float(0.1 + 0.2)
    simpler = simplify(value * A + value * B, X, seconds=0)
    assert {float(f) for f in simpler.atoms(Float)} == {0.1 + 0.2}


def test_identities_are_left_to_sympy():
    assert simplify(sin(A) ** 2 + cos(A) ** 2 + B, X, seconds=20) == B + 1


def test_a_simplification_that_hangs_is_killed(monkeypatch):
    start = subprocess.Popen
    started = []

    def hang(command, **options):
        started.append(start(["sleep", "60"], **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", hang)
    expression = sin(A) ** 2 + cos(A) ** 2 + sin(B) * cos(B)
    assert simplify(expression, X, seconds=1.3) == expression
    assert started[0].returncode is not None


def test_a_process_started_ahead_is_used_and_ends(monkeypatch):
    elsewhere = Elsewhere()
    elsewhere.start()
    waiting = elsewhere._process
    elsewhere.start()
    assert elsewhere._process is waiting
    expression = sin(A) ** 2 + cos(A) ** 2 + sin(B) * cos(B)
    assert simplify(expression, X, seconds=20, elsewhere=elsewhere) == sin(2 * B) / 2 + 1
    assert waiting.returncode == 0
    elsewhere.start()
    unused = elsewhere._process
    elsewhere.close()
    assert unused.returncode is not None
    assert elsewhere._process is None


def test_without_a_process_the_formula_stays(monkeypatch):
    def refuse(*_, **__):
        raise OSError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert Elsewhere().simplify(A + B, seconds=5) is None


def test_a_wrong_or_longer_answer_is_refused(monkeypatch):
    expression = sqrt(A**2 + B**2)
    for answer in (A, A + B, sqrt((A + B) ** 2 - 2 * A * B), sympy.gamma(A)):
        monkeypatch.setattr(Elsewhere, "simplify", lambda *_, answer=answer, **__: answer)
        assert simplify(expression, X, seconds=5) == expression


def test_rows_that_are_undefined_must_stay_so(monkeypatch):
    monkeypatch.setattr(Elsewhere, "simplify", lambda *_, **__: A)
    root = sqrt(A - 2) + 1
    assert simplify(root, X, seconds=5) == root


def test_splines_are_left_alone():
    spline = sympy.Function("g1")(A) + 1
    assert simplify(spline, X, seconds=0) == spline


def test_polish_goes_from_a_rough_formula_to_the_law():
    rough = 2.1 * exp(0.9 * A) * sin(1.1 * B) + 1.8 * exp(1.1 * A) * cos(0.9 * C) + 0.01
    result = polish(rough, X, 2 * np.exp(a) * (np.sin(b) + np.cos(c)), seconds=20, noise_floor=1e-12)
    assert sympy.expand(result.expression - 2 * exp(A) * (sin(B) + cos(C))) == 0
    assert complexity(result.expression) <= complexity(2 * exp(A) * (sin(B) + cos(C)))
    assert [p.symbol for p in result.parameters] == [f"c{i + 1}" for i in range(len(result.parameters))]


def test_polish_without_time_still_fits():
    result = polish(1.1 * A + 0.1, X, 2.345 * a, seconds=0, noise_floor=1e-12)
    assert result.rss < 1e-20
