import numpy as np
import pytest
import sympy

from symkan.bench.catalogue import Catalogue, Law, Variable
from symkan.bench.judge import judge
from symkan.symbolic.parsing import parse_expression


def law(formula, *ranges):
    names = "abcd"
    variables = tuple(Variable(n, "1", *r) for n, r in zip(names, ranges, strict=False))
    return Law("law", formula, variables, "y", "1")


def verdict(answer, truth, **options):
    return judge(parse_expression(answer), truth, **options)


SMALL = law("a - a**3/6", (0.0, 0.2))
LINE = law("a", (1, 5))
BELL = law("exp(-(b/a)**2/2)/(sqrt(2*pi)*a)", (1, 3), (1, 3))
SQUARE = law("a**2*b/2", (1, 5), (1, 5))
POLE = law("a/(b - c)", (1, 3), (4, 6), (1, 3))


@pytest.mark.parametrize(
    ("answer", "truth"),
    [
        ("x1 - x1**3/6", SMALL),
        ("x1*(6 - x1*x1)/6", SMALL),
        ("0.3989422804014327*exp(-0.5*x2**2/x1**2)/x1", BELL),
        ("exp(-x2^2/(2*x1^2) - log(x1))/sqrt(2*pi)", BELL),
        ("0.125*((x1**2 + x2)**2 - (x1**2 - x2)**2)", SQUARE),
        ("1/(x2/x1 - x3/x1)", POLE),
        ("1.000000001*x1", LINE),
    ],
)
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_equal_forms_are_recovered(answer, truth, noise):
    assert verdict(answer, truth, noise=noise).recovered


@pytest.mark.parametrize(
    ("answer", "truth"),
    [
        ("sin(x1)", SMALL),
        ("0.999*x1", LINE),
        ("x1 + 0.00001", LINE),
        ("x1 + x1**2/1000000", LINE),
        ("x1*0 + 3", LINE),
        ("sqrt(-x1)", LINE),
        ("x1 + log(5 - x1)/10^9", LINE),  # undefined beyond
        ("x1/(x2 - x3) + 10^(-4)/x2", POLE),
        ("g1(x1)", LINE),
        ("x2", LINE),
    ],
)
def test_near_misses_are_refused(answer, truth):
    found = verdict(answer, truth)
    assert not found.recovered
    assert not found.clean


def polynomial(x, y):
    """A fit of high degree to the rows."""
    fit = np.polynomial.Polynomial.fit(x, y, 12).convert()
    return sum(sympy.Float(c) * parse_expression("x1") ** i for i, c in enumerate(fit.coef))


def cubic_spline(x, y):
    """A fit of sixty pieces to the rows, as a sum of |x - knot|³."""
    knots = np.linspace(x.min(), x.max(), 61)[1:-1]
    basis = np.column_stack([*(x**i for i in range(4)), *(np.abs(x - k) ** 3 for k in knots)])
    coefficients = [sympy.Float(c) for c in np.linalg.lstsq(basis, y, rcond=None)[0]]
    x1 = parse_expression("x1")
    terms = [*(x1**i for i in range(4)), *(sympy.Abs(x1 - float(k)) ** 3 for k in knots)]
    return sum(c * term for c, term in zip(coefficients, terms, strict=True))


@pytest.mark.parametrize(
    ("approximation", "noise"), [(polynomial, 0.0), (polynomial, 0.01), (cubic_spline, 0.0)]
)
def test_an_approximation_of_the_values_in_the_box_is_refused(approximation, noise):
    truth = law("log(a)", (1, 5))
    x, y = truth.sample(1000, 0)
    found = judge(approximation(x[:, 0], y), truth, noise=noise)
    assert found.nrmse < 1e-6
    assert found.nrmse_beyond > 1e-3
    assert not found.recovered


@pytest.mark.parametrize(
    ("answer", "truth"),
    [
        ("1.01*x1**2*x2*0.49", SQUARE),
        ("0.41*exp(-0.48*x2**2/x1**2)/x1", BELL),
        ("1.02*x1/(x2 - 0.99*x3)", POLE),
        ("0.02 + 0.98*x1", LINE),
        ("1.003*x1^1.02", LINE),
    ],
)
def test_with_noise_the_constants_are_fitted_first(answer, truth):
    assert verdict(answer, truth, noise=0.1).recovered
    assert not verdict(answer, truth).recovered


@pytest.mark.parametrize(
    ("answer", "truth"),
    [
        ("0.5*x1*x2 + 2.1", SQUARE),
        ("0.3*exp(-0.4*x2/x1)", BELL),
        ("1.5*x1 + 0.3*x1/x2", POLE),
        ("0.97*sin(1.01*x1)", SMALL),
        ("2.0*x1 - 0.1*x1^1.5", law("a*log(a)", (1, 5))),
        ("0.999*g1(1.5*x1)", LINE),
        ("99*x1/100", LINE),  # exact numbers are part of the form
    ],
)
def test_with_noise_a_wrong_form_stays_wrong(answer, truth):
    assert not verdict(answer, truth, noise=0.1).recovered


def test_clean_is_recovered_and_short():
    truth = law("a + b", (1, 5), (1, 5))
    long = "+".join(["x1", *["sin(x2)**2*x2 + cos(x2)**2*x2 - x2"] * 3, "x2"])
    assert verdict("x1 + x2", truth).clean
    assert verdict(long, truth).recovered
    assert not verdict(long, truth).clean


def test_rows_where_the_law_is_undefined_do_not_count():
    truth = law("asin(a*b)", (0, 1), (0, 1))
    assert verdict("asin(x1*x2)", truth).recovered


@pytest.mark.parametrize("name", ["feynman", "physics", "strogatz", "nguyen", "kan-paper", "separable"])
def test_each_law_recovers_itself(name):
    for truth in Catalogue.load(name).laws:
        found = judge(truth.expression, truth)
        assert found.clean, truth.name
        assert found.nrmse == 0
