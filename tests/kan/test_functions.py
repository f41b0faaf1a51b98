"""Library functions in torch are those in numpy."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from symkan.kan.functions import slope_of, value_of
from symkan.symbolic.library import Library

LIBRARY = Library().add("mine", "x**3*exp(-x**2)/(1 + x^6) + j0(x) + sqrt(2)")
PLACES = np.concatenate(
    [np.linspace(-4, 4, 41), np.linspace(-0.95, 0.95, 20), [1e-9, -1e-9, 90.0, -90.0, 800.0]]
)

every_function = pytest.mark.parametrize("function", LIBRARY, ids=lambda f: f.name)


@every_function
def test_values_and_slopes(function):
    u = torch.tensor(PLACES).reshape(3, -1)
    for ours, expected in (
        (value_of(function)(u), function.values(u.numpy())),
        (slope_of(function)(u), function.slopes(u.numpy())),
    ):
        assert ours.shape == u.shape
        assert ours.dtype == torch.float64
        flat = ours.clone()
        flat[~flat.isfinite()] = torch.nan
        assert_allclose(flat.numpy(), expected, rtol=1e-11, atol=1e-13)


@every_function
def test_autograd_gives_the_slope(function):
    inside = np.isfinite(function.values(PLACES)) & np.isfinite(function.slopes(PLACES))
    u = torch.tensor(PLACES[inside], requires_grad=True)
    value_of(function)(u).sum().backward()
    assert_allclose(u.grad.numpy(), function.slopes(PLACES[inside]), rtol=1e-11, atol=1e-13)


def test_second_derivatives():
    u = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(value_of(LIBRARY["sin"])(u).sum(), u, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), u)
    assert_allclose(second, -torch.sin(u.detach()))


def test_removable_gaps_are_filled():
    zero = torch.zeros(1, dtype=torch.float64)
    assert value_of(LIBRARY["sinc"])(zero) == 1
    assert slope_of(LIBRARY["sinc"])(zero) == 0
    assert slope_of(LIBRARY["j1"])(zero) == 0.5
    assert not value_of(LIBRARY["1/x"])(zero).isfinite().any()


def test_values_outside_the_domain_are_not_finite():
    u = torch.tensor([-2.0], dtype=torch.float64)
    for name in ("sqrt", "log", "x^1.5", "asin", "acosh", "atanh", "x*log(x)", "1/sqrt"):
        assert not value_of(LIBRARY[name])(u).isfinite().any()
