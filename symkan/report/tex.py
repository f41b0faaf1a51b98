"""Pieces of LaTeX: what is LaTeX already, numbers, tables."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from symkan.report.notation import latex_escape, number


class Tex(str):
    """LaTeX; every other text is escaped on its way into the document."""

    __slots__ = ()


@dataclass(frozen=True)
class Table:
    """A table of a document: its caption, LaTeX's letter for each column, the head, and the rows; cells are text."""

    caption: str
    columns: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tex(text: object) -> str:
    """`text` as LaTeX: as it is, or escaped."""
    return text if isinstance(text, Tex) else latex_escape(str(text))


def figure(value: float, standard_error: float = math.nan) -> Tex:
    """A number in LaTeX, with as many digits as its standard error leaves it."""
    if math.isnan(value):
        return Tex("--")
    if math.isinf(value):
        return Tex(r"$\infty$" if value > 0 else r"$-\infty$")
    return Tex(f"${_power(number(value, standard_error))}$")


def quantity(value: float, standard_error: float) -> Tex:
    """A number in LaTeX with its standard error in metrology's notation, 9.813(23), where that is known.

    Examples
    --------
    >>> print(quantity(9.81273, 0.0231), quantity(6.6743e-11, 1.5e-15), quantity(0.01, 5.0), quantity(0.5, 0))
    $9.813(23)$ $6.67430(15) \\times 10^{-11}$ $0.01 \\pm 5$ $0.5$
    """
    if not (math.isfinite(value) and 0 < standard_error < math.inf):
        return figure(value)
    if standard_error >= abs(value):
        return Tex(f"${_power(f'{value:.2g}')} \\pm {_power(f'{standard_error:.2g}')}$")
    mantissa, _, exponent = number(value, standard_error).partition("e")
    last = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    if standard_error < 0.95 * last:  # below the digits that are printed
        return figure(value, standard_error)
    return Tex(
        f"${_power(f'{mantissa}({standard_error / last:.0f})' + (f'e{exponent}' if exponent else ''))}$"
    )


def short(value: float, digits: int = 3) -> Tex:
    """A number in LaTeX with few digits, for errors."""
    return figure(float(f"{value:.{digits}g}"))


def unit(text: str | None) -> Tex:
    """A unit as the user wrote it, its exponents raised; empty for none.

    Examples
    --------
    >>> print(unit("m/s^2"))
    m/s\\textsuperscript{2}
    """
    escaped = latex_escape(text or "")
    return Tex(
        re.sub(r"(?:\\textasciicircum\{\}|\*\*)\(?((?:-\{\})?[\d./]+)\)?", r"\\textsuperscript{\1}", escaped)
    )


def _power(text: str) -> str:
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa
