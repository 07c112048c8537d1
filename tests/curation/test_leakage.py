"""Planted duplicates are found, polymorphs and neighbours in composition are told apart."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core import Composition, Lattice, Structure

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.curation.leakage import Kind, find_leaks, structure_fingerprint

ROCKSALT = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.69), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
CSCL_TYPE = Structure(Lattice.cubic(3.5), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
RUTILE = Structure.from_spacegroup(
    "P4_2/mnm", Lattice.tetragonal(4.594, 2.959), ["Ti", "O"], [[0, 0, 0], [0.3053, 0.3053, 0]]
)
ANATASE = Structure.from_spacegroup(
    "I4_1/amd", Lattice.tetragonal(3.785, 9.514), ["Ti", "O"], [[0, 0, 0], [0, 0, 0.2081]]
)


def candidate(structure: Structure, name: str = "x") -> Candidate:
    return Candidate(name, crystal=Crystal.from_structure(structure))


def shuffled(structure: Structure) -> Structure:
    order = np.random.default_rng(0).permutation(len(structure))
    return Structure.from_sites([structure[int(i)] for i in order])


def moved(structure: Structure) -> Structure:
    copy = structure.copy()
    copy.translate_sites(range(len(copy)), [0.13, 0.27, 0.41], to_unit_cell=True)
    return copy


PLANTED = {
    "another id": lambda s: s.copy(),
    "supercell": lambda s: s.make_supercell([2, 1, 1], in_place=False),
    "skewed supercell": lambda s: s.make_supercell([[1, 1, 0], [0, 1, 0], [0, 1, 2]], in_place=False),
    "primitive cell": lambda s: s.get_primitive_structure(),
    "re-scaled": lambda s: Structure(Lattice(s.lattice.matrix * 1.07), s.species, s.frac_coords),
    "other order of sites": shuffled,
    "other origin": moved,
    "relaxed a little": lambda s: s.copy().perturb(0.005) or s,
}


@pytest.mark.parametrize("how", PLANTED)
@pytest.mark.parametrize("structure", [ROCKSALT, RUTILE, ANATASE], ids=["NaCl", "rutile", "anatase"])
def test_every_planted_duplicate_is_found_as_a_structure(structure: Structure, how: str) -> None:
    planted = candidate(PLANTED[how](structure), "planted")
    others = [candidate(s) for s in (CSCL_TYPE, RUTILE, ANATASE, ROCKSALT) if s is not structure]
    found = find_leaks([*others, planted], [candidate(structure, "held out")])
    assert (len(others), 0, Kind.STRUCTURE) in {(leak.train, leak.test, leak.kind) for leak in found}


@pytest.mark.parametrize(("first", "second"), [(ROCKSALT, CSCL_TYPE), (RUTILE, ANATASE)])
def test_polymorphs_share_the_composition_only(first: Structure, second: Structure) -> None:
    (leak,) = find_leaks([candidate(first)], [candidate(second)])
    assert leak.kind is Kind.COMPOSITION
    assert not find_leaks([candidate(first)], [candidate(second)], only_structures=True)


@pytest.mark.parametrize("text", ["Cl2Na2", "NaCl", "Na0.5Cl0.5", "Cl(Na)"])
def test_a_formula_written_otherwise_is_the_same_material(text: str) -> None:
    (leak,) = find_leaks([Candidate("a", composition=Composition(text))], [candidate(ROCKSALT)])
    assert leak.kind is Kind.COMPOSITION


def test_other_materials_are_no_leak() -> None:
    train = [candidate(ROCKSALT), Candidate("a", composition=Composition("Li6.4La3Zr1.4Ta0.6O12"))]
    test = [candidate(RUTILE), Candidate("b", composition=Composition("Li6.5La3Zr1.5Ta0.5O12"))]
    assert not find_leaks(train, test)


def test_a_structure_that_differs_in_the_species_of_two_sites_is_another_one() -> None:
    swapped = RUTILE.copy()
    titanium, oxygen = 0, len(RUTILE) - 1
    swapped[titanium], swapped[oxygen] = "O", "Ti"
    (leak,) = find_leaks([candidate(swapped)], [candidate(RUTILE)])
    assert leak.kind is Kind.COMPOSITION


def test_the_fingerprint_is_that_of_the_crystal_and_not_of_its_cell() -> None:
    one = structure_fingerprint(Crystal.from_structure(RUTILE))
    other = structure_fingerprint(Crystal.from_structure(RUTILE.make_supercell([2, 2, 1], in_place=False)))
    assert np.allclose(one, other, atol=1e-10)
