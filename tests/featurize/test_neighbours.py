"""Nearest neighbours against a brute-force search."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from ssbscreen.core.crystal import Crystal
from ssbscreen.featurize.neighbours import nearest_neighbours


def brute_force(crystal: Crystal, k: int, n_images: int = 4) -> np.ndarray:
    """Sorted distances of the k + 1 nearest periodic neighbours of every site."""
    shifts = np.array(np.meshgrid(*[range(-n_images, n_images + 1)] * 3)).reshape(3, -1).T
    found = []
    for site in crystal.frac:
        vectors = (crystal.frac[:, None, :] + shifts[None] - site) @ crystal.lattice
        distance = np.sort(np.linalg.norm(vectors, axis=-1).ravel())
        found.append(distance[distance > 1e-3][: k + 1])
    return np.array(found)


@pytest.fixture
def triclinic() -> Crystal:
    rng = np.random.default_rng(3)
    lattice = Lattice.from_parameters(4.1, 5.3, 6.7, 71.0, 96.0, 108.0).matrix
    return Crystal.ordered(lattice, rng.random((5, 3)), np.array([3, 8, 15, 16, 17]))


def test_distances_equal_brute_force(triclinic: Crystal) -> None:
    index, distance, reach, vector = nearest_neighbours(triclinic, 9, 12.0)
    expected = brute_force(triclinic, 9)
    np.testing.assert_allclose(distance, expected[:, :9], atol=1e-9)
    np.testing.assert_allclose(reach, expected[:, 9], atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(vector, axis=2), distance, atol=1e-9)
    # each vector leads to some image of the named neighbour
    ends = (triclinic.frac[:, None] @ triclinic.lattice + vector) @ np.linalg.inv(triclinic.lattice)
    images = ends - triclinic.frac[index]
    np.testing.assert_allclose(images, images.round(), atol=1e-9)


def test_atom_far_from_a_cluster_needs_a_wider_search_than_the_mean_density_says() -> None:
    corner = np.random.default_rng(4).random((10, 3)) * 0.15
    crystal = Crystal.ordered(np.eye(3) * 20.0, np.vstack([corner, [0.57, 0.57, 0.57]]), np.full(11, 6))
    _, distance, reach, _ = nearest_neighbours(crystal, 7, 30.0)
    expected = brute_force(crystal, 7, n_images=2)
    np.testing.assert_allclose(distance, expected[:, :7], atol=1e-9)
    np.testing.assert_allclose(reach, expected[:, 7], atol=1e-9)


def test_rock_salt_shells() -> None:
    halite = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    _, distance, reach, _ = nearest_neighbours(Crystal.from_structure(halite), 12, 12.0)
    np.testing.assert_allclose(distance[:, :6], 2.82, atol=1e-6)
    np.testing.assert_allclose(distance[:, 6:], 5.64 / 2**0.5, atol=1e-6)  # 6 of the 12 second neighbours
    np.testing.assert_allclose(reach, 5.64 / 2**0.5, atol=1e-6)  # the others, hence weight 0


def test_isolated_atom_is_padded_at_the_cutoff() -> None:
    lonely = Crystal.ordered(np.eye(3) * 40.0, np.zeros((1, 3)), np.array([2]))
    index, distance, reach, vector = nearest_neighbours(lonely, 4, 10.0)
    assert (index == 0).all()
    assert (distance == 10.0).all()
    assert (reach == 10.0).all()
    assert (vector == 0.0).all()


def test_sites_that_exclude_each_other_are_no_neighbours() -> None:
    split = Crystal(
        np.eye(3) * 5.0,
        np.array([[0.0, 0, 0], [0.1, 0, 0], [0.5, 0.5, 0.5]]),
        np.array([0, 1, 2]),
        np.array([3, 3, 8]),
        np.array([0.5, 0.4, 1.0]),
    )
    assert nearest_neighbours(split, 6, 12.0)[1][0].min() > 1.2  # the other half of the split site lies 0.5 away
    full = Crystal(split.lattice, split.frac, split.occupant_site, split.occupant_z, np.ones(3))
    assert nearest_neighbours(full, 6, 12.0)[1][0].min() == pytest.approx(0.5)
