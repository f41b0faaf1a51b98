"""The hall of fame: a formula counts once, wherever its fit ended."""

from __future__ import annotations

import pytest
import sympy

from symkan.search.bank import Bank, Trail
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


def test_a_closed_form_is_not_its_float():
    bank = Bank()
    bank.add(Trail(candidate(sympy.sqrt(2) * X)))
    bank.add(Trail(candidate(sympy.Float(2**0.5) * X)))
    assert len(bank.trails) == 2


def test_the_front_shows_each_formula_once():
    bank = Bank()
    for number, loss in ((2.5, 0.02), (2.500000001, 0.0199), (1.0, 0.5)):
        bank.add(trail(number, loss=loss))
    assert [c.expression for c in bank.front()] == [sympy.Float(2.5) * X**2]
