"""The law as a Python module that needs numpy, and scipy for special functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from symkan.report.languages.dialect import Dialect
from symkan.report.languages.law import Law, spline_table, template, with_unit
from symkan.report.languages.python_band import band_lines
from symkan.text import printable

if TYPE_CHECKING:
    from symkan.result import Discovery
    from symkan.search.candidates import Spline

_INVERSE = "asin acos atan asinh acosh atanh"
DIALECT = Dialect(
    functions={
        **template([("sin cos tan sinh cosh tanh exp log sqrt sign expm1", "np.{}")]),
        **{name: f"np.arc{name[1:]}({{0}})" for name in _INVERSE.split()},
        "Abs": "np.abs({0})",
        "softplus": "np.logaddexp(0.0, {0})",
        "erf": "special.erf({0})",
        "besselj0": "special.j0({1})",
        "besselj1": "special.j1({1})",
        "besselj": "special.jv({0}, {1})",
    },
    power="{}**{}",
    pi="np.pi",
    e="np.e",
    reserved=frozenset(
        {"np", "special", "rows", "warnings", "extrapolate", "_inside", "LIMITS", "band", "observation"}
    ),
)

_SPLINE = '''
def _spline(x, breaks, origins, coefficients):
    """Polynomials in x - origin, highest power first, between the breaks; straight lines outside."""
    piece = np.searchsorted(breaks, x, side="right")
    value = np.zeros_like(x)
    for power in np.transpose(coefficients):
        value = value * (x - np.take(origins, piece)) + power[piece]
    return value
'''

_INSIDE = '''
def _inside(value, columns):
    """`value`, nan where a column lies outside the range that the law was fitted in."""
    outside = False
    for column, (low, high) in zip(columns, LIMITS):
        outside = outside | (column < low) | (column > high)
    if not np.any(outside):
        return value
    message = "law: nan outside the fitted ranges (LIMITS); extrapolate=True computes values there, too"
    warnings.warn(message, RuntimeWarning, stacklevel=3)
    return np.where(outside, np.nan, value)[()]
'''


def law_python(discovery: Discovery) -> str:
    """The law as the text of a Python module with a function `law` of the columns that occur in it.

    Fitted constants are named; the module imports numpy, and scipy only for special functions. Run as a script it
    checks itself. Outside the fitted ranges `law` gives nan and a RuntimeWarning, unless it is called with
    `extrapolate=True`: a value that the data say nothing about must be asked for. `band` gives 95 % limits, if the law
    was examined.
    """
    law, splines = Law(discovery, DIALECT), discovery.best.splines
    columns = ", ".join(law.arguments)
    constants = law.constant_lines("{} = {}  #")
    return "\n".join(
        [
            f'"""{_docstring(law.summary())}"""',
            "",
            *(["import warnings", ""] if columns else []),
            "import numpy as np",
            *(["from scipy import special"] if re.search(r"\bspecial\.", law.body) else []),
            *(["", f"LIMITS = {law.limits}"] if columns else []),
            *(["", *constants] if constants else []),
            *(["", _SPLINE.rstrip("\n")] if splines else []),
            *(line for spline in splines for line in _spline_lines(spline)),
            *(["", _INSIDE.rstrip("\n")] if columns else []),
            "",
            "",
            f"def law({columns}{', ' if columns else ''}*, extrapolate=False):",
            f'    """{_docstring([*_first_lines(law), *law.ranges(), ""], indent="    ")}"""',
            *(f"    {name} = np.asarray({name}, dtype=np.float64)" for name in law.arguments),
            '    with np.errstate(all="ignore"):',
            f"        _value = {law.body}",
            f"    return _value if extrapolate else _inside(_value, [{columns}])"
            if columns
            else "    return _value",
            *band_lines(law),
            *_check(law),
            "",
        ]
    )


def _first_lines(law: Law) -> list[str]:
    target = printable(with_unit(law.discovery.data.target))
    return [
        f"{target}, elementwise; not finite where the law is undefined,",
        "and nan, with a warning, outside the fitted ranges unless extrapolate=True.",
    ]


def _check(law: Law) -> list[str]:
    if not len(law.rows):
        return []
    columns = len(law.arguments)
    return [
        "",
        "",
        'if __name__ == "__main__":',
        f"    rows = np.array([  # {', '.join([*law.arguments, 'law'])}",
        *(f"        {row}," for row in law.rows.tolist()),
        "    ])",
        f"    values = law(*rows[:, :{columns}].T, extrapolate=True)",
        f"    np.testing.assert_allclose(values, rows[:, {columns}], rtol=1e-9, atol={law.tolerance!r})",
        '    print(len(rows), "rows agree")',
    ]


def _spline_lines(spline: Spline) -> list[str]:
    return [
        "",
        "",
        f"def {spline.name}(x):",
        '    """An edge of the network that no function fits, as a spline."""',
        *spline_table(spline),
        "    return _spline(np.asarray(x, dtype=np.float64), breaks, origins, coefficients)",
    ]


def _docstring(lines: list[str], indent: str = "") -> str:
    """Lines such that nothing in them ends the docstring or escapes."""
    return f"\n{indent}".join(lines).replace("\\", "\\\\").replace('"', '\\"')
