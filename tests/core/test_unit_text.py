"""Units and numbers in the writings of papers, spreadsheets and programs."""

import pytest

from ssbscreen.core.errors import InputError
from ssbscreen.core.unit_text import written_number
from ssbscreen.core.units import convert


@pytest.mark.parametrize(
    ("unit", "wanted", "factor"),
    [
        *((text, "S/cm", 1e-3) for text in ("mS/cm", "mS cm-1", "mS·cm⁻¹", "mS cm^-1", "mS cm^{-1}", "mS.cm-1")),
        *((text, "S/cm", 1e-2) for text in ("S/m", "S m^-1", "S m−1", "S·m⁻¹")),
        *((text, "S/cm", 1e-6) for text in ("µS/cm", "μS cm⁻¹", "uS cm-1")),
        *((text, "S/cm", 1e-4) for text in ("10^-4 S/cm", "×10⁻⁴ S cm-1", "10-4 S cm-1", "1e-4 S/cm", "x10-4 S/cm")),
        *((text, "ohm cm", 1.0) for text in ("Ω cm", "Ω·cm", "ohm*cm", "ohm-cm", "ohm.cm")),
        *((text, "S/cm", 1.0) for text in ("Ω-1 cm-1", "ohm^-1cm^-1", "1/(ohm cm)", "(Ohm*cm)^-1", "Scm-1", "mho/cm")),
        *((text, "ohm cm", 1e3) for text in ("kΩcm", "kohm-cm", "kOhm cm")),
        *((text, "eV/atom", 1e-3) for text in ("meV/atom", "meV per atom", "meV atom⁻¹")),
        *((text, "MPa m^0.5", 1.0) for text in ("MPa·m1/2", "MPa m½", "MPa*m^0.5", "MPa m^(1/2)")),
        ("g cm⁻³", "g/cm3", 1.0),
        ("mA cm⁻²", "A/cm2", 1e-3),
        ("mol kg⁻¹", "mol/kg", 1.0),
    ],
)
def test_units(unit, wanted, factor):
    assert convert(1.0, unit, wanted) == pytest.approx(factor, rel=1e-12)


LOGARITHMS = ("log10(S/cm)", "log(S/cm)", "log10 S/cm", "lg(S cm⁻¹)", "log10(σ / S cm-1)", "log σ (S/cm)")


@pytest.mark.parametrize("unit", LOGARITHMS)
def test_logarithms(unit):
    assert convert(-3.0, unit, "mS/cm") == pytest.approx(1.0)


def test_natural_logarithms():
    assert convert(-6.907755, "ln(S/cm)", "mS/cm") == pytest.approx(1.0, rel=1e-5)


@pytest.mark.parametrize("unit", ["S cm", "MS/cm", "S/cm/s", "mol", "cm-1", "S/cm2", "10^ S/cm", "log10"])
def test_what_is_no_conductivity_is_refused(unit):
    with pytest.raises(InputError):
        convert(1.0, unit, "S/cm")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.2×10⁻⁴", 1.2e-4),
        ("1.2 x 10^-4", 1.2e-4),
        ("1.2·10-4", 1.2e-4),
        ("1,2e-4", 1.2e-4),
        ("0,123", 0.123),
        ("1.23(4)×10⁻³", 1.23e-3),
        ("(1.2 ± 0.3) × 10⁻⁴", 1.2e-4),
        ("–3.5", -3.5),
        ("10⁻⁴", 1e-4),
        ("1e−4", 1e-4),
        ("1.2\u2009×\u200910\u207b\u2074", 1.2e-4),
    ],
)
def test_numbers(text, value):
    assert written_number(text) == value


@pytest.mark.parametrize("text", ["1,234", "1.2.3", "abc", "", "1e", "1.2-3"])
def test_numbers_that_are_none_or_two(text):
    with pytest.raises(InputError):
        written_number(text)
