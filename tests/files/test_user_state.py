"""What a user makes stands outside the project, is found where older versions left it, and is never lost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ssbscreen.files import paths, user_state

KINDS = {
    "measurements": ("data/measurements", user_state.measurements_dir),
    "candidates": ("data/cache/imported", user_state.candidates_dir),
    "registry": ("registry", user_state.registry_dir),
}


@pytest.fixture
def user(tmp_path, monkeypatch):
    """A user with a home and a checkout, both empty."""
    for name in ("SSBSCREEN_HOME", "SSBSCREEN_CACHE", "XDG_DATA_HOME", "XDG_CACHE_HOME", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    monkeypatch.setattr(user_state, "project_root", lambda: checkout)
    monkeypatch.setattr(paths, "temporary_home", lambda: tmp_path / "stopgap")
    for cached in (paths._made, user_state._moved, user_state._say_once):
        cached.cache_clear()
    yield tmp_path
    for cached in (paths._made, user_state._moved, user_state._say_once):
        cached.cache_clear()


def planted(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "v0001.json").write_text("mine")
    return folder


def test_nothing_of_a_user_lies_in_the_project(monkeypatch):
    monkeypatch.delenv("SSBSCREEN_HOME")
    for place in (paths.state_dir(), paths.cache_dir()):
        assert not place.is_relative_to(paths.project_root())


def test_one_variable_moves_everything(user, monkeypatch):
    monkeypatch.setenv("SSBSCREEN_HOME", str(user / "mine"))
    for _, place in KINDS.values():
        assert place().parent == user / "mine"
    assert user_state.tracking_database().parent == paths.cache_dir().parent == user / "mine"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("root", ["checkout", "home/.cache/ssbscreen"])
def test_what_an_older_version_left_is_moved_once_with_a_sentence(user, caplog, kind, root):
    former, place = KINDS[kind]
    old = planted(user / root / former)
    assert (place() / "v0001.json").read_text() == "mine"
    assert not old.exists()
    assert len(caplog.records) == 1
    assert f"'{old}' was moved to '{place()}'" in caplog.text
    assert (place() / "v0001.json").read_text() == "mine"
    assert len(caplog.records) == 1


def test_from_another_disk_it_is_copied_whole_before_anything_is_removed(user, monkeypatch):
    old, real = planted(user / "checkout" / "registry"), Path.rename

    def other_disk(self, target):
        if self == old:
            raise OSError(18, "Invalid cross-device link")
        assert old.is_dir()
        return real(self, target)

    monkeypatch.setattr(Path, "rename", other_disk)
    assert (user_state.registry_dir() / "v0001.json").read_text() == "mine"
    assert not old.exists()


def test_two_collections_are_both_kept_and_it_is_said_which_is_read(user, caplog):
    old, new = planted(user / "checkout" / "registry"), planted(paths.state_dir() / "registry")
    (new / "v0001.json").write_text("newer")
    assert user_state.registry_dir() == new
    assert (old / "v0001.json").read_text() == "mine"
    assert (new / "v0001.json").read_text() == "newer"
    assert "is not read, since" in caplog.text


def test_what_cannot_be_moved_is_used_where_it_is(user, monkeypatch, caplog):
    old = planted(user / "checkout" / "registry")
    monkeypatch.setattr(user_state, "_move", lambda old, place: (_ for _ in ()).throw(PermissionError("not yours")))
    assert user_state.registry_dir() == old
    assert "not yours" in caplog.text


def test_databases_name_their_files_and_so_stay_where_they_are(user, caplog):
    old = user / "checkout" / "mlflow.db"
    old.write_text("runs")
    assert user_state.tracking_database() == old
    assert "MLFLOW_TRACKING_URI" in caplog.text
    assert user_state.studies_database() == paths.state_dir() / "optuna.db"


def test_state_is_not_moved_into_a_folder_that_will_be_cleared(user, monkeypatch):
    old = planted(user / "checkout" / "registry")
    monkeypatch.setenv("HOME", "/")
    assert user_state.registry_dir() == old
    assert old.is_dir()


@pytest.mark.parametrize("home", ["/", "/proc/nowhere", None])
def test_without_a_home_there_is_a_temporary_place_and_a_sentence(tmp_path, home):
    """In a process of its own, as containers and cron jobs start it."""
    env = {k: v for k, v in os.environ.items() if k not in ("SSBSCREEN_HOME", "SSBSCREEN_CACHE", "HOME")}
    env |= {"TMPDIR": str(tmp_path)} | ({} if home is None else {"HOME": home})
    code = "from ssbscreen.files.paths import state_dir, cache_dir; print(state_dir(), cache_dir())"
    if home is None:  # neither a variable nor a line in the table of users
        code = "import pwd; pwd.getpwuid = lambda uid: {}[uid]; " + code
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    state, cache = map(Path, done.stdout.split())
    assert state.is_relative_to(tmp_path)
    assert cache.is_relative_to(tmp_path)
    assert "SSBSCREEN_HOME" in done.stderr
    assert "until it is cleared" in done.stderr
    assert state.parent.stat().st_mode & 0o777 == 0o700


def test_a_cache_that_cannot_be_written_is_replaced_and_data_that_can_be_read_are_not(user, monkeypatch, caplog):
    state, cache = paths.state_dir(), paths.cache_dir()
    paths._made.cache_clear()
    monkeypatch.setattr(paths.os, "access", lambda path, mode: False)
    assert paths.state_dir() == state
    assert paths.cache_dir() == user / "stopgap" / "cache"
    assert f"'{cache}' is not used" in caplog.text
