"""What a header cell says: a name and perhaps a unit; and how a user's name finds its column."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from symkan.errors import ColumnError

_BRACKETS = re.compile(
    r"(?P<name>.*?)(?P<gap> ?)(?:\[(?P<square>[^\[\]]*)\]|\((?P<round>[^()]*(?:\([^()]*\)[^()]*)*)\))"
)

_PREFIX = "(?:da|[yzafpnuµμmcdhkMGTPEZY])?"
_PREFIXABLE = (
    "m|g|s|A|K|mol|cd|Hz|N|Pa|J|W|C|V|F|Ω|Ω|[Oo]hms?|S|Wb|T|H|lm|lx|Bq|Gy|Sv|kat|[lL]|eV|rad|sr|t|Wh|Ah|VA|cal|bar"
    "|pc|B|bit|M|Da"
)
_PLAIN = (
    "min|hr?|hours?|days?|d|yr|years?|secs?|seconds?|minutes?|u|amu|atm|psi|mmHg|[Tt]orr|deg(?:rees?|[CFK])?|°[CF]?"
    "|℃|℉|Å|Å|[Aa]ngstroms?|microns?|in|inch|ft|mi|miles?|lbs?|oz|kn|knots?|rpm|ppm|ppb|dB|px|pixels?|bytes?|counts?"
    "|AU|au|ly|a\\.u\\.|arb\\. ?units?|[%‰€$]|USD|EUR|mph|kph"
)
_SYMBOL = re.compile(rf"(?:{_PREFIX}(?:{_PREFIXABLE})|{_PLAIN})")
_BETWEEN = re.compile(r"\s*(?:\bper\b|[/·⋅×]|(?<!\*)\*(?!\*)|\.(?=[^\W\d])|\s)\s*")
_POWER = re.compile(r"(?:(?:\^|\*\*)?[({]?[-−+]?\d+(?:[./]\d+)?[)}]?|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)$")

_FUNCTIONS = re.compile("log|ln|lg|log10|log2|exp|sqrt|sin|cos|tan|abs|min|max|mean|std|var", re.IGNORECASE)

_INDEX = re.compile(
    r"|index|idx|id|row(?:[ _]?(?:id|no|number|names?))?|rows|no\.?|nr\.?|#|n°|№|number|level_0|unnamed: ?\d+"
)


class Label(NamedTuple):
    """A header cell: as it stands, without its unit, and the unit."""

    header: str
    name: str
    unit: str | None


def read_label(header: str) -> Label:
    """Name and unit of a header cell.

    Square brackets after a space hold a unit whatever they say. Other brackets do only where the text reads
    as a unit, and a single t or T right behind the name does not: x(t) and p(T) are functions, and so are log(K) and
    f(s).

    Examples
    --------
    >>> read_label("v (m/s)").unit, read_label("T [K]").name, read_label("log(K)").name
    ('m/s', 'T', 'log(K)')
    """
    whole = " ".join(header.split())
    found = _BRACKETS.fullmatch(whole)
    if not found or not found["name"]:
        return Label(header, whole, None)
    square = found["square"] is not None
    if not square and not found["gap"] and _is_function(found["name"], of=found["round"]):
        return Label(header, whole, None)
    unit = (found["square"] if square else found["round"]).strip()
    if unit and ((square and found["gap"]) or _reads_as_unit(unit, attached=not found["gap"])):
        return Label(header, found["name"], unit)
    return Label(header, whole, None)


def _is_function(name: str, *, of: str) -> bool:
    """Whether a name right before round brackets is a function's; f and g are, of one letter: f(Hz) has a unit."""
    return _FUNCTIONS.fullmatch(name) is not None or (name in ("f", "g") and len(of) == 1)


def _reads_as_unit(text: str, *, attached: bool) -> bool:
    """Whether a text is a product of powers of known symbols, such as kg·m^2/s, 1/s, µm, % or - (no unit)."""
    if text in ("-", "–", "—"):
        return True
    if attached and text in ("t", "T"):
        return False
    factors = _BETWEEN.split(text.strip("()")) if not _SYMBOL.fullmatch(text) else [text]
    if factors[0] == "1":
        factors = factors[1:]
    return bool(factors) and all(_SYMBOL.fullmatch(_POWER.sub("", factor.strip("()"))) for factor in factors)


def label_columns(headers: Sequence[str], *, source: str) -> tuple[Label, ...]:
    """A label with a name of its own for each header cell, in order.

    An empty cell becomes ``col3`` after its position. Where only units tell columns apart, names keep them.

    Raises
    ------
    ColumnError
        When one header stands twice.
    """
    cells = [cell.strip() for cell in headers]
    for cell, count in Counter(cells).items():
        if cell and count > 1:
            places = listed((str(i) for i, other in enumerate(cells, 1) if other == cell), quote="")
            raise ColumnError(
                f"{source}: {count} columns are called '{cell}' (columns {places}); give each its own name"
            )
    labels = [read_label(cell or _position_name(i, cells)) for i, cell in enumerate(cells, 1)]
    names = Counter(label.name for label in labels)
    return tuple(
        label if names[label.name] == 1 else Label(label.header, label.header, label.unit) for label in labels
    )


def _position_name(position: int, taken: Sequence[str]) -> str:
    name = f"col{position}"
    while name in taken:
        name += "_"
    return name


def find_column(labels: Sequence[Label], name: str, *, source: str) -> int:
    """Position of the column whose header, or whose name without unit, is `name`.

    Raises
    ------
    ColumnError
        When there is none, or more than one.
    """
    wanted = _key(name)
    tests: tuple[Callable[[Label], bool], ...] = (
        lambda label: label.header == name,
        lambda label: _key(label.header) == wanted,
        lambda label: _key(read_label(label.header).name) == wanted,
    )
    for test in tests:
        found = [i for i, label in enumerate(labels) if test(label)]
        if len(found) == 1:
            return found[0]
        if found:
            headers = listed(labels[i].header for i in found)
            raise ColumnError(f"{source}: '{name}' could be any of {headers}; give the whole header")
    raise ColumnError(f"{source}: there is no column '{name}'; {_suggestion(labels, name)}")


def _key(text: str) -> str:
    """Spaces, composed accents and the two code points of µ make no difference."""
    return unicodedata.normalize("NFC", " ".join(text.split())).replace("µ", "μ")


def _suggestion(labels: Sequence[Label], name: str) -> str:
    known = [label.name for label in labels]
    if all(re.fullmatch(r"col\d+", other) for other in known):
        return f"without header, columns are called by position: {listed(known)}"
    same = [other for other in known if other.casefold() == name.casefold()]
    close = same if len(same) == 1 else get_close_matches(name, known, n=1)
    columns = f"the columns are {listed(known)}"
    return f"did you mean '{close[0]}'? ({columns})" if close else columns


def is_index_name(header: str) -> bool:
    """Whether a header is empty or says that the column only counts the rows."""
    return _INDEX.fullmatch(header.strip().casefold()) is not None


def listed(names: Iterable[str], *, most: int = 12, quote: str = "'") -> str:
    """Names in quotes, with commas; of a long list the first `most`.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    shown = [f"{quote}{name}{quote}" for name in names]
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + more
