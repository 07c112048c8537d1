"""Scores are made again from the data at hand, or shown from the card with the reason why not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.app import evaluate as evaluating
from ssbscreen.app.train import TrainingData
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import SYMBOLS
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import DataUnavailable
from ssbscreen.training.card import ModelCard
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.run import train_model


def _dataset() -> Dataset:
    rng = np.random.default_rng(0)
    candidates = tuple(
        Candidate(f"c{i}", Composition({SYMBOLS[int(z)]: 1, "O": int(k)}))
        for i, (z, k) in enumerate(zip(rng.integers(11, 60, 400), rng.integers(1, 5, 400), strict=True))
    )
    values = np.array([[c.composition["O"] + rng.normal() * 0.3] for c in candidates])
    bound = np.where(np.arange(400)[:, None] % 9 == 0, -1, 0).astype(np.int8)
    return Dataset(
        "made up",
        candidates,
        ("bulk_modulus",),
        values,
        bound,
        np.full(400, np.nan),
        {
            "formula": np.array([c.formula for c in candidates]),
            "class": np.array(["oxide", "other"] * 200),
            "reported": np.array(["twice" if i < 20 else "once" for i in range(400)]),
        },
        ("made_up",),
    )


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ModelCard]:
    folder = tmp_path_factory.mktemp("models")
    config = ModelConfig.model_validate_json(
        json.dumps(
            {
                "name": "tiny",
                "properties": ["bulk_modulus"],
                "sources": ["made_up"],
                "architecture": "forest",
                "options": {"n_trees": 20},
                "split": {"test": 0.3, "calibration": 0.2, "validation": 0.05},
                "baseline": {"options": {"n_trees": 5}},
                "exclude": {"reported": ["twice"]},
            }
        )
    )
    return folder, train_model(config, _dataset(), folder / "tiny")


def test_scores_made_again_are_those_of_the_card(
    shipped: tuple[Path, ModelCard], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, card = shipped
    monkeypatch.setenv("SSBSCREEN_MODELS", str(folder))
    monkeypatch.setattr(evaluating, "load_training_data", lambda config: TrainingData(_dataset(), (), (), ()))
    (found,) = evaluating.evaluate(["tiny"], "cpu", tmp_path)
    written = json.loads((found.folder / "scores.json").read_text())
    assert written["scores"]["bulk_modulus"] == card.scores["bulk_modulus"].model_dump(mode="json")
    assert (found.folder / "reliability.png").read_bytes().startswith(b"\x89PNG")
    assert "Scores of the card" not in found.title
    assert "MAE, made again" in found.table
    assert {"exact rows", "bounds", "Spearman of |error| and std"} <= set(found.table)
    assert set(found.coverage["group"]) == {"class oxide", "class other"}


def test_other_data_or_none_show_the_card(
    shipped: tuple[Path, ModelCard], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSBSCREEN_MODELS", str(shipped[0]))
    other = _dataset().take(np.arange(300))
    monkeypatch.setattr(evaluating, "load_training_data", lambda config: TrainingData(other, (), (), ()))
    (found,) = evaluating.evaluate(["tiny"], "cpu", tmp_path)
    assert "the data at hand differ" in found.title
    assert "MAE, made again" not in found.table

    def unreachable(config: ModelConfig) -> TrainingData:
        raise DataUnavailable("no data here")

    monkeypatch.setattr(evaluating, "load_training_data", unreachable)
    (found,) = evaluating.evaluate([], "cpu", tmp_path)
    assert "no data here" in found.title
    assert (found.folder / "scores.json").is_file()
