"""The fast scan against the whole diagram and pymatgen."""

import numpy as np
import pytest
from pymatgen.analysis.interface_reactions import InterfacialReactivity
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition

from ssbscreen.core.formula import parse_formula
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import interface, mutual_energy_draws
from ssbscreen.physics.pair_reactions import PairScanner
from ssbscreen.physics.reaction import products_of

PHASES = {
    "Li2S": -1.5,
    "Li2O": -2.0,
    "Co3O4": -1.3,
    "CoO": -1.2,
    "LiCoO2": -1.75,
    "Li3PS4": -0.9,
    "Li3PO4": -2.75,
    "CoS2": -0.45,
    "Li2SO4": -2.1,
    "P2S5": -0.3,
    "CoS": -0.5,
    "Li4P2O7": -2.6,
    "CoP": -0.4,
}
PARTNERS = ("LiCoO2", "Li0.5CoO2", "Li2S", "Li3PO4")


@pytest.fixture(scope="module")
def library():
    energies = np.array(list(PHASES.values()))
    return PhaseLibrary(ReferencePhases(tuple(PHASES), energies, "made up", "1"))


def test_nothing_is_kept_of_sets_of_elements_without_a_compound():
    library = PhaseLibrary(ReferencePhases(tuple(PHASES), np.array(list(PHASES.values())), "made up", "1"))
    PairScanner(library, PARTNERS).kinks("Li6PS5O")
    assert library._groups
    assert all(group.lowest for group in library._groups.values())
    assert len(library._groups) < len(PHASES)


@pytest.mark.parametrize("formula", ["Li3PS4", "Li7P3S11", "Li2PO2N", "Li6PS5O", "Li2S"])
def test_scan_equals_the_whole_diagram(library, formula):
    if "N" in formula:  # an element that no phase holds
        assert PairScanner(library, PARTNERS).kinks(formula) == [None] * 4
        return
    for partner, found in zip(PARTNERS, PairScanner(library, PARTNERS).kinks(formula), strict=True):
        whole = interface(formula, partner, library).reaction_energy
        assert found.strongest(np.array([np.nan]))[0] == pytest.approx(whole, abs=1e-6)


def test_materials_before_change_nothing(library):
    formulas = ["Li3PS4", "Li7P3S11", "Li6PS5O", "Li4P2O7", "Li3PS4"]
    scanner = PairScanner(library, PARTNERS)
    for formula in formulas:  # equilibria of the partners are kept from one material of a chemical system to the next
        for found, alone in zip(scanner.kinks(formula), PairScanner(library, PARTNERS).kinks(formula), strict=True):
            assert np.array_equal(found.fraction, alone.fraction)
            assert np.array_equal(found.energy, alone.energy)


def test_a_system_holds_the_phases_of_the_reference(library):
    elements = frozenset(("Li", "P", "S", "O"))
    system = library.closed_system(elements)
    rows = library.phases(elements)
    assert system.formulas == tuple(row[0] for row in rows)
    for column, energy, (formula, _, expected) in zip(system.columns.T, system.energy, rows, strict=True):
        amounts = Composition(formula)
        assert column == pytest.approx([amounts.get_atomic_fraction(el) for el in system.elements], abs=1e-12)
        assert energy == expected
    opened = library.open_system(elements, {"Li": -1.25, "O": -0.5})
    assert sorted(opened.formulas) == sorted(name for name in system.formulas if "P" in name or "S" in name)
    for name, energy in zip(opened.formulas, opened.energy, strict=True):
        share = Composition(name).get_atomic_fraction
        assert energy == pytest.approx(PHASES.get(name, 0.0) + 1.25 * share("Li") + 0.5 * share("O"), abs=1e-12)


def test_draws_of_a_more_stable_material_need_no_new_scan(library):
    a, b = parse_formula("Li3PS4"), parse_formula("Li0.5CoO2")
    system = library.open_system(frozenset(a) | frozenset(b), {})
    own = library.open_system(frozenset(a), {})
    hull = own.hull_energy(own.vector(a))
    energies = hull + np.array([0.1, 0.0, -0.05, -0.2, -0.5, np.nan])
    (found,) = PairScanner(library, ["Li0.5CoO2"]).kinks("Li3PS4")
    expected = mutual_energy_draws(system.segment(a, b), energies, np.nan)
    assert found.strongest(energies) == pytest.approx(expected, abs=1e-6)
    assert found.strongest(energies)[0] == found.strongest(energies)[5]  # what lies above the hull takes the hull
    assert (np.diff(found.strongest(energies)[1:5]) >= 0).all()  # the more stable, the weaker the reaction


def test_against_pymatgen(library):
    entries = [PDEntry(Composition(f), e * Composition(f).num_atoms) for f, e in PHASES.items()]
    entries += [PDEntry(Composition(x), 0.0) for x in ("Li", "P", "S", "O", "Co")]
    reactivity = InterfacialReactivity(
        Composition("Li3PS4"), Composition("LiCoO2"), PhaseDiagram(entries), norm=True, use_hull_energy=True
    )
    expected = min(kink[2] for kink in reactivity.get_kinks())
    (found,) = PairScanner(library, ["LiCoO2"]).kinks("Li3PS4")
    assert found.strongest(np.array([np.nan]))[0] == pytest.approx(expected, abs=1e-5)


def test_a_material_with_itself_does_not_react(library):
    (found,) = PairScanner(library, ["Li3PS4"]).kinks("Li3PS4")
    assert found.strongest(np.array([np.nan]))[0] == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize("noise", [-1e-9, 0.0, 1e-9])
def test_products_of_equal_amounts_are_written_in_one_order(noise: float) -> None:
    """LiH2PO4 + 2 LiCoO2 gives as many atoms of Li3PO4 as of CoHO2."""
    found = products_of([("Li3PO4", 0.5 - noise), ("CoHO2", 0.5 + noise)], 16.0)
    assert [name for name, _ in found] == ["CoHO2", "Li3PO4"]
    assert [round(amount, 6) for _, amount in found] == [2.0, 1.0]
