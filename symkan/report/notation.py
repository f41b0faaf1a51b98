"""The law as a reader writes it: the user's names, and as many digits as the standard errors carry.

The record keeps full precision; digits are rounded here and only here.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sympy.core.function import _coeff_isneg
from sympy.printing.latex import LatexPrinter
from sympy.printing.pretty.pretty import PrettyPrinter
from sympy.printing.pretty.pretty_symbology import pretty_symbol, pretty_use_unicode
from sympy.printing.pretty.stringpict import prettyForm
from sympy.printing.printer import Printer
from sympy.printing.str import StrPrinter

from symkan.text import printable

if TYPE_CHECKING:
    import sympy

    from symkan.data.dataset import Column
    from symkan.result import Discovery
    from symkan.search.candidates import Candidate
    from symkan.search.records import DataSummary
    from symkan.symbolic.refitting import Parameter

MOST_DIGITS = 8
PLAIN_DIGITS = 6

_GREEK = {
    letter: name if letter.islower() else name.capitalize()
    for letter in "αβγδεζηθικλμνξρστυφχψωΓΔΘΛΞΠΣΦΨΩ"
    for name in [unicodedata.name(letter).rpartition(" ")[2].lower().replace("lamda", "lambda")]
} | {"ħ": "hbar"}
"""LaTeX's Greek letters but pi, which is a number, and one of physics."""
_NO_LETTER = set("«»ÐÞðþĄąĐđĘęĮįĸĿŀŉŊŋŦŧŲųſĦ")
"""Of Latin-1 and Latin Extended-A, what plain pdfLaTeX has no letter for."""
_SIGNS = {"→": "to", "≤": "leq", "≥": "geq", "≠": "neq", "≈": "approx", "∞": "infty"}
LETTERS = {name: letter for letter, name in (_GREEK | _SIGNS).items()}
"""Letters and signs by the names of LaTeX."""
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    '"': "''",
    "-": "-{}",
    **{character: f"\\{character}" for character in "{}#$%&_"},
}


def number(value: float, standard_error: float = math.nan) -> str:
    """`value` with two digits of its standard error; six digits when that is 0 or not known.

    Examples
    --------
    >>> number(9.81273, 0.0231), number(149_597_870.7, 2e6), number(0.5, 0.0)
    ('9.813', '1.496e+08', '0.5')
    """
    if value == 0 or not math.isfinite(value) or not 0 < standard_error < math.inf:
        return f"{value:.{PLAIN_DIGITS}g}"
    digits = math.floor(math.log10(abs(value))) - math.floor(math.log10(standard_error)) + 2
    if digits > MOST_DIGITS:
        return f"{value:.{MOST_DIGITS}g}"
    return re.sub(r"\.(?=e|$)", "", f"{value:#.{max(digits, 2)}g}")


def linear(candidate: Candidate, data: DataSummary, *, full: bool = False) -> str:
    """The right-hand side of the law on one line, in Python's operators; `full`: with all digits."""
    return write(candidate.expression, data.features, candidate.parameters, full=full)


def write(
    expression: sympy.Expr,
    columns: Iterable[Column],
    parameters: Iterable[Parameter] = (),
    *,
    full: bool = False,
) -> str:
    """A formula on one line, with names for the symbols of `columns`, in Python's operators."""
    printer = _Linear(parameters, line_names(columns), full=full)
    return str(printer.doprint(expression))


def told_apart(discovery: Discovery) -> tuple[Candidate, ...]:
    """The Pareto front; of formulas that are printed alike the answer, or the one whose description is shortest."""
    best = discovery.best.expression
    kept: dict[str, Candidate] = {}
    for candidate in sorted(discovery.front, key=lambda c: (c.expression != best, c.bits)):
        kept.setdefault(linear(candidate, discovery.data), candidate)
    return tuple(c for c in discovery.front if any(c is one for one in kept.values()))


def line_names(columns: Iterable[Column]) -> dict[str, str]:
    """How the symbols of columns are written on one line, different ones differently."""
    columns = list(columns)
    names = _apart(_quoted(c.name) for c in columns)
    return dict(zip((c.symbol for c in columns), names, strict=True))


def pretty(candidate: Candidate, data: DataSummary, *, unicode: bool = True) -> str:
    """The law typeset with characters, over several lines."""
    columns = [data.target, *data.features]
    names = [_quoted(c.name) for c in columns]
    before = pretty_use_unicode(unicode)
    try:
        names = _distinct(names, _pretty_name, str) if unicode else names
        symbols = dict(zip((c.symbol for c in columns), names, strict=True))
        printer = _Pretty(candidate.parameters, symbols, use_unicode=unicode, wrap_line=False)
        right = printer._print(candidate.expression)
        law = prettyForm(*right.left(f"{names[0]} = "))
        return str(law.render(wrap_line=False))
    finally:
        pretty_use_unicode(before)


def latex(
    candidate: Candidate, data: DataSummary, *, width: int = 100, full: bool = False
) -> tuple[str, ...]:
    """Both sides of the law in LaTeX: the left one, then the right one, over several lines if long."""
    columns = [data.target, *data.features]
    names = latex_names(c.name for c in columns)
    symbols = dict(zip((c.symbol for c in columns), names, strict=True))
    printer = _Latex(candidate.parameters, symbols, full=full, mul_symbol=r" \, ")
    whole = str(printer.doprint(candidate.expression))
    if len(whole) <= width or not candidate.expression.is_Add:
        return names[0], whole
    terms = [_signed(term, printer.doprint) for term in candidate.expression.as_ordered_terms()]
    return names[0], terms[0].removeprefix("+ "), *terms[1:]


def latex_names(names: Iterable[str]) -> list[str]:
    """Names in LaTeX's mathematical mode, different ones for different names.

    Examples
    --------
    >>> print(*latex_names(["m", "theta1", "mass", "v_max", "semi-major axis"]))
    m \\theta_{1} \\mathrm{mass} v_{\\mathrm{max}} \\text{semi-{}major axis}
    """
    return _distinct(names, _latex_name, _latex_text)


class _Names(Printer):  # type: ignore[misc]
    """Prints columns under given names, and numbers with the digits of the fitted constants they are."""

    def __init__(
        self, parameters: Iterable[Parameter], names: dict[str, str], *, full: bool = False, **settings: Any
    ):
        super().__init__(settings)
        self._parameters = tuple(parameters)
        self._names = names
        self._full = full

    def _number(self, value: float) -> str:
        if self._full:
            return repr(value)
        for p in self._parameters:
            if p.stands_for(value):
                return number(value, p.standard_error)
        return number(value)


class _Linear(_Names, StrPrinter):  # type: ignore[misc]
    def _print_Symbol(self, expr: sympy.Symbol) -> str:  # noqa: N802
        return self._names.get(str(expr.name), str(expr.name))

    def _print_Float(self, expr: sympy.Float) -> str:  # noqa: N802
        return self._number(float(expr))


class _Pretty(_Names, PrettyPrinter):  # type: ignore[misc]
    def _print_Symbol(self, expr: sympy.Symbol, bold_name: bool = False) -> prettyForm:  # noqa: N802
        return prettyForm(self._names.get(expr.name, expr.name), binding=prettyForm.ATOM)

    def _print_Float(self, expr: sympy.Float) -> prettyForm:  # noqa: N802
        text = self._number(float(expr))
        return prettyForm(text, binding=prettyForm.NEG if text.startswith("-") else prettyForm.ATOM)


class _Latex(_Names, LatexPrinter):  # type: ignore[misc]
    def _print_Symbol(self, expr: sympy.Symbol, style: str = "plain") -> str:  # noqa: N802
        return self._names.get(str(expr.name), str(expr.name))

    def _print_Float(self, expr: sympy.Float) -> str:  # noqa: N802
        mantissa, _, exponent = self._number(float(expr)).partition("e")
        return rf"{{{mantissa} \cdot 10^{{{int(exponent)}}}}}" if exponent else mantissa


def _signed(term: sympy.Expr, write: Callable[[sympy.Expr], str]) -> str:
    if not _coeff_isneg(term):
        return f"+ {write(term)}"
    text = write(-term)
    return rf"- \left({text}\right)" if (-term).is_Add else f"- {text}"


def _distinct(
    names: Iterable[str], convert: Callable[[str], str], fallback: Callable[[str], str]
) -> list[str]:
    """Converted names, by the fallback where two would come out alike."""
    names = list(names)
    converted = [convert(name) for name in names]
    return _apart(
        text if converted.count(text) == 1 else fallback(name)
        for name, text in zip(names, converted, strict=True)
    )


def _apart(texts: Iterable[str]) -> list[str]:
    """Texts with primes where they are alike."""
    made: list[str] = []
    for text in texts:
        primes = next(k for k in range(len(made) + 1) if text + "'" * k not in made)
        made.append(text + "'" * primes)
    return made


def _quoted(name: str) -> str:
    """The name, in backquotes when it could be read as a formula."""
    name = printable(name)
    plain = re.fullmatch(r"[^\W\d][\w.]*( [\w.]+)*", name) and name not in ("pi", "E")
    return name if plain else f"`{name}`"


def _pretty_name(name: str) -> str:
    return name if name == "pi" or "`" in name else str(pretty_symbol(name))


def _latex_name(name: str) -> str:
    match = re.fullmatch(r"([^\W\d_]+)_?(\d+|(?<=_)[^\W\d_]+)?", name)
    if match is None:
        return _latex_text(name)
    base, index = match.groups()
    return _latex_word(base) + (f"_{{{_latex_word(index)}}}" if index else "")


def _latex_word(word: str) -> str:
    if word.isdigit() and word.isascii():
        return word
    greek = _GREEK.get(word, word)
    if greek in _GREEK.values():
        return f"\\{greek}"
    if not word.isascii():
        return _latex_text(word)
    if len(word) == 1:
        return word if word != "e" else r"\mathit{e}"  # e is a number
    return rf"\mathrm{{{word}}}"


def _latex_text(name: str) -> str:
    return rf"\text{{{latex_escape(name)}}}"


def latex_escape(text: str) -> str:
    """`text` for LaTeX's text mode; what pdfLaTeX has no letter for becomes its Unicode number."""
    return "".join(map(_latex_character, printable(text)))


def _latex_character(c: str) -> str:
    if command := _GREEK.get(c) or _SIGNS.get(c):
        return rf"$\{command}$"
    if c.isascii() or ("\xa1" <= c <= "\u017f" and c not in _NO_LETTER):
        return _ESCAPES.get(c, c)
    return f"[U+{ord(c):04X}]"
