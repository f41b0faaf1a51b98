"""What the data cannot tell, in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.evaluation import spline_functions
from symkan.symbolic.expressions import numpy_function

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.data.dataset import Column
    from symkan.search.candidates import Candidate

    Array = NDArray[np.float64]

ALIKE = 1 - 1e-6
"""Correlation from which two columns are one."""
STRAIGHT = 1e-3
"""Share of a function's range that is bent, below which it is a straight line over the data."""


def identifiability(law: Candidate, x: Array, columns: tuple[Column, ...]) -> tuple[str, ...]:
    """Sentences on what the rows x [n, features] leave open.

    Columns that say the same, periods that are covered in part, functions that are straight lines over the data,
    constants that are not determined, exponents and what they may be.
    """
    return (
        *_like_columns(law, x, columns),
        *_functions(law, x, columns),
        *_constants(law),
    )


def _like_columns(law: Candidate, x: Array, columns: tuple[Column, ...]) -> Iterator[str]:
    """Columns of which one is in the law, and that a straight line makes of each other."""
    used = {symbol.name for symbol in law.expression.free_symbols}
    for i, first in enumerate(columns):
        for j, second in enumerate(columns[:i]):
            if not {first.symbol, second.symbol} & used:
                continue
            a, b = x[:, j] - x[:, j].mean(), x[:, i] - x[:, i].mean()
            size = math.sqrt(float(a @ a) * float(b @ b))
            if size > 0 and abs(float(a @ b)) / size > ALIKE:
                slope = float(a @ b) / float(a @ a)
                offset = float(x[:, i].mean()) - slope * float(x[:, j].mean())
                sign = "-" if offset < 0 else "+"
                shift = (
                    "" if abs(offset) < 1e-6 * float(np.abs(x[:, i]).max()) else f" {sign} {abs(offset):.4g}"
                )
                yield (
                    f"{first.name} and {second.name} can't be told apart: "
                    f"{first.name} = {slope:.4g}·{second.name}{shift} in all rows"
                )


def _functions(law: Candidate, x: Array, columns: tuple[Column, ...]) -> Iterator[str]:
    """Functions whose argument covers too little to show what they are."""
    import sympy

    symbols = [column.symbol for column in columns]
    splines = spline_functions(law)
    for node in sorted(law.expression.atoms(sympy.Function), key=str):
        name = type(node).__name__
        if len(node.args) != 1 or not node.free_symbols or name in splines:
            continue
        argument = numpy_function(node.args[0], symbols, functions=splines)(x)
        span = float(argument.max() - argument.min())
        if name in ("sin", "cos", "tan"):
            period = math.pi if name == "tan" else 2 * math.pi
            if span < 0.95 * period:
                yield f"the data cover {span / period:.2g} of a period of {name}"
        elif _straight(numpy_function(node, symbols, functions=splines)(x), argument):
            yield f"{name} is all but a straight line over the data: its argument spans only {span:.2g}"


def _straight(values: Array, argument: Array) -> bool:
    if not np.isfinite(values).all() or np.ptp(argument) == 0:
        return False
    slope, offset = np.polyfit(argument, values, 1)
    bent = values - slope * argument - offset
    return bool(np.abs(bent).max() < STRAIGHT * np.ptp(values))


def _constants(law: Candidate) -> Iterator[str]:
    exponents = {abs(float(power)) for power in _exponents(law.expression)}
    for p in law.parameters:
        if p.exact is not None and p.low < p.high:
            if abs(p.value) in exponents:
                yield f"exponent {_between(p.low, p.high)}, {p.exact} included"
        elif not math.isfinite(p.standard_error):
            yield f"{p.symbol} is not determined by the data"
        elif p.exact is None and p.low < 0 < p.high:
            yield f"{p.symbol} may be 0: its 95 % interval is {_between(p.low, p.high)}"


def _exponents(expression: sympy.Expr) -> Iterator[sympy.Expr]:
    import sympy

    for power in sorted(expression.atoms(sympy.Pow), key=sympy.default_sort_key):
        if power.exp.is_Number and power.base.free_symbols:
            yield power.exp


def _between(low: float, high: float) -> str:
    """Both ends with the digits that tell them apart."""
    width = high - low
    digits = max(0, 1 - math.floor(math.log10(width))) if 0 < width < math.inf else 3
    if max(abs(low), abs(high)) >= 1e5 or digits > 8:
        return f"{low:.6g} to {high:.6g}"
    return f"{low:.{digits}f} to {high:.{digits}f}"
