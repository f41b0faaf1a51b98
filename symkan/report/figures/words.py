"""Names in figures: as plain text that the fonts can show, and that fits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from matplotlib import font_manager
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from symkan.report.notation import write

if TYPE_CHECKING:
    import sympy
    from matplotlib.axes import Axes

    from symkan.data.dataset import Column
    from symkan.result import Discovery

_FIRST = "DejaVu Sans"  # comes with matplotlib
_OTHERS = (
    "Noto Sans SC",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)
"""With Chinese, Japanese and Korean letters, in TrueType outlines, which PDF embeds."""
_MISSING = "\N{WHITE SQUARE}"
_RAISED = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺")
_DPI = 720.0


@lru_cache(maxsize=1)
def families() -> tuple[str, ...]:
    """The fonts, in the order in which a letter is looked for."""
    there = {font.name for font in font_manager.fontManager.ttflist}
    return (_FIRST, *(name for name in _OTHERS if name in there))


def plain(text: str) -> str:
    """`text` on one line, without control characters; a square for each letter that no font here has.

    Examples
    --------
    >>> plain("a\\tb\\x07"), plain("$x_1$")
    ('a b', '$x_1$')
    """
    text = unicodedata.normalize("NFC", text)
    kept = (" " if c.isspace() else c for c in text if c.isspace() or c.isprintable())
    return "".join(c if _has_font(c) else _MISSING for c in kept).strip()


def letters_without_font(discovery: Discovery) -> str:
    """Those letters of the names and units that no font here has, in the order in which they come."""
    data = discovery.data
    texts = (part for column in (data.target, *data.features) for part in (column.name, column.unit or ""))
    letters = dict.fromkeys(unicodedata.normalize("NFC", "".join(texts)))
    return "".join(c for c in letters if c.isprintable() and not _has_font(c))


def _has_font(letter: str) -> bool:
    return letter.isascii() or letter.isspace() or ord(letter) in _letters()


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    paths = [font_manager.findfont(FontProperties(family=name)) for name in families()]
    return frozenset().union(*(font_manager.get_font(path).get_charmap() for path in paths))


@lru_cache(maxsize=1)
def _renderer() -> RendererAgg:
    return RendererAgg(1, 1, _DPI)  # type: ignore[no-untyped-call]


def width_of(text: str, size: float) -> float:
    """Width in mm of a line of text in so many points."""
    font = FontProperties(family=list(families()), size=size)
    renderer: Any = _renderer()
    width, _, _ = renderer.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / _DPI * 25.4


def shortened(text: str, room: float, size: float) -> str:
    """`text` if it is at most `room` mm wide, else its begin and its end about an ellipsis.

    Examples
    --------
    >>> shortened("temperature of the second inlet", 25, 8)
    'temperatur…nlet'
    """
    if width_of(text, size) <= room:
        return text
    low, high = 0, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if width_of(_cut(text, middle), size) <= room else (low, middle)
    return _cut(text, low)


def _cut(text: str, letters: int) -> str:
    tail = letters // 3
    return f"{text[: letters - tail].rstrip()}…{text[len(text) - tail :].lstrip()}"


def with_unit(name: str, unit: str | None, *, room: float, size: float) -> str:
    """`name (unit)`, the name shortened where both don't fit into `room` mm; without units (1) is left out."""
    name = plain(name)
    ending = f" ({plain(unit)})" if unit else ""
    left = room - width_of(ending, size)
    if left < room / 3:
        return shortened(name + ending, room, size)
    return shortened(name, left, size) + ending


def label(ax: Axes, which: str, text: str, unit: str | None = None) -> None:
    """Label the x or the y axis, after all is drawn, in the size that its labels have, shortened to its length."""
    axis = {"x": ax.xaxis, "y": ax.yaxis}[which]
    length = (ax.bbox.width if which == "x" else ax.bbox.height) / ax.figure.dpi * 25.4
    text = with_unit(text, unit, room=length + 2, size=float(axis.label.get_fontsize()))
    axis.set_label_text(text, parse_math=False)
    formatter = axis.get_major_formatter()
    formatter.set_locs(list(axis.get_ticklocs()))
    if which == "x" and formatter.get_offset():  # the common power of ten stands below the ticks
        axis.labelpad = float(axis.label.get_fontsize()) + 3


def column_label(ax: Axes, which: str, column: Column, suffix: str = "") -> None:
    """Label an axis with a column, "name (unit)"."""
    label(ax, which, column.name + suffix, column.unit)


def formula(expression: sympy.Expr, columns: Iterable[Column]) -> str:
    """A formula on one line in the user's names; a name alone without quotes."""
    columns = tuple(columns)
    alone = [c.name for c in columns if c.symbol == str(expression)]
    return plain(alone[0]) if alone else typeset(write(expression, columns))


def typeset(text: str) -> str:
    """A formula on one line as printed: whole powers raised, dots for products; quoted names as they are.

    Examples
    --------
    >>> typeset("2.5*x**2 - `a*b`*x**0.5")
    '2.5·x² − `a*b`·x^0.5'
    """
    parts = plain(text).split("`")
    for i in range(0, len(parts), 2):
        raised = re.sub(r"\*\*(\d+)(?![\d.])", lambda m: superscript(int(m[1])), parts[i])
        parts[i] = raised.replace("**", "^").replace("*", "·").replace(" - ", " − ")
    return "`".join(parts)


def target_of(network: str, target: str) -> str:
    """What a network such as "[2, 1, 1] for log y" gives, y under the user's name.

    Examples
    --------
    >>> target_of("[2, 1, 1] for log y", "period")
    'log period'
    """
    _, found, text = network.partition(" for ")
    return plain(re.sub(r"\by\b", lambda _: target, text) if found else target)


def superscript(exponent: int) -> str:
    """Raised digits."""
    return str(exponent).translate(_RAISED)


def function_name(name: str) -> str:
    """The name of a library function, whole powers raised.

    Examples
    --------
    >>> function_name("1/x^2"), function_name("x^1.5")
    ('1/x²', 'x^1.5')
    """
    return plain(re.sub(r"\^(\d+)(?![\d.])", lambda m: superscript(int(m[1])), name))


def short_number(value: float) -> str:
    """Two digits, powers of ten raised.

    Examples
    --------
    >>> short_number(0.0123), short_number(1.5e-34), short_number(0.0)
    ('0.012', '1.5×10⁻³⁴', '0')
    """
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{value:#.2g}".partition("e")
    mantissa = mantissa.removesuffix(".").replace("-", "−")
    return f"{mantissa}×10{superscript(int(exponent))}" if exponent else mantissa
