"""Trivalent ytterbium and rings of sulfur in the calculated reference, against measured enthalpies."""

import numpy as np
import pytest

from ssbscreen.core.formula import parse_formula
from ssbscreen.core.reference_faults import is_sulfur_beside, needs_trivalent_ytterbium, without_faults
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import interface
from ssbscreen.physics.lithium_interphase import li_outcome
from ssbscreen.physics.moisture import AirLibrary, air_reaction
from ssbscreen.physics.phase_stability import evaluate, stability_draws
from ssbscreen.sources.reference_phases import EMBEDDED, MEASURED, SOURCE


@pytest.fixture(scope="module")
def library():
    return PhaseLibrary(SOURCE.load_phases(EMBEDDED))


@pytest.fixture(scope="module")
def measured():
    """Enthalpy of formation of a formula unit, eV."""
    found = PhaseLibrary(SOURCE.load_phases(MEASURED))

    def energy(formula):
        amounts = parse_formula(formula)
        return found.energy_of(amounts) * sum(amounts.values())

    return energy


def limits(formula, library):
    found = stability_draws(library.path(parse_formula(formula)), None)
    return float(found.reduction_limit[0]), float(found.oxidation_limit[0])


def test_the_chloride_of_ytterbium_is_reduced_where_measured_enthalpies_say(library, measured):
    step = measured("YbCl3") - measured("YbCl2") - measured("LiCl")  # YbCl3 + Li -> YbCl2 + LiCl
    assert step == pytest.approx(2.56, abs=0.02)
    reduction, oxidation = limits("Li3YbCl6", library)
    assert reduction == pytest.approx(step, abs=0.05)
    assert oxidation == pytest.approx(limits("LiCl", library)[1], abs=0.02)


@pytest.mark.parametrize(
    "formula",
    ["Li3YbCl6", "Li3YbBr6", "Li2.556Yb0.492Zr0.492Cl6", "LiYbF4", "LiYbS2", "Li7SnS5I", "Li6.6Si0.6Sb0.4S5I"],
)
def test_windows_that_had_no_width_have_one(formula, library):
    reduction, oxidation = limits(formula, library)
    assert oxidation - reduction > 0.1


def test_oxide_and_chloride_of_ytterbium_err_as_those_of_its_neighbours_do(library, measured):
    def off(formula):
        amounts = parse_formula(formula)
        return library.energy_of(amounts) * sum(amounts.values()) - measured(formula)

    assert off("YbO1.5") == pytest.approx(off("LuO1.5"), abs=0.05)  # 2.6 eV above the measured one before
    assert off("YbCl3") == pytest.approx(0.0, abs=0.03)
    assert off("YbCl2") == pytest.approx(0.0, abs=0.03)


def test_lithium_reduces_the_chloride_of_ytterbium_to_metal(library, measured):
    """So it does by measured enthalpies (0.10 V), and a metal does not stop it, as with yttrium."""
    assert measured("YbCl2") - 2 * measured("LiCl") == pytest.approx(0.20, abs=0.03)
    table = evaluate(["Li3YbCl6", "Li3YCl6"], np.full((2, 1), np.nan), library)
    goes_on = li_outcome(table).p_mixed_conducting
    assert goes_on.min() > 0.8


def test_sulfide_iodides_are_oxidised_as_lithium_sulfide_and_give_hydrogen_sulfide(library):
    # S8 is held to SbI3 by van der Waals forces, so it cannot end a window before sulfur itself does
    assert limits("Li7SnS5I", library)[1] == pytest.approx(limits("Li2S", library)[1], abs=0.02)
    air = AirLibrary(SOURCE.load_phases(EMBEDDED), SOURCE.load_phases(MEASURED))
    for formula in ("Li6.6Si0.6Sb0.4S5I", "Li7SnS5I"):
        assert air_reaction(formula, air, 400.0).gases["H2S"] > 3.0


@pytest.mark.parametrize(
    ("formula", "trivalent"),
    [
        ("YbCl3", True),
        ("Li3YbCl6", True),
        ("Yb2O3", True),
        ("Yb2Si2O7", True),
        ("YbCl2", False),
        ("LiYb2Cl5", False),
        ("YbAl2", False),
        ("Li3YCl6", False),
    ],
)
def test_charges_say_which_ytterbium_it_is(formula, trivalent):
    assert needs_trivalent_ytterbium(parse_formula(formula)) is trivalent


@pytest.mark.parametrize("formula", ["SbI3S24", "SnI4S16", "AsI3S24", "S8O", "NS7"])
def test_rings_of_sulfur_are_known(formula):
    assert is_sulfur_beside(parse_formula(formula))


@pytest.mark.parametrize("formula", ["LiS4", "Li2S", "P2S7", "Li6PS5Cl", "SO3", "Li2SO4", "Na2S2O3", "La2O2S", "S2Cl2"])
def test_sulfides_polysulfides_and_oxyanions_stay(formula):
    assert not is_sulfur_beside(parse_formula(formula))


@pytest.mark.parametrize("chloride", ["LiCl", "Li3YCl6", "Li3InCl6", "Li2ZrCl6"])
def test_chlorides_do_not_react_with_sulfur(chloride, library, measured):
    # 2 LiCl + 3 S -> S2Cl2 + Li2S by measured enthalpies; S2Cl2 -58.2 kJ/mol, Z. Anorg. Allg. Chem. 322, 172 (1963)
    assert -58.2 / 96.485 + measured("Li2S") - 2 * measured("LiCl") > 3.0
    assert interface(chloride, "S", library).reaction_energy > -0.02


def test_what_is_left_out_and_what_comes_in():
    once = without_faults(
        {"ClS": -0.79, "Br4Se": -0.68, "Cl3Lu": -2.64, "Cl3Yb": -2.09, "Cl2Yb": -2.88, "I3S24Sb": -0.65, "LiS4": -0.9}
    )
    assert once.keys() == {"Cl3Lu", "Cl3Yb", "Cl2Yb", "LiS4"}
    assert once["Cl3Yb"] == pytest.approx(-2.64 + (0.33 + 3 * 0.09) / 4)
    assert np.isfinite(list(once.values())).all()
