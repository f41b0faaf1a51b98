"""Atoms: values, expressions and dimensions of one thing agree, and no combination is missing."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symkan.data.tables import dataset_of
from symkan.search.atoms import (
    SHAPES,
    Atom,
    Shape,
    allowed,
    columns_of,
    differences_of,
    dimensions_of,
    exponents,
    monomials,
    pairs_of,
    product,
    rational,
)
from symkan.search.problems import Problem, scales_of
from symkan.symbolic.base_units import Dimension
from symkan.symbolic.expressions import numpy_function, symbol
from symkan.symbolic.library import Library

X = np.random.default_rng(3).uniform(-2, 3, (20, 3))
METRE, SECOND = np.array([1.0, 0.0]), np.array([0.0, 1.0])


def atoms_of(x, dimensions=(None, None, None)):
    return [Atom(symbol(f"x{i + 1}"), column, dimensions[i]) for i, column in enumerate(x.T)]


def values_of(expression, x):
    return numpy_function(expression, [f"x{i + 1}" for i in range(x.shape[1])])(x)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.text)
def test_a_shape_is_the_same_function_on_arrays_and_on_expressions(shape):
    u = np.random.default_rng(0).uniform(0.05, 0.95, (7, 4))
    expected = values_of(shape.of(symbol("x1")), u.reshape(-1, 1)).reshape(7, 4)
    assert np.isfinite(expected).all()
    assert np.array_equal(shape.call(u), expected)


def test_only_functions_of_the_library_are_used_and_arithmetic_always_is():
    shapes = (Shape("sin(u)", 1), Shape("exp(u) - 1", 3), Shape("1 + u**2", 3), Shape("sin(u) + exp(u)", 4))
    kept = [shape.text for shape in allowed(shapes, Library.of(["sin", "x^2"]))]
    assert kept == ["sin(u)", "1 + u**2"]
    assert allowed(shapes, Library.default()) == shapes


def test_columns_are_those_of_the_rows_asked_for():
    dimensions = {
        "x1": Dimension.of(m=1),
        "x2": Dimension.of(s=-1),
        "x3": Dimension(),
        "y": Dimension.of(m=2),
    }
    problem = Problem.of(dataset_of(X, X[:, 0] ** 2), scales_of(dimensions))
    rows = np.array([7, 2, 11])
    atoms = columns_of(problem, rows)
    assert [str(atom.expression) for atom in atoms] == ["x1", "x2", "x3"]
    assert np.array_equal(np.stack([atom.values for atom in atoms], axis=1), X[rows])
    assert [atom.dimension.tolist() for atom in atoms] == [[1, 0], [0, -1], [0, 0]]


def test_pairs_have_the_values_of_their_expressions():
    found = list(pairs_of(atoms_of(X)))
    assert len({pair.expression for pair in found}) == 4 * 3
    for pair in found:
        np.testing.assert_allclose(pair.values, values_of(pair.expression, X), atol=1e-12)


@pytest.mark.parametrize(
    ("shift", "expected"), [(10.0, "-x1 + x2"), (-10.0, "x1 - x2"), (0.0, "x1 - x2")], ids=["<", ">", "both"]
)
def test_a_difference_that_is_negative_throughout_is_turned_round(shift, expected):
    x = X[:, :2] + np.array([0.0, shift])
    difference = next(iter(differences_of(atoms_of(x))))
    assert str(difference.expression) == expected
    np.testing.assert_allclose(difference.values, values_of(difference.expression, x))


def test_only_columns_of_one_dimension_are_added():
    found = list(pairs_of(atoms_of(X, (METRE, SECOND, METRE))))
    assert {frozenset(map(str, pair.expression.free_symbols)) for pair in found} == {frozenset({"x1", "x3"})}
    assert [pair.dimension.tolist() for pair in found] == [[1, 0], [1, 0], [2, 0], [2, 0]]


def test_differences_are_one_for_each_two_columns():
    x = X + np.array([0, 10, 30])
    assert [str(d.expression) for d in differences_of(atoms_of(x))] == ["-x1 + x2", "-x1 + x3", "-x2 + x3"]


@given(count=st.integers(1, 4), most=st.integers(1, 4), largest=st.integers(1, 3), total=st.integers(1, 6))
def test_exponents_are_all_vectors_within_the_bounds(count, most, largest, total):
    found = exponents(count, most=most, largest=largest, total=total)
    expected = {
        v
        for v in itertools.product(range(-largest, largest + 1), repeat=count)
        if 0 < sum(e != 0 for e in v) <= most and sum(map(abs, v)) <= total
    }
    assert len(found) == len(expected)
    assert set(map(tuple, found.tolist())) == expected
    assert (np.diff(np.abs(found).sum(axis=1)) >= 0).all()


@given(st.integers(-24, 24), st.integers(1, 6), st.floats(-0.015, 0.015))
def test_a_power_is_the_simple_fraction_next_to_it(p, q, error):
    near = rational(p / q + error)
    assert Fraction(int(near.p), int(near.q)) == Fraction(p, q)


@given(st.lists(st.sampled_from([-2, -1, -0.5, 0, 0.5, 1, 2, 3]), min_size=3, max_size=3))
def test_monomials_are_products_of_powers(powers):
    powers = np.array(powers, dtype=float)
    found = monomials(atoms_of(X), powers[None])[:, 0]
    with np.errstate(invalid="ignore"):
        expected = np.prod(X**powers, axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-10)  # nan where a root of a negative number is taken
    defined = np.isfinite(expected)
    np.testing.assert_allclose(
        values_of(product(atoms_of(X), powers), X)[defined], expected[defined], rtol=1e-10
    )


def test_dimensions_of_products_are_sums_of_multiples():
    powers = np.array([[1.0, -2.0, 0.0], [0.5, 0.0, -0.5]])
    found = dimensions_of(atoms_of(X, (METRE, SECOND, METRE)), powers)
    assert found.tolist() == [[1, -2], [0, 0]]
    assert dimensions_of(atoms_of(X, (METRE, None, METRE)), powers) is None
