"""What every reader of files must keep to: good files give candidates, others a reason, nothing is raised."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from specimens import rock_salt

from ssbscreen.core import discovery
from ssbscreen.core.candidate import Records
from ssbscreen.core.crystal import Crystal
from ssbscreen.readers.reading import PACKAGE, Limits, Reader, Reading, reader_of

SALT = rock_salt("Li", "Cl", 5.13)


def _extxyz() -> str:
    rows = "\n".join(f"{site.specie} {site.x:.6f} {site.y:.6f} {site.z:.6f}" for site in SALT)
    cell = " ".join(f"{x:.6f}" for x in SALT.lattice.matrix.ravel())
    return f'2\nLattice="{cell}" Properties=species:S:1:pos:R:3 pbc="T T T"\n{rows}\n'


# a file that each reader takes, by the name of its module; a reader that comes anew needs one here
SAMPLES: dict[str, Callable[[], tuple[str, str]]] = {
    "candidate_table": lambda: ("x.csv", "candidate_id,composition\nsalt,LiCl\nother,Li3PS4\n"),
    "cif": lambda: ("x.cif", SALT.to(fmt="cif")),
    "extxyz": lambda: ("x.extxyz", _extxyz()),
    "json_lines": lambda: ("x.jsonl", "".join(json.dumps(SALT.as_dict() | {"id": n}) + "\n" for n in ("a", "b"))),
    "poscar": lambda: ("POSCAR", SALT.to(fmt="poscar")),
    "pymatgen_json": lambda: ("x.json", SALT.to(fmt="json")),
}


@pytest.fixture
def reader(reader_name: str) -> Reader:
    return discovery.load(PACKAGE, reader_name, "READER")


@pytest.fixture
def sample(reader_name: str, tmp_path: Path) -> Path:
    name, content = SAMPLES[reader_name]()
    (tmp_path / name).write_text(content)
    return tmp_path / name


def read(reader: Reader, path: Path, **changes: object) -> Records:
    return reader.read(path, path.name, Reading(**changes))


def test_a_good_file_gives_candidates(reader: Reader, sample: Path) -> None:
    found = read(reader, sample)
    assert not found.rejected
    ids = [candidate.candidate_id for candidate in found.candidates]
    assert len(set(ids)) == len(ids) >= 1
    assert found.candidates[0].composition.reduced_formula == "LiCl"
    assert reader_of(sample) is reader


def test_a_file_cut_short_gives_a_reason(reader: Reader, sample: Path) -> None:
    whole = sample.read_text().rstrip()
    sample.write_text(whole[: len(whole) - round(0.6 * len(whole.splitlines()[-1]))])
    found = read(reader, sample)
    assert found.rejected, [c.formula for c in found.candidates]
    assert all(sample.name in r.input and len(r.reason) > 10 for r in found.rejected)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00\xff\xfe", b"nothing of the kind\n"])
def test_an_empty_or_foreign_file_gives_a_reason(reader: Reader, sample: Path, content: bytes) -> None:
    sample.write_bytes(content)
    found = read(reader, sample)
    assert not found.candidates
    assert found.rejected
    assert all(r.reason for r in found.rejected)


def test_a_file_that_is_not_there_gives_a_reason(reader: Reader, sample: Path) -> None:
    sample.unlink()
    assert read(reader, sample).rejected


def test_limits_are_kept(reader: Reader, sample: Path) -> None:
    if not reader.is_in_folders:
        pytest.skip("a table names its structures")
    for limits, said in ((Limits(n_bytes=20), "MB|longer"), (Limits(n_sites=1), "sites")):
        found = read(reader, sample, limits=limits)
        assert not found.candidates
        assert re.search(said, found.rejected[0].reason)


def test_what_is_written_comes_back(reader: Reader, sample: Path) -> None:
    crystals = [c.crystal for c in read(reader, sample).candidates if c.crystal is not None]
    for crystal in crystals:
        assert isinstance(crystal, Crystal)
        assert crystal.volume == pytest.approx(SALT.volume * len(crystal.frac) / 2, rel=1e-3)


def test_no_two_readers_take_one_name() -> None:
    every = [
        (ending, name)
        for name in discovery.names(PACKAGE, "READER")
        for ending in discovery.load(PACKAGE, name, "READER").endings
    ]
    assert len({ending for ending, _ in every}) == len(every)
    assert all(ending == ending.lower() and ending.startswith(".") for ending, _ in every)
