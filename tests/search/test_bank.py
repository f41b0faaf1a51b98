"""The hall of fame: a formula counts once, wherever its fit ended."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy

from symkan.search.bank import Bank, Trail
from symkan.search.records import Stage
from symkan.symbolic.expressions import symbol
from tests.conftest import candidate

X = symbol("x1")


def trail(number, *, loss=0.02):
    return Trail(candidate(sympy.Float(number) * X**2, loss=loss))


@pytest.mark.parametrize(("other", "formulas"), [(2.50000001, 1), (2.5001, 2), (-2.5, 2)])
def test_formulas_whose_constants_agree_are_one(other, formulas):
    bank = Bank()
    bank.add(trail(2.5))
    bank.add(trail(other))
    assert len(bank.trails) == formulas


@pytest.mark.parametrize("loss", [0.01, 0.04])
def test_formulas_whose_errors_differ_are_two(loss):
    bank = Bank()
    bank.add(trail(2458849.51))
    bank.add(trail(2458849.52, loss=loss))
    assert len(bank.trails) == 2


def test_a_worse_formula_takes_no_place_for_its_network():
    bank = Bank()
    exact, near = trail(2.5), trail(2.50000001)
    bank.add(exact)
    bank.add(
        replace(
            near,
            candidate=replace(near.candidate, bits=-100.0),
            stages=(Stage("network", "[1, 1]", 0.1, 0.1),),
        )
    )
    assert list(bank.trails.values()) == [exact]


def test_a_closed_form_is_not_its_float():
    bank = Bank()
    bank.add(Trail(candidate(sympy.sqrt(2) * X)))
    bank.add(Trail(candidate(sympy.Float(2**0.5) * X)))
    assert len(bank.trails) == 2


def test_the_front_shows_each_formula_once():
    bank = Bank()
    for number, loss in ((2.5, 0.02), (2.500000001, 0.019999), (1.0, 0.5)):
        bank.add(trail(number, loss=loss))
    assert [c.expression for c in bank.front()] == [sympy.Float(2.5) * X**2]
