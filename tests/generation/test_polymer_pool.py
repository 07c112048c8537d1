"""The polymer formulations: chemistry checked with rdkit, breadth, determinism, and refusal of bad tables."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from rdkit import Chem
from rdkit.Chem.Descriptors import MolWt

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import IntegrityError
from ssbscreen.core.recognition import recognise_family
from ssbscreen.generation import polymer_pool
from ssbscreen.generation.polymer_pool import MOLALITIES, generate, repeat_units, salts


@pytest.fixture(scope="module")
def pool() -> tuple[Candidate, ...]:
    return generate()


def test_breadth_and_uniqueness(pool: tuple[Candidate, ...]) -> None:
    assert len(repeat_units()) >= 60
    assert len(salts()) >= 8
    assert len(pool) >= 300
    assert len({c.candidate_id for c in pool}) == len(pool)
    assert len({c.polymer for c in pool}) == len(pool)
    used = Counter(c.candidate_id.split("/")[1] for c in pool)
    assert set(used) == {unit.name for unit in repeat_units()}
    assert max(used.values()) == min(used.values())


def test_repeat_units_are_valid_chains() -> None:
    for unit in repeat_units():
        molecule = Chem.MolFromSmiles(unit.smiles)
        assert molecule is not None, unit
        assert unit.smiles.count("*") == 2
        assert sum(atom.GetFormalCharge() for atom in molecule.GetAtoms()) == 0
        ends = [atom for atom in molecule.GetAtoms() if atom.GetAtomicNum() == 0]
        assert all(atom.GetDegree() == 1 for atom in ends)
        assert recognise_family(None, polymer_smiles=unit.smiles) != "other", unit


# Molar masses in g/mol of repeat units as data sheets give them.
@pytest.mark.parametrize(
    ("name", "mass"),
    [
        ("peo", 44.05),
        ("ppo", 58.08),
        ("pec", 88.06),
        ("pcl", 114.14),
        ("pvdf", 64.03),
        ("pan", 53.06),
        ("pmma", 100.12),
        ("pdms", 74.15),
        ("ptmc", 102.09),
        ("pva", 44.05),
        ("lpei", 43.07),
        ("meep", 283.26),
    ],
)
def test_mass_of_well_known_repeat_units(name: str, mass: float) -> None:
    unit = next(unit for unit in repeat_units() if unit.name == name)
    assert MolWt(Chem.MolFromSmiles(unit.smiles)) == pytest.approx(mass, abs=0.03)


@pytest.mark.parametrize(
    ("name", "mass"),
    [
        ("LiTFSI", 287.09),
        ("LiFSI", 187.07),
        ("LiOTf", 156.01),
        ("LiClO4", 106.39),
        ("LiBF4", 93.75),
        ("LiPF6", 151.91),
        ("LiBOB", 193.79),
        ("LiDFOB", 143.77),
        ("LiTDI", 192.05),
        ("LiBETI", 387.10),
    ],
)
def test_mass_and_charge_of_salts(name: str, mass: float) -> None:
    molecule = Chem.MolFromSmiles(next(salt.smiles for salt in salts() if salt.name == name))
    assert MolWt(molecule) == pytest.approx(mass, abs=0.05)
    assert Chem.GetFormalCharge(molecule) == 0
    assert sum(atom.GetSymbol() == "Li" for atom in molecule.GetAtoms()) == 1


def test_formulations_are_complete(pool: tuple[Candidate, ...]) -> None:
    names = {(unit.name, unit.smiles) for unit in repeat_units()}
    by_salt = {salt.name: salt.smiles for salt in salts()}
    for candidate in pool:
        kind, unit, salt, molality = candidate.candidate_id.split("/")
        assert kind == "polymer"
        assert (unit, candidate.polymer.smiles) in names
        assert candidate.polymer.salt_smiles == by_salt[salt]
        assert candidate.polymer.molality == float(molality)
        assert candidate.polymer.molality in MOLALITIES
        assert candidate.polymer.molar_mass > 10_000  # a solid, not an oligomer
    assert 0.5 <= min(MOLALITIES) <= max(MOLALITIES) <= 4


def test_seeded_and_cut(pool: tuple[Candidate, ...]) -> None:
    assert [c.candidate_id for c in generate()] == [c.candidate_id for c in pool]
    assert {c.candidate_id for c in generate(seed=1)} != {c.candidate_id for c in pool}
    few = generate(n_max=5)
    assert [c.candidate_id for c in few] == [c.candidate_id for c in pool[:5]]


def test_peo_litfsi_is_known_and_an_odd_pair_is_not(pool: tuple[Candidate, ...]) -> None:
    by_id = {c.candidate_id: c for c in pool}
    assert by_id["polymer/peo/LiTFSI/1"].is_known
    assert "PEO" in by_id["polymer/peo/LiTFSI/1"].label
    assert not by_id["polymer/pemalonate/LiTFSI/1"].is_known


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("bad,a bad one,*CC(,polyether", "cannot be read"),
        ("bad,one end,*CCO,polyether", "1 ends"),
        ("peo,again,*CCCO*,polyether", "same name"),
        ("again,the same,*OCC*,polyether", "same smiles"),
    ],
)
def test_bad_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str, message: str) -> None:
    (tmp_path / "polymers").mkdir()
    table = "name,title,smiles,chemistry\npeo,poly(ethylene oxide),*CCO*,polyether\n" + row + "\n"
    (tmp_path / "polymers" / "repeat_units.csv").write_text(table)
    monkeypatch.setattr(polymer_pool, "data_dir", lambda: tmp_path)
    with pytest.raises(IntegrityError, match=message):
        repeat_units.__wrapped__()
