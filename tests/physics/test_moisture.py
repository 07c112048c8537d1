"""Reactions with air against textbook chemistry and known air stability, balanced and bounded."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Composition
from test_phase_stability import needs_mirror

from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.reference import OxyanionShift, ReferencePhases
from ssbscreen.physics.moisture import AirLibrary, air_reaction, moisture_energy_draws
from ssbscreen.sources.reference_phases import SOURCE

FORMULAS = [
    "Li2S",
    "Li3PS4",
    "Li6PS5Cl",
    "Li4SnS4",
    "Li2ZrCl6",
    "Li7La3Zr2O12",
    "Li2O",
    "LiF",
    "Li3N",
    "LiTaO3",
    "Li10GeP2S12",
    "Li3OCl",
]


@pytest.fixture(scope="module")
def air():
    """Measured enthalpies."""
    return AirLibrary(SOURCE.load_phases("measured_enthalpies"))


def reacted(formula, air, **options):
    return air_reaction(formula, air, float(Composition(formula).weight), **options)


@pytest.mark.parametrize("formula", FORMULAS)
def test_balanced_and_downhill(formula, air):
    found = reacted(formula, air)
    assert found.reaction.imbalance() < 1e-6
    assert found.energy <= 0.0
    assert moisture_energy_draws(parse_formula(formula), air, np.array([np.nan]))[0] <= 0.0


def test_textbook_reactions(air):
    assert reacted("Li3PS4", air).reaction.text() == "Li3PS4 + 4 H2O -> 4 H2S + Li3PO4"
    assert reacted("Li2O", air).reaction.text() == "Li2O + CO2 -> Li2CO3"
    assert "NH3" in dict(reacted("Li3N", air).reaction.products)  # lithium nitride smells of ammonia
    assert reacted("LiF", air).reaction.is_nothing
    # 4 H2S of 34.08 g/mol from 180.1 g/mol
    assert reacted("Li3PS4", air).mg_per_g["H2S"] == pytest.approx(4 * 34.08 / 180.1 * 1000, rel=1e-3)
    assert not reacted("Li7La3Zr2O12", air).gases


def test_water_of_lithium_oxide_by_hand(air):
    # Li2O + H2O -> 2 LiOH at 0.5 x 0.0317 bar: Gibbs energies of formation -561.2, -228.5, -438.9 kJ/mol
    step = (2 * -438.9 + 561.2 + 228.5) / 96.485 - 8.617e-5 * 300 * np.log(0.5 * 0.0317)
    found = moisture_energy_draws(parse_formula("Li2O"), air, np.array([np.nan]))[0]
    assert found == pytest.approx(step / 6, abs=0.04)


def test_dry_air_hydrolyses_less():
    phases = SOURCE.load_phases("measured_enthalpies")
    wet, dry = AirLibrary(phases, humidity=1.0), AirLibrary(phases, humidity=0.001)
    for formula in ("Li3PS4", "Li6PS5Cl"):
        assert reacted(formula, wet).energy < reacted(formula, dry).energy


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-3.0, 0.0), min_size=1, max_size=5))
def test_a_more_stable_material_reacts_less(energies):
    phases = AirLibrary(SOURCE.load_phases("measured_enthalpies"))
    drawn = moisture_energy_draws(parse_formula("Li3PS4"), phases, np.sort(energies))
    assert (np.diff(drawn) <= 1e-9).all()
    single = [moisture_energy_draws(parse_formula("Li3PS4"), phases, np.array([e]))[0] for e in np.sort(energies)]
    assert drawn == pytest.approx(single)


def test_known_shifts_are_taken_out():
    shift = OxyanionShift("S", 3.0, -2.0, 0.3, 31)
    plain = ReferencePhases(("Li2SO4", "Li2O"), np.array([-2.0, -2.0]), "calculated", "1")
    shifted = ReferencePhases(plain.formulas, plain.formation_energy, "calculated", "1", oxyanions=(shift,))
    measured = SOURCE.load_phases("measured_enthalpies")
    with_it, without = AirLibrary(shifted, measured).library, AirLibrary(plain).library
    sulfate, oxide = parse_formula("Li2SO4"), parse_formula("Li2O")
    assert with_it.energy_of(sulfate) - without.energy_of(sulfate) == pytest.approx(2.0 / 7)
    assert with_it.energy_of(oxide) == without.energy_of(oxide)
    assert measured.title in with_it.reference.title


def test_bad_air_and_organic_salts_are_refused(air):
    with pytest.raises(InputError, match="humidity"):
        AirLibrary(SOURCE.load_phases("measured_enthalpies"), humidity=0.0)
    with pytest.raises(InputError, match="more carbon and hydrogen"):
        reacted("LiCB11H12", air)
    with pytest.raises(InputError, match="nothing in it"):
        reacted("H2O", air)


@needs_mirror
def test_order_of_air_stability_of_sulfides():
    # hydrolysis of Li4SnS4 sets free less than Li3PS4 in every study; Li2ZrCl6 gives HCl, Li3InCl6 does not
    phases = AirLibrary(SOURCE.load_phases("mp_formation_energies"), SOURCE.load_phases("measured_enthalpies"))
    assert reacted("Li4SnS4", phases).energy / 9 > reacted("Li3PS4", phases).energy / 8
    assert reacted("Li4SnS4", phases).mg_per_g["H2S"] < reacted("Li3PS4", phases).mg_per_g["H2S"]
    assert set(reacted("Li2ZrCl6", phases).gases) == {"HCl"}
    assert not reacted("Li3InCl6", phases).gases
    for formula in FORMULAS:
        assert reacted(formula, phases).reaction.imbalance() < 1e-6


@pytest.mark.parametrize(
    ("formula", "hydrogen", "ammonia"),
    [("LiH", 1, 0), ("LiBH4", 4, 0), ("LiAlH4", 4, 0), ("LiNH2", 0, 1), ("Li2NH", 0, 1), ("Li3N", 0, 1)],
)
def test_every_hydride_ion_becomes_a_molecule_of_hydrogen(formula, hydrogen, ammonia):
    # H- + H2O -> OH- + H2, as in the storage of hydrogen (LiBH4 + 4 H2O -> LiB(OH)4 + 4 H2)
    phases = AirLibrary(SOURCE.load_phases("reference_phases"), SOURCE.load_phases("measured_enthalpies"))
    found = reacted(formula, phases)
    assert found.reaction.amount_of("H2") == pytest.approx(hydrogen, abs=1e-6)
    assert found.reaction.amount_of("NH3") == pytest.approx(ammonia, abs=1e-6)
    assert found.reaction.imbalance() < 1e-4
    assert found.energy < -1.0
    assert "H3N" not in found.reaction.text()


def test_amounts_rounded_in_print_set_no_gas_free(air):
    for formula in ("Li0.33La0.557TiO3", "Li2Sc0.6667Cl4"):
        assert "H2 " not in f"{reacted(formula, air).reaction.text()} ".replace("+ H2O", "")


@pytest.mark.parametrize(
    ("formula", "gas", "molecules"),
    [("Li3P", "PH3", 1), ("Li9AlP4", "PH3", 4), ("Li8SiP4", "PH3", 4), ("Li2Se", "H2Se", 1), ("Li7PSe6", "H2Se", 6)],
)
def test_phosphides_and_selenides_give_their_poisonous_hydrides(formula, gas, molecules):
    # Ca3P2 + 6 H2O -> 3 Ca(OH)2 + 2 PH3, Al2Se3 + 6 H2O -> 2 Al(OH)3 + 3 H2Se: how both gases are made
    phases = AirLibrary(SOURCE.load_phases("reference_phases"), SOURCE.load_phases("measured_enthalpies"))
    found = reacted(formula, phases)
    assert found.reaction.amount_of(gas) == pytest.approx(molecules, abs=1e-4)
    assert found.reaction.amount_of("H2") == 0.0
    assert found.mg_per_g[gas] > 100.0


def test_where_the_hydride_has_no_energy_nothing_is_said():
    phases = AirLibrary(SOURCE.load_phases("reference_phases"), SOURCE.load_phases("measured_enthalpies"))
    for formula in ("Li3As", "Li3Sb", "Li2Te"):
        with pytest.raises(InputError, match="not at hand"):
            reacted(formula, phases)
    assert reacted("Li3SbS4", phases).gases["H2S"] > 1.0
