"""Readers in `formats`: found by their file, chosen by the name of a file; the rest is their contract."""

import re
from pathlib import Path

import numpy as np
import pytest

from ssbscreen.core import discovery
from ssbscreen.core.candidate import Records
from ssbscreen.core.errors import InputError
from ssbscreen.readers.inputs import load_inputs
from ssbscreen.readers.reading import PACKAGE, Reading, reader_of, readers

NAMES = discovery.names(PACKAGE, "READER")
BAD = {
    "every byte": bytes(range(1, 256)) * 4,
    "noise": np.random.default_rng(0).bytes(2000),
    "open bracket": b"{",
    "a list of nothing": b"[]",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_names_its_files(name):
    reader = discovery.load(PACKAGE, name, "READER")
    assert reader.endings
    assert all(re.fullmatch(r"(\.[a-z0-9]+)+", ending) for ending in reader.endings)
    assert all(beginning == beginning.lower() for beginning in reader.beginnings)
    assert all(reader_of(Path(f"A{ending.upper()}")) is reader for ending in reader.endings)
    assert all(reader_of(Path(beginning.upper())) is reader for beginning in reader.beginnings)


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
@pytest.mark.parametrize("name", NAMES)
def test_a_reader_gives_a_reason_and_raises_nothing(name, content, tmp_path):
    reader = discovery.load(PACKAGE, name, "READER")
    for ending in reader.endings:
        path = tmp_path / f"a{ending}"
        path.write_bytes(content)
        records = reader.read(path, path.name, Reading())
        assert isinstance(records, Records)
        assert not records.candidates
        assert records.rejected
        assert all(r.input.startswith(path.name) and r.reason for r in records.rejected)


def test_a_file_that_nobody_reads_is_told_what_is_read(tmp_path):
    (tmp_path / "a.docx").write_bytes(b"PK\x03\x04 and more")
    with pytest.raises(InputError, match=r"\.cif.*\.jsonl\.gz.*\.vasp.*POSCAR"):
        reader_of(tmp_path / "a.docx")
    assert len(readers()) == len(NAMES)


def test_one_file_more_is_one_reader_more(tmp_path, monkeypatch):
    import ssbscreen.readers.formats as package

    (tmp_path / "plain.py").write_text(
        "from pymatgen.core import Lattice, Structure\n"
        "from ssbscreen.readers.structures import StructureFormat\n"
        "def _parse(text, limits):\n"
        "    return [Structure(Lattice.cubic(float(text)), ['Li'], [[0, 0, 0]])]\n"
        "READER = StructureFormat(('.cube',), _parse)\n"
    )
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    monkeypatch.setattr(package.__spec__, "submodule_search_locations", package.__path__)
    discovery.names.cache_clear()
    readers.cache_clear()
    try:
        (tmp_path / "a.cube").write_text("3.5")
        assert load_inputs([tmp_path / "a.cube"]).candidates[0].crystal.volume == pytest.approx(3.5**3)
    finally:
        monkeypatch.undo()
        discovery.names.cache_clear()
        readers.cache_clear()
