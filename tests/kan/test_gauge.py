"""Settling changes the scale of hidden nodes and the last layer, and nothing else."""

import torch

from symkan.kan.gauge import least_squares, settle
from symkan.kan.jacobian import Plan, forward
from symkan.kan.network import Networks
from symkan.kan.rows import Rows


def test_settling_on_the_network_s_own_outputs_changes_nothing():
    kan = Networks([3, (2, 2), 1], intervals=5, restarts=2, seed=1)
    x = 2 * torch.rand(400, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) - 1
    for restart in range(2):
        one = kan.select([restart])
        y = one(x)[0].detach()
        passes = settle(one, Plan.of(one, x), Rows(x, y, x, y), ridge=1e-14)
        one_more = settle(one, Plan.of(one, x), Rows(x, y, x, y), ridge=1e-14)
        hidden = passes[0].nodes[0]
        torch.testing.assert_close(hidden[:, :2].amin(0), -torch.ones(2, dtype=torch.float64))
        torch.testing.assert_close(hidden[:, :2].amax(0), torch.ones(2, dtype=torch.float64))
        torch.testing.assert_close(one_more[0].nodes, passes[0].nodes)


def test_hidden_nodes_keep_their_shape():
    kan = Networks([2, (1, 1), 1], seed=2)
    x = 2 * torch.rand(300, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) - 1
    before = kan.trace(x)[0].nodes[0].detach()
    y = torch.zeros(300, 1, dtype=torch.float64)
    settle(kan, Plan.of(kan, x), Rows(x, y, x, y))
    after = kan.trace(x)[0].nodes[0].detach()
    for a, b in zip(before.T, after.T, strict=True):
        assert abs(float(torch.corrcoef(torch.stack([a, b]))[0, 1])) > 1 - 1e-12


def test_passes_are_those_of_a_forward_pass(mixed, positive):
    x = positive
    y = torch.rand(30, 2, dtype=torch.float64)
    plan = Plan.of(mixed, positive)
    settled = settle(mixed, plan, Rows(x, y, x, y))
    for mine, theirs in zip(settled, forward(mixed, plan), strict=True):
        torch.testing.assert_close(mine.nodes, theirs.nodes)


def test_a_product_output_keeps_its_function(positive):
    kan = Networks([3, 2, (0, 1)], intervals=30, seed=4)
    x = 2 * torch.rand(800, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) - 1
    y = kan(x)[0].detach()
    start = settle(kan, Plan.of(kan, x), Rows(x, y, x, y))  # arguments may lie outside the grid before
    kept = kan(x)[0].detach()
    torch.testing.assert_close(start[-1].nodes[0], kept)
    settle(kan, Plan.of(kan, x), Rows(x, y, x, y))
    torch.testing.assert_close(kan(x)[0].detach(), kept, atol=1e-8, rtol=0)


def test_least_squares_with_a_penalty_is_ridge_regression():
    generator = torch.Generator().manual_seed(0)
    columns = torch.randn(1, 50, 4, dtype=torch.float64, generator=generator)
    y = torch.randn(50, dtype=torch.float64, generator=generator)
    extra = 0.3 * torch.eye(4, dtype=torch.float64)[None]
    a = columns[0]
    expected = torch.linalg.solve(a.T @ a / 50 + extra[0], a.T @ y / 50)
    torch.testing.assert_close(least_squares(columns, y, 0.0, extra)[0], expected)
