"""Objects of a Python session become the candidates that files of the same materials become."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Composition, Lattice, Structure
from pymatgen.io.ase import AseAtomsAdaptor

from ssbscreen.core.errors import UsageError
from ssbscreen.readers.inputs import load_inputs
from ssbscreen.readers.objects import candidates_of
from ssbscreen.readers.polymer_text import canonical_salt
from ssbscreen.readers.salt_names import SALT_NAMES

ROCK_SALT = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.14), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
LICOO2 = Structure.from_spacegroup(
    "R-3m", Lattice.hexagonal(2.82, 14.05), ["Li", "Co", "O"], [[0, 0, 0.5], [0, 0, 0], [0, 0, 0.24]]
)


def test_structure_atoms_and_file_are_one_candidate(tmp_path):
    ROCK_SALT.to(filename=str(tmp_path / "LiCl.cif"))
    (from_file,) = load_inputs([tmp_path / "LiCl.cif"]).candidates
    for thing in (
        ROCK_SALT,
        ROCK_SALT.get_primitive_structure(),
        AseAtomsAdaptor.get_atoms(ROCK_SALT),
        tmp_path / "LiCl.cif",
    ):
        (found,) = candidates_of(thing).candidates
        assert found.space_group == from_file.space_group == 225
        assert found.crystal is not None
        assert from_file.crystal is not None
        assert found.crystal.n_sites == from_file.crystal.n_sites == 2
        assert found.crystal.volume == pytest.approx(from_file.crystal.volume, rel=1e-4)
    assert candidates_of(ROCK_SALT).candidates[0].candidate_id == "LiCl"


def test_texts_are_formulas_names_polymers_or_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ROCK_SALT.to(filename="LiCl.cif")
    found = candidates_of(["Li6PS5Cl", "LLZO", "*CCO*", "LiCl.cif", "LiCl*H2O"]).candidates
    assert [c.candidate_id for c in found] == ["Li6PS5Cl", "LLZO", "*CCO*", "LiCl.cif", "LiCl*H2O"]
    assert found[0].composition == Composition("Li6PS5Cl")
    assert found[1].formula == "Li7La3Zr2O12"
    assert found[2].polymer is not None
    assert found[2].polymer.smiles == "*CCO*"
    assert found[3].crystal is not None
    assert found[4].composition == Composition("LiClH2O")


def test_rows_say_salt_and_amount():
    (found,) = candidates_of({"smiles": "*CCO*", "salt_smiles": "LiTFSI", "molality": 1.2}).candidates
    assert found.polymer is not None
    assert found.polymer.salt_smiles == canonical_salt("O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F.[Li+]")
    assert found.polymer.molality == 1.2


def test_a_table_is_read_as_its_file_is(tmp_path):
    frame = pd.DataFrame(
        {"formula": ["Li3YCl6", "Li3PS4", "x", None], "id": ["a", "b", "c", "d"], "T": [25, 60.0, None, 1]}
    )
    frame.to_csv(tmp_path / "table.csv", index=False)
    ours, theirs = candidates_of(frame), load_inputs([tmp_path / "table.csv"])
    assert [(c.candidate_id, c.formula, c.temperature_c) for c in ours.candidates] == [
        (c.candidate_id, c.formula, c.temperature_c) for c in theirs.candidates
    ]
    assert len(ours.rejected) == len(theirs.rejected) == 2


def test_a_series_names_its_candidates_and_repeats_are_numbered():
    series = pd.Series(["Li3PS4", ROCK_SALT], index=["mine", "yours"])
    assert [c.candidate_id for c in candidates_of(series).candidates] == ["mine", "yours"]
    assert [c.candidate_id for c in candidates_of(pd.Series(["Li3PS4", "Li3PS4"])).candidates] == ["Li3PS4", "Li3PS4#1"]


def test_an_electrode_has_two_ends():
    charged = LICOO2.copy()
    charged.remove_species(["Li"])
    (found,) = candidates_of({"charged": charged, "discharged": LICOO2}).candidates
    assert found.charged is not None
    assert found.formula == "LiCoO2"
    assert "charged and discharged" in candidates_of({"charged": charged}).rejected[0].reason


@pytest.mark.parametrize(
    ("thing", "word"),
    [("Lx3", "no element"), (3.5, "float is no material"), ("", "empty"), (ROCK_SALT.cart_coords, "no material")],
)
def test_what_cannot_be_read_has_its_reason(thing, word):
    found = candidates_of(thing)
    assert not found.candidates
    assert word in found.rejected[0].reason


def test_nothing_is_refused():
    with pytest.raises(UsageError, match="give a pymatgen Structure"):
        candidates_of([])


def test_atoms_without_a_cell_are_no_crystal():
    from ase import Atoms

    assert "no unit cell" in candidates_of(Atoms("LiCl", positions=np.eye(3)[:2])).rejected[0].reason


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("LiTFSI", "C2F6LiNO4S2"),
        ("LiFSI", "F2LiNO4S2"),
        ("LiBETI", "C4F10LiNO4S2"),
        ("LiOTf", "CF3LiO3S"),
        ("LiClO4", "ClLiO4"),
        ("LiPF6", "F6LiP"),
        ("LiAsF6", "AsF6Li"),
        ("LiBF4", "BF4Li"),
        ("LiBOB", "C4BLiO8"),
        ("LiDFOB", "C2BF2LiO4"),
        ("LiSCN", "CLiNS"),
        ("LiNO3", "LiNO3"),
        ("LiCl", "ClLi"),
        ("LiBr", "BrLi"),
        ("LiI", "ILi"),
    ],
)
def test_salts_by_name_are_what_the_name_says(name, formula):
    from rdkit import Chem
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    assert name in SALT_NAMES
    assert CalcMolFormula(Chem.MolFromSmiles(canonical_salt(name))) == formula
    assert canonical_salt(f" {name.lower()} ") == canonical_salt(name)
