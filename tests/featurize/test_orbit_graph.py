"""Orbit graphs: as many nodes as the symmetry has orbits, the same for every cell, and nothing lost by joining."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from pymatgen.core import Composition, Lattice, Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from ssbscreen.architectures.orbit import Model, OrbitOptions
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.featurize import graph_cache, orbit_graph

RUTILE = Structure.from_spacegroup(
    "P4_2/mnm", Lattice.tetragonal(4.594, 2.959), ["Ti", "O"], [[0, 0, 0], [0.3053, 0.3053, 0]]
)
SPINEL = Structure.from_spacegroup(
    "Fd-3m", Lattice.cubic(8.083), ["Mg", "Al", "O"], [[1 / 8, 1 / 8, 1 / 8], [0.5, 0.5, 0.5], [0.2624, 0.2624, 0.2624]]
)
QUARTZ = Structure.from_spacegroup(
    "P3_221", Lattice.hexagonal(4.913, 5.405), ["Si", "O"], [[0.4697, 0, 0], [0.4135, 0.2669, 0.1191]]
)
OLIVINE = Structure.from_spacegroup(
    "Pnma",
    Lattice.orthorhombic(10.33, 6.01, 4.69),
    ["Li", "Fe", "P", "O", "O", "O"],
    [
        [0, 0, 0],
        [0.282, 0.25, 0.975],
        [0.095, 0.25, 0.418],
        [0.097, 0.25, 0.743],
        [0.457, 0.25, 0.206],
        [0.166, 0.047, 0.285],
    ],
)
STRUCTURES = {"rutile": RUTILE, "spinel": SPINEL, "quartz": QUARTZ, "olivine": OLIVINE}


def graph(structure: Structure, k: int = 16) -> orbit_graph.OrbitGraph:
    return orbit_graph.build(Crystal.from_structure(structure), k, 12.0)


def network(**options: object) -> Model:
    torch.manual_seed(0)
    return Model(OrbitOptions(dim=24, edge_dim=16, n_layers=4, **options), 2).eval()  # type: ignore[arg-type]


def prediction(model: Model, *graphs: orbit_graph.OrbitGraph) -> np.ndarray:
    with torch.no_grad():
        return model(model.representation(model.options).collate(graphs)).mean.numpy()


@pytest.mark.parametrize("name", STRUCTURES)
def test_orbits_are_those_of_the_space_group(name: str) -> None:
    symmetry = SpacegroupAnalyzer(STRUCTURES[name]).get_symmetry_dataset()
    assert symmetry is not None
    found = graph(STRUCTURES[name])
    assert found.n_orbits == len(set(symmetry.crystallographic_orbits))
    assert found.multiplicity.sum() == len(STRUCTURES[name])


@pytest.mark.parametrize("is_pooled_widely", [False, True])
@pytest.mark.parametrize("name", STRUCTURES)
def test_joining_sites_and_edges_changes_no_prediction(
    name: str, is_pooled_widely: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = network(is_pooled_widely=is_pooled_widely)
    joined = graph(STRUCTURES[name])
    each = np.arange(len(STRUCTURES[name]))
    monkeypatch.setattr(orbit_graph, "_classes", lambda colours: (each, each, np.ones_like(each)))
    monkeypatch.setattr(orbit_graph, "_SAME_DISTANCE", -1.0)
    full = graph(STRUCTURES[name])
    assert full.n_orbits == len(each)
    assert full.n_edges > 3 * joined.n_edges
    # quartz: two distances a hundredth of an angstrom apart are joined, which a largest value notices a little
    close = 1e-3 if is_pooled_widely else 2e-4
    assert np.allclose(prediction(model, joined), prediction(model, full), atol=close)


@pytest.mark.parametrize("name", STRUCTURES)
def test_every_cell_of_a_crystal_gives_one_prediction(name: str) -> None:
    structure, model = STRUCTURES[name], network(is_pooled_widely=True)
    cells = [
        structure.get_primitive_structure(),
        structure.make_supercell([2, 1, 1], in_place=False),
        structure.make_supercell([[1, 1, 0], [0, 1, 0], [0, 0, 1]], in_place=False),
    ]
    cells[0].translate_sites(range(len(cells[0])), [0.1, 0.2, 0.3])
    expected = prediction(model, graph(structure))
    for cell in cells:
        assert np.allclose(prediction(model, graph(cell)), expected, atol=2e-4)


def test_angular_moments_of_a_simple_cubic_crystal() -> None:
    found = graph(Structure(Lattice.cubic(3.35), ["Po"], [[0, 0, 0]]), k=6)
    # with itself and the opposite neighbour cos^2 = 1, with the four others 0: P2 = -1/2, P4 = 3/8, P6 = -5/16
    expected = [0.0, (2 - 4 / 2) / 6, 0.0, (2 + 4 * 3 / 8) / 6, (2 - 4 * 5 / 16) / 6]
    assert found.n_edges == 1
    assert np.allclose(found.angular[0].reshape(5, 2), np.array(expected)[:, None], atol=1e-3)


def test_polymorphs_and_strained_crystals_differ() -> None:
    model = network()
    anatase = Structure.from_spacegroup(
        "I4_1/amd", Lattice.tetragonal(3.785, 9.514), ["Ti", "O"], [[0, 0, 0], [0, 0, 0.2081]]
    )
    stretched = Structure(Lattice(RUTILE.lattice.matrix * [1.0, 1.0, 1.03]), RUTILE.species, RUTILE.frac_coords)
    first, second, third = (prediction(model, graph(s)) for s in (RUTILE, anatase, stretched))
    assert abs(first - second).max() > 1e-3
    assert abs(first - third).max() > 1e-3


def test_a_vacancy_is_an_occupant_and_fades_out() -> None:
    model = network()
    sodium = [
        Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), [{"Na": share}, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
        for share in (1.0, 0.9995, 0.5)
    ]
    graphs = [graph(s) for s in sodium]
    assert graphs[2].occupant_z.tolist().count(0) == 1
    full, nearly, half = (prediction(model, g) for g in graphs)
    assert abs(full - nearly).max() < 1e-3 < abs(full - half).max()


def test_a_batch_predicts_what_each_alone_does() -> None:
    model = network(is_pooled_widely=True)
    graphs = [graph(s) for s in STRUCTURES.values()]
    assert np.allclose(prediction(model, *graphs), np.vstack([prediction(model, g) for g in graphs]), atol=1e-5)


def test_cells_that_cannot_be_are_set_aside_with_a_reason() -> None:
    flat = Crystal.ordered(np.diag([3.0, 3.0, 0.0]), np.zeros((1, 3)), np.array([11]))
    encoded = orbit_graph.Representation(max_sites=10).encode(
        [
            Candidate("flat", crystal=flat),
            Candidate("large", crystal=Crystal.from_structure(SPINEL)),
            Candidate("fine", crystal=Crystal.from_structure(RUTILE)),
        ]
    )
    assert encoded.rows.tolist() == [2]
    assert "without volume" in encoded.rejected[0]
    assert "at most 10" in encoded.rejected[1]


def test_cache_gives_back_what_was_stored(tmp_path: Path) -> None:
    graphs = [graph(RUTILE), "has no volume", graph(OLIVINE)]
    graph_cache.write(tmp_path / "a.npz", graphs)
    found = graph_cache.read(tmp_path / "a.npz", orbit_graph.OrbitGraph)
    assert found is not None
    assert found[1] == "has no volume"
    for before, after in zip(graphs[::2], found[::2], strict=True):
        for name in before.__dataclass_fields__:  # type: ignore[union-attr]
            assert np.array_equal(getattr(before, name), getattr(after, name)), name
    (tmp_path / "a.npz").write_bytes(b"broken")
    assert graph_cache.read(tmp_path / "a.npz", orbit_graph.OrbitGraph) is None


def test_large_pools_are_cached_and_a_damaged_file_is_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSBSCREEN_CACHE", str(tmp_path))
    monkeypatch.setattr(orbit_graph, "_MIN_CACHED", 2)
    flat = Crystal.ordered(np.zeros((3, 3)), np.zeros((1, 3)), np.array([3]))
    pool = [
        Candidate("a", crystal=Crystal.from_structure(RUTILE)),
        Candidate("b", crystal=flat),
        Candidate("c", crystal=Crystal.from_structure(OLIVINE)),
    ]
    representation = orbit_graph.Representation(k=5)
    fresh = representation.encode(pool)
    (file,) = (tmp_path / "graphs").glob("*.npz")
    stored = representation.encode(pool)
    assert stored.rejected == fresh.rejected
    assert stored.rows.tolist() == fresh.rows.tolist() == [0, 2]
    np.testing.assert_array_equal(stored.items[1].distance, fresh.items[1].distance)
    file.write_bytes(file.read_bytes()[:100])
    assert len(representation.encode(pool).items) == 2


def test_what_a_site_lacks_is_a_vacancy() -> None:
    split = Crystal(
        np.eye(3) * 5.0,
        np.array([[0.0, 0, 0], [0.1, 0, 0], [0.5, 0.5, 0.5]]),
        np.array([0, 1, 2]),
        np.array([3, 3, 8]),
        np.array([0.5, 0.4, 1.0]),
    )
    found = orbit_graph.build(split, 6, 12.0)
    filling = sorted((int(z), round(float(o), 6)) for z, o in zip(found.occupant_z, found.occupancy, strict=True))
    assert filling == [(0, 0.5), (0, 0.6), (3, 0.4), (3, 0.5), (8, 1.0)]


def test_candidates_without_a_crystal_are_rejected_with_a_reason() -> None:
    encoded = orbit_graph.Representation().encode([Candidate("glass", composition=Composition("Li3PS4"))])
    assert encoded.items == ()
    assert "crystal" in encoded.rejected[0]
