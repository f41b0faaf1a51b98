"""Weights of rows: a row of weight 2 counts like four of them, a row of weight 0 like none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from symkan.kan.gauge import settle
from symkan.kan.jacobian import Plan
from symkan.kan.network import Networks
from symkan.kan.rows import Rows, rmse, rmse_of
from symkan.kan.training import levenberg_marquardt, train
from symkan.options import TrainOptions
from symkan.symbolic.activation import Edge


def noisy_rows(count: int = 120) -> Rows:
    """Rows with uneven noise, so that weights matter; every third row has weight 2."""
    generator = torch.Generator().manual_seed(4)
    x = 2 * torch.rand(count + 40, 2, dtype=torch.float64, generator=generator) - 1
    y = torch.sin(2.3 * x[:, :1] + x[:, 1:] ** 2)
    y = y + 0.2 * torch.randn(y.shape, dtype=torch.float64, generator=generator)
    weight = torch.ones(count, dtype=torch.float64)
    weight[::3] = 2.0
    return Rows(x[:count], y[:count], x[count:], y[count:], weight)


def repeated(rows: Rows) -> Rows:
    """The same with rows of weight w there w² times."""
    index = torch.arange(len(rows.x)).repeat_interleave(rows.weight.square().to(torch.int64))
    return Rows(rows.x[index], rows.y[index], rows.x_validation, rows.y_validation)


def design(kan: Networks, x: torch.Tensor) -> np.ndarray:
    """Outputs by each parameter of the last layer: it is linear in them."""
    kan, columns = kan.clone(), []
    for parameter in (kan.stack[-1].coefficients, kan.stack[-1].affine):
        parameter.data.zero_() if parameter.shape[-1] != 4 else parameter.data[..., 2:].zero_()
    spline, affine = kan.stack[-1].coefficients.data, kan.stack[-1].affine.data[..., 2:]
    for part in (spline, affine):
        for place in np.ndindex(*part.shape[1:]):
            part[(0, *place)] = 1.0
            columns.append(kan(x)[0, :, 0].detach().numpy())
            part[(0, *place)] = 0.0
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("symbolic", [False, True], ids=["splines", "with a sine"])
@pytest.mark.parametrize("kind", ["none", "one", "uneven"])
def test_the_outer_layer_is_the_weighted_least_squares_fit(functions, symbolic, kind):
    rows = noisy_rows()
    weight = {"none": None, "one": torch.ones(len(rows.x), dtype=torch.float64), "uneven": rows.weight**3}[
        kind
    ]
    kan = Networks([2, 2, 1], intervals=4, seed=5)
    if symbolic:
        kan = kan.fix(Edge(1, 0, 1), functions["sin"], a=1.1, b=0.3, c=0.7, d=0.0)
    settle(kan, Plan.of(kan, rows.x), replace(rows, weight=weight))
    a, w = design(kan, rows.x), np.ones(len(rows.x)) if weight is None else weight.numpy()
    c, *_ = np.linalg.lstsq(a * w[:, None], rows.y[:, 0].numpy() * w, rcond=1e-12)
    np.testing.assert_allclose(kan(rows.x)[0, :, 0].detach().numpy(), a @ c, atol=1e-6)


@pytest.mark.parametrize("held_out", [True, False])
def test_weighted_training_is_training_on_repeated_rows(held_out):
    rows = noisy_rows()
    if not held_out:
        rows = Rows(rows.x, rows.y, rows.x[:0], rows.y[:0], rows.weight)
    kan = Networks([2, 2, 1], intervals=3, restarts=2, seed=1)
    options = TrainOptions(steps=8)
    weighted, expected = train(kan, rows, options=options), train(kan, repeated(rows), options=options)
    torch.testing.assert_close(weighted.kan(rows.x), expected.kan(rows.x), atol=1e-6, rtol=0)
    plain = train(kan, replace(rows, weight=None), options=options)
    difference = plain.kan(rows.x) - expected.kan(rows.x)
    assert float(difference.detach().abs().max()) > 1e-2  # weights do matter here
    ratio = float(rows.weight.square().mean().sqrt())
    np.testing.assert_allclose(weighted.train_rmse, ratio * expected.train_rmse, rtol=1e-6)
    if held_out:  # held-out rows have no weights
        np.testing.assert_allclose(weighted.validation_rmse, expected.validation_rmse, rtol=1e-6)


def test_weights_survive_a_bare_fit():
    rows = noisy_rows()
    kan = Networks([2, 2, 1], intervals=3, seed=2)
    weighted, loss, _ = levenberg_marquardt(kan, rows, 5)
    expected, _, _ = levenberg_marquardt(kan, repeated(rows), 5)
    torch.testing.assert_close(weighted(rows.x), expected(rows.x), atol=1e-6, rtol=0)
    torch.testing.assert_close(loss, rmse_of(weighted(rows.x), rows.y, rows.weight).detach())


def test_rows_of_no_weight_do_not_count():
    rows = noisy_rows()
    weight = torch.ones(len(rows.x), dtype=torch.float64)
    weight[::4] = 0.0
    spoilt = rows.y.clone()
    spoilt[::4] = 1e3
    kan = Networks([2, 2, 1], intervals=3, seed=3)
    first, second = (
        train(kan, replace(rows, y=y, weight=weight), options=TrainOptions(steps=6)) for y in (rows.y, spoilt)
    )
    torch.testing.assert_close(first.kan(rows.x), second.kan(rows.x), atol=1e-6, rtol=0)
    np.testing.assert_allclose(first.train_rmse, second.train_rmse, rtol=1e-6)


def test_the_size_of_weights_does_not_matter():
    rows = noisy_rows()
    kan = Networks([2, 2, 1], intervals=3, seed=6)
    one, other = (
        train(kan, replace(rows, weight=size * rows.weight), options=TrainOptions(steps=6))
        for size in (1.0, 1e-4)
    )
    torch.testing.assert_close(one.kan(rows.x), other.kan(rows.x), atol=1e-6, rtol=0)
    np.testing.assert_allclose(other.train_rmse, 1e-4 * one.train_rmse, rtol=1e-5)


def test_weighted_errors_are_residuals_times_weights():
    outputs = torch.tensor([[[1.0], [2.0], [4.0]], [[0.0], [0.0], [torch.nan]]], dtype=torch.float64)
    y = torch.zeros(3, 1, dtype=torch.float64)
    weight = torch.tensor([2.0, 1.0, 0.5], dtype=torch.float64)
    found = rmse_of(outputs, y, weight)
    torch.testing.assert_close(found[0], torch.tensor(2.0, dtype=torch.float64))
    assert torch.isinf(found[1])  # undefined on a row
    kan = Networks([1, 1], seed=0)
    x = torch.linspace(-1, 1, 3, dtype=torch.float64)[:, None]
    torch.testing.assert_close(
        rmse(kan, x, y), rmse_of(kan(x).detach(), y, torch.ones(3, dtype=torch.float64))
    )
