"""Library functions in torch: derived from their one sympy definition."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    import sympy

    from symkan.symbolic.library import Function

Elementwise = Callable[[Tensor], Tensor]

# What sympy writes beyond the names that torch shares with it.
_NAMES: dict[str, Elementwise] = {
    "Abs": torch.abs,
    "sign": torch.sign,
    "besselj": lambda n, u: torch.special.bessel_j0(u) if n == 0 else torch.special.bessel_j1(u),  # type: ignore[dict-item]
}


def value_of(function: Function) -> Elementwise:
    """The function f(u) on tensors; nan outside its domain."""
    return _compile(function.expression)


def slope_of(function: Function) -> Elementwise:
    """The derivative f'(u) on tensors."""
    return _compile(function.expression, derivative=True)


@lru_cache(maxsize=512)
def _compile(expression: sympy.Expr, *, derivative: bool = False) -> Elementwise:
    import sympy

    (u,) = expression.free_symbols or {sympy.Symbol("u", real=True)}
    if derivative:
        expression = sympy.diff(expression, u)
    inner = sympy.lambdify(u, expression, modules=[_NAMES, "torch"])

    def call(t: Tensor) -> Tensor:
        return torch.as_tensor(inner(t), dtype=t.dtype, device=t.device).expand(t.shape)

    return call
