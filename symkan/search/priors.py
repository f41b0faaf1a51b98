"""What laws rarely hold costs more to describe than its nodes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sympy

RARE = {"tanh": 1, "asin": 1, "acos": 3, "atan": 1, "tan": 2, "sinh": 2, "cosh": 2, "erf": 2, "besselj": 2}
"""Nodes that a function counts beyond its own: those that a law has where a sum of exponentials or a sine is none."""


RATIO = 4.0
"""Nodes for the sine of a ratio of columns: angles are columns, differences and products such as ω·t."""

SECANT = 2.0
"""Nodes for one over a sine or a cosine."""


def oddity(expression: sympy.Expr) -> float:
    """Nodes to be added to the complexity of a formula for functions and powers that are rare in laws.

    Examples
    --------
    >>> from sympy import cosh
    >>> from symkan.symbolic.expressions import symbol
    >>> x = symbol("x1")
    >>> oddity(x**2 / 3), oddity(cosh(x)), oddity(x**7)
    (0.0, 2.0, 1.5)
    """
    import sympy

    total = 0.0
    for node in sympy.preorder_traversal(expression):
        if node.is_Function:
            total += RARE.get(type(node).__name__, 0)
            if isinstance(node, sympy.sin | sympy.cos) and _divides(node.args[0]):
                total += RATIO
        elif node.is_Pow and node.exp.is_Rational:
            total += _power(abs(int(node.exp.p)), int(node.exp.q))
            if node.exp < 0 and isinstance(node.base, sympy.sin | sympy.cos):
                total += SECANT
    return total


def _divides(argument: sympy.Expr) -> bool:
    """Whether columns stand in a denominator."""
    import sympy

    return any(p.exp.is_negative and p.base.free_symbols for p in argument.atoms(sympy.Pow))


def _power(p: int, q: int) -> float:
    if q == 1:
        return 0.0 if p <= 2 else 0.5 if p <= 4 else math.ceil(2 * math.log2(p)) / 2 - 1.5
    if q == 2:
        return 0.0 if p == 1 else 0.5 if p == 3 else 1.5
    return 2.0 if q == 3 else 4.0
