"""How often noise alone would give a law: the code is one, and the bound holds where it can be simulated."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import sympy
from scipy.stats import beta, spearmanr

from symkan.evidence import chance
from symkan.evidence.chance import chance_bits, code, effect_bits
from symkan.symbolic.parsing import parse_expression


def law(discovery, text, **changes):
    return replace(
        discovery.best, expression=parse_expression(text), **{"errors": "equal", "splines": (), **changes}
    )


def test_probabilities_of_nodes_add_up_to_one_and_trees_end():
    branching, single = (1 / chance.TIMES, 1 / chance.PLUS, 1 / chance.POWER), 1 / chance.FUNCTION
    assert sum(branching) + single + 1 / chance.CONSTANT + 1 / chance.COLUMN == pytest.approx(1)
    assert 2 * sum(branching) + single < 1


@pytest.mark.parametrize(
    ("text", "bits", "constants"),
    [
        ("x2", 2 + 1, 0),
        ("3*x1", np.log2(16 / 3) + 2 + 3, 1),
        ("-x1", np.log2(16 / 3) + 2 + 3, 0),
        ("sin(x1)", 4 + 5 + 3, 0),
        ("x1 + x2 + 1.5", 2 * 3 + 2 * 3 + 2, 1),
        ("x1**3", 3 + 3 + 2 + 0.5 * 6, 1),  # an exponent is no linear constant
        ("2*(x1 + 4.5)", np.log2(16 / 3) + 2 + 3 + 3 + 2, 2),
        (
            "(x1 + 4.5)*(x2 + 1.5)",
            np.log2(16 / 3) + 2 * (3 + 3 + 2) + 0.5 * 6,
            2,
        ),  # the second factor's is none
    ],
)
def test_code(text, bits, constants):
    expression = sympy.sympify(text, evaluate=False) if text.startswith("2*(") else parse_expression(text)
    assert code(expression, columns=2, functions=32, rows=64) == (pytest.approx(bits), constants)


@pytest.mark.parametrize(
    ("share", "a", "b"), [(0.3, 4.5, 1.0), (1e-4, 20.0, 1.5), (0.5, 2.0, 0.5), (0.9, 30.0, 6.0)]
)
def test_beta_and_its_bound(share, a, b, monkeypatch):
    exact = beta.logcdf(share, a, b) / np.log(2)
    assert chance._log2_beta(share, a, b) == pytest.approx(exact)
    monkeypatch.setattr("scipy.special.betainc", lambda *_: 0.0)
    bound = chance._log2_beta(share, a, b)
    assert bound >= exact - 1e-9
    if share < 0.01:
        assert bound == pytest.approx(exact, rel=0.01)


def test_tiny_shares_have_bits(discovery):
    x = np.linspace(1, 2, 400)[:, None]
    exact = chance_bits(law(discovery, "3*x1"), x, y=3 * x[:, 0], sigma=None, functions=40)
    assert 10_000 < exact < 400 * 53


@pytest.mark.parametrize("errors", ["equal", "given"])
def test_noise_comes_to_b_bits_less_often_than_2_to_the_minus_b(discovery, errors):
    """The best of all lines and products of two columns, fitted to noise, 3000 times."""
    random = np.random.default_rng(0)
    n, columns, draws, found = 12, 4, 3000, []
    x = random.normal(size=(n, columns))
    sigma = random.uniform(0.5, 2, n)
    terms = [(f"x{i + 1}",) for i in range(columns)]
    terms += [(f"x{i + 1}", f"x{j + 1}") for i, j in itertools.combinations(range(columns), 2)]
    values = [np.prod([x[:, int(name[1:]) - 1] for name in names], axis=0) for names in terms]
    length = [
        code(parse_expression("2.5 + 1.5*" + "*".join(t)), columns=columns, functions=0.1, rows=n)[0]
        for t in terms
    ]
    for _ in range(draws):
        y = random.normal(size=n) * (sigma if errors == "given" else 1.0)
        weight = 1 / sigma if errors == "given" else np.ones(n)
        bits = []
        for value, names, size in zip(values, terms, length, strict=True):
            slope, offset = map(float, np.polyfit(value, y, 1, w=weight))
            left = np.sum((weight * (y - slope * value - offset)) ** 2)
            total = np.sum((weight * (y - np.average(y, weights=weight**2))) ** 2)
            bits.append(-np.log2(beta.cdf(left / total, (n - 3) / 2, 1)) - size - 1)
            if len(found) < 5:
                made = law(discovery, f"{offset!r} + {slope!r}*{'*'.join(names)}", errors=errors)
                ours = chance_bits(made, x, y=y, sigma=sigma, functions=0.1)
                assert ours == pytest.approx(max(bits[-1], 0.0), abs=1e-6)
        found.append(max(bits))
    for b in (-6, -4, -2):
        assert np.mean(np.array(found) >= b) <= 2.0**-b


def test_proportional_errors_are_judged_in_logarithms(discovery):
    random = np.random.default_rng(1)
    x = np.exp(random.uniform(-3, 3, (60, 1)))
    y = x[:, 0] ** 1.5 * np.exp(random.normal(0, 0.1, 60))
    equal, relative = (
        chance_bits(law(discovery, "x1**1.5", errors=errors), x, y=y, sigma=None, functions=40)
        for errors in ("equal", "proportional")
    )
    assert relative > equal > 0


def test_more_constants_than_rows_say_nothing(discovery):
    x = np.arange(4.0)[:, None]
    text = "1.5 + 2.5*x1 + 3.5*x1**2 + 4.5*x1**3"
    assert chance_bits(law(discovery, text), x, y=np.array([1.0, 5, 2, 7]), sigma=None, functions=40) == 0.0


def test_an_effect_is_that_of_rank_correlation():
    random = np.random.default_rng(2)
    x = random.normal(size=(30, 1))
    y = np.exp(x[:, 0]) + random.normal(size=30)
    assert 2.0 ** -effect_bits(x, y) == pytest.approx(spearmanr(x[:, 0], y).pvalue)


def test_noise_has_an_effect_as_often_as_it_may():
    random = np.random.default_rng(3)
    found = [effect_bits(random.normal(size=(20, 3)), random.standard_cauchy(20)) for _ in range(2000)]
    for bits in (1, 3, 5):
        assert np.mean(np.array(found) >= bits) == pytest.approx(2.0**-bits, rel=0.25)


@pytest.mark.parametrize(("rows", "bits"), [(5, 0.0), (40, 997)])
def test_few_rows_and_perfect_order(rows, bits):
    x = np.random.default_rng(4).normal(size=(rows, 3))
    x[:, 0] = np.arange(rows)
    assert effect_bits(x, np.arange(float(rows))) == pytest.approx(bits, abs=1)


def test_a_target_that_is_constant_on_these_rows_says_nothing(discovery):
    x = np.random.default_rng(5).normal(size=(20, 2))
    assert chance_bits(law(discovery, "3.5"), x, y=np.full(20, 3.5), sigma=None, functions=40) == 0.0
    assert effect_bits(x, np.full(20, 3.5)) == 0.0
