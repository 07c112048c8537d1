"""Inputs read in pieces give what they give when they are read at once."""

import gzip
import json

import pytest

from ssbscreen.readers.inputs import load_inputs
from ssbscreen.readers.pieces import Piece, cut, read

CELL = {"lattice": [4.03, 4.03, 4.03, 90, 90, 90], "species": ["Li", "F"], "frac": [[0, 0, 0], [0.5, 0.5, 0.5]]}
TABLE = "".join(
    f"{name},{formula},{smiles},{temperature}\n"
    for name, formula, smiles, temperature in [
        ("candidate_id", "composition", "smiles", "temperature"),
        ("a", "Li3PS4", "", "25"),
        ("", "Li2S", "", ""),
        ('"b, second"', "Li7La3Zr2O12", "", "298"),
        ("c", "nonsense", "", ""),
        ("d", "", "*CCO*", "60"),
        ("é", "Li3InCl6", "", "cold"),
        ("f", "LiF", "", ""),
    ]
)


def in_pieces(path, size):
    """Candidates and reasons of all pieces, each through bytes."""
    groups = [[Piece.unpacked(piece.packed()) for piece in group] for group in cut(path, size)]
    found = [read(piece) for group in groups for piece in group]
    return [c for part in found for c in part.candidates], [r for part in found for r in part.rejected]


@pytest.fixture(params=["lines", "packed lines", "table", "without ids", "tabs", "folder", "empty folder", "spoiled"])
def path(request, tmp_path):
    lines = [json.dumps({"id": f"m{i}", **CELL}) for i in range(7)] + ["", "{no json", json.dumps(CELL), "[1]"]
    text = "\n".join(lines) + "\n"
    folder = tmp_path / "folder"
    folder.mkdir()
    if request.param == "folder":
        for i in range(5):
            (folder / f"{i}.jsonl").write_text(lines[i])
        (folder / "other.xyz.txt").write_text("no structure")
        (folder / "table.csv").write_text(TABLE)
    contents = {
        "lines": ("a.jsonl", text.encode()),
        "packed lines": ("a.jsonl.gz", gzip.compress(text.encode())),
        "table": ("a.csv", TABLE.encode()),
        "without ids": ("a.csv", b"formula\nLi3PS4\n\nnonsense\nLi2S\nLi3N\n"),
        "tabs": ("a.tsv", "\ufeff".encode() + TABLE.replace('"b, second"', "b").replace(",", "\t").encode()),
        "spoiled": ("a.jsonl.gz", gzip.compress(text.encode())[:-20]),
    }
    if request.param not in contents:
        return folder
    name, content = contents[request.param]
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pieces_hold_what_the_whole_holds(path, size):
    whole = load_inputs([path])
    candidates, rejected = in_pieces(path, size)
    assert [c.candidate_id for c in candidates] == [c.candidate_id for c in whole.candidates]
    assert [(c.composition, c.polymer, c.temperature_c, c.doubt, c.provenance) for c in candidates] == [
        (c.composition, c.polymer, c.temperature_c, c.doubt, c.provenance) for c in whole.candidates
    ]
    assert len(rejected) == len(whole.rejected)
    if not any("read on" in r.reason for r in rejected):  # how far, is said at another place
        assert sorted((r.input, r.reason) for r in rejected) == sorted((r.input, r.reason) for r in whole.rejected)


def test_no_piece_is_larger_than_asked_for(tmp_path):
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"id": f"m{i}", **CELL}) for i in range(10)))
    sizes = [len(read(piece).candidates) for group in cut(tmp_path / "a.jsonl", 4) for piece in group]
    assert sizes == [4, 4, 2]


def test_a_table_beyond_the_limit_of_one_that_is_read_at_once(tmp_path):
    rows = 3000
    (tmp_path / "a.csv").write_text(
        "candidate_id,composition,remark\n" + "".join(f"m{i},Li3PS4,{'x' * 8000}\n" for i in range(rows))
    )
    assert "limit" in load_inputs([tmp_path / "a.csv"]).rejected[0].reason
    groups = list(cut(tmp_path / "a.csv", 1000))
    assert len(groups) == 3
    assert len(read(groups[-1][0]).candidates) == 1000
