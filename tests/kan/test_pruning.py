"""Sparsification and pruning find the small network inside the large one."""

import numpy as np
import pytest
import torch

from symkan.errors import OptionError
from symkan.kan.network import Networks
from symkan.kan.penalty import Penalty, amplitudes, entropy
from symkan.kan.pruning import Node, prune, scores
from symkan.kan.removal import compact, remove
from symkan.kan.sparsification import sparsify
from symkan.kan.training import train
from symkan.options import PruneOptions
from symkan.symbolic.activation import Edge


@pytest.fixture
def wide(bumps):
    rows = bumps(rows=500)
    training = train(Networks([2, 3, 1], intervals=8, restarts=4), rows)
    return training.kan.select([training.best]), rows


def test_pruning_finds_the_small_network(wide):
    kan, rows = wide
    pruning = prune(sparsify(kan, rows).kan, rows, options=PruneOptions(floor=3e-3))
    assert str(pruning.kan.architecture) == "[2, 1, 1]"
    assert len(pruning.kan.edges()) == 3
    assert pruning.validation_rmse < 5e-3
    tried = {r.what for r in pruning.removals}
    assert {Node(0, 0), Node(0, 1)} <= tried
    assert all(not r.kept for r in pruning.removals if isinstance(r.what, Node) and r.what.layer == 0)


def test_pruning_under_noise(bumps):
    rows = bumps(rows=500, noise=0.1)
    training = train(Networks([2, 3, 1], restarts=4), rows)
    pruning = prune(training.kan.select([training.best]), rows)
    assert str(pruning.kan.architecture) == "[2, 1, 1]"


def test_an_irrelevant_input_goes(bumps):
    rows = bumps(3, rows=500)
    training = train(Networks([3, 1, 1], restarts=4), rows)
    pruning = prune(training.kan.select([training.best]), rows)
    assert {e.source for e in pruning.kan.edges() if e.layer == 0} == {0, 1}
    (removal,) = (r for r in pruning.removals if r.what == Node(0, 2))
    assert removal.kept
    assert str(removal.what) == "x[2]"


def test_sparsify_records_its_path(wide):
    kan, rows = wide
    result = sparsify(kan, rows)
    assert result.path[0].strength == 0
    assert result.strength[0] in [p.strength for p in result.path]
    before, after = (sorted(scores(k, rows.x)[1][0]) for k in (kan, result.kan))
    assert after[0] + after[1] < before[0] + before[1]


def test_the_penalty_matrix_is_its_curvature(mixed, positive):
    from symkan.kan.jacobian import Plan, forward, pack

    penalty = Penalty.at(mixed, positive, strength=1.0, l1=1.0, entropy_weight=1.0)
    for w in penalty.weights:
        w.fill_(1.0)
    kan = Networks([3, 2, 1], restarts=2, seed=1)
    penalty = Penalty.at(kan, positive, strength=1.0, l1=1.0, entropy_weight=1.0)
    plan = Plan.of(kan, positive)
    passes = forward(kan, plan)
    theta = pack(kan)[..., None]
    square = (theta.transpose(1, 2) @ penalty.matrix(kan, plan, passes) @ theta)[:, 0, 0]
    torch.testing.assert_close(square, penalty.value(passes))


def test_entropy_and_amplitudes():
    phi = torch.tensor([-1.0, 1.0], dtype=torch.float64)[None, :, None, None].repeat(1, 1, 2, 2)
    torch.testing.assert_close(amplitudes(phi + 5), torch.ones(1, 2, 2, dtype=torch.float64))
    torch.testing.assert_close(entropy(torch.ones(1, 2, 2)), torch.tensor([np.log(4.0)]).float())


def test_scores_are_shares_of_the_output():
    kan = Networks([2, 1], seed=0)
    x = 2 * torch.rand(400, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) - 1
    with torch.no_grad():
        kan.stack[0].coefficients[0, 0, 1] = 3.0  # constant
    np.testing.assert_allclose(scores(kan, x)[0], [[1, 0]], atol=1e-12)
    assert len(scores(Networks([2, (1, 2), 1]), x)) == 2


def test_no_output_is_cut_off():
    kan = Networks([1, 1, 1])
    x = torch.linspace(-1, 1, 20, dtype=torch.float64)[:, None]
    assert remove(kan, Edge(1, 0, 0), x) is None
    assert remove(kan, Edge(0, 0, 0), x) is None


@pytest.mark.parametrize("node", [0, 1])
def test_a_node_without_edges_goes_and_its_constant_is_absorbed(node):
    kan = Networks([1, (1, 1), 1], seed=2)
    with torch.no_grad():
        kan.stack[0].coefficients[:, node] = 0.4
    x = torch.linspace(-1, 1, 20, dtype=torch.float64)[:, None]
    small = remove(kan, Edge(0, node, 0), x)
    assert small is not None
    assert Edge(1, 0, node) not in small.edges()
    torch.testing.assert_close(compact(small)(x), kan(x))
    assert compact(small).architecture.widths == (1, 1, 1)


def test_messages(bumps):
    with pytest.raises(OptionError, match="2 restarts; choose one first"):
        prune(Networks([2, 1], restarts=2), bumps(rows=50))
