"""Training reaches what it should, ends for a reason, and treats restarts each for itself."""

import time

import numpy as np
import pytest
import torch

from symkan.errors import OptionError
from symkan.kan.network import Networks
from symkan.kan.rows import Rows, Stop, rmse
from symkan.kan.training import train
from symkan.options import TrainOptions


def test_a_product_is_learned(product):
    training = train(Networks([3, (0, 1), 1], restarts=6), product)
    assert training.train_rmse.min() < 1e-5 * float(product.y.std())


def test_a_composition_is_learned(bumps):
    rows = bumps()
    training = train(Networks([2, 1, 1], intervals=25, restarts=4), rows)
    assert training.validation_rmse.min() < 1e-5 * float(rows.y.std())


def test_restarts_in_a_batch_are_those_trained_one_by_one(bumps):
    rows, kan = bumps(rows=200), Networks([2, 2, 1], restarts=3, seed=5)
    options = TrainOptions(steps=8)
    together = train(kan, rows, options=options)
    for r in range(3):
        alone = train(kan.select([r]), rows, options=options)
        np.testing.assert_allclose(together.train_curve[:, r], alone.train_curve[:, 0], rtol=1e-5)
        np.testing.assert_allclose(together.validation_rmse[r], alone.validation_rmse[0], rtol=1e-5)


def test_restarts_that_ended_leave_the_batch_but_not_the_record(product):
    training = train(Networks([3, (0, 1), 1], restarts=8), product)
    assert len(training.train_curve) == len(training.validation_curve) == len(training.grid)
    torch.testing.assert_close(
        rmse(training.kan, product.x_validation, product.y_validation),
        torch.from_numpy(training.validation_rmse),
    )
    assert (training.validation_rmse <= training.validation_curve.min(0) * (1 + 1e-9)).all()


def test_early_stopping_keeps_the_best_state(bumps):
    rows = bumps(rows=60, noise=0.3)
    training = train(Networks([2, 4, 1], intervals=8), rows, options=TrainOptions(patience=5))
    assert training.stopped == (Stop.VALIDATION,)
    assert training.validation_rmse[0] == training.validation_curve.min()
    assert "coarser grid" in training.stopped[0].text


def test_undefined_networks_end_finite(functions):
    from symkan.symbolic.activation import Edge

    x = torch.linspace(-1, 1, 40, dtype=torch.float64)[:, None]
    kan = Networks([1, 1, 1]).fix(Edge(0, 0, 0), functions["power"])
    training = train(kan, Rows(x, x, x, x))
    assert training.stopped == (Stop.UNDEFINED,)
    assert np.isinf(training.train_rmse).all()
    assert all(bool(torch.isfinite(p).all()) for p in training.kan.parameters())


def test_the_deadline_is_kept(product):
    training = train(Networks([3, 2, 1]), product, deadline=time.monotonic() - 1)
    assert training.stopped == (Stop.DEADLINE,)
    assert len(training.grid) == 1


def test_symbolic_edges_are_fitted(functions):
    from symkan.symbolic.activation import Edge

    x = torch.linspace(0.2, 1, 80, dtype=torch.float64)[:, None]
    y = 2 * torch.sin(3 * x + 0.5) + 1
    kan = Networks([1, 1]).fix(Edge(0, 0, 0), functions["sin"], a=2.5, b=0.9)
    training = train(kan, Rows(x, y, x, y))
    assert training.train_rmse[0] < 1e-9
    np.testing.assert_allclose(training.kan.stack[0].affine[0, 0, 0].detach(), [3, 0.5, 2, 1], atol=1e-6)


@pytest.mark.parametrize(("method", "limit"), [("lbfgs", 0.1), ("adam", 0.3)])
def test_first_order_methods_lower_the_loss(bumps, method, limit):
    rows = bumps(rows=200)
    options = TrainOptions(steps=60, learning_rate=0.03, batch=40)
    training = train(Networks([2, 1, 1], seed=1), rows, options=options, method=method)
    assert training.train_rmse[0] < limit * training.train_curve[0, 0]
    assert training.method == method


def test_messages(product):
    with pytest.raises(OptionError, match="'newton' is no method of training; choose lm, lbfgs or adam"):
        train(Networks([3, 1]), product, method="newton")
    with pytest.raises(OptionError, match=r"3 columns and 1 targets do not fit the network \[2, 1\]"):
        train(Networks([2, 1]), product)
