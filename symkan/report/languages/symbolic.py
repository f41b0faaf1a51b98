"""The law as a sympy expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symkan.report.languages.dialect import Dialect
from symkan.report.languages.law import Law, comment, spline_table, template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from symkan.result import Discovery

_MATHS = "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp log sqrt sign erf Abs"
DIALECT = Dialect(
    functions={**template([(_MATHS, "sympy.{}")]), "besselj": "sympy.besselj({0}, {1})"},
    power="{}**{}",
    rational="sympy.Rational({}, {})",
    pi="sympy.pi",
    e="sympy.E",
    reserved=frozenset({"sympy", "columns", "rows", "row", "expected", "value"}),
)

_SPLINE = '''
def spline(x, breaks, origins, coefficients):
    """Polynomials in x - origin, highest power first, between the breaks; straight lines outside."""
    lines = [sum(c * (x - o) ** k for k, c in enumerate(row[::-1])) for o, row in zip(origins, coefficients)]
    return sympy.Piecewise(*((line, x < b) for line, b in zip(lines, breaks)), (lines[-1], True))
'''


def law_sympy(discovery: Discovery) -> str:
    """The law as the text of a Python module with one sympy expression, `law`; run as a script it checks itself."""
    law = Law(discovery, DIALECT)
    symbols = zip(law.arguments, law.columns, strict=True)
    return "\n".join(
        [
            *comment("#", [*law.summary(), "", *law.ranges()]),
            "",
            "import sympy",
            *_splines(law),
            "",
            *(f"{name} = sympy.Symbol({column.name!a}, real=True)" for name, column in symbols),
            *law.constant_lines("{} = sympy.Float({})  #"),
            f"law = {law.body if law.columns else f'sympy.S({law.body})'}",
            *_check(law),
            "",
        ]
    )


def _splines(law: Law) -> Iterable[str]:
    if law.discovery.best.splines:
        yield f"\n{_SPLINE}"
    for spline in law.discovery.best.splines:
        yield f"\ndef {spline.name}(x):"
        yield from spline_table(spline)
        yield "    return spline(x, breaks, origins, coefficients)\n"


def _check(law: Law) -> Iterable[str]:
    if not len(law.rows):
        return
    yield f"""
if __name__ == "__main__":
    columns = [{", ".join(law.arguments)}]
    rows = [  # {", ".join([*law.arguments, "law"])}"""
    yield from (f"        {row}," for row in law.rows.tolist())
    yield f"""    ]
    for *row, expected in rows:
        value = float(law.subs(dict(zip(columns, row))))
        assert abs(value - expected) <= 1e-9 * abs(expected) + {law.tolerance!r}, (row, value, expected)
    print(len(rows), "rows agree")"""
