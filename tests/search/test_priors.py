"""Rarity: what physicists write costs nothing, and what they do not write costs more the odder it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symkan.search.priors import oddity
from symkan.symbolic.expressions import symbol
from symkan.symbolic.parsing import parse_expression


def odd(text):
    return oddity(parse_expression(text, names=["x1", "x2", "x3"]))


@pytest.mark.parametrize(
    "text",
    [
        "x1",
        "2.7*x1 + 0.3",
        "x1*x2/x3**2",
        "x1**2/2 - sqrt(x2)",
        "x1/sqrt(1 - x2**2)",
        "exp(-x1)*sin(x2*x3)",
        "log(x1/x2)",
        "cos(x1 - x2)**2",
    ],
)
def test_what_laws_are_made_of_is_free(text):
    assert odd(text) == 0


@pytest.mark.parametrize(
    ("plain", "rare"),
    [
        ("sin(x1)", "tan(x1)"),
        ("exp(x1)", "sinh(x1)"),
        ("tanh(x1)", "acos(x1)"),
        ("sin(x1*x2)", "sin(x1/x2)"),
        ("sin(x1/2)", "cos(2/x1)"),
        ("sin(x1)", "1/sin(x1)"),
        ("x1**2", "x1**3"),
        ("x1**3", "x1**7"),
        ("sqrt(x1)", "x1**(3/2)"),
        ("x1**(3/2)", "x1**(7/2)"),
        ("sqrt(x1)", "x1**(1/3)"),
        ("x1**(1/3)", "x1**(2/5)"),
        ("1/x1**2", "1/x1**5"),
    ],
)
def test_rarer_things_cost_more(plain, rare):
    assert odd(plain) < odd(rare)


@pytest.mark.parametrize("text", ["tanh(x1)", "x1**5", "1/cos(x1)", "sin(x1/x2)", "asin(x1)"])
def test_what_is_rare_stays_so_inside_other_things(text):
    assert odd(f"x3*exp({text}) + 1") == odd(text) > 0


@given(st.integers(1, 40))
def test_whole_powers_never_get_cheaper(p):
    x = symbol("x1")
    assert 0 <= oddity(x**p) <= oddity(x ** (p + 1))
    assert oddity(x**p) == oddity(x**-p)
