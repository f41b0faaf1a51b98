"""The reverse sweep against finite differences and autograd."""

import torch

from symkan.kan.jacobian import jacobian, pack, unpack


def test_jacobian_agrees_with_finite_differences(mixed, positive):
    outputs, J = jacobian(mixed, positive)
    theta = pack(mixed)
    torch.testing.assert_close(outputs, mixed(positive).detach())
    assert J.shape == (2, 30, 2, theta.shape[1])
    h = 1e-6
    for p in range(theta.shape[1]):
        ends = []
        for sign in (1, -1):
            moved = theta.clone()
            moved[:, p] += sign * h
            unpack(mixed, moved)
            ends.append(mixed(positive).detach())
        torch.testing.assert_close(J[..., p], (ends[0] - ends[1]) / (2 * h), atol=1e-6, rtol=1e-5)


def test_jacobian_agrees_with_autograd(mixed, positive):
    _, J = jacobian(mixed, positive)
    weights = torch.rand(30, 2, dtype=torch.float64)
    (mixed(positive) * weights).sum().backward()
    for layer in mixed.stack:
        for parameter in (layer.coefficients, layer.affine):
            parameter.data = parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
    torch.testing.assert_close(torch.einsum("rnmp,nm->rp", J, weights), pack(mixed))


def test_pack_and_unpack_are_inverse(mixed, positive):
    before = mixed(positive).detach()
    unpack(mixed, pack(mixed))
    torch.testing.assert_close(mixed(positive).detach(), before)
