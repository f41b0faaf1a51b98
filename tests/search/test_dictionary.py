"""Dictionaries: every term is what it says, has the dimension it says, and none is there twice."""

from __future__ import annotations

import numpy as np
import pytest

from symkan.search.atoms import Atom
from symkan.search.dictionary import (
    Dictionary,
    couples,
    dictionary,
    kinds_of,
    monomial_terms,
    one_term,
)
from symkan.symbolic.base_units import Dimension
from symkan.symbolic.dimensions import consistent
from symkan.symbolic.expressions import numpy_function, symbol
from symkan.symbolic.library import Library

KINDS = kinds_of(Library.default())
NO_FUNCTIONS = kinds_of(Library.of(["x^2"]))
BASES = ("m", "s")


def atoms_of(columns: int, units: tuple[Dimension, ...] | None = None, rows: int = 12) -> list[Atom]:
    x = np.random.default_rng(columns).uniform(0.3, 1.4, (rows, columns))
    vectors = [None] * columns if units is None else [vector(unit) for unit in units]
    return [Atom(symbol(f"x{i + 1}"), x[:, i], vectors[i]) for i in range(columns)]


def vector(unit: Dimension) -> np.ndarray:
    return np.array([float(dict(unit.exponents).get(name, 0)) for name in BASES])


def some(terms: Dictionary, count: int = 60) -> list[int]:
    return (
        np.random.default_rng(1).choice(len(terms.make), min(count, len(terms.make)), replace=False).tolist()
    )


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("kinds", [KINDS, NO_FUNCTIONS, None], ids=["all", "no functions", "monomials"])
def test_terms_have_the_values_of_their_expressions(columns, kinds):
    atoms = atoms_of(columns)
    terms = dictionary(atoms, kinds)
    assert terms.values.shape == (12, len(terms.sizes)) == (12, len(terms.make))
    x = np.stack([atom.values for atom in atoms], axis=1)
    for k in some(terms):
        law = terms.make[k]()
        values = numpy_function(law, [f"x{i + 1}" for i in range(columns)])(x)
        np.testing.assert_allclose(terms.values[:, k], values, rtol=1e-8, err_msg=str(law))


@pytest.mark.parametrize(
    ("expected", "columns"),
    [
        ("x1**2/x2", 2),
        ("x1*cos(x2)", 2),
        ("exp(-x1*x2)", 2),
        ("x1*log(x2)", 2),
        ("sqrt(x1)/x2", 2),
        ("1/(x1 + x2)", 2),
        ("x1*sin(x1 + x2)", 2),
        ("x1*x2*x3*x4", 4),
        ("1/(x1**2 + x2**2)", 2),
        ("x1*x2/x3**2", 3),
    ],
)
def test_common_terms_are_there(expected, columns):
    from symkan.symbolic.parsing import parse_expression

    names = [f"x{i + 1}" for i in range(columns)]
    atoms = atoms_of(columns)
    x = np.stack([atom.values for atom in atoms], axis=1)
    goal = numpy_function(parse_expression(expected, names=names), names)(x)
    values = dictionary(atoms, KINDS).values
    assert np.isclose(values, goal[:, None], rtol=1e-9).all(axis=0).any()


UNITS = (Dimension.of(m=1), Dimension.of(m=1), Dimension.of(s=1))


@pytest.mark.parametrize(
    "wanted", [Dimension.of(m=1), Dimension.of(m=1, s=-1), Dimension(), Dimension.of(m=-2)], ids=str
)
def test_terms_of_a_dimension_are_those_that_dimensional_analysis_allows(wanted):
    terms = dictionary(atoms_of(3, UNITS), KINDS)
    kept = terms.of_dimension(vector(wanted))
    columns = {f"x{i + 1}": unit for i, unit in enumerate(UNITS)}
    allowed = {id(make) for make in kept.make}
    chosen = {*some(terms, 150), *(k for k, make in enumerate(terms.make) if id(make) in allowed)}
    assert 0 < len(kept.make) < len(terms.make)
    for k in sorted(chosen)[::2]:
        law = terms.make[k]()
        assert consistent(law, columns, wanted, strict=True).ok == (id(terms.make[k]) in allowed), law


def test_without_units_all_terms_are_of_any_dimension():
    terms = dictionary(atoms_of(2), KINDS)
    assert terms.of_dimension(None) is terms
    assert terms.of_dimension(np.array([1.0, 0.0])) is terms


def test_no_term_is_of_a_dimension_that_is_none():
    terms = dictionary(atoms_of(3, UNITS), KINDS)
    assert len(terms.of_dimension(np.full(2, np.nan)).make) == 0


def test_usable_terms_are_finite_and_no_two_are_in_proportion():
    x = np.random.default_rng(0).uniform([0.5, 0.7], [2, 3], (30, 2))
    x[::4, 0] *= -1  # roots and logarithms of it are undefined
    atoms = [Atom(symbol("x1"), x[:, 0]), Atom(symbol("x2"), x[:, 1])]
    terms = dictionary(atoms, KINDS).usable(10_000)
    assert np.isfinite(terms.values).all()
    unit = terms.values / np.linalg.norm(terms.values, axis=0)
    gram = np.abs(unit.T @ unit)
    np.fill_diagonal(gram, 0)
    assert gram.max() < 1 - 1e-10


def test_of_equal_terms_the_simplest_is_kept_and_of_all_the_simplest():
    a = np.array([1.0, 2.0, 5.0])
    values = np.stack([2 * a, a, -3 * a, a**2, a * np.nan, np.zeros(3)], axis=1)
    makes = tuple((lambda name=name: symbol(name)) for name in "abcdef")
    terms = Dictionary(values, np.array([5.0, 3.0, 4.0, 9.0, 1.0, 1.0]), makes)
    assert [str(make()) for make in terms.usable(10).make] == ["b", "d"]
    assert [str(make()) for make in terms.usable(1).make] == ["b"]


def test_a_library_without_functions_gives_terms_without():
    import sympy

    assert NO_FUNCTIONS.groups == NO_FUNCTIONS.pairs == ()
    terms = dictionary(atoms_of(2), NO_FUNCTIONS)
    assert not any(terms.make[k]().atoms(sympy.Function) for k in some(terms, 200))
    assert NO_FUNCTIONS.divisors  # arithmetic is always allowed
    only_sine = kinds_of(Library.of(["sin"]))
    assert [shape.text for shape in only_sine.groups] == ["sin(u)"]


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_couples_are_columns_products_and_ratios(n):
    found = couples(n)
    assert len(np.unique(found, axis=0)) == len(found) == n + n * (n - 1) // 2 + n * (n - 1)


def test_dimensions_of_joined_dictionaries_are_known_when_all_are():
    known = monomial_terms(atoms_of(3, UNITS), np.eye(3))
    unknown = monomial_terms(atoms_of(3), np.eye(3))
    assert Dictionary.joined([known, known]).dimensions.tolist() == 2 * [[1, 0], [1, 0], [0, 1]]
    assert Dictionary.joined([known, unknown]).dimensions is None
    assert one_term() == 1
