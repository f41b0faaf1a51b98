"""The law as Julia."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from symkan.report.languages.dialect import Dialect
from symkan.report.languages.law import Law, comment, spline_table, template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from symkan.result import Discovery

_SOFTPLUS = "softplus(x) = max(x, 0.0) + log1p(exp(-abs(x)))\n"
_MATHS = "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp log sqrt sign expm1 erf softplus"
_SPECIAL = "erf besselj0 besselj1 besselj"
_WORDS = """baremodule begin break catch const continue do else elseif end export false finally for function global if
import in isa let local macro mutable module outer quote return struct true try using where while abstract type
primitive pi π ℯ im Inf NaN abs max log1p float rows"""
DIALECT = Dialect(
    functions={
        **template([(_MATHS, "{}")]),
        "Abs": "abs({0})",
        "besselj0": "besselj0({1})",
        "besselj1": "besselj1({1})",
        "besselj": "besselj({0}, {1})",
    },
    power="{}^{}",
    pi="pi",
    e="exp(1)",
    helpers={"softplus": _SOFTPLUS},
    reserved=frozenset([*_WORDS.split(), *_MATHS.split(), *_SPECIAL.split()]),
)

_SPLINE = """# A polynomial in x - origin, highest power first, between the breaks; a straight line outside
function spline(x, breaks, origins, coefficients)
    piece = searchsortedlast(breaks, x) + 1
    isnan(x) && return NaN
    return foldl((value, c) -> value * (x - origins[piece]) + c, coefficients[piece]; init=0.0)
end
"""


def law_julia(discovery: Discovery) -> str:
    """The law as the text of a Julia file with one function, `law`, of numbers; run as a script it checks itself."""
    law = Law(discovery, DIALECT)
    lines = [
        *law.summary(),
        "",
        *law.ranges(),
        "Of numbers; law.(…) takes arrays. NaN where it is undefined.",
    ]
    special = any(re.search(rf"\b{name}\(", law.body) for name in _SPECIAL.split())
    return "\n".join(
        [
            *comment("#", lines),
            "",
            *(["using SpecialFunctions  # ] add SpecialFunctions\n"] if special else []),
            *law.dialect.needs(law.body),
            *_splines(law),
            *_function(law),
            *_check(law),
            "",
        ]
    )


def _function(law: Law) -> Iterable[str]:
    yield f"function law({', '.join(law.arguments)})"
    yield from (f"    {name} = float({name})" for name in law.arguments)
    yield from law.constant_lines("    {} = {}  #")
    yield f"""    try
        return {law.body}
    catch problem
        problem isa DomainError && return NaN
        rethrow()
    end
end"""


def _splines(law: Law) -> Iterable[str]:
    if law.discovery.best.splines:
        yield _SPLINE
    for spline in law.discovery.best.splines:
        yield f"function {spline.name}(x)"
        yield from spline_table(spline)
        yield "    return spline(x, breaks, origins, coefficients)\nend\n"


def _check(law: Law) -> Iterable[str]:
    if not len(law.rows):
        return
    yield f"""
if abspath(PROGRAM_FILE) == @__FILE__
    rows = [  # {", ".join([*law.arguments, "law"])}"""
    yield from (f"        {row}," for row in law.rows.tolist())
    yield f"""    ]
    for row in rows
        @assert abs(law(row[1:end-1]...) - row[end]) <= 1e-9 * abs(row[end]) + {law.tolerance!r}
    end
    println(length(rows), " rows agree")
end"""
