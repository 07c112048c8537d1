"""Structure descriptors: values of known crystals, independence of the cell, disorder, what is absent."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pymatgen.core import Lattice, Structure

from ssbscreen.core.crystal import Crystal
from ssbscreen.core.symmetry import reduced, space_group_of
from ssbscreen.featurize.descriptors import DESCRIPTOR_NAMES, describe, scaled


def _antifluorite(a: float = 5.71, occupancy: float = 1.0) -> Structure:
    lithium = "Li" if occupancy == 1.0 else {"Li": occupancy}
    return Structure.from_spacegroup("Fm-3m", Lattice.cubic(a), [lithium, "S"], [[0.25] * 3, [0, 0, 0]])


def _named(crystal: Crystal) -> dict[str, float]:
    return dict(zip(DESCRIPTOR_NAMES, describe(crystal), strict=True))


def test_antifluorite_by_geometry() -> None:
    a = 5.71
    found = _named(Crystal.from_structure(_antifluorite(a)))
    assert found["Li-anion nearest"] == pytest.approx(a * np.sqrt(3) / 4)
    assert found["Li coordination"] == pytest.approx(4.0)
    assert found["Li-Li nearest"] == pytest.approx(a / 2)
    assert found["anion-anion nearest"] == pytest.approx(a / np.sqrt(2))
    assert found["log volume per atom"] == pytest.approx(np.log(a**3 / 12))
    assert found["log Li density"] == pytest.approx(np.log(8 / a**3))
    assert found["log density"] == pytest.approx(np.log(_antifluorite(a).density), abs=1e-3)
    assert found["Li occupancy"] == pytest.approx(1.0)
    assert found["Li site entropy"] == pytest.approx(0.0, abs=1e-9)
    for name in ("host site entropy", "Li-host nearest", "host-anion nearest"):
        assert np.isnan(found[name])  # there is no host atom: missing, not 0


def test_coordination_counts_the_first_shell_only() -> None:
    structure = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.13), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    found = _named(Crystal.from_structure(structure))
    assert found["Li coordination"] == pytest.approx(6.0)  # the next shell, at 1.73 times the distance, has 8
    assert found["Li-anion nearest"] == pytest.approx(5.13 / 2)


def test_vacant_lithium_sites_show_as_room_and_entropy() -> None:
    found = _named(Crystal.from_structure(_antifluorite(occupancy=0.5)))
    assert found["log Li sites per Li"] == pytest.approx(np.log(2))
    assert found["Li site entropy"] == pytest.approx(np.log(2))
    assert found["Li occupancy"] == pytest.approx(0.5)
    assert found["shared Li sites"] == pytest.approx(0.0)


def test_descriptors_do_not_depend_on_the_cell() -> None:
    structure = Structure.from_spacegroup(
        "P6_3/mmc",
        Lattice.hexagonal(3.9, 6.2),
        [{"Li": 0.7, "Na": 0.3}, "P", "S"],
        [[0, 0, 0], [1 / 3, 2 / 3, 0.25], [1 / 3, 2 / 3, 0.6]],
    )
    first = describe(Crystal.from_structure(structure))
    larger = describe(Crystal.from_structure(structure.copy() * (2, 1, 2)))
    np.testing.assert_allclose(larger, first, rtol=1e-7, atol=1e-9)
    rng = np.random.default_rng(0)
    moved = structure.copy()
    moved.translate_sites(range(len(moved)), rng.random(3))
    np.testing.assert_allclose(describe(Crystal.from_structure(moved)), first, rtol=1e-6, atol=1e-8)
    turned = Crystal.from_structure(structure)
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    turned = Crystal(turned.lattice @ q, turned.frac, turned.occupant_site, turned.occupant_z, turned.occupancy)
    np.testing.assert_allclose(describe(turned), first, rtol=1e-7, atol=1e-9)


def test_no_crystal_gives_missing_values_that_stay_missing() -> None:
    row = describe(Crystal.from_structure(_antifluorite()))
    assert np.isfinite(row).sum() == len(DESCRIPTOR_NAMES) - 3
    rows = np.stack([np.full_like(row, np.nan), row])
    torch.testing.assert_close(torch.isnan(scaled(torch.from_numpy(rows))), torch.from_numpy(np.isnan(rows)))


@pytest.mark.parametrize(("symbol", "number"), [("Fm-3m", 225), ("P6_3/mmc", 194), ("Pnma", 62)])
def test_space_group_is_found_with_disorder(symbol: str, number: int) -> None:
    lattice = {225: Lattice.cubic(5.7), 194: Lattice.hexagonal(3.9, 6.2), 62: Lattice.orthorhombic(6.1, 5.2, 8.4)}
    structure = Structure.from_spacegroup(
        symbol,
        lattice[number],
        [{"Li": 0.6, "Na": 0.2}, "S"],
        [[0.25, 0.25, 0.25], [0.02, 0.25, 0.3]]
        if number == 62
        else [[0.25, 0.25, 0.25], [0, 0, 0]]
        if number == 225
        else [[0, 0, 0], [1 / 3, 2 / 3, 0.25]],
    )
    assert space_group_of(Crystal.from_structure(structure)) == number


def test_reduced_cell_is_the_same_crystal() -> None:
    crystal = Crystal.from_structure(_antifluorite(occupancy=0.75))
    small = reduced(crystal)
    assert (crystal.n_sites, small.n_sites) == (12, 3)
    assert small.density == pytest.approx(crystal.density)
    np.testing.assert_allclose(describe(small), describe(crystal), rtol=1e-8, atol=1e-10)
    assert reduced(small).n_sites == 3
