"""Closed forms that a fitted constant may stand for, and their description lengths."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import gcd, log2
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Form(NamedTuple):
    """The closed form p/q·base, or sqrt(p/q) for the base "sqrt", and its description length."""

    value: float
    bits: float
    p: int
    q: int
    base: str

    def expression(self) -> sympy.Expr:
        """The exact number."""
        import sympy

        ratio = sympy.Rational(self.p, self.q)
        if self.base == "sqrt":
            return sympy.sign(ratio) * sympy.sqrt(abs(ratio))
        power = {"": 0, "pi": 1, "1/pi": -1, "pi**2": 2, "1/pi**2": -2}.get(self.base)
        if power is not None:
            return ratio * sympy.pi**power
        half = sympy.Rational(1, 2)
        others = {"sqrt(pi)": sympy.pi**half, "1/sqrt(pi)": sympy.pi**-half, "e": sympy.E, "1/e": 1 / sympy.E}
        return ratio * (others[self.base] if self.base in others else (2 * sympy.pi) ** -half)


_BASES = {
    "pi": (np.pi, 3.0),
    "1/pi": (1 / np.pi, 3.0),
    "pi**2": (np.pi**2, 5.0),
    "1/pi**2": (np.pi**-2, 5.0),
    "sqrt(pi)": (np.pi**0.5, 5.0),
    "1/sqrt(pi)": (np.pi**-0.5, 5.0),
    "1/sqrt(2*pi)": ((2 * np.pi) ** -0.5, 5.0),
    "e": (np.e, 5.0),
    "1/e": (1 / np.e, 5.0),
}


def integer_bits(n: int) -> float:
    """2 for 0 and 1, then 2·log2(n) + 1."""
    return 2.0 if n <= 1 else 2 * log2(n) + 1


def _ratio_bits(p: int, q: int) -> float:
    return integer_bits(p) + (integer_bits(q) if q > 1 else 0.0)


MOST = 24
"""Forms looked at near one value: where there are more, the value is so uncertain that only short ones count."""


@cache
def closed_forms() -> tuple[Array, tuple[Form, ...]]:
    """All positive closed forms but large integers, by value; the shortest of those that are equal."""
    forms = [
        Form(p / q, _ratio_bits(p, q), p, q, "")
        for p, q in (*_ratios(200, 12), *((1, q) for q in range(13, 129)))
    ]
    forms += [
        Form(p / q * value, _ratio_bits(p, q) + extra, p, q, base)
        for base, (value, extra) in _BASES.items()
        for p, q in _ratios(16, 16, 24, 32)
    ]
    forms += [Form((p / q) ** 0.5, _ratio_bits(p, q) + 2, p, q, "sqrt") for p, q in _ratios(24, 12)]
    shortest: dict[float, Form] = {}
    for form in sorted(forms, key=lambda f: f.bits):
        shortest.setdefault(float(f"{form.value:.13g}"), form)
    ordered = tuple(sorted(shortest.values()))
    return np.array([form.value for form in ordered]), ordered


def _ratios(largest: int, denominator: int, *more: int) -> Iterator[tuple[int, int]]:
    for q in (*range(1, denominator + 1), *more):
        yield from ((p, q) for p in range(1, largest + 1) if gcd(p, q) == 1)


def forms_near(value: float, reach: float) -> list[Form]:
    """Closed forms at most `reach` away from `value`, 0 excepted; integers of any size are among them."""
    sign, size = (-1 if value < 0 else 1), abs(value)
    values, forms = closed_forms()
    first, last = np.searchsorted(values, [size - reach, size + reach])
    near = forms[first:last]
    found = list(near if len(near) <= MOST else sorted(near, key=lambda form: form.bits)[:MOST])
    if reach > size:  # the other sign cannot be excluded, but only the unit is worth a try
        found.append(Form(-1.0, 2.0, -1, 1, ""))
    whole = round(size) if size < 1e6 else 0
    if whole > 200 and abs(whole - size) <= reach:
        found.append(Form(float(whole), integer_bits(whole), whole, 1, ""))
    return [f._replace(value=sign * f.value, p=sign * f.p) for f in found]
