"""Charges of well-known electrodes, and how much lithium leaves them."""

import pytest
from pymatgen.core import Composition

from ssbscreen.core.errors import InputError
from ssbscreen.core.redox import (
    ANION_HOLES,
    RANGE,
    charges,
    exchanged_electrons,
    level,
    removable_lithium,
    sulfur_electrons,
)


def amounts(formula):
    return dict(Composition(formula).get_el_amt_dict())


@pytest.mark.parametrize(
    ("formula", "states"),
    [
        ("LiFePO4", {"Fe": 2}),
        ("FePO4", {"Fe": 3}),
        ("LiCoO2", {"Co": 3}),
        ("LiMn2O4", {"Mn": 3.5}),
        ("LiNi0.5Mn1.5O4", {"Ni": 2, "Mn": 4}),
        ("LiNi0.333333Mn0.333333Co0.333333O2", {"Ni": 2, "Mn": 4, "Co": 3}),
        ("Li3V2(PO4)3", {"V": 3}),
        ("LiVPO4F", {"V": 3}),
        ("Li4Ti5O12", {"Ti": 4}),
        ("LiTiS2", {"Ti": 3}),
        ("Fe2(SO4)3", {"Fe": 3}),
        ("Li2FeSiO4", {"Fe": 2}),
        ("LiFeSO4F", {"Fe": 2}),
        ("LiFeBO3", {"Fe": 2}),
    ],
)
def test_known_charges(formula, states):
    assert charges(amounts(formula)).states == pytest.approx(states, abs=1e-5)


@pytest.mark.parametrize(
    ("formula", "n"),
    [
        ("LiFePO4", 1),
        ("LiCoO2", 1),
        ("LiMn2O4", 1),
        ("LiNi0.5Mn1.5O4", 1),
        ("Li3V2(PO4)3", 3),
        ("Li2FeSiO4", 1),
        ("Li2MnSiO4", 2),
        ("LiFeO2", 0),
        ("LiCrO2", 0),
        ("LiFeP2O7", 0),
        ("Li2CoPO4F", 1),
        ("Li2FeP2O7", 1),
        ("Li2MnO3", 0),
        ("Li7La3Zr2O12", 0),
        ("Li6PS5Cl", 0),
        ("LiNbO3", 0),
        ("Li3InCl6", 0),
        ("Li2S", 0),
        ("Li4Ti5O12", 0),
        ("Li7Ti5O12", 3),
    ],
)
def test_lithium_that_can_leave(formula, n):
    assert removable_lithium(amounts(formula)) == pytest.approx(n, abs=1e-6)
    doubled = {s: 2 * a for s, a in amounts(formula).items()}
    assert removable_lithium(doubled) == pytest.approx(2 * n, abs=1e-6)


def test_every_lithium_takes_one_electron():
    start, end = charges(amounts("Li3MnCoNiO6")), charges(amounts("Li1MnCoNiO6"))
    electrons = exchanged_electrons(start, end)
    assert sum(electrons.values()) == pytest.approx(2.0)
    assert electrons[("Ni", 2)] == pytest.approx(1.0)  # Ni gives first, then Co or Ni


def test_what_the_metals_cannot_give_is_taken_from_the_anions():
    assert charges(amounts("MnO3")).given.get(ANION_HOLES) is None  # Mn6+ is a charge that Mn takes
    assert charges(amounts("CoO3")).given[ANION_HOLES] == pytest.approx(2.0)


def test_charges_are_neutral_whatever_the_element():
    for symbol in RANGE:
        found = charges({symbol: 1.0, "O": 2.0})
        total = found.fixed + sum(found.states[s] * a for s, a in found.metals.items())
        rest = found.given.get(ANION_HOLES, 0.0) + found.given.get(("reduced", 0), 0.0)
        assert total + rest == pytest.approx(0.0, abs=1e-6)


def test_levels_rise_with_the_charge():
    for symbol, (low, high) in RANGE.items():
        levels = [level((symbol, z)) for z in range(low, high)]
        assert levels == sorted(levels)


def test_an_electrode_without_lithium_is_refused():
    with pytest.raises(InputError, match="discharged"):
        removable_lithium(amounts("FePO4"))


@pytest.mark.parametrize(
    ("formula", "n"),
    [
        ("Li2TiS3", 3),
        ("Li3NbS4", 4),
        ("Li2FeS2", 2),
        ("LiTiS2", 0),  # titanium pays for all of its lithium
        ("Li6PS5Cl", 0),
        ("Li5AlS4", 0),
        ("Li2S", 0),  # goes to sulfur and has values of its own
        ("Li2FeS2O8", 0),
        ("Li2MnO3", 0),
    ],
)
def test_electrons_of_sulfur(formula, n):
    assert sulfur_electrons(amounts(formula)) == pytest.approx(n)
