"""The expression is the network: sum and product nodes of any arity, any depth, several outputs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from symkan.kan.fitting import blueprint
from symkan.kan.network import Networks
from symkan.search.candidates import Spline
from symkan.search.evaluation import pieces
from symkan.symbolic.activation import Edge
from symkan.symbolic.assembly import assemble
from symkan.symbolic.expressions import numpy_function, symbol
from symkan.symbolic.library import Library

SHAPES = [[1, 1], [2, 1], [3, (0, 1)], [3, (0, 1), 1], [4, (0, 2), 1], [5, (2, 3), 2], [2, (1, 2), (1, 1), 1]]
FUNCTIONS = ["sin", "x", "tanh", "gaussian", "lorentz", "atan", "softplus"]


def values(kan: Networks, x: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return kan(torch.as_tensor(x))[0].numpy()


def written(kan: Networks, x: np.ndarray) -> np.ndarray:
    names = [f"x{i + 1}" for i in range(x.shape[1])]
    layers, named = blueprint(kan)
    splines = {name: pieces(Spline(name, knots, c, 3)).__call__ for name, (knots, c) in named.items()}
    outputs = assemble(layers, [symbol(name) for name in names])
    return np.column_stack([numpy_function(e, names, functions=splines)(x) for e in outputs])


@pytest.mark.parametrize("widths", SHAPES, ids=str)
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_expression_is_the_network(widths, share):
    generator = np.random.default_rng(3)
    kan = Networks(widths, seed=1)
    library = Library.default()
    for edge in kan.edges():
        if generator.random() < share:
            a, b, c, d = generator.uniform(0.3, 1.2, 4)
            kan = kan.fix(edge, library[str(generator.choice(FUNCTIONS))], a=a, b=b, c=c, d=d)
    x = generator.uniform(-1, 1, (50, widths[0]))
    assert np.allclose(written(kan, x), values(kan, x), rtol=1e-12, atol=1e-12)


def test_removed_edges_leave_a_factor_of_one_and_a_term_of_zero():
    x = np.random.default_rng(0).uniform(-1, 1, (20, 4))
    kan = Networks([4, (1, 1), 1], seed=2).without(Edge(0, 0, 1)).without(Edge(0, 1, 2), value=0.5)
    assert np.allclose(written(kan, x), values(kan, x), rtol=1e-12)


def test_power_laws_take_the_logarithm_of_their_argument():
    kan = Networks([2, (0, 1)], seed=0)
    power = Library.default()["power"]
    kan = kan.fix(Edge(0, 0, 0), power, a=1.5, c=2.0).fix(Edge(0, 0, 1), power, a=-2.0)
    x = np.random.default_rng(0).uniform(1, 3, (20, 2))
    assert np.allclose(written(kan, x)[:, 0], 2 * x[:, 0] ** 1.5 / x[:, 1] ** 2)
    assert np.allclose(written(kan, x), values(kan, x))
