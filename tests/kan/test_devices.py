"""What is done on another device is what the CPU does, and no tensor is made in the wrong place."""

import numpy as np
import pytest
import torch

from symkan import dataset_of
from symkan.kan.attribution import scores
from symkan.kan.fitting import blueprint, fix_layer, make_rows, network, predict
from symkan.kan.grids import refine, train_stages, update
from symkan.kan.pruning import prune
from symkan.kan.sparsification import sparsify
from symkan.kan.storage import load_kan, save_kan
from symkan.kan.training import train
from symkan.options import Options, PruneOptions, SparsifyOptions, TrainOptions
from symkan.search.networks import Label, Sample, train_network
from symkan.search.problems import Problem
from symkan.search.proposals import Proposal
from symkan.search.reading import read_network
from symkan.symbolic.activation import Edge
from symkan.symbolic.library import Library
from tests import pretend

FEW = TrainOptions(steps=6)


@pytest.fixture(params=[pretend.NAME, "cuda"])
def there(request):
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    with pretend.Making():
        yield request.param


def near(expected, there):
    """A GPU adds in another order, and steps carry the difference on."""
    return pytest.approx(expected, abs=1e-9 if there == pretend.NAME else 1e-4)


def rows_on(device, *, weighted=False):
    x = np.random.default_rng(0).uniform(0.2, 1, (200, 3))
    y = np.exp(np.sin(np.pi * x[:, 0])) * x[:, 1]
    weight = np.linspace(0.5, 1.5, 150) if weighted else None
    return make_rows((x[:150], y[:150]), (x[150:], y[150:]), weight=weight, device=device)


def trained(device, *, options=FEW, method="lm", widths=(3, 2, 1), restarts=3, base=False, weighted=False):
    rows = rows_on(device, weighted=weighted)
    kan = network(widths, rows, intervals=4, restarts=restarts, seed=1, base=base)
    return train(kan, rows, options=options, method=method).kan, rows


def symbolic(kan):
    library = Library.default()
    kan = kan.fix(Edge(0, 0, 0), library["sin"], a=1.1, b=0.2, c=0.5)
    return kan.fix(Edge(0, 0, 1), library["power"], a=0.7, b=0.1)


def dense(device):
    return trained(device)[0]


def base(device):
    return trained(device, base=True, weighted=True)[0]


def products(device):
    return trained(device, widths=(3, (1, 2), (0, 1)))[0]


def matrix_free(device):
    return trained(device, options=TrainOptions(steps=4, dense=0))[0]


def lbfgs(device):
    return trained(device, options=TrainOptions(steps=4), method="lbfgs")[0]


def adam(device):
    return trained(device, options=TrainOptions(steps=4, batch=50), method="adam")[0]


def ended_restarts(device):
    return trained(device, options=TrainOptions(steps=40, patience=2), restarts=5)[0]


def staged(device):
    rows = rows_on(device)
    kan = network((3, 1, 1), rows, intervals=3, restarts=2, seed=0)
    return train_stages(kan, rows, options=TrainOptions(steps=4), grids=(3, 6)).kan


def symbolic_edges(device):
    kan, rows = trained(device, restarts=1)
    kan = symbolic(kan)
    fix_layer(kan, -1, Library.default()["x"], spread=1.0)
    return train(kan, rows, options=FEW).kan


def finer(device):
    kan, rows = trained(device)
    return refine(update(kan, rows.x), rows.x, 7)


def sparse(device):
    kan, rows = trained(device, restarts=2)
    return sparsify(kan, rows, options=SparsifyOptions(strengths=(1e-6, 1e-3))).kan


def pruned(device):
    kan, rows = trained(device, restarts=1, widths=(3, (1, 1), 1))
    return prune(kan, rows, options=PruneOptions()).kan


@pytest.mark.parametrize(
    "made",
    [
        dense,
        base,
        products,
        matrix_free,
        lbfgs,
        adam,
        ended_restarts,
        staged,
        symbolic_edges,
        finer,
        sparse,
        pruned,
    ],
    ids=lambda made: made.__name__,
)
def test_a_network_is_the_same(made, there):
    expected, found = made("cpu"), made(there)
    assert {v.device.type for v in (*found.parameters(), *found.buffers())} == {there}
    assert found.architecture == expected.architecture
    x = rows_on("cpu").x.numpy()
    assert predict(found, x) == near(predict(expected, x), there)


def test_what_is_read_off_it_is_the_same(there, tmp_path):
    (expected, rows), (found, theirs) = (trained(device, restarts=1) for device in ("cpu", there))
    for ours, other in zip(scores(expected, rows.x), scores(found, theirs.x), strict=True):
        assert other == near(ours, there)
    for ours, other in zip(expected.activations(rows.x), found.activations(theirs.x), strict=True):
        assert other.y == near(ours.y, there)
    assert len(blueprint(found)[0]) == len(blueprint(expected)[0])
    save_kan(found, tmp_path / "kan.safetensors")
    loaded = load_kan(tmp_path / "kan.safetensors")
    assert predict(loaded, rows.x.numpy()) == near(predict(expected, rows.x.numpy()), there)


def test_a_tensor_in_the_wrong_place_is_refused():
    there = pretend.NAME
    with (
        pretend.Making(),
        pytest.raises(RuntimeError, match=r"aten.add.Tensor: 1 of its tensors on cpu, others on pretend"),
    ):
        torch.ones(3, device=there) + torch.ones(3)
    with pretend.Making(), pytest.raises(RuntimeError, match="a tensor on cpu, others on pretend"):
        torch.tensor(1.0).add_(torch.ones(3, device=there).sum())
    with pretend.Making(), pytest.raises(RuntimeError, match="a tensor on cpu, others on pretend"):
        torch.stack([torch.ones((), device=there), torch.tensor(1.0)])
    with pretend.Making(), pytest.raises(RuntimeError, match="a generator on cpu"):
        torch.rand(3, device=there, generator=torch.Generator())
    with pretend.Making():
        assert float(torch.ones(3, device=there).sum() + torch.tensor(1.0)) == 4


def test_a_formula_read_off_a_network_is_the_same(there):
    x = np.random.default_rng(0).uniform(-1, 1, (150, 2))
    table = dataset_of(x, np.tanh(x[:, 0] + x[:, 1] ** 2))
    problem, sample = Problem.of(table), Sample(np.arange(110), np.arange(110, 150))

    def read(device):
        options = Options(device=device, train=TrainOptions(steps=30))
        proposal = Proposal((2, 1, 1), intervals=4, restarts=2)
        trained = train_network(problem, table, sample, proposal, label=Label("y"), options=options)
        return read_network(trained, table, sample, Library.default(), options, deadline=np.inf)

    expected, found = read("cpu"), read(there)
    names = [match.function.name for match in found.portrait.matches]
    assert names == [match.function.name for match in expected.portrait.matches]
    assert [s.validation_rmse for s in found.portrait.stages] == near(
        [s.validation_rmse for s in expected.portrait.stages], there
    )
    if there == pretend.NAME:
        assert found.expression == expected.expression
