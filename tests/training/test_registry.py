"""Champions, challengers and the way back; a reader never sees a mixture, whenever the writer is killed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ssbscreen.core.errors import ModelError, UsageError
from ssbscreen.files.paths import models_dir
from ssbscreen.training.model_files import CARD_FILE, CONFIG_FILE, WEIGHTS_FILE, read_card, read_weights
from ssbscreen.training.registry import SHIPPED, Registry

NAME = sorted(path.parent.name for path in models_dir().glob(f"*/{CARD_FILE}"))[0]


def trained(folder: Path) -> Path:
    """A finished training: the files of a shipped model, copied."""
    folder.mkdir(parents=True)
    for file in (CARD_FILE, CONFIG_FILE, WEIGHTS_FILE):
        (folder / file).write_bytes((models_dir() / NAME / file).read_bytes())
    return folder


def test_what_was_never_retrained_is_active_as_shipped(tmp_path):
    registry = Registry(tmp_path)
    assert registry.champion(NAME) == models_dir() / NAME
    assert {p.name for p in registry.folders()} == {p.parent.name for p in models_dir().glob(f"*/{CARD_FILE}")}
    with pytest.raises(UsageError, match="nothing to roll back"):
        registry.rollback(NAME)


def test_promotion_and_rollback_walk_forth_and_back(tmp_path):
    registry = Registry(tmp_path / "registry")
    first = registry.add(NAME, trained(tmp_path / "a"))
    assert registry.champion(NAME) == models_dir() / NAME, "a challenger is not active"
    assert registry.state(NAME).challenger == first
    registry.promote(NAME, first, "better")
    second = registry.add(NAME, trained(tmp_path / "b"))
    registry.promote(NAME, second, "better still")
    assert registry.champion(NAME).name == second == "v0002"
    assert registry.before(NAME) == registry.path(NAME, first)
    assert registry.rollback(NAME) == (second, first)
    assert registry.before(NAME) == models_dir() / NAME
    assert registry.rollback(NAME) == (first, SHIPPED)
    assert registry.before(NAME) is None
    with pytest.raises(UsageError):
        registry.rollback(NAME)
    third = registry.add(NAME, trained(tmp_path / "c"))
    registry.promote(NAME, third, "again")
    assert registry.rollback(NAME) == (third, SHIPPED)
    assert [e.version for e in registry.state(NAME).history] == [first, second, first, SHIPPED, third, SHIPPED]


def test_names_outside_the_folder_and_unknown_versions_are_refused(tmp_path):
    registry = Registry(tmp_path)
    for name in ("../x", "a/b", ".hidden"):
        with pytest.raises(UsageError):
            registry.state(name)
    with pytest.raises(UsageError, match="v0007"):
        registry.promote(NAME, "v0007", "")


def test_an_unreadable_state_says_what_to_do(tmp_path):
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "state.json").write_text("{")
    with pytest.raises(ModelError, match="remove it"):
        Registry(tmp_path).champion(NAME)


_WRITER = """
import shutil, sys
from pathlib import Path
from ssbscreen.training.registry import Registry
name, folder, source = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
registry = Registry(folder)
print("ready", flush=True)
while True:
    copy = folder.parent / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(source, copy)
    registry.promote(name, registry.add(name, copy), "again")
    registry.rollback(name)
"""


def test_killed_at_any_time_one_whole_model_stays_active(tmp_path):
    folder, dice, seen = tmp_path / "registry", random.Random(1), set()
    source = trained(tmp_path / "source")
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, NAME, str(folder), str(source)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
        )
        assert process.stdout.readline() == b"ready\n"
        until = time.monotonic() + dice.uniform(0.3, 1.0)
        while time.monotonic() < until:
            time.sleep(dice.uniform(0, 0.05))
            champion = Registry(folder).champion(NAME)
            read_weights(champion, read_card(champion))  # the hash of the card is that of the weights
            seen.add(champion.name)
        process.send_signal(signal.SIGKILL)
        process.wait()
        champion = Registry(folder).champion(NAME)
        read_weights(champion, read_card(champion))
    assert list(folder.glob(f"{NAME}/v*")), f"the writer wrote nothing while {sorted(seen)} were active"
