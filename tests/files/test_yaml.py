"""The strict reader of YAML: what it refuses, and that each complaint names file, line, key and what is allowed."""

import os
import re
import time
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from ssbscreen.core.errors import IntegrityError, UsageError
from ssbscreen.files import yaml as strict
from ssbscreen.files.yaml import read_mapping, read_yaml


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    direction: str
    good: float = Field(gt=0)


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    rows: tuple[Row, ...] = ()
    by_key: dict[str, Row | None] = {}


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "form.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_a_file_in_order(written):
    path = written("name: a\nrows:\n- {direction: max, good: 1}\nby_key: {b: {direction: min, good: 2}}\n")
    form = read_yaml(path, Form)
    assert form.rows == (Row(direction="max", good=1),)
    assert form.by_key["b"].good == 2
    assert read_yaml(written("- {direction: max, good: 1}\n"), tuple[Row, ...]) == form.rows
    assert read_mapping(written("day: 2026-11-28\n")) == {"day": "2026-11-28"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("nam: a\n", "line 1: Unknown key 'nam'. Did you mean 'name'? Allowed: by_key, name, rows."),
        ("name: a\nrows:\n- direction: max\n  goood: 1\n",
         "line 4: Unknown key of rows.0 'goood'. Did you mean 'good'? Allowed: direction, good."),
        ("name: a\nby_key:\n  b:\n    directon: max\n    good: 1\n", "line 4: Unknown key of by_key.b 'directon'"),
        ("name: a\nrows:\n- direction: max\n  good: -1\n", "line 4: rows.0.good: Input should be greater than 0 ("),
        ("rows: []\n", "name: Field required."),
        ("name: a\nold_rows: []\n", "line 2: key 'old_rows' is now written as rows."),
        ("name: a\nname: b\n", "line 2: no valid YAML (key 'name' twice)"),
        ("name: [a\n", "no valid YAML"),
        ("[" * 300_000, "nested deeper than 40 levels"),
        ("- " * 300_000, "nested deeper than 40 levels"),
        ("a: &x [1]\nb: *x\n", "line 2: no valid YAML (aliases are not allowed"),
        ("name: !!python/object:os.system x\n", "no valid YAML"),
        (b"name: \xff\xfe\n", "no text in UTF-8"),
        ("", "valid dictionary"),
        ("- a list\n", "valid dictionary"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place_and_what_is_allowed(written, content, said):
    path = written(content)
    with pytest.raises(IntegrityError, match=re.escape(said)) as caught:
        read_yaml(path, Form, error=IntegrityError, renamed={"old_rows": "rows"})
    assert str(caught.value).startswith(f"{path}: ")


def test_a_file_that_is_missing_too_large_or_no_mapping(written, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match=r"nowhere.yaml: the file cannot be read \(No such file"):
        read_yaml(tmp_path / "nowhere.yaml", Form)
    with pytest.raises(UsageError, match="no mapping of keys to values"):
        read_mapping(written("- a list\n"))
    monkeypatch.setattr(strict, "MAX_BYTES", 5)
    with pytest.raises(UsageError, match="larger than"):
        read_mapping(written("name: a\n"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: " + "[" * 100_000 + "]" * 100_000, "nested deeper"),
        ("n: " + "1:" * 200_000 + "1\n", "number of more than"),
        ("n: 0x" + "f" * 3000 + "\n", "number of more than"),
        ("n: " + "9" * 5000 + "\n", "number of more than"),
        ("".join(f"k{i}: 1\n" for i in range(20_000)), "And 19980 more faults"),
    ],
)
def test_hostile_text_is_refused_at_once(text, words, tmp_path):
    class Small(BaseModel):
        model_config = ConfigDict(extra="forbid")
        n: int = 1

    (tmp_path / "a.yaml").write_text(text)
    start = time.process_time()
    with pytest.raises(UsageError, match=words):
        read_yaml(tmp_path / "a.yaml", Small)
    assert time.process_time() - start < 6  # on a slow machine with other work, too


def test_devices_and_pipes_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in (tmp_path / "pipe.yaml", tmp_path, Path("/dev/zero")):
        with pytest.raises(UsageError, match="no file"):
            read_mapping(path)
