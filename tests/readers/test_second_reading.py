"""A CIF that declares nothing is read twice: contradictions are refused, and good files are not."""

import zipfile

import gemmi
import numpy as np
import pytest

from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.readers import second_reading
from ssbscreen.readers.formats import cif as cif_reader
from ssbscreen.readers.formats.cif import read_cif
from ssbscreen.readers.second_reading import second_objection

OLIVINE = """data_olivine
{symmetry}
_cell_length_a 10.33
_cell_length_b 6.01
_cell_length_c 4.69
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
{declared}
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Li1 0 0 0
Fe1 0.2822 0.25 0.9747
P1 0.0948 0.25 0.4180
O1 0.0968 0.25 0.7429
O2 0.4573 0.25 0.2060
O3 0.1656 0.0465 0.2848
"""
NAME = "_symmetry_space_group_name_H-M 'P n m a'"
OTHER_HALL = "_space_group_name_Hall 'P 2c -2n'"  # P n a 21, a subgroup: atoms of the mirror plane are not doubled


def olivine(symmetry=NAME, declared=""):
    return OLIVINE.format(symmetry=symmetry, declared=declared)


@pytest.fixture
def asked(monkeypatch):
    """How often a file was read a second time."""
    calls = []

    def counted(block, first):
        calls.append(block.name)
        return second_objection(block, first)

    monkeypatch.setattr(cif_reader, "second_objection", counted)
    return calls


def test_only_what_declares_nothing_is_read_twice(asked):
    assert read_cif(olivine())[0].crystal.n_sites == 28
    assert asked == ["olivine"]
    for declared in ("_chemical_formula_sum 'Li Fe P O4'", "_exptl_crystal_density_diffrn 3.60"):
        read_cif(olivine(declared=declared))
    assert asked == ["olivine"]
    read_cif(olivine(declared="_cell_formula_units_Z 4"))  # of what, the file does not say
    assert asked == ["olivine"] * 2


def test_a_file_that_contradicts_itself_is_refused_with_both_readings():
    with pytest.raises(InputError, match="LiFePO3 with 24 atoms in the cell, or by pymatgen LiFePO4 with 28 atoms"):
        read_cif(olivine(f"{OTHER_HALL}\n{NAME}"))


def changed(crystal, **changes):
    values = {name: getattr(crystal, name) for name in ("lattice", "frac", "occupant_site", "occupant_z", "occupancy")}
    return Crystal(**values | changes)


def test_a_first_reading_that_loses_moves_or_mistakes_atoms_is_caught():
    block = gemmi.cif.read_string(olivine()).sole_block()
    good = read_cif(olivine())[0].crystal
    assert second_objection(block, good) == ""
    half = np.where(good.occupant_z == 3, 0.5, 1.0)
    manganese = np.where(good.occupant_z == 26, 25, good.occupant_z)
    moved = good.frac + np.where(np.arange(28) == 20, 0.06, 0.0)[:, None]
    for wrong, why in (
        (changed(good, occupancy=half), "LiFe2(PO4)2 with 26 atoms in the cell, or by pymatgen LiFePO4 with 28 atoms"),
        (changed(good, occupant_z=manganese), "LiMnPO4 with 28 atoms in the cell, or by pymatgen LiFePO4 with 28"),
        (changed(good, frac=moved), "nearest atoms differ by up to 0."),
    ):
        assert why in second_objection(block, wrong)


SPINEL = """data_spinel
_symmetry_space_group_name_H-M '{name}'
_cell_length_a 8.24
_cell_length_b 8.24
_cell_length_c 8.24
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Li1 0.125 0.125 0.125
Mn1 0.5 0.5 0.5
O1 0.2632 0.2632 0.2632
"""


@pytest.mark.parametrize("name", ["F d -3 m", "F d -3 m:2", "F d -3 m S", "Fd3m"])
def test_where_pymatgen_errs_there_is_no_second_reading(name):
    # it takes the first origin, or all atoms for listed where it does not know the name
    text = SPINEL.format(name=name)
    if name == "F d -3 m S":
        with pytest.raises(InputError):  # the first origin, with these coordinates, puts atoms on one another
            read_cif(text)
        return
    found = read_cif(text)[0].crystal
    assert (found.composition.reduced_formula, found.n_sites) == ("LiMn2O4", 56)


def test_alternatives_without_occupancy_are_no_contradiction():
    text = SPINEL.format(name="P 1").replace("_z\n", "_z\n_atom_site_disorder_group\n")
    text = text.replace("0.125\n", "0.125 .\n").replace("0.5\n", "0.5 1\n").replace("0.2632\n", "0.2632 .\n")
    assert read_cif(text + "Mn2 0.53 0.5 0.5 2\n")[0].crystal.composition.reduced_formula == "LiMnO"


def test_published_files_without_their_declarations_are_all_read(mirror, asked, monkeypatch):
    seen = []
    read = second_reading._read
    monkeypatch.setattr(second_reading, "_read", lambda block: seen.append(read(block)) or seen[-1])
    with zipfile.ZipFile(mirror / "obelix" / "train_cifs.zip") as archive:
        names = sorted(n for n in archive.namelist() if n.endswith(".cif") and "__MACOSX" not in n)[::24]
        texts = [archive.read(n).decode() for n in names]
    for text in texts:
        block = next(b for b in gemmi.cif.read_string(text) if b.find_loop("_atom_site_fract_x"))
        for item in [i for i in block if (i.pair is not None and "formula" in i.pair[0]) or "density" in str(i.pair)]:
            item.erase()
        read_cif(block.as_string())
    assert len(asked) == len(texts) > 8
    assert sum(found is not None for found in seen) == len(texts)
