import numpy as np
import pytest

from symkan import KAN


def article(rows=300, seed=0):
    """Rows of the article's function exp(sin(πx1) + x2²)."""
    x = np.random.default_rng(seed).uniform(-1, 1, (rows, 2))
    return x, np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2)


@pytest.fixture(scope="session")
def fitted():
    return KAN([2, 1, 1]).fit(*article())


@pytest.fixture(scope="session")
def mixed(fitted):
    """With a sine, a held parameter, a square and a spline."""
    return fitted.fix((0, 0, 0), "sin", a=np.pi).fix((0, 0, 1), "x^2")
