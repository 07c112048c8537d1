"""Which models a training without names makes, and that the options of `make train` arrive."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ssbscreen.app import train as pipeline
from ssbscreen.cli.main import app
from ssbscreen.core.errors import UsageError
from ssbscreen.files.paths import models_dir
from ssbscreen.training.config import load_model_config
from ssbscreen.training.model_files import CARD_FILE

ROOT = Path(__file__).parents[2]


def test_without_names_exactly_the_shipped_models_are_trained() -> None:
    shipped = {path.parent.name for path in models_dir().glob(f"*/{CARD_FILE}")}
    found = pipeline.training_order()
    assert set(found) == shipped
    assert len(found) == len(shipped)
    assert found.index("crystal") < found.index("elasticity")  # which starts from it


def test_what_is_named_is_trained() -> None:
    assert pipeline.training_order(["conductivity_open"]) == ["conductivity_open"]
    assert not load_model_config("crystal_large").is_trained_by_default
    with pytest.raises(UsageError, match="Did you mean 'crystal_large'"):
        pipeline.training_order(["crystal_larg"])


@pytest.mark.parametrize(("given", "names"), [(["DEVICES=2"], []), (["DEVICES=2", "NAME=crystal"], ["crystal"])])
def test_make_hands_devices_to_the_training(
    given: list[str], names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    bare = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}  # of a make that runs tests
    printed = subprocess.run(
        ["make", "-n", "-o", "setup", "train", *given], cwd=ROOT, env=bare, capture_output=True, text=True, check=True
    ).stdout
    words = printed.strip().splitlines()[-1].split()
    called: dict[str, Any] = {}

    def train(names: list[str], **rest: Any) -> list[pipeline.TrainedModel]:
        called.update(rest, names=names)
        return []

    monkeypatch.setattr(pipeline, "train", train)
    CliRunner().invoke(app, words[1:])  # ends with 1, since nothing was trained
    assert words[0].endswith("ssbscreen")
    assert (called["names"], called["devices"]) == (names, 2)
