"""The forward pass against a naive loop; selecting, fixing and leaving out edges."""

import math

import numpy as np
import pytest
import sympy
import torch
from scipy.interpolate import BSpline

from symkan.errors import OptionError
from symkan.kan.network import ABSENT, SYMBOLIC, Architecture, Networks
from symkan.symbolic.activation import Edge


def edge_value(layer, r: int, j: int, i: int, z: float) -> float:
    if layer.kind[j, i] == SYMBOLIC:
        a, b, c, d = layer.affine[r, j, i].tolist()
        f = layer.functions[j, i]
        inner = a * (math.log(z) if f.logarithmic else z) + b
        return c * float(f.expression.subs(sympy.Symbol("u", real=True), inner)) + d
    k = layer.order
    t = layer.knots[r if len(layer.knots) > 1 else 0, i].numpy()
    coefficients = layer.coefficients[r, j, i].detach().numpy()
    spline = BSpline(t, coefficients[: len(t) - k - 1], k)
    inside = min(max(z, t[k]), t[-k - 1])
    place = min(max(z, t[k] + 1e-13), t[-k - 1] - 1e-13)
    value = float(spline(place)) + (z - inside) * float(spline.derivative()(place))
    return value + (coefficients[-1] * z / (1 + math.exp(-z)) if layer.base else 0.0)


def naive(kan: Networks, r: int, row: list[float]) -> list[float]:
    for layer in kan.stack:
        nodes = []
        for j in range(layer.kind.shape[0]):
            parts = [edge_value(layer, r, j, i, z) for i, z in enumerate(row) if layer.kind[j, i] != ABSENT]
            nodes.append(math.prod(parts) if layer.product[j] else sum(parts))
        row = nodes
    return row


def test_forward_is_the_naive_loop(mixed, positive):
    for layer in mixed.stack:
        layer.coefficients.data[..., -1] = 0.3
    out = mixed(positive[:5]).detach().numpy()
    expected = [[naive(mixed, r, x.tolist()) for x in positive[:5]] for r in range(2)]
    np.testing.assert_allclose(out, expected, rtol=1e-8, atol=1e-8)


def test_select_and_clone_share_nothing(mixed, positive):
    second = mixed.select([1])
    torch.testing.assert_close(second(positive)[0], mixed(positive)[1])
    before = mixed(positive).detach().clone()
    copy = mixed.clone()
    for layer in copy.stack:
        layer.coefficients.data.zero_()
        layer.kind.zero_()
        layer.functions.clear()
    torch.testing.assert_close(mixed(positive).detach(), before)


def test_new_knots_are_noticed(positive):
    kan = Networks([3, 1])
    before = kan(positive).detach()
    kan.stack[0].knots = kan.stack[0].knots * 3
    assert not torch.allclose(kan(positive).detach(), before)


@pytest.mark.parametrize("node", [0, 1])
def test_a_constant_edge_is_absorbed(node):
    kan = Networks([2, (1, 1), 1], seed=1)
    with torch.no_grad():
        kan.stack[0].coefficients[:, node, 0] = 1.7
    x = torch.rand(20, 2, dtype=torch.float64)
    torch.testing.assert_close(kan.without(Edge(0, node, 0), value=1.7)(x), kan(x))


def test_architecture_names_itself_and_its_errors():
    assert str(Architecture.of([2, (0, 1), 1])) == "[2, (0, 1), 1]"
    assert Architecture.of([np.int64(2), [2, 1]]) == Architecture.of([2, (2, 1)])
    with pytest.raises(OptionError, match=r"widths: \[2\] is no network; give the inputs"):
        Networks([2])


@pytest.mark.parametrize(
    "widths", [[], [0, 1], [2, 0], [2, -1], [2, (3, -1)], [2, (1, 1, 1)], [2, 1.5], [(2, 1), 1], ["2"]]
)
def test_widths_that_are_none(widths):
    with pytest.raises(OptionError, match="is no network"):
        Networks(widths)


def test_activations_are_in_units_of_the_column(mixed, positive):
    kan = mixed.select([0])
    scale = np.array([2.0, -3.0, 4.0])
    found = {a.edge: a for a in kan.activations(positive.numpy(), x_scale=scale)}
    assert set(found) == set(kan.edges())
    np.testing.assert_allclose(found[Edge(0, 0, 1)].x, -3 * positive[:, 1].numpy())
    np.testing.assert_allclose(found[Edge(0, 0, 1)].y, kan.trace(positive)[0].values[0, :, 0, 1].detach())
    assert all(0 <= a.score <= 1 for a in found.values())
    with pytest.raises(OptionError, match=r"2 restarts; choose one first: kan.select"):
        mixed.activations(positive)
