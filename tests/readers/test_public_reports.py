"""Files that other programs were reported to misread: small inputs of our own, made after the reports.

Each folder of `public_reports` is one report; `clean` files say the same without the trap.
"""

from pathlib import Path

import numpy as np
import pytest

from ssbscreen.readers.inputs import load_inputs

REPORTS = Path(__file__).with_name("public_reports")


def read(report):
    """Candidates by the first part of their id, and reasons by input."""
    records = load_inputs([next(REPORTS.glob(f"{report}-*"))])
    return {c.candidate_id: c for c in records.candidates}, {r.input: r.reason for r in records.rejected}


def assert_same(one, other):
    """The same crystal: composition, atoms in the primitive cell, density, symmetry, and all distances."""
    assert one.formula == other.formula
    assert one.space_group == other.space_group
    a, b = one.crystal, other.crystal
    assert a.n_atoms == pytest.approx(b.n_atoms, rel=1e-6)
    assert a.density == pytest.approx(b.density, rel=1e-5)
    first, second = (np.sort(x.to_structure().distance_matrix.ravel()) for x in (a, b))
    np.testing.assert_allclose(first, second, atol=1e-3)


@pytest.mark.parametrize(
    ("report", "formula", "n_sites", "density"),
    [
        ("01", "LiFePO4", 28, 3.60),
        ("03", "LiMn2O4", 14, 4.28),
        ("05", "LiMn2O4", 14, 4.28),
        ("06", "LiFePO4", 28, 3.60),
        ("13", "LiCl", 2, 2.09),
        ("22", "LiCl", 2, 2.09),
        ("23", "LiCl", 2, 2.09),
        ("24", "LiCl", 2, 2.09),
        ("25", "LiCl", 2, 2.09),
        ("27", "LiCl", 2, 2.09),
        ("34", "LiCl", 2, 2.09),
    ],
)
def test_every_file_of_a_report_is_the_clean_crystal(report, formula, n_sites, density):
    found, rejected = read(report)
    assert not rejected
    clean = next((c for name, c in found.items() if "clean" in name), next(iter(found.values())))
    assert (clean.formula, clean.crystal.n_sites) == (formula, n_sites)
    assert clean.crystal.density == pytest.approx(density, abs=0.006)
    for candidate in found.values():
        assert_same(candidate, clean)


def test_a_split_site_beside_an_axis_keeps_all_of_its_lithium():
    found, _ = read("10")
    assert found["latp.cif"].crystal.composition.as_dict() == pytest.approx(
        {"Li": 7.8 / 3, "Al": 1.8 / 3, "Ti": 10.2 / 3, "P": 18.0 / 3, "O": 72.0 / 3}, rel=1e-6
    )


def test_occupancies_are_read_or_refused_and_never_taken_as_full():
    found, rejected = read("11")
    lithium = {name: c.crystal.composition["Li"] for name, c in found.items()}
    assert lithium == pytest.approx({"clean_full.cif": 3, "clean_half.cif": 1.5, "comma.cif": 0.75, "half.cif": 1.5})
    assert "'0.5?' of atom 'Li1'" in rejected["query.cif"]


def test_an_occupancy_may_carry_its_error_or_be_left_open():
    found, _ = read("12")
    assert found["x.cif"].crystal.composition["Li"] == pytest.approx(3 * 0.723)
    assert_same(found["x.cif"], found["clean.cif"])
    assert_same(found["q.cif"], found["clean1.cif"])


def test_of_alternatives_without_occupancy_one_is_taken():
    found, _ = read("14")
    assert found["x.cif"].formula == found["clean.cif"].formula == "LiCl"


def test_one_bad_block_does_not_take_the_others():
    found, rejected = read("16")
    for file in ("with_formula.cif", "without.cif"):
        assert {f"{file}#0", f"{file}#2"} <= set(found)
        assert "Xx" in rejected[f"{file}#1"]


def test_water_without_hydrogen_is_refused_by_its_label():
    found, rejected = read("18")
    assert not found
    assert all("Wat1" in reason for reason in rejected.values())


def test_a_broken_loop_and_a_repeated_tag_are_named():
    found, rejected = read("19")
    assert not found
    assert "loop" in rejected["loop.cif"]
    assert "_cell_length_a" in rejected["tag.cif"]


def test_atoms_on_both_borders_are_one_and_two_on_one_position_are_refused():
    found, rejected = read("20")
    assert_same(found["borders/POSCAR"], found["clean/POSCAR_clean"])
    assert "Li" in rejected["twice/POSCAR_twice"]
    assert "Na" in rejected["twice/POSCAR_twice"]


def test_what_is_not_periodic_is_no_bulk():
    found, rejected = read("29")
    assert set(found) == {"clean/POSCAR_clean"}
    assert "not periodic along c" in rejected["slab.extxyz"]
    assert "not periodic along a and b and c" in rejected["cluster.extxyz"]


def test_one_frame_without_a_cell_does_not_take_the_others():
    found, rejected = read("31")
    assert {name for name in found if name.startswith("md")} == {"md.extxyz#0", "md.extxyz#2"}
    assert "no unit cell" in rejected["md.extxyz#1"]


def test_nan_in_another_field_is_no_reason_to_refuse_a_line():
    found, rejected = read("32")
    assert {"a0", "a1", "a2"} <= set(found)
    assert not rejected
