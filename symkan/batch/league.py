"""The league table: the laws of a batch in LaTeX and PDF, the most trustworthy and closest first."""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from symkan.batch.records import Entry
from symkan.errors import ResultError
from symkan.report import pandoc
from symkan.report.notation import latex_escape

_ORDER = {"law": 0, "tentative": 1, "none": 2}
_STYLE = """
#set page(paper: "a4", margin: (x: 1.8cm, y: 2cm), numbering: "1 of 1")
#set text(font: "New Computer Modern", size: 9.5pt)
#set par(justify: false)
#set table(stroke: none, inset: (x: 5pt, y: 5pt))
#set table.hline(stroke: 0.5pt)
#show figure: set block(breakable: true)
#show table.cell.where(y: 0): strong
#show table.cell: set text(hyphenate: false)
#show table.cell: set align(horizon)
#show table: it => block(stroke: (top: 0.8pt, bottom: 0.8pt), it)
#show math.equation.where(block: false): math.display
#show math.equation: set text(top-edge: "bounds", bottom-edge: "bounds")
#show heading: set text(size: 16pt)
#show heading: set block(below: 1em)
"""
_WIDEST = 38  # characters of a term that fits into a line; a law breaks between terms
_LONGEST = 400  # characters of LaTeX


def league_latex(entries: Iterable[Entry], *, most: int) -> str:
    """A LaTeX document with so many laws at most, and the reasons of failures.

    Parameters
    ----------
    entries
        Records of tables, one at a time.
    most
        Laws to show.
    """
    verdicts, failures = Counter[str](), Counter[str]()

    def told() -> Iterator[tuple[tuple[float, ...], str, Entry]]:
        for entry in entries:
            if entry.finding is None:
                failures[entry.status.value] += 1
                continue
            f = entry.finding
            verdicts[f.verdict] += 1
            error = f.test_error if math.isfinite(f.test_error) else math.inf
            yield (_ORDER.get(f.verdict, 3), error, f.complexity), entry.file, entry

    best = [entry for *_, entry in heapq.nsmallest(most, told())]
    total = verdicts.total()
    counts = ", ".join(f"{count} {latex_escape(name)}" for name, count in (verdicts + failures).most_common())
    shown = "" if total <= most else f" The best {most} of {total} laws are shown; summary.csv has all."
    return "\n".join(
        [
            r"\documentclass[a4paper]{article}",
            r"\usepackage[utf8]{inputenc}",
            r"\usepackage{amsmath,booktabs,longtable}",
            r"\begin{document}",
            r"\section*{Laws found}",
            f"{total + failures.total()} tables: {counts or 'none'}.{shown}",
            "",
            r"\begin{longtable}{@{}r p{3.6cm} p{6.8cm} r r l@{}}",
            r"\toprule",
            r" & table & law & complexity & test error & verdict \\",
            r"\midrule",
            r"\endhead",
            *(_row(i, entry) for i, entry in enumerate(best, 1)),
            r"\bottomrule",
            r"\end{longtable}",
            r"The test error is that on locked rows, relative to the target's spread.",
            r"\end{document}",
            "",
        ]
    )


def _row(rank: int, entry: Entry) -> str:
    f = entry.finding
    assert f is not None
    law = rf"$\displaystyle {f.latex}$" if _fits(f.latex) else latex_escape(f.law)
    cells = (
        str(rank),
        latex_escape(_shorter(entry.file)),
        law,
        str(f.complexity),
        _error(f.test_error),
        f.verdict,
    )
    return " & ".join(cells) + r" \\"


def _fits(latex: str) -> bool:
    """Whether a typeset law stays within its column."""
    terms = re.split(r" [-+=] ", latex)
    widths = (len(re.sub(r"\\[A-Za-z]+|[\\{}_^,\s]", "", term)) for term in terms)
    return len(latex) <= _LONGEST and max(widths) <= _WIDEST


def _shorter(name: str) -> str:
    """The name with the middle of words left out that would not fit into their column."""
    return re.sub(r"\S{20,}", lambda word: f"{word[0][:9]}...{word[0][-7:]}", name)


def _error(error: float) -> str:
    if not math.isfinite(error):
        return "none"
    mantissa, _, exponent = f"{error:.2g}".partition("e")
    return rf"${mantissa} \cdot 10^{{{int(exponent)}}}$" if exponent else mantissa


def write_pdf(latex: str, path: Path) -> None:
    """Typeset a document.

    Raises
    ------
    ResultError
        When it cannot be typeset.
    """
    import typst

    try:
        body = pandoc.run("-f", pandoc.READER, "-t", "typst", "--wrap=none", "--sandbox", text=latex).decode()
        body = body.replace("columns: 6,", "columns: (auto, 2fr, 4fr, auto, auto, auto),", 1)
        path.write_bytes(typst.compile((_STYLE + body).encode()))
    except (ResultError, RuntimeError, typst.TypstError) as error:
        raise ResultError(f"{path} cannot be typeset: {error}; summary.tex has the same") from error
