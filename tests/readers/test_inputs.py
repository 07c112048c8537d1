"""Every good file becomes a candidate and every bad one gets a reason."""

import gzip
import json

import numpy as np
import pytest
from ase.io import write
from pymatgen.core import Lattice, Structure
from pymatgen.io.ase import AseAtomsAdaptor
from pymatgen.io.cif import CifWriter

from ssbscreen.readers.inputs import load_inputs
from ssbscreen.readers.reading import Limits

ROCK_SALT = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.13), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
DISORDERED = Structure(
    Lattice.cubic(4.0), [{"Li": 0.5}, {"Ti": 0.7, "Al": 0.3}, "O"], [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0]]
)
LINE = {"id": "a", "lattice": [4.0, 4.0, 4.0, 90, 90, 90], "species": ["Li", "H"], "frac": [[0, 0, 0], [0.5, 0.5, 0.5]]}


def found(records):
    return {c.candidate_id: c for c in records.candidates}


def reasons(records):
    return {r.input: r.reason for r in records.rejected}


def test_a_folder_of_good_and_bad_files(tmp_path):
    text = str(CifWriter(ROCK_SALT))
    lines = text.strip().splitlines()
    (tmp_path / "good.cif").write_text(text)
    (tmp_path / "partial.cif").write_text(str(CifWriter(DISORDERED)))
    (tmp_path / "cut_in_a_line.cif").write_text(text[:-40])
    (tmp_path / "cut_in_the_header.cif").write_text(text[:120])
    (tmp_path / "cut_between_lines.cif").write_text("\n".join(lines[:-4]) + "\n")
    (tmp_path / "empty.cif").write_text("")
    (tmp_path / "blank.cif").write_text(" \n\n")
    (tmp_path / "binary.cif").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "binary_without_zeros.cif").write_bytes(bytes(range(1, 256)) * 8)
    (tmp_path / "notes.txt").write_text("not a structure")
    (tmp_path / "table.csv").write_text("candidate_id,composition\na,LiF\n")
    (tmp_path / ".hidden.cif").write_text("")
    sub = tmp_path / "sub" / "deeper"
    sub.mkdir(parents=True)
    ROCK_SALT.to(filename=str(sub / "POSCAR"), fmt="poscar")
    poscar = (sub / "POSCAR").read_text()
    (sub / "POSCAR_cut").write_text("\n".join(poscar.splitlines()[:10]))
    nameless = [line.replace("Li", "").replace("Cl", "") for i, line in enumerate(poscar.splitlines()) if i != 5]
    (sub / "POSCAR_nameless").write_text("\n".join(nameless))
    ROCK_SALT.to(filename=str(sub / "good.json"), fmt="json")
    (sub / "broken.json").write_text('{"lattice": ')
    (sub / "other.json").write_text('{"name": "value"}')
    atoms = AseAtomsAdaptor.get_atoms(ROCK_SALT)
    write(sub / "one.extxyz", atoms)
    write(sub / "frames.extxyz", [atoms, atoms])
    (sub / "molecule.xyz").write_text("2\n\nLi 0 0 0\nF 0 0 1.6\n")
    records = load_inputs([tmp_path])
    assert set(found(records)) == {
        "good.cif",
        "partial.cif",
        "sub/deeper/POSCAR",
        "sub/deeper/good.json",
        "sub/deeper/one.extxyz",
        "sub/deeper/frames.extxyz#0",
        "sub/deeper/frames.extxyz#1",
    }
    why = reasons(records)
    assert set(why) == {
        "cut_in_a_line.cif",
        "cut_in_the_header.cif",
        "cut_between_lines.cif",
        "empty.cif",
        "blank.cif",
        "binary.cif",
        "binary_without_zeros.cif",
        "notes.txt",
        "table.csv",
        "sub/deeper/POSCAR_cut",
        "sub/deeper/POSCAR_nameless",
        "sub/deeper/broken.json",
        "sub/deeper/other.json",
        "sub/deeper/molecule.xyz",
    }
    assert "empty" in why["empty.cif"]
    assert "binary" in why["binary.cif"]
    assert "binary" in why["binary_without_zeros.cif"]
    assert "incomplete" in why["cut_between_lines.cif"]
    assert "unit cell" in why["sub/deeper/molecule.xyz"]
    assert "no elements" in why["sub/deeper/POSCAR_nameless"]
    for name in ("good.cif", "sub/deeper/POSCAR", "sub/deeper/good.json", "sub/deeper/one.extxyz"):
        crystal = found(records)[name].crystal
        assert crystal.density == pytest.approx(ROCK_SALT.density, rel=1e-4)
        assert crystal.composition.reduced_formula == "LiCl"
    partial = found(records)["partial.cif"].crystal
    assert not partial.is_ordered
    assert partial.composition.as_dict() == pytest.approx({"Li": 0.5, "Ti": 0.7, "Al": 0.3, "O": 1.0})


def test_a_single_file_is_named_by_its_name_and_a_missing_one_is_told(tmp_path):
    (tmp_path / "a.cif").write_text(str(CifWriter(ROCK_SALT)))
    records = load_inputs([tmp_path / "a.cif", tmp_path / "none.cif", tmp_path / "a.cif"])
    assert set(found(records)) == {"a.cif"}
    assert sorted(r.reason.split(";")[0] for r in records.rejected) == [
        "an earlier input has the same id",
        "there is no such file or folder",
    ]


def test_limits_of_size_and_sites(tmp_path):
    (tmp_path / "a.cif").write_text(str(CifWriter(ROCK_SALT)))
    assert "limit of 4" in load_inputs([tmp_path], Limits(n_sites=4)).rejected[0].reason
    assert "MB" in load_inputs([tmp_path], Limits(n_bytes=100)).rejected[0].reason


def test_a_reading_that_takes_too_long_is_stopped(tmp_path, monkeypatch):
    import time

    from ssbscreen.readers import structures

    (tmp_path / "a.cif").write_text(str(CifWriter(ROCK_SALT)))
    monkeypatch.setattr(structures, "read_text", lambda *_: time.sleep(5))
    assert "longer than" in load_inputs([tmp_path], Limits(seconds=0.05)).rejected[0].reason


def test_an_impossible_density_is_refused(tmp_path):
    squeezed = Structure(Lattice.cubic(0.9), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    squeezed.to(filename=str(tmp_path / "POSCAR"), fmt="poscar")
    assert "density" in load_inputs([tmp_path]).rejected[0].reason


@pytest.mark.parametrize("packed", [False, True])
def test_json_lines(tmp_path, packed):
    lines = [
        json.dumps(LINE),
        json.dumps(LINE),
        json.dumps(ROCK_SALT.as_dict() | {"id": "b"}),
        json.dumps({"id": "c", "structure": DISORDERED.as_dict()}),
        json.dumps(ROCK_SALT.as_dict()),  # without an id, known by its place
        "{broken",
        "[]",
        json.dumps(LINE | {"id": "d", "species": ["Li", "Qq"]}),
        json.dumps(LINE | {"id": "e", "frac": [[0, 0, 0]]}),
        json.dumps(LINE | {"id": "f", "lattice": [4, 4, 4, 20, 20, 170]}),
        json.dumps(LINE | {"id": "g", "lattice": 4}),
        "",
        json.dumps(LINE | {"id": "h"}),
    ]
    data = "\n".join(lines).encode()
    path = tmp_path / ("x.jsonl.gz" if packed else "x.jsonl")
    path.write_bytes(gzip.compress(data) if packed else data)
    records = load_inputs([path])
    assert list(found(records)) == ["a", "b", "c", f"{path.name}#4", "h"]
    assert [r.input.rsplit(" ", 1)[1] for r in records.rejected] == ["2", "6", "7", "8", "9", "10", "11"]
    assert found(records)["a"].crystal.volume == pytest.approx(64.0)


def test_a_cut_gzip_gives_what_came_before_and_a_reason(tmp_path):
    rng = np.random.default_rng(0)
    lines = [json.dumps(LINE | {"id": f"n{i}", "frac": rng.random((2, 3)).tolist()}) for i in range(3000)]
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode())[:-2000])
    records = load_inputs([path])
    assert 0 < len(records.candidates) < 3000
    assert "cannot be read on" in records.rejected[-1].reason


def test_triclinic_cells_agree_with_pymatgen(tmp_path):
    cell = [5.1, 6.2, 7.3, 81.0, 96.0, 107.0]
    (tmp_path / "x.jsonl").write_text(json.dumps(LINE | {"lattice": cell}))
    crystal = load_inputs([tmp_path / "x.jsonl"]).candidates[0].crystal
    truth = Lattice.from_parameters(*cell).get_niggli_reduced_lattice()
    np.testing.assert_allclose(Lattice(crystal.lattice).parameters, truth.parameters, atol=1e-6)


TABLE = """candidate_id,composition,structure_file,smiles,salt_smiles,molality,molar_mass,temperature
glass,75Li2S-25P2S5,,,,,,
right,LiCl,s/POSCAR,,,,,60
wrong,Li2O,s/POSCAR,,,,,
file,,s/POSCAR,,,,,
broken,LiF,s/empty.cif,,,,,
lost,,s/none.cif,,,,,
polymer,,,[Cu]CCO[Au],[Li+].[O-][Cl+3]([O-])([O-])[O-],1.2,,60
dry,,,*CCO*,,,,
open,,,CCO,,,,
variable,xLi2S-P2S5,,,,,,
hot,Li3N,,,,,,hot
cold,Li3N,,,,,,-300
,Li3N,,,,,,
glass,Li3N,,,,,,
both,Li3N,,*CCO*,,,,
none,,,,,,,
negative,,,*CCO*,[Cl-].[Li+],-1,,
"""


def test_a_table(tmp_path):
    (tmp_path / "s").mkdir()
    ROCK_SALT.to(filename=str(tmp_path / "s" / "POSCAR"), fmt="poscar")
    (tmp_path / "s" / "empty.cif").write_text("")
    (tmp_path / "t.csv").write_text(TABLE)
    records = load_inputs([tmp_path / "t.csv"])
    good = found(records)
    assert set(good) == {"glass", "right", "wrong", "file", "broken", "polymer", "dry"}
    assert good["glass"].composition.reduced_formula == "Li3PS4"
    assert good["right"].crystal is not None
    assert good["right"].temperature_c == 60.0
    assert good["wrong"].crystal is None
    assert good["wrong"].composition.reduced_formula == "Li2O"
    assert good["file"].composition.reduced_formula == "LiCl"
    assert good["broken"].crystal is None
    assert good["polymer"].polymer.smiles == good["dry"].polymer.smiles
    assert (good["polymer"].polymer.molality, good["polymer"].polymer.molar_mass) == (1.2, None)
    assert good["dry"].temperature_c == 25.0
    lines = [int(r.input.split("line ")[1].split(" ")[0]) for r in records.rejected]
    assert lines == [4, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18]
    assert all(r.reason for r in records.rejected)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"candidate_id,density\na,2\n", "composition, structure_file or smiles"),
        (b"candidate_id,id_charge,id_discharge\na,b,c\n", "electrode"),
        (b"", "none"),
        (b"\x00\x01candidate_id", "binary"),
        (b"candidate_id,composition,composition\na,LiF,LiF\n", "twice"),
        (b"candidate_id,composition\n", "no rows"),
        (b"candidate_id,composition\na,LiF,surplus\n", "more fields"),
    ],
)
def test_a_table_that_makes_no_sense_is_told(tmp_path, content, says):
    (tmp_path / "t.csv").write_bytes(content)
    records = load_inputs([tmp_path / "t.csv"])
    assert not records.candidates
    assert says in records.rejected[0].reason


def test_a_table_from_a_spreadsheet_with_byte_order_mark(tmp_path):
    (tmp_path / "t.csv").write_bytes("﻿candidate_id,composition\r\na,LiF\r\n".encode())
    assert found(load_inputs([tmp_path / "t.csv"]))["a"].composition.reduced_formula == "LiF"


def test_real_structures_read_without_loss(mirror, tmp_path):
    with gzip.open(mirror / "mp_crystals" / "structures.jsonl.gz", "rb") as stream:
        lines = [stream.readline() for _ in range(2000)]
    (tmp_path / "x.jsonl").write_bytes(b"".join(lines))
    records = load_inputs([tmp_path / "x.jsonl"])
    assert len(records.candidates) == 2000
    assert not records.rejected
