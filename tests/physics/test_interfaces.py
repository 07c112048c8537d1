"""Interface reactions against pymatgen's InterfacialReactivity on random systems, and balanced reactions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.interface_reactions import InterfacialReactivity
from pymatgen.analysis.phase_diagram import GrandPotentialPhaseDiagram, PhaseDiagram
from pymatgen.core import Composition, Element
from test_phase_stability import materials_project, needs_mirror, pymatgen_entries, random_candidate, random_reference

from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import interface, mutual_energy_draws

systems = given(seed=st.integers(0, 10**6), n_elements=st.integers(3, 5), n_compounds=st.integers(2, 25))


def two_materials(rng, n_elements):
    """Two different compositions in the same elements."""
    while True:
        pair = random_candidate(rng, n_elements), random_candidate(rng, n_elements)
        if Composition(pair[0]).fractional_composition != Composition(pair[1]).fractional_composition:
            return pair


@settings(max_examples=60, deadline=None)
@systems
def test_energies_equal_pymatgen(seed, n_elements, n_compounds):
    reference, rng = random_reference(seed, n_elements, n_compounds)
    a, b = two_materials(rng, n_elements)
    energies = rng.uniform(-2.5, 0.0, 2)
    library = PhaseLibrary(reference)
    energies = np.fmin(energies, [library.energy_of(parse_formula(f)) for f in (a, b)])  # pymatgen takes the lowest
    entries = pymatgen_entries(reference, [(a, energies[0]), (b, energies[1])])
    diagram = PhaseDiagram(entries)
    ours = interface(a, b, library, energy_a=float(energies[0]), energy_b=float(energies[1]))
    for use_hull, values in ((True, ours.mutual_energy), (False, ours.total_energy)):
        theirs = InterfacialReactivity(Composition(a), Composition(b), diagram, norm=True, use_hull_energy=use_hull)
        kinks = np.array([kink[1:3] for kink in theirs.get_kinks()])  # fraction of a in atoms, eV/atom
        order = np.argsort(kinks[:, 0])
        at = np.interp(kinks[order, 0], ours.fraction, values)
        assert at == pytest.approx(kinks[order, 1], abs=2e-6)
        assert values.min() == pytest.approx(kinks[:, 1].min(), abs=2e-6)


@settings(max_examples=60, deadline=None)
@systems
def test_open_element_equals_pymatgen(seed, n_elements, n_compounds):
    reference, rng = random_reference(seed, n_elements, n_compounds)
    a, b = two_materials(rng, n_elements)
    entries = pymatgen_entries(reference)
    potential = -float(rng.uniform(0.0, 1.0))
    diagram = GrandPotentialPhaseDiagram(entries, {Element("S"): potential})
    closed = [Composition({el: x for el, x in Composition(c).items() if el.symbol != "S"}) for c in (a, b)]
    ours = interface(a, b, PhaseLibrary(reference), open_elements={"S": potential})
    for formula, left in ((a, closed[0]), (b, closed[1])):  # hull of each end, per atom of material
        hull = diagram.get_hull_energy(left) / Composition(formula).num_atoms
        alone = interface(formula, formula, PhaseLibrary(reference), open_elements={"S": potential})
        assert alone.reaction_energy == 0.0
        own = ours.decomposition[0 if formula == a else 1]
        given_energy = PhaseLibrary(reference).energy_of(parse_formula(formula))
        if np.isfinite(given_energy):
            share = Composition(formula).get_atomic_fraction("S")
            assert own == pytest.approx(given_energy - potential * share - hull, abs=1e-6)
    for x in (0.2, 0.5, 0.8):
        mixture = Composition(
            {
                el: x * Composition(a).get_atomic_fraction(el) + (1 - x) * Composition(b).get_atomic_fraction(el)
                for el in Composition(a)
            }
        )
        left = Composition({el: v for el, v in mixture.items() if el.symbol != "S"})
        ends = [diagram.get_hull_energy(c) / Composition(f).num_atoms for c, f in zip(closed, (a, b), strict=True)]
        expected = diagram.get_hull_energy(left) - x * ends[0] - (1 - x) * ends[1]
        assert np.interp(x, ours.fraction, ours.mutual_energy) == pytest.approx(expected, abs=2e-6)


@settings(max_examples=60, deadline=None)
@systems
def test_every_reaction_is_balanced(seed, n_elements, n_compounds):
    reference, rng = random_reference(seed, n_elements, n_compounds)
    a, b = two_materials(rng, n_elements)
    library = PhaseLibrary(reference)
    for reservoir in (None, {"Li": -0.7}, {"S": -0.2, "Li": -1.0}):
        found = interface(a, b, library, energy_a=float(rng.uniform(-2, 0)), open_elements=reservoir)
        assert (found.mutual_energy <= 1e-9).all()
        assert found.mutual_energy[[0, -1]] == pytest.approx([0.0, 0.0], abs=1e-9)
        assert (np.diff(np.diff(found.mutual_energy) / np.diff(found.fraction)) > -1e-6).all()  # convex
        for reaction in found.reactions:
            n_atoms = sum(c * Composition(f).num_atoms for f, c in reaction.reactants)
            assert reaction.imbalance() / n_atoms < 2e-6
            assert all(c > 0 for _, c in (*reaction.reactants, *reaction.products))


@settings(max_examples=40, deadline=None)
@systems
def test_swapping_the_two_mirrors_the_diagram(seed, n_elements, n_compounds):
    reference, rng = random_reference(seed, n_elements, n_compounds)
    a, b = two_materials(rng, n_elements)
    library = PhaseLibrary(reference)
    one, other = interface(a, b, library), interface(b, a, library)
    assert one.reaction_energy == pytest.approx(other.reaction_energy, abs=1e-6)
    at = np.linspace(0, 1, 11)
    assert np.interp(at, one.fraction, one.total_energy) == pytest.approx(
        np.interp(1 - at, other.fraction, other.total_energy), abs=1e-6
    )


def test_draws_equal_single_evaluations():
    reference, rng = random_reference(3, 5, 20)
    library = PhaseLibrary(reference)
    a, b = "Li3PS4", "LiGeCl"
    segment = library.closed_system(frozenset("Li P S Ge Cl".split())).segment(parse_formula(a), parse_formula(b))
    draws = segment.energy[-1] + rng.normal(0.0, 0.3, 40)
    together = mutual_energy_draws(segment, draws, np.nan)
    single = [interface(a, b, library, energy_a=float(e)).reaction_energy for e in draws]
    assert together == pytest.approx(single, abs=1e-8)
    assert mutual_energy_draws(segment, np.array([np.nan]), np.nan) == pytest.approx(
        interface(a, b, library).reaction_energy, abs=1e-8
    )


def test_reaction_by_hand():
    # 2 Li2O + SiS2 -> 2 Li2S + SiO2 in eV: 2 (-4.5) + (-9.4) - 2 (-6.2) - (-2.2) = -3.8 over 9 atoms
    reference = ReferencePhases(
        ("Li2O", "SiS2", "Li2S", "SiO2"), np.array([-6.2 / 3, -2.2 / 3, -4.5 / 3, -9.4 / 3]), "hand", "1"
    )
    found = interface("Li2O", "SiS2", PhaseLibrary(reference))
    assert found.reaction_energy == pytest.approx(-3.8 / 9, abs=1e-6)
    assert found.mole_fraction[found.worst] == pytest.approx(2 / 3, abs=1e-6)
    assert found.reactions[found.worst].text() == "Li2O + 0.5 SiS2 -> Li2S + 0.5 SiO2"
    assert found.reactions[0].is_nothing
    assert found.energy_from == ("reference", "reference")
    assert interface("LiO", "SiS2", PhaseLibrary(reference)).energy_from[0] == "hull"


def test_helpful_errors():
    library = PhaseLibrary(ReferencePhases(("Li2S", "P2S5"), np.array([-1.5, -0.4]), "hand", "1"))
    with pytest.raises(InputError, match="No compound of Xe"):
        interface("Li3PS4", "XeS2", library)
    with pytest.raises(InputError, match="consists only of elements"):
        interface("Li3PS4", "S", library, open_elements={"S": 0.0})
    with pytest.raises(InputError, match="lithium"):
        interface("Li3PS4", "lithium", library)


# Xiao et al., Joule 3, 1252 (2019): eV/atom of the mixture, with the energies of the hull. Theirs is a later
# database; the compositions of the layered oxides are not in ours, so their hull energies stand in.
PUBLISHED = {
    ("Li3PS4", "Li3Ni1Mn1Co1O6"): -0.422,
    ("Li3PS4", "Li3Ni2Mn2Co2O12"): -0.580,
    ("Li7La3Zr2O12", "LiCoO2"): -0.002,
    ("Li7La3Zr2O12", "Li0.5CoO2"): -0.057,
    ("Li6PS5Cl", "LiFePO4"): -0.101,
    ("Li6PS5Cl", "Li0.5FePO4"): -0.143,
    ("LiNbO3", "Li3PS4"): -0.164,
}


@needs_mirror
@pytest.mark.parametrize("pair", PUBLISHED)
def test_published_reaction_energies(pair):
    assert interface(*pair, materials_project()).reaction_energy == pytest.approx(PUBLISHED[pair], abs=0.035)
