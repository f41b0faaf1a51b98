import numpy as np
import pytest
import torch

from symkan.kan.fitting import make_rows, network, one_thread, predict
from symkan.kan.surfaces import fit_surface, lengthen
from symkan.kan.training import train

pytestmark = pytest.mark.usefixtures("thread")
RANDOM = np.random.default_rng(0)
X = RANDOM.uniform(-1, 1, (300, 2))


@pytest.fixture(scope="module")
def thread():
    with one_thread():
        yield


def surface(x):
    return np.exp(np.sin(2 * x[:, 0]) + x[:, 1] ** 2) / 5


@pytest.fixture(scope="module")
def kan(thread):
    rows = make_rows((X, surface(X)), (X, surface(X)))
    training = train(network((2, 1, 1), rows, intervals=6, restarts=3, seed=0), rows)
    return training.kan.select([training.best])


def test_a_fit_improves_with_the_grid():
    fresh = RANDOM.uniform(-1, 1, (300, 2))
    errors = []
    for schedule in (((4, 4),), ((4, 4), (10, 1))):
        sample, held_out = (X[60:], surface(X[60:])), (X[:60], surface(X[:60]))
        found = fit_surface((2, 1, 1), sample, validation=held_out, schedule=schedule)
        errors.append(np.sqrt(np.mean((predict(found.kan, fresh)[0] - surface(fresh)) ** 2)))
        assert found.intervals == schedule[-1][0]
        assert found.kan.restarts == 1
    assert errors[1] < errors[0] / 3


def test_a_finer_grid_that_is_worse_is_not_chosen():
    x = RANDOM.uniform(-1, 1, (60, 2))
    y = RANDOM.normal(size=60)
    found = fit_surface((2, 1, 1), (x[20:], y[20:]), validation=(x[:20], y[:20]), schedule=((2, 4), (30, 1)))
    assert found.intervals == 2


def test_longer_grids_change_nothing_on_the_rows(kan):
    longer = lengthen(kan, 0.1)
    np.testing.assert_allclose(predict(longer, X), predict(kan, X), atol=1e-9)
    for old, new in zip(kan.stack, longer.stack, strict=True):
        assert new.knots.shape == old.knots.shape
        assert torch.all(new.knots[..., 3] < old.knots[..., 3])
        assert torch.all(new.knots[..., -4] > old.knots[..., -4])


def test_beyond_the_rows_splines_bend(kan):
    beyond = np.column_stack([RANDOM.uniform(-1, 1, 200), RANDOM.choice([-1, 1], 200) * 1.08])
    straight, bent = (
        np.abs(predict(k, beyond)[0] - surface(beyond)).max() for k in (kan, lengthen(kan, 0.1))
    )
    assert bent < straight / 3
