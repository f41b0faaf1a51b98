import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symkan.data.unit_texts import dimension_of, has_offset
from symkan.errors import OptionError
from symkan.symbolic.base_units import ONE, Dimension

of = Dimension.of

DIMENSIONS = {
    of(m=1): ["m", "µm", "μm", "Å", "Angstrom", "nm", "ft", "au", "kpc", "metre", " m ", "10^3 m", "1e3 m"],
    of(m=1, s=-1): [
        "m/s",
        "m s^-1",
        "m s-1",
        "m·s⁻¹",
        "m.s-1",
        "m*s**-1",
        "m per s",
        "km/h",
        "mph",
        "m s^{-1}",
    ],
    of(m=1, s=-2): ["m/s^2", "m/s²", "m s⁻²", "m/s/s", "m/(s s)", "m s−2", "m/(s·s)"],
    of(kg=1, m=2, s=-2): ["J", "eV", "kg·m²/s²", "N m", "N⋅m", "N×m", "kWh", "V·A·s", "kg m2 / s2", "kcal"],
    of(K=1): ["K", "°C", "degC", "℃", "°F", "Kelvin", "Celsius"],
    of(kg=1, m=2, s=-2, K=-1, mol=-1): ["J/(mol·K)", "J/mol/K", "J mol⁻¹ K⁻¹", "J/mol·K", "J/mol K"],
    of(kg=1, m=2, s=-3, A=-2): ["Ω", "Ω", "kΩ", "ohm", "Ohm"],
    of(kg=1, s=-2, A=-1): ["T", "G", "mG", "gauss"],
    of(m=Fraction(1, 2)): ["m^(1/2)", "m^1/2", "m^0.5", "√m", "√(m)", "m^{1/2}", "√(m/s)·s^0.5"],
    of(s=-1): ["Hz", "1/s", "s-1", "rpm", "km/s/Mpc"],
    of(pixel=1): ["px", "pixel"],
    of(currency=1): ["€", "$", "USD"],
    ONE: ["", "1", "-", "–", "%", "‰", "rad", "°", "deg", "dB", "ppm", "counts", "none", "5", "m/m"],
}


@pytest.mark.parametrize(
    ("unit", "dimension"), [(unit, dimension) for dimension, units in DIMENSIONS.items() for unit in units]
)
def test_dimension_of(unit, dimension):
    assert dimension_of(unit) == dimension


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        ("foo", "'foo' is no known unit"),
        ("m/foo", "'foo' is no known unit"),
        ("m+s", r"'\+' is unexpected"),
        ("log(m)", "'log' is no known unit"),
        ("((m)", "brackets do not match"),
        ("m)", "brackets do not match"),
        ("/s", "a unit is missing"),
        ("m/", "a unit is missing"),
        ("m^(1/0)", "the exponent 1/0 is undefined"),
        ("m**9**9**9", "a unit is missing"),
        ("nan", "no known unit"),
        ("a.u.", "may be atomic or arbitrary units; write which, or 1 for a pure number"),
        ("AU", "may be astronomical"),
        ("m" * 101, "too long"),
    ],
)
def test_no_unit(unit, reason):
    with pytest.raises(OptionError, match=reason):
        dimension_of(unit)


@given(st.text("mskg 0123456789^*/()·⁻²√.-−°%Å_[]{}", max_size=20) | st.text(max_size=10))
def test_any_text_is_a_unit_or_an_option_error(text):
    with contextlib.suppress(OptionError):
        assert isinstance(dimension_of(text), Dimension)
    assert has_offset(text) in (True, False)


@pytest.mark.parametrize(
    ("unit", "offset"),
    [
        ("°C", True),
        ("℃", True),
        ("dBm", True),
        ("K", False),
        ("m/s", False),
        ("W/°C", False),
        ("9**9**9**9", False),
        ("foo", False),
        ("", False),
    ],
)
def test_units_with_an_offset(unit, offset):
    assert has_offset(unit) == offset
