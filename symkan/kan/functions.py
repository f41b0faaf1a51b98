"""Library functions in torch: derived from their one sympy definition by a walk over its nodes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    import sympy

    from symkan.symbolic.library import Function

Elementwise = Callable[[Tensor], Tensor]


def _bessel(order: float, u: Tensor) -> Tensor:
    return torch.special.bessel_j0(u) if order == 0 else torch.special.bessel_j1(u)


# Sympy's names that are not torch's.
_NAMES: dict[str, Callable[..., Any]] = {"Abs": torch.abs, "besselj": _bessel}


def value_of(function: Function) -> Elementwise:
    """The function f(u) on tensors; nan outside its domain."""
    return _compile(function.expression)


def slope_of(function: Function) -> Elementwise:
    """The derivative f'(u) on tensors."""
    from symkan.symbolic.library import derivative

    return _compile(derivative(function.expression))


@lru_cache(maxsize=512)
def _compile(expression: sympy.Expr) -> Elementwise:
    inner = _build(expression)

    def call(u: Tensor) -> Tensor:
        return torch.as_tensor(inner(u), dtype=u.dtype, device=u.device).expand(u.shape)

    return call


def _build(node: sympy.Expr) -> Callable[[Tensor], Any]:
    """A node as a function of u; numbers give numbers."""
    if node.is_number:
        number = float(node)
        return lambda u: number
    if node.is_Symbol:
        return lambda u: u
    parts = [_build(argument) for argument in node.args]
    if node.is_Add:
        return lambda u: sum((part(u) for part in parts[1:]), parts[0](u))
    if node.is_Mul:
        return lambda u: _product([part(u) for part in parts])
    if node.is_Pow:
        return lambda u: torch.as_tensor(parts[0](u)) ** parts[1](u)
    name = node.func.__name__
    function = _NAMES.get(name) or getattr(torch.special if name == "erf" else torch, name)
    return lambda u: function(*(part(u) for part in parts))


def _product(factors: list[Any]) -> Any:
    value = factors[0]
    for factor in factors[1:]:
        value = value * factor
    return value
