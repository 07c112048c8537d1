"""Files that can be read and are not what they seem: each is read as meant, or refused with the reason."""

import json
import re

import gemmi
import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.io.cif import CifWriter

from ssbscreen.readers.inputs import load_inputs
from ssbscreen.readers.plausibility import looks_cartesian
from ssbscreen.readers.space_groups import settings_named

SALT = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.13), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
POSITIONS = "0 0 0\n0 .5 .5\n.5 0 .5\n.5 .5 0\n.5 .5 .5\n.5 0 0\n0 .5 0\n0 0 .5\n"
HEADER = "LiCl\n1.0\n5.13 0 0\n0 5.13 0\n0 0 5.13\nLi Cl\n4 4\n"
POSCAR = HEADER + "Direct\n" + POSITIONS
LISTED = "\n".join(POSITIONS.splitlines())


def cif(symmetry, atoms=("Li 0 0 0", "Cl 0.5 0.5 0.5"), cell=(5.13, 5.13, 5.13, 90, 90, 90)):
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    lines = [f"_cell_{name} {value}" for name, value in zip(names, cell, strict=True)]
    loop = ["loop_", "_atom_site_label", *(f"_atom_site_fract_{axis}" for axis in "xyz")]
    rows = [f"{atom.split()[0]}{i} {atom.split(maxsplit=1)[1]}" for i, atom in enumerate(atoms, 1)]
    return "\n".join(["data_x", symmetry, *lines, *loop, *rows]) + "\n"


def both(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    records = load_inputs([tmp_path / name])
    return records.candidates, [r.reason for r in records.rejected]


def formula_and_group(tmp_path, name, text):
    (candidate,), reasons = both(tmp_path, name, text)
    assert not reasons
    return candidate.formula, candidate.space_group, round(candidate.crystal.density, 2)


NAME = "_symmetry_space_group_name_H-M '{}'"
IDENTITY = "_symmetry_equiv_pos_as_xyz 'x,y,z'"


@pytest.mark.parametrize(
    "symmetry", [f"{NAME.format('F m -3 m')}\n{IDENTITY}", NAME.format("P 1") + "\n_space_group_IT_number 225"]
)
def test_two_statements_of_symmetry_that_do_not_agree_are_refused_unless_the_atoms_decide(tmp_path, symmetry):
    _, (reason,) = both(tmp_path, "x.cif", cif(symmetry))
    assert "leaves open whether" in reason
    complete = [f"{'Li' if i < 4 else 'Cl'} {line}" for i, line in enumerate(POSITIONS.splitlines())]
    assert formula_and_group(tmp_path, "y.cif", cif(symmetry, complete)) == ("LiCl", 225, 2.09)
    declared = f"{symmetry}\n_chemical_formula_sum 'Li Cl'\n_exptl_crystal_density_diffrn 2.09"
    assert formula_and_group(tmp_path, "z.cif", cif(declared)) == ("LiCl", 225, 2.09)


TITANATE = ("Li 0 0 0", "Ti 0 0 0.1418", "P 0.2903 0 0.25", "O 0.1864 0.9938 0.1905", "O 0.1645 0.4663 0.0818")


@pytest.mark.parametrize(
    "symmetry",
    ["_space_group_IT_number 167", *(NAME.format(n) for n in ("R -3 c :H (#167)", "R-3cH", "R -3 c", "R -3 2/c"))],
)
def test_hexagonal_axes_of_a_rhombohedral_group_are_told_by_the_cell(tmp_path, symmetry):
    found = formula_and_group(tmp_path, "x.cif", cif(symmetry, TITANATE, (8.512, 8.512, 20.858, 90, 90, 120)))
    assert found == ("LiTi2(PO4)3", 167, 2.95)


def test_every_setting_is_found_by_every_spelling_of_its_name():
    def operations(rotations, shifts):
        rows = np.hstack([np.round(rotations).reshape(-1, 9), np.round(np.mod(shifts + 1e-6, 1.0), 3)])
        return {tuple(row) for row in rows.tolist()}

    missed = set()
    for group in gemmi.spacegroup_table():
        seitz = np.array([op.float_seitz() for op in group.operations()])
        truth = operations(seitz[:, :3, :3], seitz[:, :3, 3])
        plain = group.hm
        for name in (group.xhm(), plain, plain.replace(" ", ""), plain.replace(" ", "_"), f"{plain} ({group.number})"):
            if not any(operations(*setting.operations) == truth for setting in settings_named(name)):
                missed.add(group.xhm())
    assert missed <= {"B b c b:1"}  # listed by gemmi alone


def test_a_position_listed_twice_is_a_mistake_and_one_on_both_borders_is_not(tmp_path):
    _, (reason,) = both(tmp_path, "x.cif", cif(NAME.format("P 1"), ("Li 0 0 0", "Li 0 0 0", "Cl 0.5 0.5 0.5")))
    assert "'Li1' and 'Li2' are listed on one position" in reason
    _, (reason,) = both(tmp_path, "POSCAR", HEADER.replace("Li Cl\n4 4", "Li\n2") + "Direct\n0 0 0\n0 0 0\n")
    assert "atoms 1 (Li) and 2 (Li) lie 0.00 angstrom apart" in reason
    borders = cif(NAME.format("P 1"), ("Li 0 0 0", "Li 1 0 0", "Li 0 1 1", "Cl 0.5 0.5 0.5"))
    assert formula_and_group(tmp_path, "y.cif", borders)[0] == "LiCl"


def test_coordinates_in_angstrom_are_not_taken_for_fractions(tmp_path):
    angstrom = POSITIONS.replace(".5", "2.565")
    atoms = [f"{'Li' if i < 4 else 'Cl'} {line}" for i, line in enumerate(angstrom.splitlines())]
    structure = SALT.as_dict()
    for site in structure["sites"]:
        site["abc"] = site["xyz"]
    for name, text in (
        ("POSCAR", HEADER + "Direct\n" + angstrom),
        ("x.cif", cif(NAME.format("P 1"), atoms)),
        ("x.json", json.dumps(structure)),
    ):
        _, (reason,) = both(tmp_path, name, text)
        assert "would make sense in angstrom" in reason
    assert formula_and_group(tmp_path, "CONTCAR", HEADER + "Kartesian\n" + angstrom)[:2] == ("LiCl", 225)


def test_atoms_that_left_the_cell_are_not_taken_for_angstrom():
    rng = np.random.default_rng(0)
    for _ in range(200):
        lattice = np.diag(rng.uniform(4, 12, 3))
        inside = rng.random((8, 3))
        assert not looks_cartesian(inside + rng.integers(-3, 4, (8, 3)), lattice)
        assert not looks_cartesian(inside + np.array([2, 2, 0]), lattice)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (POSCAR.replace("4 4", "4 3"), "more positions than the 7"),
        (POSCAR.replace("4 4", "5 5"), "8 of its 10 atoms"),
        (POSCAR.replace("Direct\n", ""), "line 8 of the POSCAR says neither"),
        (POSCAR.replace(".5 .5 .5", "******** .5 .5"), "line 13 of the POSCAR holds no three"),
        (HEADER + "Selective dynamics\nDirect\n" + POSITIONS, "line 10 of the POSCAR lacks the three flags"),
        (HEADER + "Direct\n" + POSITIONS.replace("\n", " Na\n"), "atom 1 is Li by the line of symbols and Na by the"),
        (POSCAR.replace("1.0", "0.0", 1), "no unit cell"),
    ],
)
def test_a_poscar_that_contradicts_itself_is_refused_by_its_line(tmp_path, text, says):
    _, (reason,) = both(tmp_path, "POSCAR", text)
    assert says in reason


@pytest.mark.parametrize(
    "text",
    [
        POSCAR.replace("Li Cl", "Li_sv Cl"),
        POSCAR.replace("Li Cl", "Li_sv_GW Cl_GW"),
        POSCAR.replace("5.13", "5.13d0"),
        HEADER + "Selective dynamics\nDirect\n" + POSITIONS.replace("\n", " T T F\n"),
        POSCAR + "\n" + "0.001 0.002 0.003\n" * 8,
        POSCAR + "Direct\n" + "0.001 0.002 0.003\n" * 8,
        HEADER
        + "Direct\n"
        + "".join(f"{x} {e}\n" for x, e in zip(POSITIONS.splitlines(), ["Li"] * 4 + ["Cl"] * 4, strict=True)),
    ],
)
def test_what_vasp_writes_is_read(tmp_path, text):
    assert formula_and_group(tmp_path, "POSCAR", text) == ("LiCl", 225, 2.09)


def test_every_structure_of_a_trajectory_is_a_candidate(tmp_path):
    fixed = HEADER + "".join(f"Direct configuration= {i:5d}\n{POSITIONS}" for i in (1, 2, 3))
    candidates, reasons = both(tmp_path, "XDATCAR", fixed)
    assert [c.candidate_id for c in candidates] == ["XDATCAR#0", "XDATCAR#1", "XDATCAR#2"]
    assert not reasons
    varying = "".join(
        HEADER.replace("5.13", str(edge)) + f"Direct configuration= {i}\n{POSITIONS}"
        for i, edge in ((1, 5.13), (2, 5.3))
    )
    candidates, _ = both(tmp_path, "XDATCAR_npt", varying)
    assert [round(4 * c.crystal.volume, 3) for c in candidates] == [round(5.13**3, 3), round(5.3**3, 3)]
    candidates, (reason,) = both(tmp_path, "XDATCAR_cut", fixed[: fixed.rindex(".5 0 0")])
    assert len(candidates) == 2
    assert "5 of its 8 atoms" in reason


FRAME = '2\nLattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3\nLi 0 0 0\nCl 2 2 2\n'


def test_a_broken_frame_does_not_take_those_before_it(tmp_path):
    candidates, reasons = both(tmp_path, "x.extxyz", FRAME + FRAME.replace("2\n", "3\n", 1) + FRAME)
    assert [c.candidate_id for c in candidates] == ["x.extxyz#0"]
    assert len(reasons) == 2
    candidates, _ = both(tmp_path, "y.extxyz", FRAME + FRAME.replace("Li 0 0 0", "Li 0 zero 0") + FRAME)
    assert [c.candidate_id for c in candidates] == ["y.extxyz#0", "y.extxyz#2"]


def test_a_molecule_in_a_box_is_no_solid(tmp_path):
    for edge, says in ((7, "density of a molecule"), (10, "are empty")):
        text = f"x\n1\n{edge} 0 0\n0 {edge} 0\n0 0 {edge}\nLi F\n1 1\nCartesian\n0 0 0\n0 0 1.6\n"
        (candidate,), _ = both(tmp_path, f"POSCAR_{edge}", text)
        assert says in candidate.doubt
    (candidate,), _ = both(tmp_path, "x.cif", str(CifWriter(SALT)))
    assert not candidate.doubt


OPTIMADE = {
    "lattice_vectors": [[4, 0, 0], [0, 4, 0], [0, 0, 4]],
    "cartesian_site_positions": [[0, 0, 0], [2, 2, 2]],
    "species_at_sites": ["M", "O"],
    "species": [{"name": "M", "chemical_symbols": ["Li", "vacancy"], "concentration": [0.5, 0.5]}],
}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"dimension_types": [1, 1, 0]}, "not periodic"),
        ({"species_at_sites": ["M"]}, "do not fit"),
        ({"species_at_sites": ["M", "Q"]}, "'Q' is no element"),
        ({"lattice_vectors": [[4, 0, 0], [4, 0, 0], [0, 0, 4]]}, "no volume"),
        ({"cartesian_site_positions": None}, "do not fit|cannot be read"),
        ({"species": [{"name": "M", "chemical_symbols": ["Li", "Na"], "concentration": [0.8, 0.8]}]}, "more than 1"),
        ({"species": [{"name": "M"}]}, "cannot be read"),
    ],
)
def test_an_entry_of_a_database_that_cannot_be_used_is_told_why(tmp_path, changes, says):
    (candidate,), _ = both(tmp_path, "x.json", json.dumps({"data": {"id": "a", "attributes": OPTIMADE}}))
    assert candidate.composition.as_dict() == {"Li": 0.5, "O": 1.0}
    _, (reason,) = both(tmp_path, "y.json", json.dumps({"data": [{"id": "a", "attributes": OPTIMADE | changes}]}))
    assert re.search(says, reason)
