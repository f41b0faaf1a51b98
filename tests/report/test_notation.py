import dataclasses
import math

import pytest
import sympy

from symkan.report.notation import latex, latex_escape, latex_names, linear, number, pretty, write
from symkan.symbolic.expressions import symbol

x1, x2 = symbol("x1"), symbol("x2")


def with_law(discovery, law, parameters=()):
    best = dataclasses.replace(discovery.best, expression=law, parameters=parameters)
    return dataclasses.replace(discovery, best=best)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (9.81273, 0.0231, "9.813"),
        (2.5, 0.001, "2.5000"),
        (149_597_870.7, 2e6, "1.496e+08"),
        (1234.4, 10.0, "1234"),
        (1 / 3, 0.0, "0.333333"),
        (1 / 3, math.nan, "0.333333"),
        (1 / 3, math.inf, "0.333333"),
        (1 / 3, 1e-15, "0.33333333"),
        (0.01, 5.0, "0.010"),
        (-6.6743e-11, 1.5e-15, "-6.67430e-11"),
        (0.0, 0.1, "0"),
        (math.nan, 0.1, "nan"),
    ],
)
def test_number(value, error, text):
    assert number(value, error) == text


def test_linear_has_names_and_digits(discovery):
    text = linear(discovery.best, discovery.data)
    assert sorted(text.replace("- ", "-").replace("+ ", "").split()) == [
        "-0.125",
        "2.5012*sin(theta1)",
        "v**(3/2)",
    ]


def test_linear_quotes_names_that_look_like_formulae(renamed):
    record = renamed("a-b", "semi major axis\n")
    assert "sin(`a-b`)" in linear(record.best, record.data)
    assert r"`semi major axis\n`**(3/2)" in linear(record.best, record.data)


def test_write_without_columns():
    assert write(2 * x1, ()) == "2*x1"


def test_pretty(discovery):
    unicode, ascii_ = (pretty(discovery.best, discovery.data, unicode=u) for u in (True, False))
    assert "F = " in unicode
    assert "θ₁" in unicode
    assert "2.5012" in ascii_
    assert ascii_.isascii()
    assert "theta1" in ascii_


def test_pretty_keeps_names_apart(renamed):
    record = renamed("x_1", "x1")
    text = pretty(record.best, record.data)
    assert "x_1" in text
    assert "x₁" not in text


def test_latex(discovery):
    left, right = latex(discovery.best, discovery.data)
    assert left == "F"
    assert r"2.5012 \, \sin{\left(\theta_{1} \right)}" in right
    assert r"v^{\frac{3}{2}}" in right


def test_latex_of_powers_of_ten(discovery):
    record = with_law(discovery, sympy.Float(-6.6743e-11) * x1 / x2**2)
    assert latex(record.best, record.data)[1] == r"- \frac{{6.6743 \cdot 10^{-11}} \, \theta_{1}}{v^{2}}"


def test_latex_breaks_long_sums(discovery):
    law = sum((sympy.Float(k + 0.123456) * sympy.sin(k * x1) for k in range(1, 9)), -x2)
    record = with_law(discovery, law)
    _, *right = latex(record.best, record.data)
    assert len(right) == 9
    assert all(line[0] in "+-" for line in right[1:])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m", "m"),
        ("alpha", r"\alpha"),
        ("θ", r"\theta"),
        ("theta1", r"\theta_{1}"),
        ("Omega_max", r"\Omega_{\mathrm{max}}"),
        ("mass", r"\mathrm{mass}"),
        ("v_0", "v_{0}"),
        ("pi", r"\mathrm{pi}"),
        ("omicron", r"\mathrm{omicron}"),
        ("m s", r"\text{m s}"),
        ("50% & more", r"\text{50\% \& more}"),
        ("\\end{document}", r"\text{\textbackslash{}end\{document\}}"),
        ("_", r"\text{\_}"),
        ("", r"\text{}"),
    ],
)
def test_latex_names(name, text):
    assert latex_names([name]) == [text]


def test_latex_names_stay_apart():
    names = ["x1", "x_1", "theta", "θ", "m"]
    assert len(set(latex_names(names))) == len(names)
    assert latex_names(names)[-1] == "m"


def test_latex_escape_leaves_nothing_that_pdflatex_cannot_set():
    text = latex_escape("温\n~^<µ°α\x00")
    assert text.startswith(r"[U+6E29]\textbackslash{}n\textasciitilde{}\textasciicircum{}\textless{}µ°")
    assert text.endswith(r"$\alpha$\textbackslash{}x00")
