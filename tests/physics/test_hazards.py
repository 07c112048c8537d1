"""Hazardous elements by weight, fire grades, gas in humid air, and what stays unknown."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.chemistry import CLASSES
from ssbscreen.core.formula import parse_formula
from ssbscreen.physics.hazards import HAZARDS, fire_grades, hazardous_shares
from ssbscreen.physics.moisture import air_reaction, is_unknown_in_air
from ssbscreen.screening.hulls.references import load_reference, references_of


def test_shares_by_hand():
    shares = hazardous_shares([Composition("Li6PS5Cl"), Composition("Li3AsS4"), None, Composition("Li4Sb2O7")])
    assert shares[0] == 0.0
    assert shares[1] == pytest.approx(74.92 / (3 * 6.94 + 74.92 + 4 * 32.06), rel=1e-3)
    assert np.isnan(shares[2])
    assert shares[3] == pytest.approx(0.3 * 2 * 121.76 / (4 * 6.94 + 2 * 121.76 + 7 * 15.999), rel=1e-3)


def test_the_worst_are_in_the_table_with_a_source():
    assert {"As", "Be", "Cd", "Hg", "Tl", "Pb"} <= {symbol for symbol, row in HAZARDS.items() if row.weight == 1.0}
    assert not HAZARDS.keys() & set("Li O S P Cl Zr La Y In Si".split())
    assert all(row.source and row.reason for row in HAZARDS.values())


def test_fire_grades_follow_the_table_of_classes():
    grades = dict(zip((row.key for row in CLASSES), fire_grades([row.key for row in CLASSES]), strict=True))
    assert grades["oxide"] < grades["sulfide"] < grades["polymer"]
    assert np.isnan(fire_grades(["no class"])[0])


# Full hydrolysis by hand, g/mol: Li6PS5Cl 5 x 34.08 / 268.4; Li3PS4 4 x 34.08 / 180.1; Li3N 17.03 / 34.83
@pytest.mark.parametrize(
    ("formula", "gas", "mg_per_g"),
    [("Li6PS5Cl", "H2S", 635.0), ("Li3PS4", "H2S", 757.0), ("Li3N", "NH3", 489.0), ("LiAlCl4", "HCl", 622.0)],
)
def test_gas_in_humid_air(formula, gas, mg_per_g):
    air = references_of(load_reference("embedded")).air
    found = air_reaction(formula, air, float(Composition(formula).weight))
    assert found.mg_per_g[gas] == pytest.approx(mg_per_g, abs=1.0)
    assert not is_unknown_in_air(parse_formula(formula), found.gases)


@pytest.mark.parametrize(
    ("formula", "is_unknown"),
    [("Li3InCl6", True), ("Li3YCl6", True), ("Li3YBr6", True), ("Li7La3Zr2O12", False), ("LiF", False)],
)
def test_no_reaction_of_a_chloride_is_no_answer(formula, is_unknown):
    # Li3InCl6 takes up two H2O (10.1002/anie.201913165), yet no hydrate stands in the reference
    air = references_of(load_reference("embedded")).air
    found = air_reaction(formula, air, float(Composition(formula).weight))
    assert found.gases == {}
    assert is_unknown_in_air(parse_formula(formula), found.gases) == is_unknown
