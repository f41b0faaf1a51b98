"""Every library function and its slope against mpmath, an independent implementation."""

import mpmath
import numpy as np
import pytest
import sympy
from numpy.testing import assert_allclose

from symkan.errors import ExpressionError, OptionError
from symkan.symbolic.expressions import constant, symbol
from symkan.symbolic.library import Function, Library, U, derivative, independent, limit_at_zero
from symkan.symbolic.parsing import parse_expression

DEFAULT = Library.default()
every_function = pytest.mark.parametrize("function", DEFAULT, ids=lambda f: f.name)


def places(function):
    """Thirty places inside the domain."""
    everywhere = np.random.default_rng(0).uniform(-1, 1, 2000) * np.geomspace(0.05, 6, 2000)
    inside = everywhere[np.isfinite(function.values(everywhere)) & np.isfinite(function.slopes(everywhere))]
    return np.sort(inside[:: len(inside) // 30][:30])


def by_mpmath(function):
    return sympy.lambdify(U, function.expression, "mpmath")


@every_function
def test_values(function):
    u = places(function)
    assert len(u) == 30
    exact = by_mpmath(function)
    with mpmath.workdps(40):
        expected = [float(exact(mpmath.mpf(v))) for v in u]
    assert_allclose(function.values(u), expected, rtol=1e-13, atol=1e-14)


@every_function
def test_slopes(function):
    u = places(function)
    exact = by_mpmath(function)
    with mpmath.workdps(60):
        expected = [float(mpmath.diff(exact, mpmath.mpf(v), h=mpmath.mpf(10) ** -25)) for v in u]
    assert_allclose(function.slopes(u), expected, rtol=1e-10, atol=1e-13)


@every_function
def test_free_parameters_are_those_that_are_independent(function):
    if function.name != "constant":
        assert independent(function.expression) == function.free


@every_function
def test_shapes_and_definitions(function):
    u = np.linspace(0.1, 0.9, 6).reshape(2, 3)
    assert function.values(u).shape == function.slopes(u).shape == (2, 3)
    assert function.values(np.zeros(0)).shape == (0,)
    assert function.expression.free_symbols <= {U}
    assert not derivative(function.expression).atoms(sympy.Derivative, sympy.DiracDelta, sympy.Piecewise)
    assert not function.alias or function.alias in DEFAULT.names
    hash(function)


def test_issue_names_are_there():
    expected = (
        "constant,x,x^2,x^3,x^4,x^5,1/x,1/x^2,1/x^3,sqrt,1/sqrt,x^1.5,power,abs,sign,exp,log,sin,cos,tan"
    )
    expected += ",sinh,cosh,tanh,asin,acos,atan,asinh,acosh,atanh,gaussian,sinc,sigmoid,softplus,x*log(x)"
    expected += ",x*exp(x),lorentz,bose,erf,j0,j1"
    assert Library.parse(expected).names == DEFAULT.names
    assert [f.name for f in DEFAULT if f.logarithmic] == ["power"]


def test_outside_the_domain_values_are_nan():
    for name, place in {
        "sqrt": -1,
        "log": -1,
        "asin": 2,
        "acosh": 0.5,
        "atanh": 1,
        "1/x": 0,
        "x^1.5": -1,
    }.items():
        assert np.isnan(DEFAULT[name].values(np.array([place, place]))).all()


@pytest.mark.parametrize(
    "text",
    ["acosh(u)", "log(u)", "u*log(u)", "1/(exp(u) - 1)", "cos(u)/u - sin(u)/u**2", "sin(sqrt(u))/sqrt(u)"],
)
def test_limits_by_values_are_those_of_algebra(text):
    expression = parse_expression(text, names=["u"])
    value = constant(sympy.limit(expression, U, 0))
    assert limit_at_zero(expression) == (value if np.isfinite(value) else None)


def test_limits_at_zero():
    zero = np.zeros(1)
    assert DEFAULT["sinc"].values(zero) == 1
    assert DEFAULT["sinc"].slopes(zero) == 0
    assert DEFAULT["x*log(x)"].values(zero) == 0
    assert DEFAULT["j1"].slopes(zero) == 0.5
    assert np.isnan(DEFAULT["bose"].values(zero))


def test_far_values_do_not_overflow():
    far = np.array([-800.0, 800.0])
    for name, values, slopes in (
        ("softplus", [0, 800], [0, 1]),
        ("sigmoid", [0, 1], [0, 0]),
        ("bose", [-1, 0], [0, 0]),
        ("tanh", [-1, 1], [0, 0]),
        ("gaussian", [0, 0], [0, 0]),
    ):
        assert_allclose(DEFAULT[name].values(far), values, atol=1e-300)
        assert_allclose(DEFAULT[name].slopes(far), slopes, atol=1e-300)


def test_small_differences_do_not_cancel():
    u = np.array([1e-9])
    assert_allclose(DEFAULT["bose"].values(u), 1 / np.expm1(u), rtol=1e-15)
    assert_allclose(DEFAULT["bose"].slopes(u), -1e18, rtol=1e-8)


def test_adding_a_function():
    library = DEFAULT.add("witch", "8/(4 + x**2)")
    assert "witch" not in DEFAULT
    assert len(library) == len(DEFAULT) + 1
    assert library["witch"] == Function("witch", 8 / (4 + U**2), 4, "abcd")
    assert_allclose(library["witch"].values(np.array([0.0, 2.0])), [2, 1])
    assert library.add("witch", "x^6", complexity=9)["witch"] == Function("witch", U**6, 9, "bcd")
    z = symbol("z")
    assert Library(()).add("cube", z**3).functions == (Function("cube", U**3, 2, "bcd"),)
    assert independent(sympy.exp(2 * U)) == "acd"


def test_selecting():
    assert DEFAULT.select(["exp", "sin"]).names == ("exp", "sin")
    assert Library.parse(" sin , m = besselj(0, (x+1)) ,x^2").names == ("sin", "m", "x^2")
    assert Library() == Library.default()
    assert Library.parse("all") == Library()
    assert Library.parse("all,witch=8/(4+x^2)") == DEFAULT.add("witch", "8/(4+x**2)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "library: no function is named; give some, such as sin,exp,x\\^2"),
        (",", "no function is named"),
        ("sinn", "library: no function is called 'sinn'; did you mean sin"),
        ("§§§", "library: no function is called '§§§'; choose from constant, x, x\\^2, "),
        ("a b=x", "library: the name 'a b' is empty or has a comma, = or blank; choose another"),
        ("=x", "the name '' is empty"),
        ("one=1", "library: one = 1 has no or several variables; define it in x alone"),
        ("two=besselj(2,x)", "a Bessel function other than j0 and j1; use these"),
        ("never=sqrt(-1-x^2)", "library: never = .* is undefined almost everywhere; check its domain"),
    ],
)
def test_unusable_libraries_are_refused(text, message):
    with pytest.raises(OptionError, match=message):
        Library.parse(text)


def test_unusable_definitions_are_refused():
    with pytest.raises(ExpressionError, match="no variable is called 'y'; known are x, pi, E"):
        Library.parse("mine=x+y")
    with pytest.raises(OptionError, match="no or several variables"):
        DEFAULT.add("mine", symbol("a") + symbol("b"))


@pytest.mark.parametrize("definition", ["cos(log(x))", "sin(1/x)"])
def test_functions_without_a_limit_at_zero(definition):
    library = Library.default().add("mine", definition)
    assert limit_at_zero(library["mine"].expression) is None
