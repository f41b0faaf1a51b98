"""The law as C99."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symkan.report.languages.dialect import Dialect
from symkan.report.languages.law import Law, comment, template
from symkan.search.evaluation import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from symkan.result import Discovery

_SIGN = """static double sign(double x) {
    return x > 0 ? 1.0 : x < 0 ? -1.0 : x;
}
"""
_SOFTPLUS = """static double softplus(double x) {
    return fmax(x, 0.0) + log1p(exp(-fabs(x)));
}
"""
_MATHS = "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp log sqrt expm1 erf"
_WORDS = """auto break case char const continue default do double else enum extern float for goto if inline int long
register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while _Bool
asm fortran pow fabs fmax log1p j0 j1 jn sign softplus main rows step value piece linux unix errno assert NULL EOF
INFINITY NAN HUGE_VAL bool true false alignas alignof constexpr nullptr static_assert thread_local typeof"""
DIALECT = Dialect(
    functions={
        **template([(_MATHS, "{}"), ("sign softplus", "{}")]),
        "Abs": "fabs({0})",
        "besselj0": "j0({1})",
        "besselj1": "j1({1})",
        "besseljn": "jn({0}, {1})",
    },
    power="pow({}, {})",
    squares=True,
    integer="{}.0",
    helpers={"sign": _SIGN, "softplus": _SOFTPLUS},
    reserved=frozenset([*_WORDS.split(), *_MATHS.split()]),
    plain=True,
)

_SPLINE = """/* A polynomial in x - origin, highest power first, between the breaks; a straight line outside. */
static double spline(double x, int count, const double *breaks, const double *origins, int order,
                     const double *coefficients) {
    int piece = 0;
    while (piece < count && breaks[piece] <= x) {
        piece++;
    }
    double value = 0.0;
    for (int k = 0; k <= order; k++) {
        value = value * (x - origins[piece]) + coefficients[piece * (order + 1) + k];
    }
    return value;
}
"""


def law_c(discovery: Discovery) -> str:
    """The law as the text of a C99 file with one function, `law`; with SYMKAN_CHECK defined it checks itself."""
    law = Law(discovery, DIALECT)
    if law.missing:
        return "\n".join([*comment("//", [*law.summary(), "", f"C has no {law.missing}."]), ""])
    bessel = any(f"{name}(" in law.body for name in ("j0", "j1", "jn"))
    lines = [*law.summary(), "", *law.ranges(), "Not finite where the law is undefined.", "", *_usage(law)]
    return "\n".join(
        [
            *comment("//", lines),
            "",
            *(["#define _XOPEN_SOURCE 600  // Bessel functions are not C, but POSIX"] if bessel else []),
            "#include <math.h>",
            "",
            *law.dialect.needs(law.body),
            *_splines(law),
            f"double law({', '.join(f'double {name}' for name in law.arguments) or 'void'}) {{",
            *law.constant_lines("    const double {} = {};  //"),
            f"    return {law.body};",
            "}",
            *_check(law),
            "",
        ]
    )


def _usage(law: Law) -> list[str]:
    return ["Check: cc -std=c99 -DSYMKAN_CHECK law.c -lm && ./a.out"] if len(law.rows) else []


def _splines(law: Law) -> Iterable[str]:
    splines = law.discovery.best.splines
    if splines:
        yield _SPLINE
    for spline in splines:
        table = pieces(spline)
        count = len(table.breaks)
        yield f"static double {spline.name}(double x) {{"
        yield f"    static const double breaks[] = {{{_numbers(table.breaks.tolist())}}};"
        yield f"    static const double origins[] = {{{_numbers(table.origins.tolist())}}};"
        yield "    static const double coefficients[] = {"
        yield from (f"        {_numbers(row)}," for row in table.coefficients.tolist())
        yield "    };"
        yield f"    return spline(x, {count}, breaks, origins, {table.coefficients.shape[1] - 1}, coefficients);"
        yield "}\n"


def _check(law: Law) -> Iterable[str]:
    count, columns = len(law.rows), len(law.arguments)
    if not count:
        return
    yield f"""
#ifdef SYMKAN_CHECK
#include <stdio.h>

int main(void) {{
    static const double rows[{count}][{columns + 1}] = {{  // {", ".join([*law.arguments, "law"])}"""
    yield from (f"        {{{_numbers(row)}}}," for row in law.rows.tolist())
    yield f"""    }};
    int wrong = 0;
    for (int i = 0; i < {count}; i++) {{
        const double expected = rows[i][{columns}];
        const double value = law({", ".join(f"rows[i][{k}]" for k in range(columns))});
        if (!(fabs(value - expected) <= 1e-9 * fabs(expected) + {law.tolerance!r})) {{
            printf("row %d: %.17g, expected %.17g\\n", i, value, expected);
            wrong++;
        }}
    }}
    printf("%d of {count} rows agree\\n", {count} - wrong);
    return wrong != 0;
}}
#endif"""


def _numbers(values: list[float]) -> str:
    return ", ".join(map(repr, values))
