"""The ladder of families: simple ones first, each giving laws for the target itself, none looking where it must not."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from symkan.data.tables import dataset_of
from symkan.search.problems import Problem
from symkan.search.screening import families
from symkan.search.view import View
from symkan.symbolic.expressions import numpy_function
from symkan.symbolic.library import Library
from symkan.symbolic.parsing import parse_expression


def rows_of(formula, columns, rows=80, *, seed=0):
    x = np.random.default_rng(seed).uniform(0.4, 2.9, (rows, columns))
    return x, values(parse_expression(formula, names=[f"x{i + 1}" for i in range(columns)]), x)


def values(expression, x):
    return numpy_function(expression, [f"x{i + 1}" for i in range(x.shape[1])])(x)


def view_of(x, y, *, rows=None, library=None):
    problem = Problem.of(dataset_of(x, y))
    rows = np.arange(len(y)) if rows is None else rows
    return View(problem, rows, np.ones(len(y)), library or Library.default())


def ladder(view):
    return [family for quick in (True, False) for family in families(view, quick=quick)]


def test_families_have_names_of_their_own_and_simple_ones_come_first():
    names = [family.name for family in ladder(view_of(*rows_of("x1*x2 + 1", 2)))]
    assert len(set(names)) == len(names)
    places = [names.index(name) for name in ("polynomial for y", "one term", "sum for y", "quotient for y")]
    assert places == sorted(places)


# the first family that has the law
LAWS = (
    ("0.37*x1**2 - 12.5*x2 + 30", 2, "polynomial for y"),
    ("7.3*x1**1.5/x2", 2, "additive for log y"),
    ("7.3*x1**1.5*exp(-x1*x2)", 2, "one term"),
    ("2.2*x2*sin(x1)", 2, "one term"),
    ("exp(0.3*x1*x2 - 0.2*x1)", 2, "polynomial for log y"),
    ("2.9*x1*cos(x2) + 3.7*x2**2", 2, "sum for y"),
    ("(0.3*x1**2 + 2.1*x2)/(1 + x1*x2)", 2, "quotient for y"),
)


@pytest.mark.parametrize(("formula", "columns", "expected"), LAWS)
def test_a_law_is_found_by_the_simplest_family_that_holds_it(formula, columns, expected):
    view = view_of(*rows_of(formula, columns))
    new_x, new_y = rows_of(formula, columns, seed=4)
    for family in ladder(view):
        for guess in family.guesses(view.problem.t):
            if np.allclose(values(guess.expression, new_x), new_y, rtol=1e-7, atol=1e-12):
                assert family.name == expected
                return
    pytest.fail("no family has the law")


def test_all_guesses_are_for_the_target_itself():
    x, y = rows_of("1/(0.7/x1 + 1.9/x2) + 0.1*x1*x2", 2)
    view = view_of(x, y)
    for family in ladder(view):
        found = family.guesses(view.problem.t)
        if found and "wave" not in family.name:
            share = np.linalg.norm(values(found[0].expression, x) - y) / np.linalg.norm(y)
            assert share < 0.3, family.name


def test_targets_of_both_signs_have_no_logarithms():
    x, y = rows_of("x1 - x2", 2)
    for family in ladder(view_of(x, y)):
        if family.name.endswith((" log y", " √y", " 1/y", " y²")):
            assert family.guesses(y) == []


@pytest.mark.parametrize(("columns", "slow"), [(7, True), (8, False), (12, False)])
def test_wide_tables_have_only_quick_families(columns, slow):
    view = view_of(*rows_of("x1*x2 + x7", columns))
    assert list(families(view, quick=True))
    assert bool(list(families(view, quick=False))) == slow


def test_functions_that_the_library_lacks_do_not_appear():
    view = view_of(*rows_of("2.9*x1*cos(x2) + exp(x1)", 2), library=Library.of(["log"]))
    functions = {
        type(f).__name__
        for family in ladder(view)
        for guess in family.guesses(view.problem.t)
        for f in guess.expression.atoms(sympy.Function)
    }
    assert functions <= {"log", "Abs"}  # Abs is the root of a square


def test_only_the_rows_that_are_given_are_looked_at():
    x, y = rows_of("4.1*x1*x2 + 0.3*x1", 2, 120)
    seen = np.arange(0, 120, 2)
    spoilt = y.copy()
    spoilt[1::2] = 1e4
    clean, other = view_of(x, y, rows=seen), view_of(x, spoilt, rows=seen)
    for one, two in zip(families(clean, quick=True), families(other, quick=True), strict=True):
        first, second = one.guesses(clean.problem.t), two.guesses(other.problem.t)
        assert [g.expression for g in first] == [g.expression for g in second]


def test_families_that_noise_harms_say_so():
    harmed = {family.name: family.harmed for family in ladder(view_of(*rows_of("x1*x2", 2)))}
    assert not harmed["polynomial for y"]
    assert not harmed["sum for y"]
    assert harmed["one term"]
    assert harmed["sum for log y"]


def test_a_guess_whose_inverse_leaves_the_range_of_floats_is_dropped():
    import sympy

    from symkan.search.scan import Guess
    from symkan.search.screening import _undone
    from symkan.search.transforms import LOG

    assert _undone(Guess(sympy.Float(1e6), 0.1, 1.0), LOG) is None
    assert _undone(Guess(sympy.Float(2.0), 0.1, 1.0), LOG) is not None
