"""The law as MATLAB, which is GNU Octave, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symkan.report.languages.dialect import Dialect
from symkan.report.languages.law import Law, comment, template
from symkan.search.evaluation import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from symkan.result import Discovery

_REAL = """function y = real_or_nan(z)
    y = real(z);
    y(imag(z) ~= 0) = NaN;
end
"""
_SOFTPLUS = """function y = softplus(x)
    y = max(x, 0) + log1p(exp(-abs(x)));
end
"""
_MATHS = "sin cos tan atan sinh cosh tanh asinh exp sign expm1 erf softplus"
_COMPLEX = "sqrt log asin acos acosh atanh"
_WORDS = """break case catch classdef continue do else elseif end end_try_catch end_unwind_protect endfor endfunction
endif endswitch endwhile enumeration events for function global if methods otherwise parfor persistent properties
return spmd switch try unwind_protect until while real imag real_or_nan besselj abs max log1p pi i j e NaN Inf
value rows check nargin nargout error fprintf numel size"""
DIALECT = Dialect(
    functions={
        **template([(_MATHS, "{}")]),
        **{name: f"real_or_nan({name}({{0}}))" for name in _COMPLEX.split()},
        "Abs": "abs({0})",
        "besseljn": "real(besselj({0}, {1}))",
        "besselj": "real_or_nan(besselj({0}, {1}))",
    },
    power="{}.^{}",
    root="real_or_nan({}.^{})",
    times=".*",
    over="./",
    pi="pi",
    e="exp(1)",
    helpers={"real_or_nan": _REAL, "softplus": _SOFTPLUS},
    reserved=frozenset([*_WORDS.split(), *_MATHS.split(), *_COMPLEX.split()]),
    plain=True,
)

_SPLINE = """function y = spline_(x, breaks, origins, coefficients)
    % Polynomials in x - origin, highest power first, between the breaks; straight lines outside
    piece = 1 + sum(x(:) >= breaks, 2);
    step = x(:) - origins(piece);
    y = zeros(numel(x), 1);
    for k = 1:size(coefficients, 2)
        y = y .* step + coefficients(piece, k);
    end
    y = reshape(y, size(x));
end
"""


def law_matlab(discovery: Discovery) -> str:
    """The law as the text of law.m for MATLAB and GNU Octave; the command `law` checks it."""
    law = Law(discovery, DIALECT)
    rows = len(law.rows)
    lines = [*law.summary(), "", *law.ranges(), "Elementwise; not finite where the law is undefined."]
    check = ["    if nargin == 0 && nargout == 0", "        check();", "        return", "    end"]
    return "\n".join(
        [
            f"function value = law({', '.join(law.arguments)})",
            *comment("%", [*lines, *(["The command law checks it."] if rows else [])]),
            *(check if rows else []),
            *law.constant_lines("    {} = {};  %"),
            f"    value = {law.body};",
            "end",
            "",
            *law.dialect.needs(law.body),
            *_splines(law),
            *_check(law),
            "",
        ]
    )


def _splines(law: Law) -> Iterable[str]:
    if law.discovery.best.splines:
        yield _SPLINE
    for spline in law.discovery.best.splines:
        table = pieces(spline)
        yield f"function y = {spline.name}(x)"
        yield f"    breaks = [{_numbers(table.breaks.tolist())}];"
        yield f"    origins = [{'; '.join(map(repr, table.origins.tolist()))}];"
        yield "    coefficients = ["
        yield from (f"        {_numbers(row)};" for row in table.coefficients.tolist())
        yield "    ];"
        yield "    y = spline_(x, breaks, origins, coefficients);\nend\n"


def _check(law: Law) -> Iterable[str]:
    count, columns = len(law.rows), len(law.arguments)
    if not count:
        return
    yield f"function check()\n    rows = [  % {', '.join([*law.arguments, 'law'])}"
    yield from (f"        {_numbers(row)};" for row in law.rows.tolist())
    values = f"law({', '.join(f'rows(:, {k + 1})' for k in range(columns))})"
    yield f"""    ];
    values = {values};
    expected = rows(:, {columns + 1});
    if ~all(abs(values - expected) <= 1e-9 * abs(expected) + {law.tolerance!r})
        error('symkan:check', 'the law differs from its rows');
    end
    fprintf('%d rows agree\\n', {count});
end"""


def _numbers(values: list[float]) -> str:
    return ", ".join(map(repr, values))
