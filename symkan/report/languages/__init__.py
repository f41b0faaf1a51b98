"""The law in the languages of those who will use it, each with rows that check it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from symkan.report.languages.c import law_c
from symkan.report.languages.excel import law_excel
from symkan.report.languages.javascript import law_javascript
from symkan.report.languages.julia import law_julia
from symkan.report.languages.latex import law_latex
from symkan.report.languages.matlab import law_matlab
from symkan.report.languages.python import law_python
from symkan.report.languages.symbolic import law_sympy

if TYPE_CHECKING:
    from symkan.result import Discovery

__all__ = ["Export", "exports"]

_WRITERS = (
    ("LaTeX", "law.tex", law_latex),
    ("Python", "law.py", law_python),
    ("SymPy", "law_sympy.py", law_sympy),
    ("C", "law.c", law_c),
    ("Julia", "law.jl", law_julia),
    ("MATLAB", "law.m", law_matlab),
    ("JavaScript", "law.js", law_javascript),
    ("Excel", "law.csv", law_excel),
)


@dataclass(frozen=True)
class Export:
    """The law in one language: its name, and a file that checks itself."""

    language: str
    filename: str
    code: str


def exports(discovery: Discovery) -> tuple[Export, ...]:
    """The law in every language; where one lacks a function, its file says so in a comment."""
    return tuple(Export(language, name, write(discovery)) for language, name, write in _WRITERS)
