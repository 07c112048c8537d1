"""Which elements of a compound are anions, on two scales."""

import pytest

from ssbscreen.core.anion_correction import CORRECTION, anion_correction

SCALE = {"O": -1.0, "Cl": -0.6, "S": -0.5, "N": -0.3, "Br": -0.5}


def test_what_oxygen_oxidises_is_no_anion():
    assert anion_correction({"Li": 2, "S": 1}, SCALE) == pytest.approx(-0.5 / 3)
    assert anion_correction({"Li": 2, "S": 1, "O": 4}, SCALE) == pytest.approx(-4.0 / 7)  # sulfate: oxygen alone
    assert anion_correction({"Li": 1, "N": 1, "O": 3}, SCALE) == pytest.approx(-3.0 / 5)
    assert anion_correction({"Li": 1, "Cl": 1, "O": 4}, SCALE) == pytest.approx(-4.0 / 6)
    assert anion_correction({"Li": 6, "P": 1, "S": 5, "Cl": 1}, SCALE) == pytest.approx(-(5 * 0.5 + 0.6) / 13)
    assert anion_correction({"Li": 3, "O": 1, "Cl": 1}, SCALE) == pytest.approx(-1.6 / 5)


def test_an_element_by_itself_needs_no_correction():
    assert anion_correction({"O": 2}, SCALE) == 0.0
    assert anion_correction({"Br": 2}) == 0.0
    assert anion_correction({"Li": 1, "Br": 1}) == pytest.approx(CORRECTION["Br"] / 2)
    assert anion_correction({"Li": 1, "Br": 1, "O": 3}) == 0.0
