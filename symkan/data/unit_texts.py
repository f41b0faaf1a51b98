"""`dimension_of`: what the text of a unit says.

The grammar of products, quotients and powers is symkan's own, for headers are written in many ways and a file must not
make the program compute 9^9^9^9; pint knows the single units.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

from symkan.errors import OptionError
from symkan.symbolic.base_units import ONE, Dimension

_BASE = {
    "[length]": "m",
    "[mass]": "kg",
    "[time]": "s",
    "[current]": "A",
    "[temperature]": "K",
    "[substance]": "mol",
    "[luminosity]": "cd",
    "[printing_unit]": "pixel",
}
_CURRENCY = "currency = [currency] = USD = EUR = GBP = JPY"
_ALIASES = {
    "px": "pixel",
    "$": "USD",
    "€": "EUR",
    "gauss": "T",  # pint's own is of the Gaussian system, in which dimensions differ
    **{f"{prefix}G": f"{prefix}T" for prefix in ("", "k", "m", "μ", "n")},
}
_NOTHING = {"", "1", "-", "–", "—", "none", "unitless", "dimensionless"}
_AMBIGUOUS = {
    "a.u.": "atomic or arbitrary units",
    "A.U.": "atomic or arbitrary units",
    "AU": "astronomical, arbitrary or absorbance units",
}

_SUPERSCRIPT = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_PLAIN = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789")
_NUMBER = r"[-+−]?\d{1,3}(?:[./]\d{1,3})?"
_BARE = r"[-+−]?\d{1,3}(?:\.\d{1,3}|/\d(?!\w))?"  # Hz^1/2 is a root
_TOKEN = re.compile(
    rf"(?:\^|\*\*)\s*(?:\(\s*(?P<round>{_NUMBER})\s*\)|\{{\s*(?P<curly>{_NUMBER})\s*\}}|(?P<power>{_BARE}))"
    rf"|(?P<glued>(?<=[^\W\d_]){_BARE}(?![^\W\d]))"
    r"|(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
    r"|(?P<divide>/|\bper\b)|(?P<times>[·⋅×*.])|(?P<root>√)|(?P<open>\()|(?P<close>\))"
    r"|(?P<name>°?[^\W\d]+(?:\d+[^\W\d]+)*|[°%‰$€])|(?P<space>\s+)"
)


def dimension_of(unit: str) -> Dimension:
    """The dimension of a unit as headers have it.

    What follows a stroke is below it: J/mol·K is J/(mol·K). A number is a scale and of no dimension.

    Raises
    ------
    OptionError
        When the text is no unit, or one that may mean several things.

    Examples
    --------
    >>> [str(dimension_of(unit)) for unit in ("m/s^2", "kg m⁻³", "°C", "%", "W/m2/K")]
    ['m·s⁻²', 'kg·m⁻³', 'K', '1', 'kg·s⁻³·K⁻¹']
    """
    return _dimension(" ".join(unit.split()))


@lru_cache(maxsize=1024)
def _dimension(unit: str) -> Dimension:
    if unit.casefold() in _NOTHING:
        return ONE
    if unit in _AMBIGUOUS:
        raise OptionError(f"the unit '{unit}' may be {_AMBIGUOUS[unit]}; write which, or 1 for a pure number")
    if len(unit) > 100:
        raise OptionError(f"the unit '{unit[:40]}…' is too long to be one; write it like kg·m^2/s^2")
    return _Parser(unit).whole()


class _Parser:
    """Recursive descent through one text."""

    def __init__(self, unit: str):
        self._unit = unit
        self._tokens = list(self._split())
        self._next = 0

    def whole(self) -> Dimension:
        found = self._product()
        if self._next < len(self._tokens):
            raise self._error("the brackets do not match")
        return found

    def _split(self) -> Iterator[tuple[str, str]]:
        """Kind and text of each token, without spaces."""
        text = _SUPERSCRIPT.sub(lambda match: f"^({match[0].translate(_PLAIN)})", self._unit)
        text = unicodedata.normalize("NFKC", text)
        place = 0
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None or match.lastgroup is None:
                raise self._error(f"'{text[place]}' is unexpected")
            place = match.end()
            if match.lastgroup in ("round", "curly", "glued"):
                yield "power", match[match.lastgroup]
            elif match.lastgroup != "space":
                yield match.lastgroup, match[match.lastgroup]

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else "end"

    def _take(self, kind: str) -> str | None:
        """The text of the next token if it is of this kind."""
        if self._peek() != kind:
            return None
        self._next += 1
        return self._tokens[self._next - 1][1]

    def _product(self) -> Dimension:
        total, sign = self._factor(), 1
        while self._peek() not in ("end", "close"):
            if self._take("divide"):
                sign = -1
            else:
                self._take("times")
            total *= self._factor() ** sign
        return total

    def _factor(self) -> Dimension:
        if self._take("root"):
            return self._factor() ** Fraction(1, 2)
        if self._take("open"):
            base = self._product()
            if not self._take("close"):
                raise self._error("the brackets do not match")
        elif name := self._take("name"):
            base = self._single(name)
        elif self._take("number"):
            base = ONE
        else:
            raise self._error("a unit is missing")
        power = self._take("power")
        return base if power is None else base ** self._exponent(power)

    def _exponent(self, text: str) -> Fraction:
        try:
            return Fraction(text.replace("−", "-"))
        except ZeroDivisionError:
            raise self._error(f"the exponent {text} is undefined") from None

    def _single(self, name: str) -> Dimension:
        unit = _lookup(name)
        if unit is None:
            raise self._error(f"'{name}' is no known unit")
        return Dimension.of(
            **{
                _BASE.get(base, base.strip("[]")): Fraction(exponent).limit_denominator(12)
                for base, exponent in unit.dimensionality.items()
            }
        )

    def _error(self, reason: str) -> OptionError:
        return OptionError(
            f"the unit '{self._unit}' cannot be read, {reason}; "
            "write it like kg·m^2/s^2, or 1 for a pure number"
        )


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    registry: pint.UnitRegistry[float] = pint.UnitRegistry()
    registry.define(_CURRENCY)
    return registry


def _lookup(name: str) -> Any:
    """pint's unit of that name, None when there is none; Kelvin is kelvin."""
    for candidate in (_ALIASES.get(name, name), name.lower() if name.istitle() and len(name) >= 3 else None):
        try:
            if candidate:
                return _registry().parse_units(candidate)
        except (AttributeError, AssertionError, KeyError, TypeError, ValueError):  # all come from odd texts
            continue
    return None


def has_offset(unit: str) -> bool:
    """Whether 0 of a single unit is not nothing, as for °C and dBm; no product of units has an offset."""
    token = _TOKEN.fullmatch(unicodedata.normalize("NFKC", unit.strip()))
    found = _lookup(token["name"]) if token and token["name"] else None
    return found is not None and _registry().Quantity(0.0, found).to_base_units().magnitude != 0
