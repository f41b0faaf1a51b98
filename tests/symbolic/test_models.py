"""Models against sympy: values, derivatives, and which numbers are free."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symkan.errors import ExpressionError
from symkan.symbolic.expressions import symbol
from symkan.symbolic.models import parametrise

X1, X2 = symbol("x1"), symbol("x2")
ROWS = np.random.default_rng(0).uniform(0.2, 0.9, (12, 2))
FUNCTIONS = [
    sympy.sin, sympy.cos, sympy.tan, sympy.sinh, sympy.cosh, sympy.tanh, sympy.asin, sympy.acos, sympy.atan,
    sympy.asinh, sympy.atanh, sympy.exp, sympy.log, sympy.sqrt, sympy.Abs, sympy.erf,
    lambda u: sympy.besselj(0, u), lambda u: sympy.besselj(1, u), lambda u: sympy.acosh(u + 2),
    lambda u: u**-2, lambda u: u**3, lambda u: u ** sympy.Rational(-1, 2),
    lambda u: u ** sympy.Rational(2, 3),
]  # fmt: skip


def against_sympy(model, rows=ROWS, theta=None):
    theta = model.start if theta is None else theta
    values, jacobian = model.jacobian(rows, theta)
    np.testing.assert_array_equal(values, model.values(rows, theta))
    constants = [symbol(c) for c in model.constants]
    for i, row in enumerate(rows[:3]):
        point = {X1: row[0], X2: row[1], **dict(zip(constants, theta, strict=True))}
        np.testing.assert_allclose(values[i], float(model.skeleton.subs(point)), rtol=1e-10)
        exact = [float(sympy.diff(model.skeleton, c).subs(point)) for c in constants]
        np.testing.assert_allclose(jacobian[i], exact, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_the_derivative_of_sympy(function):
    against_sympy(parametrise(1.5 * function(0.6 * X1 + 0.2 * X2 + 0.05) + 0.3))


@pytest.mark.parametrize(
    "expression",
    [
        X1 ** sympy.Float(1.7),
        X1 ** (0.3 * X2),
        sympy.Float(1.7) ** X1,
        1.1 * X1 * X2 * sympy.exp(-0.5 * X1) / (0.4 + X2**2.5),
        sympy.Float(3.5),
        2 * sympy.pi * X1 + 0.1 * X2,
    ],
)
def test_powers_and_constants(expression):
    model = parametrise(expression)
    against_sympy(model)
    assert model.values(ROWS, model.start).shape == (12,)


def unary(children):
    tame = [sympy.sin, sympy.cos, sympy.tanh, sympy.atan, sympy.asinh, lambda u: sympy.exp(-(u**2))]
    return st.builds(lambda f, a: f(a), st.sampled_from(tame), children)


LEAVES = st.one_of(
    st.sampled_from([X1, X2]),
    st.floats(0.25, 2).map(sympy.Float),
    st.integers(1, 3).map(sympy.Integer),
)
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda c: st.one_of(st.builds(lambda a, b: a + b, c, c), st.builds(lambda a, b: a * b, c, c), unary(c)),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(EXPRESSIONS)
def test_jacobian_of_random_expressions_by_finite_differences(expression):
    model = parametrise(expression)
    values, jacobian = model.jacobian(ROWS, model.start)
    expected = [float(expression.subs({X1: a, X2: b})) for a, b in ROWS[:2]]
    np.testing.assert_allclose(values[:2], expected, rtol=1e-9, atol=1e-12)
    for i in range(len(model.constants)):
        step = np.zeros(len(model.start))
        step[i] = 1e-6
        slope = (model.values(ROWS, model.start + step) - model.values(ROWS, model.start - step)) / 2e-6
        np.testing.assert_allclose(jacobian[:, i], slope, rtol=1e-4, atol=1e-4 * (1 + np.abs(values).max()))


def test_only_floats_are_free():
    half = sympy.Rational(1, 2)
    model = parametrise(0.25 * X1**2 + half * X2 - sympy.pi)
    assert model.start.tolist() == [0.25]
    assert model.variables == ("x1", "x2")
    assert model.skeleton.has(sympy.pi)
    assert model.skeleton.has(half)


def test_numbers_with_a_float_are_one_constant():
    assert parametrise(2.5 * sympy.pi * X1).start == pytest.approx([2.5 * np.pi])
    assert parametrise(sympy.sqrt(2) * 1.5 * X1 + 1).constants == ("c1",)


def test_equal_coefficients_of_a_sum_are_one_constant():
    k = sympy.Float(3.71234567891234)
    assert parametrise(k * X1 - k * X2).constants == ("c1",)
    assert parametrise(1.5 * X1 - 1.5 * X2).constants == ("c1", "c2")
    against_sympy(parametrise(k * X1 - k * X2 + k))


def test_a_constant_times_a_sum_stays_so():
    model = parametrise(sympy.Mul(sympy.Float(1.5), X1 + X2, evaluate=False))
    assert model.constants == ("c1",)
    again = parametrise(sympy.sin(model.expression([2.25])) + X1)
    assert again.start.tolist() == [2.25]


def test_full_precision_survives_the_round_trip():
    value = 0.1 + 0.2
    model = parametrise(sympy.Float(value) * X1)
    assert model.start[0] == value
    assert float(model.expression(model.start).coeff(X1)) == value


def test_undefined_values_are_silent():
    model = parametrise(sympy.log(X1 - 0.5) + 1 / (X2 * 0.5))
    values, _ = model.jacobian(np.array([[0.1, 0.0], [1.0, 1.0]]), model.start)
    assert np.isfinite(values).tolist() == [False, True]


@pytest.mark.parametrize(("expression", "name"), [(sympy.gamma(X1), "gamma"), (symbol("t") * 2.0, "t")])
def test_what_is_unknown_is_named(expression, name):
    with pytest.raises(ExpressionError, match=f"^{name} is no"):
        _ = parametrise(expression).tape
