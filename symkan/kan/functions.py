"""Library functions in torch: derived from their one sympy definition, node by node."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from symkan.symbolic.expressions import NUMPY, compile_expression

if TYPE_CHECKING:
    import sympy

    from symkan.symbolic.library import Function

Elementwise = Callable[[Tensor], Tensor]


def value_of(function: Function) -> Elementwise:
    """The function f(u) on tensors, which autograd may pass through; not finite outside its domain."""
    return partial(_differentiable, function.expression)


def slope_of(function: Function) -> Elementwise:
    """The derivative f'(u) on tensors."""
    from symkan.symbolic.library import derivative

    return partial(_evaluate, derivative(function.expression))


class _Value(torch.autograd.Function):
    """f with f' as its derivative: autograd neither knows Bessel functions nor that sin(u)/u is smooth at 0."""

    @staticmethod
    def forward(ctx: Any, u: Tensor, expression: sympy.Expr) -> Tensor:
        ctx.save_for_backward(u)
        ctx.expression = expression
        return _evaluate(expression, u)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        from symkan.symbolic.library import derivative

        (u,) = ctx.saved_tensors
        return gradients[0] * _differentiable(derivative(ctx.expression), u), None


def _differentiable(expression: sympy.Expr, u: Tensor) -> Tensor:
    if u.requires_grad and torch.is_grad_enabled():
        return _Value.apply(u, expression)  # type: ignore[no-any-return, no-untyped-call]
    return _evaluate(expression, u)


def _evaluate(expression: sympy.Expr, u: Tensor) -> Tensor:
    inner, limit = _compile(expression)
    values = torch.as_tensor(inner(u), dtype=u.dtype, device=u.device).expand(u.shape)
    return values if limit is None else values.masked_fill(u == 0, limit)


@lru_cache(maxsize=1024)
def _compile(expression: sympy.Expr) -> tuple[Callable[[Tensor], Any], float | None]:
    from symkan.symbolic.library import U, limit_at_zero

    return compile_expression(expression, [U.name], _TORCH), limit_at_zero(expression)


def _besselj(order: float, z: Tensor) -> Tensor:
    """By scipy: torch.special.bessel_j0 and bessel_j1 are wrong by up to 3e-7 between 1 and 10 (torch 2.13)."""
    return torch.as_tensor(NUMPY["besselj"](order, z.detach().cpu().numpy())).to(z)


def _softplus(z: Tensor) -> Tensor:
    return torch.logaddexp(z, torch.zeros_like(z))


_SHARED = ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh")
_TORCH: dict[str, Callable[..., Any]] = {
    **{name: getattr(torch, name) for name in (*_SHARED, "exp", "log", "sign", "erf", "expm1")},
    "Abs": torch.abs,
    "softplus": _softplus,
    "besselj": _besselj,
}
