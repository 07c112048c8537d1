"""Crystal graphs against a brute-force neighbour search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.featurize import crystal_graph
from ssbscreen.featurize.crystal_graph import Representation, build, neighbours


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
    index, distance, reach = neighbours(triclinic, 9, 12.0)
    expected = brute_force(triclinic, 9)
    np.testing.assert_allclose(distance, expected[:, :9], atol=1e-9)
    np.testing.assert_allclose(reach, expected[:, 9], atol=1e-9)
    # each distance belongs to some image of the named neighbour
    for i in range(5):
        for j, d in zip(index[i], distance[i], strict=True):
            shifts = np.array(np.meshgrid(*[range(-3, 4)] * 3)).reshape(3, -1).T
            images = (triclinic.frac[j] + shifts - triclinic.frac[i]) @ triclinic.lattice
            assert np.abs(np.linalg.norm(images, axis=1) - d).min() < 1e-9


def test_atom_far_from_a_cluster_needs_a_wider_search_than_the_mean_density_says() -> None:
    corner = np.random.default_rng(4).random((10, 3)) * 0.15
    crystal = Crystal.ordered(np.eye(3) * 20.0, np.vstack([corner, [0.57, 0.57, 0.57]]), np.full(11, 6))
    _, distance, reach = neighbours(crystal, 7, 30.0)
    expected = brute_force(crystal, 7, n_images=2)
    np.testing.assert_allclose(distance, expected[:, :7], atol=1e-9)
    np.testing.assert_allclose(reach, expected[:, 7], atol=1e-9)


def test_rock_salt_shells() -> None:
    halite = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    _, distance, reach = neighbours(Crystal.from_structure(halite), 12, 12.0)
    np.testing.assert_allclose(distance[:, :6], 2.82, atol=1e-6)
    np.testing.assert_allclose(distance[:, 6:], 5.64 / 2**0.5, atol=1e-6)  # 6 of the 12 second neighbours
    np.testing.assert_allclose(reach, 5.64 / 2**0.5, atol=1e-6)  # the others, hence weight 0


def test_isolated_atom_is_padded_at_the_cutoff() -> None:
    lonely = Crystal.ordered(np.eye(3) * 40.0, np.zeros((1, 3)), np.array([2]))
    index, distance, reach = neighbours(lonely, 4, 10.0)
    assert (index == 0).all()
    assert (distance == 10.0).all()
    assert (reach == 10.0).all()


def test_vacancies_become_occupants_and_exclusive_sites_are_no_neighbours() -> None:
    split = Crystal(
        np.eye(3) * 5.0, np.array([[0.0, 0, 0], [0.1, 0, 0], [0.5, 0.5, 0.5]]), np.array([0, 1, 2]),
        np.array([3, 3, 8]), np.array([0.5, 0.4, 1.0]),
    )
    graph = build(split, 6, 12.0)
    assert graph.occupant_z.tolist() == [3, 3, 8, 0, 0]
    np.testing.assert_allclose(graph.occupancy, [0.5, 0.4, 1.0, 0.5, 0.6], atol=1e-6)
    assert graph.distance[0].min() > 1.2  # the other half of the split site, 0.5 angstrom away, is no neighbour
    full = Crystal(split.lattice, split.frac, split.occupant_site, split.occupant_z, np.ones(3))
    assert build(full, 6, 12.0).distance[0].min() == pytest.approx(0.5)


def test_cache_gives_the_same_graphs_and_survives_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, triclinic: Crystal
) -> None:
    monkeypatch.setenv("SSBSCREEN_CACHE", str(tmp_path))
    monkeypatch.setattr(crystal_graph, "_MIN_CACHED", 2)
    flat = Crystal.ordered(np.zeros((3, 3)), np.zeros((1, 3)), np.array([3]))
    pool = [Candidate("a", crystal=triclinic), Candidate("b", crystal=flat), Candidate("c", crystal=triclinic)]
    representation = Representation(k=5)
    fresh = representation.encode(pool)
    assert fresh.rows.tolist() == [0, 2]
    assert "volume" in fresh.rejected[1]
    (file,) = (tmp_path / "graphs").glob("*.npz")
    stored = representation.encode(pool)
    assert stored.rejected == fresh.rejected
    for name in ("neighbour", "distance", "reach", "occupant_z", "occupancy", "occupant_site"):
        np.testing.assert_array_equal(getattr(stored.items[1], name), getattr(fresh.items[1], name))
    file.write_bytes(file.read_bytes()[:100])
    assert len(representation.encode(pool).items) == 2


def test_candidates_without_a_crystal_are_rejected_with_a_reason() -> None:
    from pymatgen.core import Composition

    encoded = Representation().encode([Candidate("glass", composition=Composition("Li3PS4"))])
    assert encoded.items == ()
    assert "crystal" in encoded.rejected[0]
