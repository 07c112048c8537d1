"""Prototypes against crystallography done elsewhere (spglib, pymatgen, gemmi) and against handbook densities."""

from __future__ import annotations

import itertools
from pathlib import Path

import gemmi
import numpy as np
import pytest
import spglib
import yaml
from pymatgen.analysis.molecule_structure_comparator import CovalentRadius
from pymatgen.core import Composition, Element, Lattice, Structure

from ssbscreen.core.errors import IntegrityError, UsageError
from ssbscreen.core.orbits import orbit_of
from ssbscreen.core.recognition import classify
from ssbscreen.files.paths import data_dir
from ssbscreen.readers.prototype_file import Prototype, read_prototype
from ssbscreen.sources.prototypes import SOURCE, load_prototypes, prototype

ALL = load_prototypes()
ANIONS = {"O", "S", "N", "F", "Cl", "Br", "I", "H"}

# Densities in g/cm3 from handbooks (CRC Handbook, mineral tables) or quoted X-ray densities, typed here apart
# from the data files. The tolerance of 3 % covers temperature and the scatter between sources.
PUBLISHED_DENSITY = {
    "lif": 2.64,
    "li2o": 2.013,
    "li2s": 1.64,
    "li3n": 1.28,
    "linbo3": 4.64,
    "lialo2_gamma": 2.62,
    "lifepo4": 3.60,
    "licoo2": 5.05,
    "limn2o4": 4.28,
    "li4ti5o12": 3.48,
    "libaf3": 5.24,
    "liyf4": 3.99,
    "li2co3": 2.11,
    "garnet_cubic": 5.11,
    "li2sio3": 2.52,
    "ligao2": 4.18,
    "li3po4_gamma": 2.45,
    "licaalf6": 2.99,
    "libh4": 0.666,
    "lgps": 2.04,
    "argyrodite": 1.86,
    "li3ps4_beta": 1.87,
    "nasicon": 2.95,
    "li7p3s11": 1.98,
}


def pseudo_species(row: Prototype) -> list[int]:
    """One number for each distinct mix of elements, so that a disordered structure can be given to spglib."""
    kinds: dict[tuple[tuple[str, float], ...], int] = {}
    numbers = []
    for orbit in row.orbits:
        key = tuple(sorted((element, round(share, 4)) for element, share in orbit.species.items()))
        numbers += [kinds.setdefault(key, len(kinds) + 1)] * len(orbit.frac)
    return numbers


def positions(row: Prototype) -> np.ndarray:
    return np.concatenate([orbit.frac for orbit in row.orbits])


def test_the_types_asked_for_are_there() -> None:
    names = {row.name for row in ALL}
    assert len(names) == len(ALL) >= 36
    wanted = (
        "garnet_cubic garnet_tetragonal nasicon lgps argyrodite li3ps4_beta li3ps4_gamma li7p3s11 lisicon li4ges4 "
        "llto_tetragonal llto_cubic li3ocl li3n li2s lif li3po4_beta li3po4_gamma li3ycl6 li3incl6 li2zrcl6 li2mgcl4 "
        "li2po2n linbo3 li4ti5o12 licoo2 lifepo4 limn2o4 rocksalt_disordered"
    )
    assert set(wanted.split()) <= names


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_space_group_and_multiplicities_by_spglib(row: Prototype) -> None:
    found = spglib.get_symmetry_dataset((row.lattice, positions(row), pseudo_species(row)), symprec=1e-3)
    assert found is not None
    assert found.number == row.record.space_group.number
    sizes = sorted(site.multiplicity for site in row.record.sites)
    orbits = np.unique(found.crystallographic_orbits, return_counts=True)[1]
    assert sorted(orbits) == sizes


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_density(row: Prototype) -> None:
    assert row.crystal.density == pytest.approx(row.record.density_g_cm3, rel=0.03)


@pytest.mark.parametrize(("name", "density"), PUBLISHED_DENSITY.items())
def test_density_against_handbooks(name: str, density: float) -> None:
    assert prototype(name).crystal.density == pytest.approx(density, rel=0.03)


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_formula_z_and_charge(row: Prototype) -> None:
    in_cell = row.crystal.composition
    nominal = row.composition * row.record.z
    for element in {*in_cell, *nominal}:
        assert in_cell[element] == pytest.approx(nominal[element], abs=0.01 * row.record.z)
    charge = sum(row.oxidation_states[str(element)] * amount for element, amount in row.composition.items())
    assert charge == pytest.approx(0, abs=0.002)
    for element, state in row.oxidation_states.items():
        states = Element(element).oxidation_states
        assert min(states) <= state <= max(states)


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_no_sites_closer_than_physics_allows(row: Prototype) -> None:
    """Only split sites that share one atom may be close: everything else keeps ionic distances."""
    frac, lattice = positions(row), Lattice(row.lattice)
    species = [orbit.species for orbit in row.orbits for _ in orbit.frac]
    filled = np.array([sum(occupants.values()) for occupants in species])
    distance = lattice.get_all_distances(frac, frac)
    np.fill_diagonal(distance, min(lattice.abc))
    nearest_anion: dict[int, float] = {}
    for i, j in itertools.combinations(range(len(frac)), 2):
        both = [any(element in ANIONS for element in species[k]) for k in (i, j)]
        if both[0] != both[1]:
            cation = j if both[0] else i
            nearest_anion[cation] = min(nearest_anion.get(cation, 9.0), distance[i, j])
        if filled[i] + filled[j] <= 1.01 or distance[i, j] > 2.5:
            continue
        if both[0] != both[1]:
            for a, b in itertools.product(species[i], species[j]):
                assert distance[i, j] > 0.75 * (CovalentRadius.radius[a] + CovalentRadius.radius[b]), (i, j, a, b)
        else:
            assert distance[i, j] > 1.9, (i, j, dict(species[i]), dict(species[j]))
    # and no cation is left without anions around it
    assert max(nearest_anion.values()) < 3.2


@pytest.mark.parametrize(
    ("name", "pair", "length"),
    [
        # bond lengths in angstrom as the crystal chemistry of these groups has them, +-0.05
        ("garnet_cubic", ("Zr", "O"), 2.11),
        ("garnet_tetragonal", ("Zr", "O"), 2.11),
        ("nasicon", ("P", "O"), 1.53),
        ("lgps", ("Ge", "S"), 2.15),
        ("argyrodite", ("P", "S"), 2.05),
        ("li3ps4_beta", ("P", "S"), 2.04),
        ("li7p3s11", ("P", "S"), 2.01),
        ("li4sns4", ("Sn", "S"), 2.39),
        ("lifepo4", ("P", "O"), 1.54),
        ("licoo2", ("Co", "O"), 1.92),
        ("li4geo4", ("Ge", "O"), 1.78),
        ("li3bo3", ("B", "O"), 1.38),
        ("li2sio3", ("Si", "O"), 1.64),
        ("li3ycl6", ("Y", "Cl"), 2.60),
        ("li3incl6", ("In", "Cl"), 2.52),
        ("lialcl4", ("Al", "Cl"), 2.13),
        ("li3bn2", ("B", "N"), 1.34),
        ("boracite", ("B", "O"), 1.40),
    ],
)
def test_bond_lengths(name: str, pair: tuple[str, str], length: float) -> None:
    row = prototype(name)
    species = [orbit.species for orbit in row.orbits for _ in orbit.frac]
    distance = Lattice(row.lattice).get_all_distances(positions(row), positions(row))
    cation = [i for i, s in enumerate(species) if pair[0] in s]
    anion = [i for i, s in enumerate(species) if pair[1] in s]
    assert np.mean(distance[np.ix_(cation, anion)].min(axis=1)) == pytest.approx(length, abs=0.05)


@pytest.mark.parametrize("name", ["lialo2_gamma", "lifepo4", "li7pn4", "garnet_cubic", "li3nbo4", "li2zrf6", "li3ycl6"])
def test_same_structure_as_pymatgen_builds(name: str) -> None:
    """pymatgen expands space groups with its own tables; settings with one origin agree by symbol."""
    row = prototype(name)
    theirs = Structure.from_spacegroup(
        row.record.space_group.symbol.replace(" ", ""),
        Lattice(row.lattice),
        [dict(site.species) for site in row.record.sites],
        [site.xyz for site in row.record.sites],
        tol=1e-3,
    )
    ours = row.structure
    assert len(ours) == len(theirs)
    assert ours.composition.almost_equals(theirs.composition)
    gaps = Lattice(row.lattice).get_all_distances(ours.frac_coords, theirs.frac_coords)
    assert gaps.min(axis=0).max() < 1e-3
    assert gaps.min(axis=1).max() < 1e-3


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_primitive_cell_is_the_same_structure(row: Prototype) -> None:
    small, centring = row.primitive, row.record.space_group.symbol[0]
    n_points = {"P": 1, "A": 2, "C": 2, "I": 2, "R": 3, "F": 4}[centring]
    assert row.crystal.volume == pytest.approx(n_points * small.crystal.volume)
    assert row.crystal.n_sites == n_points * small.crystal.n_sites
    assert small.crystal.density == pytest.approx(row.crystal.density)
    found = spglib.get_symmetry_dataset((small.lattice, positions(small), pseudo_species(small)), symprec=1e-3)
    assert found is not None
    assert found.number == row.record.space_group.number


def test_orbits_on_special_and_general_positions() -> None:
    group = gemmi.find_spacegroup_by_name("F m -3 m")
    for xyz, size in (((0, 0, 0), 4), ((0.25, 0.25, 0.25), 8), ((0.11, 0.23, 0.38), 192), ((1 / 3, 0, 0), 24)):
        assert len(orbit_of(group, np.array(xyz), np.eye(3) * 10)) == size


def test_class_in_the_file_is_that_of_the_formula() -> None:
    assert [row.name for row in ALL if classify(Composition(row.record.formula)) != row.record.chemistry_class] == []


def test_source_gives_every_type_as_a_known_candidate() -> None:
    candidates = SOURCE.load().candidates
    assert len(candidates) == len(ALL) == len({c.candidate_id for c in candidates})
    assert all(c.is_known for c in candidates)
    assert all(c.crystal is not None for c in candidates)
    assert set(SOURCE.card.files) == {p.name for p in (data_dir() / "prototypes").glob("*.yaml")} - {"card.yaml"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"space_group": {"number": 225, "symbol": "F d -3 m:2"}}, "not a symbol of space group 225"),
        ({"density": 3.0}, "Unknown key"),
        ({"sites": [{"label": "A", "wyckoff": "8c", "species": {"Li": 1}, "xyz": [0, 0, 0]}]}, "has 4 images"),
        (
            {"sites": [{"label": "A", "wyckoff": "4a", "species": {"Li": 0.8, "Na": 0.4}, "xyz": [0, 0, 0]}]},
            "more than 1",
        ),
        ({"sites": [{"label": "A", "wyckoff": "4a", "species": {"Xx": 1}, "xyz": [0, 0, 0]}]}, "no element"),
        ({"z": "four"}, "z: .*four"),
        ({"z": "1/0"}, "no finite number"),
    ],
)
def test_bad_files_are_refused_with_the_reason(tmp_path: Path, change: dict[str, object], message: str) -> None:
    good = yaml.safe_load((data_dir() / "prototypes" / "lif.yaml").read_text())
    path = tmp_path / "lif.yaml"
    path.write_text(yaml.safe_dump(good))
    assert read_prototype(path).name == "lif"
    path.write_text(yaml.safe_dump(good | change))
    with pytest.raises(IntegrityError, match=message):
        read_prototype(path)


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="garnet_li5"):
        prototype("garnett")
