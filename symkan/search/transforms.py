"""The outermost function of a law, tried by inverting it on the target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.atoms import heads, known_heads

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.options import SearchOptions
    from symkan.symbolic.library import Library

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Transform:
    """A function of the target that a network is fitted to, in place of the target itself.

    Attributes
    ----------
    name
        As it is shown, such as "log".
    forward
        t = forward(y), elementwise.
    inverse
        y as text in t, for the safe grammar.
    allowed
        Whether all values y [n] lie where `forward` is one to one and tame.
    complexity
        Rank in the order of trial.
    power
        Where it is a power, which.
    """

    name: str
    forward: Callable[[Array], Array]
    inverse: str
    allowed: Callable[[Array], bool]
    complexity: int
    power: float = 0.0

    def dimension(self, dimension: Array) -> Array:
        """The dimension of the transformed target, of one with this dimension; nan where it must be a pure number."""
        if self.power:
            return self.power * dimension
        return dimension if not dimension.any() else np.full_like(dimension, np.nan)

    def of(self, target: str) -> str:
        """What the transformed target is called, of one in words."""
        return self.name.replace("y", target)

    def undo(self, t: sympy.Expr) -> sympy.Expr:
        """The target as an expression of `t`."""
        from symkan.symbolic.parsing import parse_expression

        return parse_expression(self.inverse, names={"t": t})


def _positive(y: Array) -> bool:
    return bool((y > 0).all())


def _invertible(y: Array) -> bool:
    """Positive, and 1/y not ruled by a few rows."""
    return _positive(y) and bool(np.max(1 / y) < 1e3 * np.median(1 / y))


def _between(low: float, high: float) -> Callable[[Array], bool]:
    return lambda y: bool(y.min() > low and y.max() < high)


IDENTITY = Transform("y", lambda y: y, "t", lambda y: True, 0, 1.0)
LOG = Transform("log y", np.log, "exp(t)", _positive, 1)

TRANSFORMS: tuple[Transform, ...] = (
    IDENTITY,
    LOG,
    Transform("1/y", lambda y: 1 / y, "1/t", _invertible, 1, -1.0),
    Transform("y²", np.square, "sqrt(t)", _positive, 1, 2.0),
    Transform("√y", np.sqrt, "t**2", _positive, 1, 0.5),
    Transform("1/y²", lambda y: y**-2.0, "1/sqrt(t)", _invertible, 2, -2.0),
    Transform("exp y", np.exp, "log(t)", _between(-12, 12), 2),
    Transform("sin y", np.sin, "asin(t)", _between(-np.pi / 2, np.pi / 2), 3),
    Transform("cos y", np.cos, "acos(t)", _between(0, np.pi), 3),
    Transform("asin y", np.arcsin, "sin(t)", _between(-1, 1), 3),
    Transform("tan y", np.tan, "atan(t)", _between(-1.5, 1.5), 3),
    Transform("atanh y", np.arctanh, "tanh(t)", _between(-1, 1), 3),
)
"""In the order of trial. Targets that are negative throughout change their sign first (`Problem.of`)."""


def in_use(options: SearchOptions, library: Library) -> tuple[Transform, ...]:
    """The transforms that are undone by functions of the library, powers always; or the target itself alone."""
    from symkan.symbolic.expressions import symbol

    known = known_heads(library)
    every = TRANSFORMS if options.transforms else (IDENTITY,)
    return tuple(transform for transform in every if heads(transform.undo(symbol("t"))) <= known)


def possible(options: SearchOptions, library: Library, y: Array) -> tuple[Transform, ...]:
    """The transforms in use that a target with values y [n] allows."""
    return tuple(transform for transform in in_use(options, library) if transform.allowed(y))
