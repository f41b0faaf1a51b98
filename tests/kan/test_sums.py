"""The fast path of sum nodes against the values of edges, and its gradient against finite differences."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from symkan.kan import sums
from symkan.kan.layer import ABSENT, KANLayer
from symkan.kan.network import Networks
from symkan.symbolic.activation import Edge
from symkan.symbolic.library import Library


def _layer(*, restarts: int = 2, order: int = 3, base: bool = True, uneven: bool = False) -> KANLayer:
    layer = KANLayer(3, (4, 0), restarts=restarts, intervals=4, order=order, base=base)
    generator = torch.Generator().manual_seed(order)
    torch.nn.init.normal_(layer.coefficients, generator=generator)
    if uneven:
        shift = torch.rand(layer.knots.shape, generator=generator, dtype=torch.float64)
        layer.knots = layer.knots + 0.1 * shift
    return layer


def _arguments(restarts: int, rows: int = 30) -> Tensor:
    """Also beyond the ends of the grid, and on them."""
    generator = torch.Generator().manual_seed(1)
    z = 3 * torch.rand(restarts, rows, 3, generator=generator, dtype=torch.float64) - 1.5
    z[:, :2] = torch.tensor([[-1.0], [1.0]], dtype=torch.float64)
    return z


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("base", [False, True])
@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize(("restarts", "shared"), [(1, False), (3, False), (3, True)])
def test_equals_the_sum_of_edges(order: int, base: bool, uneven: bool, restarts: int, shared: bool) -> None:
    layer = _layer(restarts=restarts, order=order, base=base, uneven=uneven)
    if shared:
        layer.knots = layer.knots[:1]
    assert (layer.grid.cardinal is None) == uneven
    for z in (_arguments(1), _arguments(restarts)):
        z.requires_grad_()
        above = torch.linspace(-1, 1, restarts * 30 * 4, dtype=torch.float64).view(restarts, 30, 4)
        plain = layer.combine(layer.activate(z.expand(len(layer.knots), -1, -1) if not shared else z))
        fast = layer(z)
        torch.testing.assert_close(fast, plain, rtol=0, atol=1e-12)
        for a, b in zip(
            torch.autograd.grad(fast, (z, layer.coefficients), above),
            torch.autograd.grad(plain, (z, layer.coefficients), above),
            strict=True,
        ):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-11)


@pytest.mark.parametrize("uneven", [False, True])
def test_gradient_against_finite_differences(uneven: bool) -> None:
    layer = _layer(uneven=uneven)
    z = _arguments(2, 6)[:, 2:].requires_grad_()

    def nodes(z: Tensor, weights: Tensor) -> Tensor:
        return sums.spline_sums(z, weights, layer.grid, base=True)

    assert torch.autograd.gradcheck(nodes, (z, layer.coefficients.detach().requires_grad_()))


def test_chunks_do_not_matter_nor_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, z = _layer(), _arguments(2).requires_grad_()

    def run() -> tuple[Tensor, ...]:
        nodes = layer(z)
        return nodes, *torch.autograd.grad(nodes.square().sum(), (z, layer.coefficients))

    whole = run()
    monkeypatch.setattr(sums, "_CHUNK", 1)
    monkeypatch.setattr(sums, "_ROWS", 7)
    kept = run()
    monkeypatch.setattr(sums, "_KEPT", 0)
    for parts in (kept, run()):
        for a, b in zip(parts, whole, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


@pytest.mark.parametrize("widths", [[3, 4, 1], [3, (2, 2), 1], [3, 2, (0, 1)]])
@pytest.mark.parametrize("base", [False, True])
def test_network_equals_its_trace_with_all_kinds_of_edges(
    widths: list[int | tuple[int, int]], base: bool
) -> None:
    kan = Networks(widths, restarts=2, base=base, seed=3)
    kan = kan.fix(Edge(0, 0, 1), Library.default()["sin"], a=2.0, b=0.3, c=0.5, d=0.1)
    kan.stack[0].kind[1, 0] = ABSENT
    x = _arguments(1)[0]
    free = [p for layer in kan.stack for p in (layer.coefficients, layer.affine)]
    fast, plain = kan(x), kan.trace(x)[-1].nodes
    torch.testing.assert_close(fast, plain, rtol=0, atol=1e-12)
    grads = [
        torch.autograd.grad(y.sum(), free, allow_unused=True, materialize_grads=True) for y in (fast, plain)
    ]
    for a, b in zip(*grads, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-11)


def test_source_without_splines_may_have_no_value() -> None:
    layer = _layer()
    layer.kind[:, 1] = ABSENT
    z = _arguments(2)
    z[:, :, 1] = torch.nan
    assert bool(torch.isfinite(layer(z)).all())


def test_missing_value_stays_in_its_row() -> None:
    layer, z = _layer(), _arguments(2)
    z[0, 4, 1] = torch.nan
    missing = torch.isnan(layer(z))
    assert bool(missing[0, 4].all())
    assert int(missing.sum()) == 4


def test_single_precision() -> None:
    layer, z = _layer(), _arguments(2)
    wanted = layer(z)
    narrow = layer.clone().float()
    assert narrow.grid.cardinal is not None
    found = narrow(z.float())
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), wanted, rtol=1e-4, atol=1e-5)
    found.sum().backward()
    assert narrow.coefficients.grad is not None
    assert narrow.coefficients.grad.dtype == torch.float32


def test_arguments_in_any_order_of_memory() -> None:
    layer, z = _layer(), _arguments(2)
    turned = z.mT.contiguous().mT
    assert not turned.is_contiguous()
    torch.testing.assert_close(layer(turned), layer(z), rtol=0, atol=0)
