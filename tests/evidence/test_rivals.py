"""Rivals: told when they differ somewhere, with the point that decides."""

import numpy as np
import pytest
import sympy

from symkan.evidence.rivals import rivals
from symkan.symbolic.expressions import symbol
from tests.conftest import candidate

X = symbol("x1")
RANGES = np.array([[0.0, 1.0]])


def of(expression, bits):
    from dataclasses import replace

    return replace(candidate(sympy.sympify(expression)), bits=bits)


def test_the_deciding_point_is_where_they_differ_most():
    (rival,) = rivals(of(X, 0.0), [of(X + X**2, 4.0)], ranges=RANGES, sigma=0.5)
    assert rival.bits == 4.0
    assert rival.inside.x[0] == pytest.approx(1.0)
    assert rival.inside.sigmas == pytest.approx(2.0)
    assert rival.outside.x[0] == pytest.approx(1.2)
    assert rival.outside.rival - rival.outside.law == pytest.approx(1.44)


def test_what_says_the_same_or_is_far_longer_is_left_out():
    same, longer = of(X + sympy.Float(1e-3), 1.0), of(X + 1, 500.0)
    assert rivals(of(X, 0.0), [same, longer], ranges=RANGES, sigma=0.5) == ()


def test_two_like_rivals_count_once():
    twins = [of(X + X**2, 2.0), of(X + sympy.Float(1.001) * X**2, 3.0)]
    assert [r.bits for r in rivals(of(X, 0.0), twins, ranges=RANGES, sigma=0.5)] == [2.0]


def test_a_positive_column_stays_positive_beyond_its_range():
    (rival,) = rivals(of(X, 0.0), [of(sympy.log(X), 1.0)], ranges=np.array([[0.1, 5.0]]), sigma=0.1)
    assert rival.outside.x[0] > 0
