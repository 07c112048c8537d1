"""Configs of models: keys of earlier versions are refused with the name that replaced them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ssbscreen.core.errors import ModelError, UsageError
from ssbscreen.training.config import load_model_config
from ssbscreen.training.model_files import CONFIG_FILE, read_config

RIGHT = {"name": "m", "properties": ["band_gap"], "sources": ["matbench"], "architecture": "gap"}
OLD = {
    "learned_beside": (["formation_energy"], "auxiliary_targets"),
    "is_half": (True, "is_float16"),
    "keep_last": (True, "early_stopping"),
    "is_on_request": (True, "is_trained_by_default"),
}
OLD_OPTIONS = {"degrees": (2.0, "degrees_of_freedom"), "unmet_pull": (0.4, "unseen_type_shrinkage")}


def cases() -> list[tuple[dict[str, object], str, str]]:
    """Configs with one old key each, the old key and the new one."""
    keys = [(RIGHT | {old: value}, old, new) for old, (value, new) in OLD.items()]
    options = [(RIGHT | {"options": {old: value}}, old, new) for old, (value, new) in OLD_OPTIONS.items()]
    return keys + options


@pytest.mark.parametrize(("content", "old", "new"), cases())
def test_an_old_key_is_refused_with_the_new_name(
    tmp_path: Path, content: dict[str, object], old: str, new: str
) -> None:
    path = tmp_path / CONFIG_FILE
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(UsageError, match=f"'{old}' .*'{new}'"):
        load_model_config(path)
    with pytest.raises(ModelError, match=f"'{old}' .*'{new}'"):
        read_config(tmp_path)


def test_an_unknown_key_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    path = tmp_path / CONFIG_FILE
    path.write_text(yaml.safe_dump(RIGHT | {"epoch": 3}), encoding="utf-8")
    with pytest.raises(UsageError, match="Did you mean 'epochs'"):
        load_model_config(path)
