"""The law as a LaTeX document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symkan.report.languages.law import comment, rows, summary, used_columns, with_unit
from symkan.report.notation import latex, latex_escape
from symkan.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symkan.result import Discovery
    from symkan.search.candidates import Candidate


def law_latex(discovery: Discovery) -> str:
    """The law as a LaTeX document; constants rounded by their standard errors, full values and rows in comments."""
    left, *right = latex(discovery.best, discovery.data)
    lines = " \\\\\n  &\\quad ".join(right)
    return "\n".join(
        [
            *comment("%", [*summary(discovery), *_constant_texts(discovery.best)]),
            r"\documentclass{article}",
            r"\usepackage[utf8]{inputenc}",
            r"\usepackage{amsmath}",
            r"\begin{document}",
            r"\begin{align*}",
            f"  {left} &= {lines}",
            r"\end{align*}",
            *_remarks(discovery),
            r"\end{document}",
            *comment("%", _row_texts(discovery)),
            "",
        ]
    )


def _constant_texts(candidate: Candidate) -> Iterator[str]:
    for p in candidate.parameters:
        exact = f" = {printable(p.exact)}" if p.exact is not None else ""
        yield f"{printable(p.symbol)} = {p.value!r} ± {p.standard_error:.2g}{exact}"


def _remarks(discovery: Discovery) -> Iterator[str]:
    data = discovery.data
    used = used_columns(discovery.best, data)
    ranges = dict(zip(data.features, data.feature_ranges, strict=True))
    if used:
        texts = (f"{latex_escape(with_unit(c))}: {ranges[c][0]:.6g} to {ranges[c][1]:.6g}" for c in used)
        yield rf"\noindent Fitted ranges: {'; '.join(texts)}."
    if names := ", ".join(f"${spline.name[0]}_{{{spline.name[1:]}}}$" for spline in discovery.best.splines):
        yield f"Splines, tabulated in the record: {names}."


def _row_texts(discovery: Discovery) -> Iterator[str]:
    table = rows(discovery)
    if len(table):
        columns = [*used_columns(discovery.best, discovery.data), discovery.data.target]
        yield f"Rows that check the law: {', '.join(printable(with_unit(column)) for column in columns)}"
        yield from (", ".join(map(repr, row)) for row in table.tolist())
