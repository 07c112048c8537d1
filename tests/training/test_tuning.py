"""A search that is interrupted goes on, and finds what a full search would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import UsageError
from ssbscreen.training.config import ModelConfig, load_model_config
from ssbscreen.training.tuning import tune, write_tuned

CONFIG: dict[str, Any] = {
    "name": "tiny", "properties": ("bulk_modulus",), "sources": ("made_up",), "architecture": "crystal", "epochs": 2,
    "options": {"neighbours": 8, "dim": 12, "edge_dim": 8, "n_layers": 1, "n_basis": 8, "head": 8},
    "split": {"test": 0.2, "calibration": 0.2, "validation": 0.2}, "baseline": None,
}


@pytest.fixture
def dataset() -> Dataset:
    rng = np.random.default_rng(0)
    sides = rng.uniform(3.5, 6.0, 50)
    candidates = tuple(Candidate(f"c{i}", crystal=Crystal.ordered(np.eye(3) * side, rng.random((2, 3)),
                                                                  rng.choice([3, 8, 16], 2)))
                       for i, side in enumerate(sides))
    return Dataset("made up", candidates, ("bulk_modulus",), (4.0 - 0.4 * sides)[:, None],
                   np.zeros((50, 1), dtype=np.int8), np.full(50, np.nan), {"formula": np.arange(50).astype(str)},
                   ("made_up",))


def test_search_is_resumed_and_its_result_can_be_trained(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPTUNA_STORAGE", f"sqlite:///{tmp_path / 'optuna.db'}")
    config = ModelConfig.model_validate(CONFIG)
    first = tune(config, dataset, n_trials=2)
    again = tune(config, dataset, n_trials=2)
    assert (first.n_trials, again.n_trials) == (2, 4)
    assert again.validation_loss <= first.validation_loss
    write_tuned(again, tmp_path / "tuned.yaml")
    assert load_model_config(tmp_path / "tuned.yaml") == again.config


def test_nothing_to_tune_is_said(dataset: Dataset) -> None:
    config = ModelConfig.model_validate(CONFIG | {"architecture": "forest", "options": {}})
    with pytest.raises(UsageError, match="no search space"):
        tune(config, dataset, n_trials=1)
