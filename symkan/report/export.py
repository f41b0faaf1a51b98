"""The law as code: a Python module that needs numpy alone, and a LaTeX document."""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from typing import TYPE_CHECKING

from sympy.printing.numpy import SciPyPrinter

from symkan.report.notation import latex, latex_escape, linear, number
from symkan.search.evaluation import pieces
from symkan.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import sympy

    from symkan.data.dataset import Column
    from symkan.result import Discovery
    from symkan.search.candidates import Candidate, Spline
    from symkan.search.records import DataSummary

_RESERVED = {"functools", "np", "scipy", "special", "law", "_spline"}

_SPLINE = '''
def _spline(x, breaks, origins, coefficients):
    """Polynomials in x - origin, highest power first, between the breaks; straight lines outside."""
    piece = np.searchsorted(breaks, x, side="right")
    value = np.zeros_like(x)
    for power in np.transpose(coefficients):
        value = value * (x - np.take(origins, piece)) + power[piece]
    return value
'''


def law_python(discovery: Discovery) -> str:
    """The law as the text of a Python module with one function, `law`, of the columns that occur in it.

    Fitted constants are named; the module imports numpy, and scipy only for special functions.
    """
    best, data = discovery.best, discovery.data
    columns = used_columns(best, data)
    symbols = [column.symbol for column in columns]
    splines = {spline.name for spline in best.splines}
    arguments = identifiers((c.name for c in columns), taken=_RESERVED | splines)
    expression, constants = _name_constants(best, _RESERVED | splines | {*arguments, *symbols})
    printer = _Code(dict(zip(symbols, arguments, strict=True)), splines)
    body = printer.doprint(expression)
    return "\n".join(
        [
            f'"""{_docstring(_summary(discovery))}"""',
            "",
            *_import_lines(printer.module_imports),
            *(["", *constants] if constants else []),
            *([_SPLINE] if best.splines else []),
            *(line for spline in best.splines for line in _spline_lines(spline)),
            *([] if best.splines else ["", ""]),
            f"def law({', '.join(arguments)}):",
            f'    """{_docstring(_arguments_text(discovery, columns, arguments))}"""',
            *(f"    {name} = np.asarray({name}, dtype=np.float64)" for name in arguments),
            '    with np.errstate(all="ignore"):',
            f"        return {body}",
            "",
        ]
    )


def law_latex(discovery: Discovery) -> str:
    """The law as a LaTeX document; constants rounded by their standard errors, full values in comments."""
    left, *right = latex(discovery.best, discovery.data)
    lines = " \\\\\n  &\\quad ".join(right)
    comments = [*_summary(discovery).splitlines(), *_constant_texts(discovery.best)]
    return "\n".join(
        [
            *(f"% {line}".rstrip() for line in comments),
            r"\documentclass{article}",
            r"\usepackage[utf8]{inputenc}",
            r"\usepackage{amsmath}",
            r"\begin{document}",
            r"\begin{align*}",
            f"  {left} &= {lines}",
            r"\end{align*}",
            *_latex_remarks(discovery),
            r"\end{document}",
            "",
        ]
    )


def used_columns(candidate: Candidate, data: DataSummary) -> tuple[Column, ...]:
    """The features that occur in the formula, in the file's order."""
    names = {symbol.name for symbol in candidate.expression.free_symbols}
    return tuple(column for column in data.features if column.symbol in names)


def identifiers(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Names made valid, different Python identifiers that are not in `taken`.

    Examples
    --------
    >>> identifiers(["v", "v ", "semi-major axis", "lambda", "2nd", "np"], taken=["np"])
    ['v', 'v_2', 'semi_major_axis', 'lambda_', '_2nd', 'np_2']
    """
    used = set(taken)
    made = []
    for name in names:
        base = _identifier(name)
        unique = next(n for n in (base, *(f"{base}_{i}" for i in range(2, len(used) + 3))) if n not in used)
        used.add(unique)
        made.append(unique)
    return made


def _identifier(name: str) -> str:
    # Python reads identifiers in this normal form, so names that differ in it alone are the same
    word = unicodedata.normalize("NFKC", re.sub(r"\W+", "_", name)).strip("_")
    word = word if word.isidentifier() else f"_{word}"
    word = word if word.isidentifier() else "_x"
    return f"{word}_" if keyword.iskeyword(word) or keyword.issoftkeyword(word) else word


class _Code(SciPyPrinter):  # type: ignore[misc]
    """numpy code with given names for columns, and floats that read back the same."""

    def __init__(self, names: dict[str, str], splines: Iterable[str]):
        super().__init__({"user_functions": {name: name for name in splines}})
        self._names = names

    def _print_Symbol(self, expr: sympy.Symbol) -> str:  # noqa: N802
        return self._names.get(str(expr.name), str(expr.name))

    def _print_Float(self, expr: sympy.Float) -> str:  # noqa: N802
        return repr(float(expr))

    def _print_Pi(self, expr: sympy.Expr) -> str:  # noqa: N802 - sympy would take it from scipy
        return "np.pi"

    def _module_format(self, fqn: str, register: bool = True) -> str:
        text = str(super()._module_format(fqn, register))
        return re.sub(r"^scipy\.special\.", "special.", re.sub(r"^numpy\.", "np.", text))


def _import_lines(modules: Iterable[str]) -> list[str]:
    known = {"numpy": "import numpy as np", "scipy.special": "from scipy import special"}
    return [
        *sorted(f"import {m}" for m in modules if m not in known),
        *(known[m] for m in known if m in {"numpy", *modules}),
    ]


def _name_constants(candidate: Candidate, taken: set[str]) -> tuple[sympy.Expr, list[str]]:
    """The formula with names for its fitted constants, and the lines of code that define them."""
    from sympy import Float, Symbol

    numbers = sorted(candidate.expression.atoms(Float))
    fitted = [p for p in candidate.parameters if p.exact is None]
    names = identifiers((p.symbol.upper() for p in fitted), taken=taken)
    replacements: dict[sympy.Float, sympy.Expr] = {}
    lines = []
    for p, name in zip(fitted, names, strict=True):
        here = [
            n for n in numbers if math.isclose(abs(n), abs(p.value), rel_tol=1e-12) and n not in replacements
        ]
        if here:
            value = math.copysign(float(here[0]), p.value)
            constant = Symbol(name, real=True)
            replacements |= {n: constant if n * value > 0 else -constant for n in here}
            lines.append(f"{name} = {value!r}  # ± {p.standard_error:.2g}")
    return candidate.expression.xreplace(replacements), lines


def _constant_texts(candidate: Candidate) -> Iterator[str]:
    for p in candidate.parameters:
        exact = f" = {printable(p.exact)}" if p.exact is not None else ""
        yield f"{printable(p.symbol)} = {p.value!r} ± {p.standard_error:.2g}{exact}"


def _spline_lines(spline: Spline) -> list[str]:
    table = pieces(spline)
    return [
        "",
        f"def {spline.name}(x):",
        '    """An edge of the network that no function fits, as a spline."""',
        f"    breaks = {table.breaks.tolist()}",
        f"    origins = {table.origins.tolist()}",
        "    coefficients = [",
        *(f"        {row}," for row in table.coefficients.tolist()),
        "    ]",
        "    return _spline(np.asarray(x, dtype=np.float64), breaks, origins, coefficients)",
        "",
    ]


def _summary(discovery: Discovery) -> str:
    """Law, origin and quality, in a few lines of printable text."""
    best, data = discovery.best, discovery.data
    test = discovery.test
    lines = [
        f"{printable(_with_unit(data.target))} = {linear(best, data)}",
        "",
        f"Found by symkan {printable(discovery.versions.get('symkan', ''))} in {printable(data.source)}",
        f"(sha256 {printable(data.sha256)}), {data.train_rows + data.validation_rows} rows fitted.",
        f"R² {best.r2:.6g}, validation RMSE {number(best.validation_rmse)}"
        + (f", test RMSE {number(test.rmse)} ({test.rows} rows)." if test else "."),
    ]
    return "\n".join(lines)


def _arguments_text(discovery: Discovery, columns: Iterable[Column], arguments: list[str]) -> str:
    ranges = dict(zip(discovery.data.features, discovery.data.feature_ranges, strict=True))
    lines = [f"{printable(_with_unit(discovery.data.target))}, elementwise; nan where the law is undefined."]
    for column, name in zip(columns, arguments, strict=True):
        low, high = ranges[column]
        lines += [f"{name}: {printable(_with_unit(column))}, fitted from {low:.6g} to {high:.6g}."]
    return "\n    ".join([*lines, ""])


def _latex_remarks(discovery: Discovery) -> Iterator[str]:
    data = discovery.data
    used = used_columns(discovery.best, data)
    ranges = dict(zip(data.features, data.feature_ranges, strict=True))
    if used:
        texts = (f"{latex_escape(_with_unit(c))}: {ranges[c][0]:.6g} to {ranges[c][1]:.6g}" for c in used)
        yield rf"\noindent Fitted ranges: {'; '.join(texts)}."
    if names := ", ".join(f"${spline.name[0]}_{{{spline.name[1:]}}}$" for spline in discovery.best.splines):
        yield f"Splines, tabulated in the record: {names}."


def _with_unit(column: Column) -> str:
    return f"{column.name} [{column.unit}]" if column.unit else column.name


def _docstring(text: str) -> str:
    """`text` such that nothing in it ends the docstring or escapes."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
