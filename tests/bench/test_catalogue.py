import numpy as np
import pytest

from symkan.bench.catalogue import CATALOGUES, Catalogue, Law, Variable, noisy, widen
from symkan.data.units import dimension_of
from symkan.errors import ExpressionError, OptionError, TableError
from symkan.symbolic.dimensions import dimension

SIZES = {"feynman": 100, "nguyen": 12, "physics": 27, "strogatz": 14, "kan-paper": 27, "separable": 40}
LAWS = [(name, law) for name in CATALOGUES for law in Catalogue.load(name).laws]


@pytest.fixture(params=[law for _, law in LAWS], ids=[f"{name}-{law.name}" for name, law in LAWS])
def law(request):
    return request.param


@pytest.mark.parametrize("name", CATALOGUES)
def test_names_are_unique(name):
    laws = Catalogue.load(name).laws
    assert len({law.name for law in laws}) == len(laws) == SIZES[name]


def test_a_law_is_defined_in_its_box_and_varies(law):
    assert {s.name for s in law.expression.free_symbols} <= set(law.symbols)
    x, y = law.sample(500, 0)
    low, high = np.array([(v.low, v.high) for v in law.variables]).T
    assert x.shape == (500, len(law.variables))
    assert np.all((x >= low) & (x <= high))
    assert np.all(np.isfinite(y))
    assert np.std(y) > 0


def test_a_law_is_defined_everywhere_in_its_box(law):
    low, high = np.array([(v.low, v.high) for v in law.variables]).T
    x = np.random.default_rng(1).uniform(low, high, (1000, len(low)))
    assert np.all(np.isfinite(law.values(x)))


def test_the_units_of_a_law_are_consistent(law):
    units = {symbol: dimension_of(v.unit) for symbol, v in zip(law.symbols, law.variables, strict=True)}
    found = dimension(law.expression, units)
    assert found.ok, found.reason
    assert found.dimension in (None, dimension_of(law.unit))  # None: a constant of nature carries a unit


def test_samples_repeat_and_differ_by_seed():
    law = Catalogue.load("feynman").laws[0]
    assert np.array_equal(law.sample(50, 3)[0], law.sample(50, 3)[0])
    assert not np.any(law.sample(50, 3)[0] == law.sample(50, 4)[0])


def test_rows_beyond_are_outside_the_box_and_inside_the_wider_one():
    law = Law("sum", "a + b", (Variable("a", "1", 1, 5), Variable("b", "1", 4, 5)), "c", "1")
    x, _ = law.sample(2000, 0, beyond=0.5)
    assert np.all((x > [1, 3.5]) & (x < [7, 5.5]))
    assert np.all(np.any((x > [5, 5]) | (x < [1, 4]), axis=1))


def test_a_range_that_touches_zero_does_not_cross_it():
    assert widen(np.array([[0.0, 1.0], [1.0, 3.0]]), 0.5).tolist() == [[0.0, 1.5], [1.0, 4.0]]


def test_rows_where_a_law_is_undefined_are_left_out():
    law = Law("root", "sqrt(a)", (Variable("a", "1", -1, 1),), "b", "1")
    x, y = law.sample(300, 0)
    assert len(x) == 300
    assert np.all(x > 0)
    assert np.all(np.isfinite(y))


def test_a_law_that_is_undefined_everywhere():
    law = Law("root", "sqrt(a)", (Variable("a", "1", -2, -1),), "b", "1")
    with pytest.raises(TableError, match=r"root.*correct the ranges"):
        law.sample(10, 0)


def test_a_formula_in_other_variables():
    with pytest.raises(ExpressionError):
        _ = Law("typo", "a + c", (Variable("a", "1", 0, 1),), "b", "1").expression


def test_choose():
    catalogue = Catalogue.load("feynman")
    assert [law.name for law in catalogue.choose(("I.12.5", "I.6.2"))] == ["I.6.2", "I.12.5"]
    assert catalogue.choose(()) == catalogue.laws
    with pytest.raises(OptionError, match=r"no law 'I\.0'"):
        catalogue.choose(("I.0",))
    with pytest.raises(OptionError, match="choose one of: feynman"):
        Catalogue.load("../feynman")


def test_noise_is_a_share_of_the_size():
    y = np.full(20_000, 5.0)
    assert noisy(y, 0.0, 0) is y
    assert np.std(noisy(y, 0.1, 0)) == pytest.approx(0.5, rel=0.03)
    assert np.array_equal(noisy(y, 0.1, 0), noisy(y, 0.1, 0))
