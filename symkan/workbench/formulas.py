"""The network written down: an expression for an output, and the splines that it names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from symkan.errors import NetworkError, OptionError
from symkan.kan.fitting import blueprint
from symkan.options import Options
from symkan.search.candidates import Spline
from symkan.symbolic.assembly import assemble
from symkan.symbolic.expressions import symbol
from symkan.symbolic.simplification import polish

if TYPE_CHECKING:
    import sympy
    from torch import Tensor

    from symkan.kan.network import Networks
    from symkan.workbench.rows import Data

SECONDS = 10.0
"""For finding closed forms of the constants."""


def expressions(networks: Networks, x_scale: Tensor, y_scale: Tensor) -> tuple[sympy.Expr, ...]:
    """Each output in x1, x2, …, in the units of the table; the network as it is."""
    import sympy

    layers, _ = blueprint(networks)
    inputs = [
        symbol(f"x{i}") if scale == 1.0 else symbol(f"x{i}") / sympy.Float(scale)
        for i, scale in enumerate(x_scale.tolist(), 1)
    ]
    found = assemble(layers, inputs)
    return tuple(
        _whole_numbers(value if scale == 1.0 else sympy.Float(scale) * value)
        for value, scale in zip(found, y_scale.tolist(), strict=True)
    )


def _whole_numbers(expression: sympy.Expr) -> sympy.Expr:
    """The same values; floats that are whole numbers are written as such, so that a factor 1.0 goes."""
    import sympy

    floats = [f for f in expression.atoms(sympy.Float) if float(f).is_integer() and abs(f) < 1e6]
    return expression.xreplace({f: sympy.Integer(int(f)) for f in floats})


def splines(networks: Networks) -> tuple[Spline, ...]:
    """The edges that are no library functions, as they are named in the expressions; between scaled values."""
    _, named = blueprint(networks)
    order = networks.stack[0].order
    return tuple(Spline(name, knots, values, order) for name, (knots, values) in named.items())


def settled(expression: sympy.Expr, data: Data, output: int) -> sympy.Expr:
    """The expression with constants fitted to the rows, and in closed form where the rows allow it."""
    floor = Options().search.exact / 1e3
    return polish(expression, data.x, data.y[:, output], seconds=SECONDS, noise_floor=floor).expression


def renamed(expression: sympy.Expr, names: Sequence[str]) -> sympy.Expr:
    """The expression with other names for x1, x2, …"""
    return expression.xreplace({symbol(f"x{i}"): symbol(name) for i, name in enumerate(names, 1)})


def output_of(count: int, output: int | None) -> int:
    """Which output is meant.

    Raises
    ------
    NetworkError
        When there are several and none is named, or there is no such output.
    """
    if output is None and count > 1:
        raise NetworkError(f"the network has {count} outputs; say which is meant, such as output=0")
    chosen = output or 0
    if not 0 <= chosen < count:
        raise NetworkError(f"there is no output {chosen}; the network has {count}, from 0 to {count - 1}")
    return chosen


def check_names(names: Sequence[str], count: int) -> tuple[str, ...]:
    """One name for each input.

    Raises
    ------
    OptionError
        When they are too few, too many, or not different.
    """
    if isinstance(names, str) or len(names) != count or len(set(names)) != count:
        raise OptionError(f"names: {names!r} are not {count} different names; give one for each input")
    return tuple(names)
