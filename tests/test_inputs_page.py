"""Every example of the page on inputs is read as the page says."""

import re
from pathlib import Path

import pytest

from ssbscreen.core.errors import InputError
from ssbscreen.files.material_names import composition_of
from ssbscreen.measurements.rows import read_measurements
from ssbscreen.readers.inputs import load_inputs

PAGE = (Path(__file__).parents[1] / "docs" / "inputs.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r'```\w+ title="([^"]+)"\n(.*?)```\n\n<!-- (\w+): (.*?) -->', PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path):
    for name, text, _, _ in EXAMPLES:
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_every_block_with_a_name_says_how_it_is_read():
    assert len(EXAMPLES) == PAGE.count("title=") == 10


@pytest.mark.parametrize(("name", "kind", "said"), [(name, kind, said) for name, _, kind, said in EXAMPLES])
def test_an_example_is_read_as_the_page_says(name, kind, said, folder):
    expected = [part.strip() for part in said.split(";")]
    n_refused = sum(int(part.split()[1]) for part in expected if part.startswith("refused"))
    if kind == "measured":
        values, rejected = read_measurements(folder / name)
        assert (len(values), len(rejected)) == (int(expected[0]), n_refused)
        return
    found = load_inputs([folder / name], structures=folder / "ends.jsonl" if kind == "pairs" else None)
    told = []
    for candidate in found.candidates:
        formula = "polymer" if candidate.polymer is not None else candidate.formula
        told.append(f"{candidate.candidate_id} = {formula}")
    assert [part.split(", space group")[0] for part in expected if not part.startswith("refused")] == told
    groups = [int(part.rsplit(" ", 1)[1]) for part in expected if ", space group" in part]
    assert groups == [c.space_group for c in found.candidates][: len(groups)]
    assert len(found.rejected) == n_refused


def test_compositions_are_read_as_the_table_says():
    rows = re.findall(
        r"^\| `([^`]+)` \| (\S+) \|$", PAGE.split("| written | read as |")[1].split("\n\n")[0], re.MULTILINE
    )
    assert len(rows) == 11
    for written, read in rows:
        a, b = (composition_of(text).fractional_composition.as_dict() for text in (written, read))
        assert a == pytest.approx(b, abs=1e-4), written
    refused = re.findall(r"`([^`]+)`", PAGE.split("Refused, because")[1].split(". Empty fields")[0])
    assert len(refused) == 14
    for text in refused:
        with pytest.raises(InputError):
            composition_of(text)
