"""Files that would cost too much, or name what they must not: refused within 2 s and 1 GB, with the reason."""

import bz2
import gzip
import json
import lzma
import os
import re
import subprocess
import sys

import ase.io.extxyz  # the parsers are loaded before the cost is measured
import ase.io.vasp  # noqa: F401
import openpyxl  # noqa: F401
import pytest
from bounded_child import BYTES, SECONDS, cost_of
from hostile_files import HOSTILE, cif, structure, table
from rdkit import Chem  # noqa: F401

from ssbscreen.readers.inputs import load_inputs
from ssbscreen.readers.reasons import MAX_REASONS


def read_bounded(path):
    """Records of a file, read in a child that may use 2 s and 1 GB."""
    cost = cost_of(lambda: load_inputs([path]))
    assert cost.result is not None, "the child ended, or was ended"
    assert not isinstance(cost.result, BaseException), repr(cost.result)
    assert cost.seconds < SECONDS
    assert cost.n_bytes < BYTES
    return cost.result


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_at_once_with_its_reason(name, tmp_path):
    make, words = HOSTILE[name]
    content = make()
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    found = read_bounded(tmp_path / name)
    assert not found.candidates or not words
    for one in found.rejected:
        assert re.search(words, one.reason)
        assert len(one.input) <= 300
        assert len(one.reason) <= 500


@pytest.mark.parametrize(
    ("name", "pack", "chunk", "times", "words"),
    [
        ("spaces.cif.gz", gzip.compress, b" " * 10_000_000, 200, "20 MB"),
        ("spaces.json.bz2", bz2.compress, b" " * 10_000_000, 40, "20 MB"),
        ("spaces.csv.xz", lzma.compress, b" " * 10_000_000, 40, "20 MB"),
        ("spaces.jsonl.gz", gzip.compress, b" " * 10_000_000, 200, "200 times"),
        ("newlines.jsonl.gz", gzip.compress, b"\n" * 10_000_000, 10, "200 times"),
    ],
)
def test_a_small_file_that_unpacks_to_gigabytes_is_refused(name, pack, chunk, times, words, tmp_path):
    (tmp_path / name).write_bytes(pack(chunk) * times)  # each kind may be written one behind the other
    found = read_bounded(tmp_path / name)
    assert not found.candidates
    assert words in found.rejected[0].reason


@pytest.mark.parametrize("name", ["bad.jsonl.gz", "bad.jsonl", "bad.csv"])
def test_of_many_bad_lines_a_thousand_reasons_are_kept_and_the_rest_is_counted(name, tmp_path):
    n_lines, head = (900_000, b"candidate_id,composition\n") if name.endswith("csv") else (2_000_000, b"")
    with (gzip.open if name.endswith("gz") else open)(tmp_path / name, "wb") as stream:
        stream.write(head + b"x,#\n" * n_lines)
    found = read_bounded(tmp_path / name)
    assert len(found.rejected) == MAX_REASONS + 1
    assert found.n_rejected == pytest.approx(n_lines, abs=1)


def test_bad_lines_behind_good_ones_are_tried_and_counted(tmp_path):
    good = json.dumps(structure(1) | {"id": "good"})
    (tmp_path / "a.jsonl").write_text(f"{good}\n" + "x\n" * 3000 + good.replace("good", "last") + "\n")
    found = load_inputs([tmp_path / "a.jsonl"])
    assert [c.candidate_id for c in found.candidates] == ["good", "last"]
    assert (len(found.rejected), found.n_rejected) == (MAX_REASONS + 1, 3000)


def test_a_long_line_is_one_line(tmp_path):
    good = json.dumps(structure(1) | {"id": "good"})
    (tmp_path / "a.jsonl").write_bytes(b"x" * 50_000_000 + b"\n" + good.encode() + b"\n")
    found = read_bounded(tmp_path / "a.jsonl")
    assert [(r.input, r.reason) for r in found.rejected] == [
        ("a.jsonl: line 1", "the line is longer than a structure may be")
    ]
    assert [c.candidate_id for c in found.candidates] == ["good"]


def test_classes_that_a_file_names_are_neither_imported_nor_called(tmp_path, monkeypatch):
    (tmp_path / "planted.py").write_text("open('reached', 'w').close()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    planted = {"@module": "planted", "@class": "Popen", "args": ["touch", "reached"]}
    (tmp_path / "a.json").write_text(json.dumps(structure(1, x=planted) | {"properties": planted}))
    assert len(load_inputs([tmp_path / "a.json"]).candidates) == 1
    assert not (tmp_path / "reached").exists()


@pytest.mark.parametrize("file", ["../out.cif", "{outside}/out.cif", "link.cif", "down/../../out.cif", "loop.cif"])
def test_a_table_opens_nothing_outside_its_folder(file, tmp_path):
    (tmp_path / "out.cif").write_text(cif(["x,y,z"], ["Li1 .1 .2 .3"]))
    folder = tmp_path / "in"
    (folder / "down").mkdir(parents=True)
    (folder / "link.cif").symlink_to(tmp_path / "out.cif")
    (folder / "loop.cif").symlink_to(folder / "loop.cif")
    (folder / "t.csv").write_text(table(file.format(outside=tmp_path), "structure_file"))
    found = load_inputs([folder / "t.csv"])
    assert not found.candidates
    assert re.search("outside the folder|cannot be opened|loop", found.rejected[0].reason)


def test_devices_pipes_and_folders_are_no_files(tmp_path):
    (tmp_path / "x.cif").mkdir()
    os.mkfifo(tmp_path / "pipe.cif")
    for file in ("x.cif", "pipe.cif"):
        (tmp_path / "t.csv").write_text(table(file, "structure_file"))
        reason = read_bounded(tmp_path / "t.csv").rejected[0].reason
        assert reason == f"structure_file '{file}' is a device, a pipe or a folder, not a file"
    for file in ("/dev/zero", "/dev/stdin"):
        (tmp_path / "t.csv").write_text(table(file, "structure_file"))
        assert "outside the folder" in read_bounded(tmp_path / "t.csv").rejected[0].reason
    for name in ("pipe.jsonl", "pipe.csv", "pipe.xlsx", "pipe"):
        os.mkfifo(tmp_path / name)
        assert "not a file" in read_bounded(tmp_path / name).rejected[0].reason


def test_what_is_no_file_in_a_folder_is_told(tmp_path):
    os.mkfifo(tmp_path / "pipe.cif")
    (tmp_path / "loop.cif").symlink_to(tmp_path / "loop.cif")
    (tmp_path / "round").symlink_to(tmp_path, target_is_directory=True)
    found = read_bounded(tmp_path)
    assert {r.input for r in found.rejected} == {"pipe.cif", "loop.cif"}


@pytest.mark.parametrize("name", ["a\nb.cif", "\x1b[31mred.cif", b"\xff\xfe.cif", "a\u202efic.cif", "[b]<b>&amp;x.cif"])
def test_names_of_files_can_be_shown_and_written(name, tmp_path):
    path = tmp_path / os.fsdecode(name)
    for content in (cif(["x,y,z"], ["Li1 .1 .2 .3"]), "nothing"):
        path.write_text(content)
        found = load_inputs([path])
        (shown,) = [c.candidate_id for c in found.candidates] + [r.input for r in found.rejected]
        assert shown.isprintable()
        assert shown.encode()
        assert shown.endswith(".cif")


def test_the_command_line_ends_with_exit_code_2_and_the_reason(tmp_path):
    for name in ("operations-13800.cif", "digits.csv"):
        (tmp_path / name).write_text(HOSTILE[name][0]())
    verb = [sys.executable, "-m", "ssbscreen", "predict", *sorted(tmp_path.iterdir())]
    verb += ["--property", "bulk_modulus", "--out", tmp_path / "p.csv"]
    done = subprocess.run(verb, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 2
    assert "100002 characters" in done.stderr
    assert "Traceback" not in done.stderr
    assert "13800 symmetry operations" in (tmp_path / "p.rejected.csv").read_text()
