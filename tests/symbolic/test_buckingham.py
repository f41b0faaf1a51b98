from fractions import Fraction
from functools import reduce
from itertools import product
from operator import mul

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symkan.symbolic.base_units import ONE, Dimension
from symkan.symbolic.buckingham import Groups, groups, monomials

of = Dimension.of
M, KG, S = of(m=1), of(kg=1), of(s=1)
HALF = Fraction(1, 2)

DIMENSIONS = st.dictionaries(st.sampled_from(["m", "kg", "s"]), st.integers(-2, 2), max_size=3).map(
    lambda exponents: of(**exponents)
)
COLUMNS = st.lists(DIMENSIONS, min_size=1, max_size=6)


def multiplied(columns, exponents):
    return reduce(mul, (c**e for c, e in zip(columns, exponents, strict=True)), ONE)


@settings(max_examples=60, deadline=None)
@given(COLUMNS, st.data())
def test_groups_multiply_out(columns, data):
    powers = data.draw(st.lists(st.integers(-2, 2), min_size=len(columns), max_size=len(columns)))
    target = multiplied(columns, powers)
    found = groups(columns, target)
    assert multiplied(columns, found.particular) == target
    assert all(multiplied(columns, group).dimensionless for group in found.basis)
    matrix = np.array([[float(dict(c.exponents).get(b, 0)) for b in ("m", "kg", "s")] for c in columns])
    assert len(found.basis) == len(columns) - np.linalg.matrix_rank(matrix)
    if found.basis:
        assert np.linalg.matrix_rank(np.array(found.basis)) == len(found.basis)
        assert all(np.gcd.reduce(group) == 1 for group in found.basis)


@settings(max_examples=60, deadline=None)
@given(COLUMNS, DIMENSIONS)
def test_no_groups_where_no_product_has_the_dimension(columns, target):
    matrix = np.array(
        [[float(dict(d.exponents).get(b, 0)) for d in (*columns, target)] for b in ["m", "kg", "s"]]
    )
    solvable = np.linalg.matrix_rank(matrix) == np.linalg.matrix_rank(matrix[:, :-1])
    assert (groups(columns, target) is not None) == solvable


def test_known_groups():
    pendulum = groups([M, of(m=1, s=-2), ONE], S)
    assert pendulum.particular == (HALF, -HALF, 0)
    assert pendulum.basis == ((0, 0, 1),)
    density, speed, length, viscosity = of(kg=1, m=-3), of(m=1, s=-1), M, of(kg=1, m=-1, s=-1)
    drag = groups([density, speed, length, viscosity], of(kg=1, m=1, s=-2))
    assert drag.basis == ((1, 1, 1, -1),)  # Reynolds
    assert multiplied([density, speed, length, viscosity], drag.particular) == of(kg=1, m=1, s=-2)
    assert groups([M, M, S], M * S).particular == (1, 0, 1)
    assert groups([], M) is None
    assert groups([], ONE) == Groups((), ())


@settings(max_examples=30, deadline=None)
@given(st.lists(DIMENSIONS, min_size=1, max_size=3), DIMENSIONS)
def test_monomials_are_all_there_are(columns, target):
    exponents = [Fraction(e, 2) for e in range(-4, 5)]
    wanted = {e for e in product(exponents, repeat=len(columns)) if multiplied(columns, e) == target}
    found = list(monomials(columns, target, largest=2))
    assert len(found) == len(set(found))
    assert set(found) == wanted


def test_simple_monomials_come_first():
    found = list(monomials([M, S, M], of(m=1, s=-1), largest=2))
    assert found[:2] == [(1, -1, 0), (0, -1, 1)]
    columns_used = [sum(map(bool, e)) for e in found]
    assert columns_used == sorted(columns_used)
    assert list(monomials([M], ONE)) == [(0,)]
    assert next(monomials([ONE], ONE)) == (0,)


@pytest.mark.parametrize(
    ("options", "count"),
    [({"halves": False}, 6), ({"halves": False, "largest": 1}, 2), ({"columns_at_most": 1}, 2), ({}, 11)],
)
def test_limits_of_monomials(options, count):
    assert len(list(monomials([M, M], M, **options))) == count


def test_fractional_dimensions():
    root = M**HALF
    assert groups([root], M).particular == (2,)
    assert list(monomials([root], M)) == [(2,)]
