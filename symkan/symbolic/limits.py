"""Limits at zero by values close to it, where these leave no doubt: sympy takes up to 50 ms for one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from symkan.symbolic.expressions import NUMPY, compile_expression

if TYPE_CHECKING:
    import sympy

DIGITS = 200
CLOSE, CLOSER = "1e-25", "1e-50"
SETTLED = 1e-20
"""Relative difference of the values at these places that is no difference in floats."""


def limit_by_values(expression: sympy.Expr, name: str) -> float | None:
    """The limit from the right at 0 of an expression in one symbol.

    Returns
    -------
    float | None
        Infinite where there is none, nan where it is not real; None where only algebra can tell.

    Examples
    --------
    >>> from symkan.symbolic.parsing import parse_expression
    >>> [limit_by_values(parse_expression(t, names=["u"]), "u") for t in ("sin(u)/u", "log(u)", "sqrt(u)")]
    [1.0, inf, None]
    """
    import mpmath

    others = {"Abs": mpmath.fabs, "softplus": lambda z: mpmath.log1p(mpmath.exp(z))}
    functions = {f: others.get(f) or getattr(mpmath, f) for f in NUMPY}
    try:
        call = compile_expression(expression, [name], functions)
        with mpmath.workdps(DIGITS):
            first, last = (mpmath.mpmathify(call(mpmath.mpf(u))) for u in (CLOSE, CLOSER))
            if abs(last) > 1.5 * abs(first) > 15:
                return math.inf
            if abs(last - first) <= SETTLED * abs(last):
                if abs(last.imag) > 1e-3 * abs(last):
                    return math.nan
                return float(last) if last.imag == 0 else None
            return 0.0 if abs(last) < 1e-5 * abs(first) < SETTLED else None
    except (ArithmeticError, TypeError, ValueError, mpmath.libmp.NoConvergence):
        return None
