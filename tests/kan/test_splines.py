"""Splines against scipy's, a second implementation."""

import numpy as np
import pytest
import torch
from scipy.interpolate import BSpline

from symkan.kan import splines


def random_grid(*shape: int, seed: int = 0) -> torch.Tensor:
    steps = 0.2 + torch.rand(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return steps.cumsum(-1) - 2


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_basis_agrees_with_scipy_on_uneven_grids(order):
    knots = splines.extend_grid(random_grid(2, 3, 7), order)
    z = 5 * torch.rand(2, 60, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) - 2
    values, slopes = splines.basis(z, knots, order)
    for r, m in np.ndindex(2, 3):
        t, u = knots[r, m].numpy(), z[r, :, m].numpy()
        low, high = t[order], t[-order - 1]
        inside = np.clip(u, low, high)
        for b in range(6 + order):
            f = BSpline(t, np.eye(6 + order)[b], order)
            # scipy's slope at a knot of a piecewise line is one-sided: stay off the very ends
            place = np.clip(inside, low + 1e-12, high - 1e-12)
            slope = f.derivative()(place)
            np.testing.assert_allclose(slopes[r, :, m, b].numpy(), slope, atol=1e-9)
            np.testing.assert_allclose(values[r, :, m, b].numpy(), f(place) + (u - inside) * slope, atol=1e-9)


def test_splines_go_on_as_straight_lines():
    knots = splines.extend_grid(random_grid(1, 1, 6), 3)
    low, high = float(knots[0, 0, 3]), float(knots[0, 0, -4])
    z = torch.tensor([low - 2, low - 1, low, high, high + 1, high + 2], dtype=torch.float64)[None, :, None]
    values, slopes = splines.basis(z, knots, 3)
    torch.testing.assert_close(values[0, 1] - values[0, 0], values[0, 2] - values[0, 1])
    torch.testing.assert_close(values[0, 5] - values[0, 4], values[0, 4] - values[0, 3])
    torch.testing.assert_close(slopes[0, 4], slopes[0, 3])


def test_basis_sums_to_one_and_knots_may_coincide():
    grid = torch.tensor([[[-1.0, -0.2, -0.2, 0.5, 1.0]]], dtype=torch.float64)
    values, slopes = splines.basis(
        torch.linspace(-1, 1, 41, dtype=torch.float64)[None, :, None], splines.extend_grid(grid, 3), 3
    )
    torch.testing.assert_close(values.sum(-1), torch.ones(1, 41, 1, dtype=torch.float64))
    torch.testing.assert_close(slopes.sum(-1), torch.zeros(1, 41, 1, dtype=torch.float64), atol=1e-12, rtol=0)


def test_slopes_are_those_of_autograd():
    knots = splines.extend_grid(random_grid(1, 2, 6), 3)
    z = torch.linspace(-2.5, 3, 40, dtype=torch.float64)[None, :, None].repeat(1, 1, 2).requires_grad_()
    c = torch.linspace(-1, 1, 8, dtype=torch.float64) ** 2
    values, slopes = splines.basis(z, knots, 3)
    (grad,) = torch.autograd.grad((values @ c).sum(), z)
    torch.testing.assert_close(grad, (slopes @ c).detach())


def test_fit_coefficients_recovers_a_spline():
    knots = splines.extend_grid(random_grid(1, 1, 6), 3)
    c = torch.randn(8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    z = torch.linspace(float(knots[0, 0, 3]), float(knots[0, 0, -4]), 200, dtype=torch.float64)[None, :, None]
    y = (splines.basis(z, knots, 3)[0] @ c)[:, :, None]
    torch.testing.assert_close(splines.fit_coefficients(z, y, knots, 3)[0, 0, 0], c, atol=1e-7, rtol=0)


def test_sample_grid_covers_the_samples_and_a_constant_column():
    z = torch.stack([torch.linspace(1, 2, 50) ** 3, torch.full((50,), 4.0)], -1)[None].double()
    knots = splines.sample_grid(z, 5, 3, quantile=0.5)
    torch.testing.assert_close(knots[0, 0, [3, -4]], z[0, [0, -1], 0])
    assert bool((knots.diff(dim=-1) > 0).all())
