from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symkan.symbolic.base_units import ONE, Dimension

EXPONENTS = st.builds(Fraction, st.integers(-4, 4), st.integers(1, 3))
DIMENSIONS = st.dictionaries(st.sampled_from(["m", "kg", "s", "K", "pixel"]), EXPONENTS).map(
    lambda exponents: Dimension.of(**exponents)
)


@given(DIMENSIONS, DIMENSIONS, DIMENSIONS, EXPONENTS)
def test_dimensions_are_a_vector_space(a, b, c, power):
    assert a * b == b * a
    assert (a * b) * c == a * (b * c)
    assert a * ONE == a
    assert a / a == ONE
    assert a / b * b == a
    assert (a * b) ** power == a**power * b**power
    assert a**0 == ONE
    assert all(exponent for _, exponent in (a * b).exponents)


@pytest.mark.parametrize(
    ("dimension", "text"),
    [
        (ONE, "1"),
        (Dimension.of(s=-2, m=1), "m·s⁻²"),
        (Dimension.of(pixel=1, kg=1, A=-12), "kg·A⁻¹²·pixel"),
        (Dimension.of(kg=Fraction(1, 2), s=Fraction(-3, 2)), "kg^(1/2)·s^(-3/2)"),
    ],
)
def test_text(dimension, text):
    assert str(dimension) == text


def test_dimensionless():
    assert ONE.dimensionless
    assert Dimension.of(m=0) == ONE
    assert not Dimension.of(m=1).dimensionless
    assert len({Dimension.of(m=1, s=2), Dimension.of(s=2, m=1)}) == 1
