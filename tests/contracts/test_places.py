"""The table "to add ... do ..." of docs/architecture.md is true: as many places as it says, and all else follows.

Each addition is made in a copy of the house; the contracts are then run there over what is new.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COPIED = ("ssbscreen", "configs", "tests/contracts", "tests/conftest.py", "pyproject.toml")

ARCHITECTURE = '''
"""The mean of the targets, whatever is asked."""
from dataclasses import dataclass
import numpy as np
import torch
from ssbscreen.featurize.vectors import CompositionVectors
from ssbscreen.model_parts.base import Architecture, HeadOutput

@dataclass(frozen=True)
class NearestOptions:
    """None."""

class Model(Architecture):
    """The target of the nearest training row."""

    Options = NearestOptions
    is_fitted_directly = True

    def __init__(self, options, n_targets):
        super().__init__(options, n_targets)
        self.register_buffer("rows", torch.zeros(0, 1))
        self.register_buffer("known", torch.zeros(0, n_targets))

    @classmethod
    def representation(cls, options):
        return CompositionVectors("magpie")

    def fit(self, items, targets, seed):
        targets.need_values()
        known = np.isfinite(targets.values).all(axis=1)
        self.rows = torch.from_numpy(np.stack(items)[known].astype(np.float32))
        self.known = torch.from_numpy(targets.values[known].astype(np.float32))

    def embed(self, batch):
        return batch

    def predict_from(self, embedding):
        mean = self.known[torch.cdist(embedding, self.rows).argmin(dim=1)]
        return HeadOutput(mean, torch.zeros_like(mean))
'''

SOURCE = '''
"""Three salts."""
from pymatgen.core import Composition
from ssbscreen.core.candidate import Candidate, Measurement, Records
from ssbscreen.files.data_card import card_of

class Added:
    """Their band gaps."""

    name = "added"
    dataset = "added"

    @property
    def card(self):
        return card_of(self.dataset)

    def load(self):
        salts = [Candidate(f, Composition(f), source=self.name) for f in ("LiCl", "NaCl", "KCl")]
        gaps = [Measurement(c.candidate_id, "band_gap", 8.0, source=self.name) for c in salts]
        return Records(tuple(salts), tuple(gaps))

SOURCE = Added()
'''

CARD = """
name: added
title: Band gaps of three salts
files: {gaps.csv: {content: numbers}}
origin: made for a test
licence: MIT
cite: Nobody, Nowhere 2026
may_train: true
"""

READER = '''
"""Formulas, one a line."""
from pymatgen.core import Composition
from ssbscreen.core.candidate import Candidate, Records, Rejected

class Added:
    """Reads files of formulas."""

    endings = (".formulas",)
    beginnings = ()
    is_in_folders = False

    def read(self, path, name, reading):
        found, rejected = [], []
        try:
            lines = path.read_bytes().decode().split()
            for line in lines:
                found.append(Candidate(line.removesuffix(";"), Composition(line.removesuffix(";"))))
                if not line.endswith(";"):
                    raise ValueError("the line does not end in a semicolon")
        except Exception as error:
            rejected.append(Rejected(name, f"cannot be read: {error}"))
            found = found[:-1]
        if not found and not rejected:
            rejected.append(Rejected(name, "the file is empty"))
        return Records(tuple(found), (), tuple(rejected))

READER = Added()
'''

CRITERION = {"property": "density", "group": "processing", "direction": "min", "good": 2.0, "bad": 6.0}
CITED = {"citation": "assumption of a test", "test": "pycnometry"}


def new(path: str, content: str) -> Callable[[Path], None]:
    """A new file."""

    def add(house: Path) -> None:
        (house / path).parent.mkdir(exist_ok=True)
        (house / path).write_text(content.lstrip())

    return add


def like(path: str, other: str, **changes: object) -> Callable[[Path], None]:
    """A YAML file made of another one."""

    def add(house: Path) -> None:
        given = yaml.safe_load((house / other).read_text()) | changes
        (house / path).write_text(yaml.safe_dump(given))

    return add


def line(path: str, after: str, text: str) -> Callable[[Path], None]:
    """One more row in a file that stands."""

    def add(house: Path) -> None:
        before = (house / path).read_text()
        assert before.count(after) == 1, (path, after)
        (house / path).write_text(before.replace(after, after + text))

    return add


def criterion(house: Path) -> None:
    """One more row of a screen."""
    path = house / "configs/screens/coating.yaml"
    given = yaml.safe_load(path.read_text())
    given["criteria"].append(CRITERION | CITED | {"name": "added"})
    path.write_text(yaml.safe_dump(given))


ROW = '    _row("added", "Added", "GPa", 0.0, 2000.0, "elasticity.added(bulk_modulus, shear_modulus)"),\n'
LEARNED = '    _row("added_too", "Added", "eV", 0.0, 1.0),\n'
LEARNER = """
name: learns
properties: [added_too]
sources: [literature]
architecture: forest
"""
FUNCTION = "\n\ndef added(bulk, shear):\n    return bulk + shear\n"

# what is added -> the changes, and names of tests of the contract that must run over it
ADDITIONS: dict[str, tuple[list[Callable[[Path], None]], list[str]]] = {
    "a data source": (
        [new("ssbscreen/sources/added.py", SOURCE), new("data/added/card.yaml", CARD)],
        ["test_records_are_consistent[added]", "test_cards_are_valid_and_named_like_their_folder[added]"],
    ),
    "a property": (
        [line("ssbscreen/core/properties.py", "    # learned\n", LEARNED), new("configs/models/learns.yaml", LEARNER)],
        ["test_row[added_too]", "test_somebody_makes_it[added_too]"],
    ),
    "a derived quantity": (
        [
            lambda house: (house / "ssbscreen/physics/elasticity.py").open("a").write(FUNCTION),
            line("ssbscreen/core/properties.py", "    # derived\n", ROW),
        ],
        ["test_row[added]", "test_somebody_makes_it[added]"],
    ),
    "a criterion": ([criterion], ["test_screen[coating]"]),
    "a role": (
        [like("configs/screens/anolyte.yaml", "configs/screens/catholyte.yaml", role="anolyte")],
        ["test_screen[anolyte]", "test_every_profile_fits_every_screen[anolyte-ev]"],
    ),
    "a profile": (
        [like("configs/profiles/tram.yaml", "configs/profiles/grid.yaml")],
        ["test_every_profile_fits_every_screen[coating-tram]", "test_profile_overrides_something_that_exists[tram]"],
    ),
    "an architecture": (
        [new("ssbscreen/architectures/added.py", ARCHITECTURE)],
        [
            "test_learns_a_small_set[added]",
            "test_saved_and_loaded_it_has_the_same_bytes_and_says_the_same[added]",
            "test_every_tensor_follows_and_every_answer_stays[added]",
        ],
    ),
    "a model": (
        [like("configs/models/added.yaml", "configs/models/crystal.yaml", name="added")],
        ["test_config_of_a_model[added]"],
    ),
    "a kind of file": (
        [
            new("ssbscreen/readers/formats/added.py", READER),
            line(
                "tests/contracts/test_readers.py",
                "SAMPLES: dict[str, Callable[[], tuple[str, str]]] = {\n",
                '    "added": lambda: ("x.formulas", "LiCl;\\nLi3PS4;\\n"),\n',
            ),
        ],
        ["test_a_good_file_gives_candidates[added]", "test_a_file_cut_short_gives_a_reason[added]"],
    ),
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Outcome of each test of the contracts that runs over something added, by its name."""
    house = tmp_path_factory.mktemp("house")
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (house / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, house / name)
    (house / "data").mkdir()
    for path in (ROOT / "data").iterdir():
        (house / "data" / path.name).symlink_to(path)
    (house / "models").symlink_to(ROOT / "models")
    (house / "tests/contracts/test_places.py").unlink()
    for changes, _ in ADDITIONS.values():
        for change in changes:
            change(house)
    names = "added or anolyte or tram or test_screen[coating]"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/contracts", "-rA", "--tb=short", "-k", names],
        cwd=house,
        env=os.environ | {"PYTHONPATH": str(house), "SSBSCREEN_HOME": str(house)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    found = re.findall(r"^(PASSED|FAILED|SKIPPED|ERROR) \S+?::(\S+)", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    failed = [name for outcome, name in found if outcome in ("FAILED", "ERROR")]
    assert not failed, done.stdout[-5000:]
    return {name: outcome for outcome, name in found}


@pytest.mark.parametrize("what", ADDITIONS)
def test_what_is_added_is_under_contract(ran: dict[str, str], what: str) -> None:
    assert {name: ran.get(name) for name in ADDITIONS[what][1]} == dict.fromkeys(ADDITIONS[what][1], "PASSED")


def test_the_table_says_how_many_places() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| (an? [\w ]+?) \| (\d+) \|", text, re.MULTILINE))
    assert {what: str(len(changes)) for what, (changes, _) in ADDITIONS.items()} == {
        what: said.get(what) for what in ADDITIONS
    }
