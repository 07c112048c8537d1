"""Units against hand-worked conversions."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssbscreen.core.errors import InputError
from ssbscreen.core.properties import PROPERTIES, get_property
from ssbscreen.core.units import convert, known_units


@pytest.mark.parametrize(
    ("value", "given_unit", "wanted", "expected"),
    [
        (1.0, "mS/cm", "S/cm", 1e-3),
        (1.0, "S/m", "S/cm", 1e-2),
        (1.0, "mS/cm", "log10(S/cm)", -3.0),
        (-3.0, "log10(S/cm)", "mS/cm", 1.0),
        (300.0, "K", "degree C", 26.85),
        (25.0, "degree C", "K", 298.15),
        (1.0, "eV", "kJ/mol", 96.48533212),  # Faraday constant, CODATA 2018
        (2.5e9, "Pa", "GPa", 2.5),
        (1e-8, "S/cm", "ohm cm", 1e8),
        (1e10, "ohm m", "S/cm", 1e-12),
        (1000.0, "kg/m3", "g/cm3", 1.0),
        (1.51, "MPa*m^0.5", "MPa m^0.5", 1.51),
        (5.0, "%", "fraction", 0.05),
    ],
)
def test_conversion(value, given_unit, wanted, expected):
    assert convert(value, given_unit, wanted) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("value", "given_unit", "wanted"),
    [(1.0, "eV", "GPa"), (1.0, "furlong", "um"), (0.0, "S/cm", "log10(S/cm)"), (0.0, "S/cm", "ohm cm")],
)
def test_refuses(value, given_unit, wanted):
    with pytest.raises(InputError):
        convert(value, given_unit, wanted)


@given(st.floats(1e-12, 1e6), st.sampled_from(sorted(u for u in known_units() if u)))
def test_there_and_back(value, unit):
    for row in PROPERTIES.values():
        try:
            there = convert(value, unit, row.unit)
        except InputError:
            continue
        assert math.isclose(convert(there, row.unit, unit), value, rel_tol=1e-9, abs_tol=1e-9)


def test_every_property_unit_is_known_and_bounds_are_ordered():
    for row in PROPERTIES.values():
        assert row.unit in known_units(), row.key
        assert row.low < row.high


def test_unknown_property_names_the_nearest():
    from ssbscreen.core.errors import UsageError

    with pytest.raises(UsageError, match="Did you mean 'bulk_modulus'"):
        get_property("bulk_modulos")
