"""Which models are taken one version back."""

import shutil
from pathlib import Path

import pytest
import yaml

from ssbscreen.app.earlier_models import earlier_models, models_in, write_models
from ssbscreen.core.errors import UsageError
from ssbscreen.files.paths import models_dir
from ssbscreen.training.model_files import CARD_FILE, read_card
from ssbscreen.training.registry import Registry, active_models

NAME = "conductivity"


def _earlier(folder: Path, version: str = "0.0.1") -> Path:
    """A folder with one model, the shipped one under another version."""
    shutil.copytree(models_dir() / NAME, folder / NAME)
    card = folder / NAME / CARD_FILE
    card.write_text(yaml.safe_dump(yaml.safe_load(card.read_text()) | {"version": version}))
    return folder


def test_shipped_models_come_without_an_earlier_version():
    assert earlier_models() == ()


def test_given_models_stand_in_the_place_of_active_ones(tmp_path):
    (one,) = replaced = earlier_models(_earlier(tmp_path / "given"))
    assert (one.name, one.before, str(one)) == (NAME, "0.0.1", f"{NAME} 0.0.1")
    write_models(replaced, tmp_path / "all")
    with models_in(tmp_path / "all"):
        versions = {card.name: card.version for _, card in active_models()}
    assert versions == {card.name: card.version for _, card in active_models()} | {NAME: "0.0.1"}


def test_the_same_model_is_no_earlier_one(tmp_path):
    shutil.copytree(models_dir() / NAME, tmp_path / NAME)
    assert earlier_models(tmp_path) == ()


def test_a_promoted_model_has_the_one_before_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path / "home"))
    registry = Registry()
    registry.promote(NAME, registry.add(NAME, _earlier(tmp_path / "new", "9.9.9") / NAME), "better")
    (one,) = earlier_models()
    assert (one.before, one.now) == (read_card(models_dir() / NAME).version, "9.9.9")


def test_folders_without_a_model_of_today_are_refused(tmp_path):
    with pytest.raises(UsageError, match="holds no earlier models"):
        earlier_models(tmp_path)
    given = _earlier(tmp_path)
    card = given / NAME / CARD_FILE
    card.write_text(yaml.safe_dump(yaml.safe_load(card.read_text()) | {"name": "lumo"}))
    with pytest.raises(UsageError, match="lumo"):
        earlier_models(given)
