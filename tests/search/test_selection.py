"""A first look at a formula: constants refitted, nodes and units paid for, nonsense refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symkan.data.splitting import split
from symkan.data.tables import dataset_of
from symkan.options import SearchOptions, SplitOptions
from symkan.search.selection import Referee
from symkan.symbolic.base_units import Dimension
from symkan.symbolic.expressions import numpy_function, symbol
from symkan.symbolic.parsing import parse_expression
from symkan.symbolic.refitting import refit

OPTIONS = SearchOptions(clash_bits=170.0, carrying_bits=13.0)
UNITS = {"x1": Dimension.of(m=1), "x2": Dimension.of(s=1), "y": Dimension.of(m=1, s=-1)}


def referee(y=None, *, units=None, rows=150, noise=0.05):
    generator = np.random.default_rng(0)
    x = generator.uniform(1, 4, (rows, 2))
    y = 2.7 * x[:, 0] / x[:, 1] + noise * generator.normal(size=rows) if y is None else y(x)
    parts = split(dataset_of(x, y), SplitOptions(), seed=0)
    return Referee(x, y, parts, OPTIONS, units or {})


def law(text):
    return parse_expression(text, names=["x1", "x2"])


def price(text):
    """Bits that units add to a first look."""
    return referee(units=UNITS).quick_bits(law(text)) - referee().quick_bits(law(text))


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("2.5*x1/x2", 0),
        ("2.5*x1/x2 + 0.3", 13),
        ("2.5*x1 + 0.3*x2", 26),
        ("1.5*x1*exp(-0.5*x2)", 26),
        ("x1/x2 + x2/x1", 170),
        ("2.5*x1**2/x2", 13),
        ("sin(x1/x2)", 170),
        ("x1 + x2", 170),
        ("x1", 170),
    ],
)
def test_clashes_and_constants_with_units_cost(text, bits):
    assert price(text) == pytest.approx(bits, abs=1e-6)


@pytest.mark.parametrize(
    ("formula", "bits", "clash"),
    [("2.7*x1/x2", 0, ""), ("2.7*x1/x2 + sin(x1)", 170, "sin(x1) takes an argument in m")],
)
def test_a_candidate_pays_the_same_and_says_where_its_units_clash(formula, bits, clash):
    def exact(x):
        return numpy_function(law(formula), ["x1", "x2"])(x)

    free, known = (
        referee(exact, units=u).trail(law(formula), "n", seconds=5.0).candidate for u in (None, UNITS)
    )
    assert free.expression == known.expression
    assert known.bits - free.bits == pytest.approx(bits, abs=1e-6)
    assert (free.clash, known.clash) == ("", clash)


def test_units_outweigh_nodes_but_not_a_better_fit():
    known = referee(units=UNITS)
    right, shorter = law("2.5*x1/x2"), law("2.5*x1 - x2")
    assert known.quick_bits(right) < known.quick_bits(shorter)
    wrong = referee(lambda x: 3 * x[:, 0] + x[:, 1], units=UNITS)
    assert wrong.quick_bits(law("3*x1 + x2")) < wrong.quick_bits(right)  # exact, though it clashes


JUDGE = referee()


@settings(deadline=None, max_examples=20)
@given(st.floats(0.05, 60), st.floats(0.1, 3))
def test_the_start_of_constants_does_not_matter(a, b):
    assume(a != b)  # equal numbers are one constant
    start = sympy.Float(a) * symbol("x1") / symbol("x2") + sympy.Float(b)
    assert JUDGE.quick_bits(start) == pytest.approx(JUDGE.quick_bits(law("2.5*x1/x2 + 0.1")), abs=0.05)


@pytest.mark.parametrize(
    "expression",
    [
        law("sqrt(x1 - 2.5)"),
        law("log(x1 - 9)"),
        sympy.zoo * symbol("x1"),
        sympy.Float("inf") * symbol("x1"),
        sympy.Float("nan") + symbol("x1"),
        law("exp(exp(exp(9.5*x1)))"),
    ],
    ids=str,
)
def test_a_formula_that_is_undefined_has_infinitely_many_bits(expression):
    with np.errstate(all="ignore"):
        assert referee().quick_bits(expression) == math.inf


def test_better_fits_and_shorter_forms_come_first():
    judge = referee()
    texts = ["2.5*x1/x2", "2.5*x1/x2 + 0.1*x1 + 0.1*sin(0.1*x2)", "2.5*x1/x2**2", "2.5*x1", "0.1"]
    bits = [judge.quick_bits(law(text)) for text in texts]
    assert bits == sorted(bits)
    assert judge.quick_bits(law("2.5*x1/x2")) < judge.quick_bits(law("2.5*tan(x1)/x2"))


@pytest.mark.parametrize("size", [1e-30, 1e20])
def test_bits_do_not_depend_on_the_unit_of_the_target(size):
    scaled = Referee(JUDGE.x, size * JUDGE.y, JUDGE.split, OPTIONS, {})
    expected = JUDGE.quick_bits(law("2.5*x1/x2"))
    assert scaled.quick_bits(sympy.Float(2.5 * size) * law("x1/x2")) == pytest.approx(expected, abs=0.05)


def test_the_first_look_is_the_second_for_a_formula_without_snaps():
    judge = referee()
    text = law("2.5*x1/x2 + 0.1*x2")
    trail = judge.trail(text, "n", seconds=5.0)
    assert judge.quick_bits(trail.candidate.expression) == pytest.approx(trail.candidate.bits, abs=12)


def test_locked_rows_are_not_looked_at():
    judge = referee()
    spoilt = judge.y.copy()
    spoilt[judge.split.test] = 1e6
    other = Referee(judge.x, spoilt, judge.split, OPTIONS, {})
    assert len(judge.split.test) > 5
    assert other.quick_bits(law("2.5*x1/x2")) == judge.quick_bits(law("2.5*x1/x2"))
    assert not set(judge.open_rows) & set(judge.split.test)


def test_exact_formulas_are_compared_by_their_size_alone():
    judge = referee(lambda x: 2.7 * x[:, 0] / x[:, 1])
    shorter, longer = judge.quick_bits(law("2.5*x1/x2")), judge.quick_bits(law("2.5*x1/x2 + 0*x1 + 0.1"))
    nodes = 2 * OPTIONS.node_bits + 0.5 * math.log2(len(judge.open_rows))
    assert longer - shorter == pytest.approx(nodes, abs=1e-6)


def test_what_sympy_makes_of_a_shifted_tan_is_a_formula_like_others():
    judge = referee(lambda x: 1 / np.tan(x[:, 0] / 3))
    formula = -sympy.Float(1.1) * sympy.tan(symbol("x1") / 3 + sympy.pi / 2)
    assert formula.has(sympy.cot)  # sympy does so by itself
    trail = judge.trail(formula, "by hand", seconds=5.0)
    assert trail is not None
    assert judge.exact(trail.candidate)
    assert judge.quick_bits(formula) < judge.quick_bits(law("x1 + 1"))


def test_a_formula_beyond_the_grammar_is_no_candidate():
    beyond = sympy.gamma(symbol("x1"))
    assert referee().quick_bits(beyond) == math.inf
    assert referee().trail(beyond, "by hand", seconds=5.0) is None


@pytest.mark.parametrize("seed", range(1, 5))
def test_standard_errors_are_those_of_the_fit_that_the_errors_ask_for(seed):
    """With noise in proportion to the target, weights make the errors of the constants three times smaller."""
    generator = np.random.default_rng(seed)
    x = np.geomspace(0.5, 200, 30)[:, None]
    y = 120 * x[:, 0] / (15 + x[:, 0]) * (1 + 0.03 * generator.standard_normal(30))
    parts = split(dataset_of(x, y), SplitOptions(), seed=0)
    judge = Referee(x, y, parts, OPTIONS, {})
    found = judge.trail(law("8.1/(0.07 + 1/x1)"), "", seconds=10).candidate
    assert found.errors == "proportional"
    rows = judge.open_rows
    values = numpy_function(found.expression, ["x1"])(x[rows])
    again = refit(found.expression, x[rows], y=y[rows], weights=1 / values)
    for one, other in zip(found.parameters, again.parameters, strict=True):
        assert one.value == pytest.approx(other.value, rel=1e-4)
        assert one.standard_error == pytest.approx(other.standard_error, rel=1e-2)
