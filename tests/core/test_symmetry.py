"""Reduced cells against spglib's and pymatgen's, and what averaging must keep."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from ssbscreen.core.crystal import Crystal
from ssbscreen.core.symmetry import reduced, space_group_of

SITES = [[0, 0, 0], [0.5, 0.5, 0.5]]
SALT = Structure.from_spacegroup(
    "Fm-3m", Lattice.cubic(5.13), [{"Li": 0.6, "Na": 0.2}, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
)


def test_the_reduced_cell_is_that_of_the_lattice():
    found = reduced(Crystal.from_structure(SALT))
    truth = Lattice(Lattice.cubic(5.13).matrix @ np.eye(3)).matrix[[0, 1, 2]]
    primitive = Lattice(0.5 * np.array([truth[1] + truth[2], truth[0] + truth[2], truth[0] + truth[1]]))
    assert found.n_sites == 2
    assert Lattice(found.lattice).parameters == pytest.approx(primitive.get_niggli_reduced_lattice().parameters)
    assert space_group_of(found) == 225


def test_occupants_may_stand_in_any_order():
    salt = Crystal.from_structure(Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.13), ["Li", "Cl"], SITES))
    order = np.random.default_rng(0).permutation(salt.n_sites)
    mixed = Crystal(salt.lattice, salt.frac, salt.occupant_site[order], salt.occupant_z[order], salt.occupancy[order])
    assert space_group_of(salt) == space_group_of(mixed) == 225


def test_occupancies_that_rounding_parts_are_averaged_so_that_no_atom_is_lost():
    larger = SALT.make_supercell([2, 1, 1], in_place=False)
    larger.replace(0, {"Li": 0.602, "Na": 0.199})
    found = reduced(Crystal.from_structure(larger))
    assert found.n_sites == 2
    expected = larger.composition / larger.composition["Cl"]
    assert found.composition.as_dict() == pytest.approx(expected.as_dict())


def test_a_superstructure_is_kept():
    larger = SALT.make_supercell([2, 1, 1], in_place=False)
    larger.translate_sites(0, [0.03 / 10.26, 0, 0])
    assert reduced(Crystal.from_structure(larger)).n_sites == 16
    ordered = SALT.make_supercell([2, 1, 1], in_place=False)
    ordered.replace(0, {"Li": 0.7, "Na": 0.2})
    assert reduced(Crystal.from_structure(ordered)).n_sites == 16
