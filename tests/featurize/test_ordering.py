"""One ordered state of a disordered crystal: whole atoms, the right number, the lowest electrostatic energy."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.core import Lattice, Structure

from ssbscreen.core.crystal import Crystal
from ssbscreen.featurize import ordering
from ssbscreen.featurize.charge_balance import usual_charges
from ssbscreen.featurize.neighbours import EXCLUSIVE
from ssbscreen.featurize.ordering import ordered_state
from ssbscreen.sources.prototypes import load_prototypes

CELLS = {p.name: p.primitive.crystal for p in load_prototypes() if not p.primitive.crystal.is_ordered}
# they hold odd parts of an atom in their primitive cell, such as 0.33 Li and 0.56 La on one site
NOT_WHOLE = ("li44al04ge06s4", "li4ti5o12", "llto_cubic", "nasicon_m2", "rocksalt_disordered")


def nearest(crystal: Crystal, places: np.ndarray) -> float:
    """Smallest distance of two atoms on some places, angstrom."""
    sites = [site for site in crystal.to_structure() if _is_one_of(site.frac_coords, places)]
    return min((a.distance(b) for a, b in combinations(sites, 2)), default=np.inf)


@pytest.mark.parametrize("name", CELLS)
def test_composition_is_kept_and_no_two_atoms_are_too_close(name: str) -> None:
    given = CELLS[name]
    state = ordered_state(given)
    # printed occupancies such as 0.542 and 0.4478 leave a few thousandths of an atom open
    np.testing.assert_allclose(state.amounts, given.amounts, atol=5e-4 * given.n_sites)
    np.testing.assert_array_equal(state.lattice, given.lattice)
    assert state.is_ordered == (name not in NOT_WHOLE)
    largest = np.zeros(given.n_sites)
    np.maximum.at(largest, given.occupant_site, given.occupancy)
    assert nearest(state, given.frac[largest < 0.999]) > EXCLUSIVE


@pytest.mark.parametrize("has_exchange", [True, False])
@pytest.mark.parametrize("name", ["argyrodite", "boracite", "li3ycl6", "li4sns4", "tavorite"])
def test_lowest_of_all_arrangements_of_lithium_by_an_ewald_sum(
    name: str, has_exchange: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All ways to put the lithium on its one set of partly filled sites, by pymatgen's Ewald sum.

    In these, placing one by one finds the lowest already.
    """
    if not has_exchange:
        monkeypatch.setattr(ordering, "_GAIN", 1e9)
    given, state = CELLS[name], ordered_state(CELLS[name])
    partly = {site for site, z, share in _occupants(given) if z == 3 and share < 0.999}
    whole = state.to_structure()
    is_lithium = [site.specie.symbol == "Li" and _is_one_of(site.frac_coords, given.frac[[*partly]]) for site in whole]
    places = [given.frac[i] for i in sorted(partly)]
    rest = [site for site, moves in zip(whole, is_lithium, strict=True) if not moves]
    crowded = Structure(whole.lattice, ["Li"] * len(places), places)
    for site in rest:
        crowded.append(site.specie, site.frac_coords)
    crowded.add_oxidation_state_by_element({el.symbol: usual_charges()[el.Z] for el in whole.composition.elements})
    pairs = np.array(EwaldSummation(crowded).total_energy_matrix)
    fixed = list(range(len(places), len(crowded)))

    def energy(chosen: tuple[int, ...]) -> float:
        kept = [*chosen, *fixed]
        return float(pairs[np.ix_(kept, kept)].sum())

    energies = [energy(chosen) for chosen in combinations(range(len(places)), sum(is_lithium))]
    own = np.array([site.frac_coords for site, moves in zip(whole, is_lithium, strict=True) if moves])
    here = energy(tuple(i for i, place in enumerate(places) if _is_one_of(place, own)))
    assert here == pytest.approx(min(energies), abs=0.02)
    assert max(energies) - min(energies) > 0.3


def _occupants(crystal: Crystal) -> zip[tuple[int, int, float]]:
    return zip(crystal.occupant_site.tolist(), crystal.occupant_z.tolist(), crystal.occupancy.tolist(), strict=True)


def _is_one_of(place: np.ndarray, places: np.ndarray) -> bool:
    away = np.asarray(places) - place
    return bool((np.abs(away - np.round(away)).max(axis=1) < 1e-6).any())


def test_an_ordered_crystal_stays_the_object_it_is() -> None:
    crystal = Crystal.ordered(4.0 * np.eye(3), np.array([[0, 0, 0], [0.5, 0.5, 0.5]]), np.array([3, 17]))
    assert ordered_state(crystal) is crystal


def test_fractions_of_two_sets_are_brought_together() -> None:
    """Three sites with 0.4 Li and two with 0.9 hold three lithium atoms: 1 and 2."""
    frac = np.array([[0.1, 0, 0], [0.4, 0, 0], [0.7, 0, 0], [0.1, 0.5, 0.5], [0.6, 0.5, 0.5], [0.3, 0.25, 0.25]])
    structure = Structure(Lattice.cubic(9.0), [{"Li": 0.4}] * 3 + [{"Li": 0.9}] * 2 + ["N"], frac)
    state = ordered_state(Crystal.from_structure(structure)).to_structure()
    assert state.is_ordered
    assert state.composition["Li"] == 3
    assert sum(_is_one_of(site.frac_coords, frac[:3]) for site in state) == 1


def test_what_is_not_whole_stays_on_one_site() -> None:
    structure = Structure(Lattice.cubic(9.0), [{"Li": 0.35}] * 4 + ["Br"], np.arange(15).reshape(5, 3) / 15.0)
    state = ordered_state(Crystal.from_structure(structure))
    shares = sorted(state.occupancy[state.occupant_z == 3])
    assert shares == pytest.approx([0.4, 1.0])


def test_where_atoms_must_come_too_close_the_average_stays() -> None:
    structure = Structure(
        Lattice.cubic(9.0), [{"Li": 0.8}, {"Li": 0.8}, {"Cl": 0.9}], [[0, 0, 0], [0.1, 0, 0], [0.5, 0.5, 0.5]]
    )
    crystal = Crystal.from_structure(structure)
    assert ordered_state(crystal) is crystal


@pytest.mark.parametrize("name", ["garnet_cubic", "garnet_li5", "lgps"])
def test_exchanges_gain_energy_where_many_sites_compete(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = ordered_state(CELLS[name])
    monkeypatch.setattr(ordering, "_GAIN", 1e9)
    assert ewald_energy(found) < ewald_energy(ordered_state(CELLS[name])) - 1.0


def ewald_energy(crystal: Crystal) -> float:
    """Of formal charges, eV a cell."""
    structure = crystal.to_structure()
    structure.add_oxidation_state_by_element({e.symbol: usual_charges()[e.Z] for e in structure.composition.elements})
    return float(EwaldSummation(structure).total_energy)


def test_counts_of_sets_yield_where_atoms_would_be_too_close() -> None:
    """Two places for one atom, each with the share of a whole one rounded up, and a free place of another share."""
    places = [[0.0, 0.5, 0.5], [0.1, 0.5, 0.5], [0.5, 0.5, 0.5], [0.75, 0.0, 0.0]]
    species = [{"Li": 0.9}, {"Li": 0.9}, {"Li": 0.2}, "Cl"]
    state = ordered_state(Crystal.from_structure(Structure(Lattice.cubic(10.0), species, places)))
    assert state.is_ordered
    assert (state.occupant_z == 3).sum() == 2
    assert nearest(state, np.array(places[:3])) > 4.0


def test_opposite_charges_do_not_fall_into_one_another() -> None:
    """Of two places each for a cation and an anion, the two that lie 1 angstrom apart attract most."""
    places = [[0.3, 0.5, 0.5], [0.5, 0.5, 0.5], [0.6, 0.5, 0.5], [0.85, 0.5, 0.5]]
    species = [{"Li": 0.5}, {"Li": 0.5}, {"Cl": 0.5}, {"Cl": 0.5}]
    state = ordered_state(Crystal.from_structure(Structure(Lattice.cubic(10.0), species, places)))
    assert state.is_ordered
    assert nearest(state, np.array(places)) > EXCLUSIVE


def test_ions_of_one_charge_are_spread_whatever_the_order_of_the_sites() -> None:
    """Four sites on a ring, half chlorine and half bromine: equal ones are never neighbours."""
    ring = np.array([[0.25, 0.25, 0.5], [0.75, 0.25, 0.5], [0.75, 0.75, 0.5], [0.25, 0.75, 0.5]])
    for order in ([0, 1, 2, 3], [2, 0, 3, 1]):
        structure = Structure(Lattice.tetragonal(6.0, 12.0), [{"Cl": 0.5, "Br": 0.5}] * 4, ring[order])
        state = ordered_state(Crystal.from_structure(structure)).to_structure()
        chlorine = [site for site in state if site.specie.symbol == "Cl"]
        assert len(chlorine) == 2
        assert chlorine[0].distance(chlorine[1]) == pytest.approx(3.0 * np.sqrt(2.0))
