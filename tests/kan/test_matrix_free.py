"""Products with the Jacobian and conjugate gradients against the dense equations."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from symkan.kan.equations import Dense
from symkan.kan.jacobian import Plan, forward, pack, sweep
from symkan.kan.layer import ABSENT
from symkan.kan.levenberg_marquardt import Run
from symkan.kan.matrix_free import Linearised, MatrixFree, conjugate_gradients
from symkan.kan.network import Networks
from symkan.kan.rows import Rows
from symkan.kan.training import train
from symkan.options import TrainOptions
from symkan.symbolic.activation import Edge
from symkan.symbolic.library import Library


def _rows(count: int, inputs: int, outputs: int, *, weighted: bool = False) -> Rows:
    generator = torch.Generator().manual_seed(7)
    x = 2 * torch.rand(count, inputs, generator=generator, dtype=torch.float64) - 1
    y = torch.stack([torch.sin((j + 2) * x[:, 0]) * x[:, 1] for j in range(outputs)], -1)
    weight = 0.5 + torch.rand(count, generator=generator, dtype=torch.float64) if weighted else None
    return Rows(x, y, x[:0], y[:0], weight)


def _network(widths: list[int | tuple[int, int]]) -> Networks:
    """All kinds of edges."""
    kan = Networks(widths, restarts=3, seed=2)
    kan.stack[0].kind[1, 0] = ABSENT
    library = Library.default()
    kan = kan.fix(Edge(0, 0, 1), library["sin"], a=1.3, b=0.2, c=0.7, d=0.1)
    return kan.fix(Edge(1, 0, 0), library["exp"], a=0.4, c=0.5)


shapes = pytest.mark.parametrize("widths", [[2, 3, 2], [2, (2, 2), 2], [2, 3, (1, 1)], [2, (2, 1), 2, 1]])


@shapes
def test_products_with_the_jacobian(widths: list[int | tuple[int, int]]) -> None:
    kan, rows = _network(widths), _rows(25, 2, 1)
    plan = Plan.of(kan, rows.x)
    passes = forward(kan, plan)
    J, operator = sweep(kan, plan, passes), Linearised.at(kan, plan, passes)
    generator = torch.Generator().manual_seed(0)
    v = torch.randn(3, J.shape[-1], generator=generator, dtype=torch.float64)
    u = torch.randn(J.shape[:3], generator=generator, dtype=torch.float64)
    torch.testing.assert_close(operator.push(v), torch.einsum("rnmp,rp->rnm", J, v))
    torch.testing.assert_close(operator.pull(u), torch.einsum("rnmp,rnm->rp", J, u))


@shapes
@pytest.mark.parametrize("weighted", [False, True])
def test_step_equals_that_of_the_dense_equations(widths: list[int | tuple[int, int]], weighted: bool) -> None:
    kan = _network(widths)
    rows = _rows(40, 2, kan.architecture.widths[-1], weighted=weighted)
    plan = Plan.of(kan, rows.x)
    passes = forward(kan, plan)
    dense = Dense.at(kan, plan, passes, rows, None)
    free = MatrixFree.at(kan, plan, passes, rows, iterations=3000)
    torch.testing.assert_close(free.g, dense.g[..., 0])
    torch.testing.assert_close(free.diagonal, dense.A.diagonal(dim1=1, dim2=2))
    damping = torch.tensor([1.0, 1e-1, 1e-2], dtype=torch.float64)
    exact = dense.solve(damping, 1e-12)
    close = free.solve(damping, 1e-12, torch.full_like(damping, 1e-10))
    assert bool(((close - exact).norm(dim=1) < 1e-6 * exact.norm(dim=1)).all())
    better = torch.tensor([True, False, True])
    assert torch.equal(
        free.join(replace(free, g=-free.g), better).g, torch.where(better[:, None], -1, 1) * free.g
    )
    one = free.select(torch.tensor([2])).solve(damping[2:], 1e-12)
    torch.testing.assert_close(one, free.solve(damping, 1e-12)[2:])


def test_gradient_against_autograd() -> None:
    kan, rows = Networks([2, (2, 1), 1], seed=4), _rows(30, 2, 1)
    plan = Plan.of(kan, rows.x)
    passes = forward(kan, plan)
    gradient = Linearised.at(kan, plan, passes).pull(passes[-1].nodes - rows.y)
    (kan(rows.x) - rows.y).square().sum().div(2).backward()
    for layer in kan.stack:
        assert layer.coefficients.grad is not None
        layer.coefficients.data = layer.coefficients.grad
    torch.testing.assert_close(gradient, pack(kan))


def test_conjugate_gradients_end_on_their_own() -> None:
    scale = torch.tensor([[1.0, 2.0, 5.0], [3.0, 3.0, 3.0]], dtype=torch.float64)
    g = torch.tensor([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]], dtype=torch.float64)

    def times(v: Tensor) -> Tensor:
        return scale * v

    x = conjugate_gradients(times, g, torch.ones_like(g), torch.full((2,), 1e-12, dtype=torch.float64), 10)
    torch.testing.assert_close(x, g / scale)


def test_training_reaches_the_loss_of_the_dense_equations() -> None:
    rows, kan, options = _rows(200, 2, 1), Networks([2, 3, 1], seed=1), TrainOptions(steps=15)
    dense = train(kan, rows, options=options)
    free = train(kan, rows, options=replace(options, dense=30, iterations=100))
    assert free.train_curve[0] == dense.train_curve[0]
    assert free.train_rmse[0] < 2 * dense.train_rmse[0]


def test_a_hundred_thousand_coefficients() -> None:
    rows = _rows(1000, 10, 1)
    kan = Networks([10, 100, 100, 1], intervals=6)
    assert sum(layer.coefficients.numel() for layer in kan.stack) == 99_900
    run = Run(kan, rows, TrainOptions())
    assert isinstance(run.equations, MatrixFree)
    before = run.loss
    run.step()
    assert bool((run.loss < 0.5 * before).all())


def test_small_networks_keep_the_dense_equations() -> None:
    assert isinstance(Run(Networks([2, 5, 1]), _rows(100, 2, 1), TrainOptions()).equations, Dense)


def test_an_outer_layer_too_wide_to_be_solved_is_trained_with_the_rest() -> None:
    options = TrainOptions(dense=20)
    run = Run(Networks([2, 3, 1], seed=1), _rows(100, 2, 1), options)
    before = run.loss
    assert float(before) > float(
        Run(Networks([2, 3, 1], seed=1), _rows(100, 2, 1), replace(options, dense=30)).loss
    )
    for _ in range(10):
        run.step()
    assert bool((run.loss < 0.5 * before).all())


@pytest.mark.parametrize("weighted", [False, True])
def test_dense_equations_are_those_of_all_chunks_of_rows(
    weighted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kan, rows = _network([2, (2, 1), 2]), _rows(40, 2, 2, weighted=weighted)
    plan = Plan.of(kan, rows.x)
    passes = forward(kan, plan)
    whole = Dense.at(kan, plan, passes, rows, None)
    monkeypatch.setattr("symkan.kan.equations.CHUNK", 7 * 3 * 2 * plan.parameters)
    parts = Dense.at(kan, plan, passes, rows, None)
    torch.testing.assert_close(parts.A, whole.A)
    torch.testing.assert_close(parts.g, whole.g)
