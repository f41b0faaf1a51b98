"""`Dimension`: what a quantity is measured in, whatever the scale of its unit."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

_ORDER = ("kg", "m", "s", "A", "K", "mol", "cd")
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Dimension:
    """A product of powers of base units, such as kg·m·s⁻².

    Attributes
    ----------
    exponents
        Base unit and exponent, none of them 0, the SI's base units first; `Dimension.of` makes it so.

    Examples
    --------
    >>> force = Dimension.of(kg=1, m=1, s=-2)
    >>> print(force, force / Dimension.of(kg=1), force**0)
    kg·m·s⁻² m·s⁻² 1
    """

    exponents: tuple[tuple[str, Fraction], ...] = ()

    @classmethod
    def of(cls, **exponents: int | Fraction) -> Dimension:
        """The dimension with these exponents of base units."""
        present = ((name, Fraction(exponent)) for name, exponent in exponents.items() if exponent)
        return cls(tuple(sorted(present, key=_place)))

    @property
    def dimensionless(self) -> bool:
        """Whether this is the dimension of a pure number."""
        return not self.exponents

    def __mul__(self, other: Dimension) -> Dimension:
        if not other.exponents:
            return self
        total = dict(self.exponents)
        for name, exponent in other.exponents:
            total[name] = total.get(name, Fraction(0)) + exponent
        return Dimension.of(**total)

    def __truediv__(self, other: Dimension) -> Dimension:
        return self * other**-1

    def __pow__(self, power: int | Fraction) -> Dimension:
        return Dimension(tuple((name, exponent * power) for name, exponent in self.exponents if power))

    def __str__(self) -> str:
        return "·".join(name + _superscript(exponent) for name, exponent in self.exponents) or "1"


ONE = Dimension()
"""The dimension of pure numbers."""


def _place(item: tuple[str, Fraction]) -> tuple[int, str]:
    name = item[0]
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER)), name


def _superscript(exponent: Fraction) -> str:
    if exponent.denominator > 1:
        return f"^({exponent})"
    return "" if exponent == 1 else str(exponent).translate(_SUPERSCRIPTS)
