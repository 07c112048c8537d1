"""train_model from a dataset to files and back, with tiny networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import ModelError, UsageError
from ssbscreen.training.card import ModelCard
from ssbscreen.training.config import ModelConfig, SplitConfig, load_model_config, model_names
from ssbscreen.training.execution import Execution
from ssbscreen.training.hold_out import HoldOut
from ssbscreen.training.model_files import CARD_FILE, WEIGHTS_FILE, read_card, read_config, read_weights
from ssbscreen.training.run import train_model

CONFIG: dict[str, Any] = {
    "name": "tiny",
    "properties": ["bulk_modulus", "formation_energy"],
    "sources": ["made_up"],
    "architecture": "orbit",
    "linear_reference": ["formation_energy"],
    "n_members": 2,
    "epochs": 3,
    "options": {"neighbours": 6, "dim": 12, "edge_dim": 8, "n_layers": 1, "n_basis": 8, "head": 8},
    "split": {"test": 0.2, "calibration": 0.2, "validation": 0.15},
    "baseline": {"options": {"n_trees": 10}},
    "sampling": {"batch_size": 60},
    "learning_rate": 0.01,
}


def make_dataset(n: int = 160) -> Dataset:
    """Crystals whose modulus follows their volume and whose energy follows their elements."""
    rng = np.random.default_rng(0)
    weight = {3: -1.0, 8: -2.0, 11: -0.5, 16: -0.7, 17: 0.3}
    candidates, values = [], []
    for i in range(n):
        z = rng.choice(list(weight), 3)
        side = rng.uniform(3.5, 6.0)
        candidates.append(Candidate(f"c{i}", crystal=Crystal.ordered(np.eye(3) * side, rng.random((3, 3)), z)))
        values.append([4.0 - 0.4 * side, float(np.mean([weight[a] for a in z]))])
    table = np.array(values)
    table[::3, 0] = np.nan
    candidates.append(Candidate("glass", composition=Composition("Li3PS4")))
    table = np.vstack([table, [1.0, -1.0]])
    return Dataset(
        "made up",
        tuple(candidates),
        ("bulk_modulus", "formation_energy"),
        table,
        np.zeros_like(table, dtype=np.int8),
        np.full(n + 1, np.nan),
        {"formula": np.array([c.formula for c in candidates])},
        ("made_up",),
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ModelCard]:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    return folder, train_model(ModelConfig.model_validate_json(yaml_to_json(CONFIG)), make_dataset(), folder)


def yaml_to_json(raw: dict[str, Any]) -> str:
    import json

    return json.dumps(raw)


def test_card_says_what_was_done(trained: tuple[Path, ModelCard]) -> None:
    folder, card = trained
    assert read_card(folder) == card
    assert read_config(folder).options["dim"] == 12
    assert card.kind == "crystal"
    assert card.dataset_fingerprint == make_dataset().fingerprint
    assert sum(card.n_rows.values()) == 160  # the glass has no crystal
    score = card.scores["formation_energy"]
    assert score.n == card.n_rows["test"]
    assert score.mae < score.mae_median  # the linear reference alone knows the answer
    assert score.mae_baseline is not None
    assert score.interval_coverage is not None
    assert card.scores["bulk_modulus"].n < score.n


def test_changed_weights_are_refused(trained: tuple[Path, ModelCard], tmp_path: Path) -> None:
    folder, card = trained
    content = bytearray((folder / WEIGHTS_FILE).read_bytes())
    content[-1] ^= 1
    (tmp_path / WEIGHTS_FILE).write_bytes(bytes(content))
    with pytest.raises(ModelError, match="sha256"):
        read_weights(tmp_path, card)
    with pytest.raises(ModelError, match="cannot be read"):
        read_weights(tmp_path / "nowhere", card)


def test_card_with_a_foreign_or_missing_field_is_refused(trained: tuple[Path, ModelCard], tmp_path: Path) -> None:
    raw = yaml.safe_load((trained[0] / CARD_FILE).read_text())
    (tmp_path / CARD_FILE).write_text(yaml.safe_dump(raw | {"calibratoin": {}}))
    with pytest.raises(ModelError, match="Did you mean 'calibration'"):
        read_card(tmp_path)
    del raw["protocol"]
    (tmp_path / CARD_FILE).write_text(yaml.safe_dump(raw))
    with pytest.raises(ModelError, match="protocol"):
        read_card(tmp_path)


def test_checkpoints_of_another_config_are_not_used(tmp_path: Path) -> None:
    dataset = make_dataset(60)
    changes = {"n_members": 1, "epochs": 1, "baseline": None}
    first = ModelConfig.model_validate_json(yaml_to_json(CONFIG | changes))
    train_model(first, dataset, tmp_path / "a", execution=Execution(checkpoints=tmp_path / "ck"))
    second = first.model_copy(update={"learning_rate": 0.02})
    train_model(second, dataset, tmp_path / "b", execution=Execution(checkpoints=tmp_path / "ck"))
    assert len(list((tmp_path / "ck").glob("*/member_0/last.ckpt"))) == 2


def test_a_validation_part_that_chose_nothing_calibrates_too(trained: tuple[Path, ModelCard], tmp_path: Path) -> None:
    config = ModelConfig.model_validate_json(yaml_to_json(CONFIG | {"early_stopping": False}))
    card, chosen = train_model(config, make_dataset(), tmp_path), trained[1]
    assert card.n_rows["validation"] == 0
    assert card.n_rows["calibration"] == chosen.n_rows["calibration"] + chosen.n_rows["validation"]
    assert card.n_rows["train"] == chosen.n_rows["train"]
    assert (
        card.calibration["formation_energy"].n == card.n_rows["calibration"] > chosen.calibration["formation_energy"].n
    )


def test_no_group_stands_in_two_parts() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 60, 500).astype(str)
    (split,) = HoldOut(SplitConfig(), {"formula": labels}).parts()
    parts = [split.train, split.validation, split.calibration, split.test]
    assert sorted(np.concatenate(parts).tolist()) == list(range(500))
    for i in range(4):
        for j in range(i):
            assert not set(labels[parts[i]]) & set(labels[parts[j]])


def test_rows_without_a_group_label_are_not_one_group() -> None:
    (split,) = HoldOut(SplitConfig(group="doi"), {"doi": np.array([""] * 200)}).parts()
    assert 15 <= len(split.test) <= 25


def test_bad_requests_are_named(tmp_path: Path) -> None:
    config = ModelConfig.model_validate_json(yaml_to_json(CONFIG))
    with pytest.raises(UsageError, match="band_gap"):
        train_model(config.model_copy(update={"properties": ("band_gap",)}), make_dataset(30), tmp_path)
    with pytest.raises(UsageError, match="no group 'doi'"):
        train_model(config.model_copy(update={"split": SplitConfig(group="doi")}), make_dataset(30), tmp_path)


def test_configs_are_strict(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump(CONFIG | {"learning_rat": 1.0}))
    with pytest.raises(UsageError, match="Did you mean 'learning_rate'"):
        load_model_config(path)
    path.write_text(yaml.safe_dump(CONFIG | {"properties": ["bulk_moduls"]}))
    with pytest.raises(UsageError, match="Did you mean 'bulk_modulus'"):
        load_model_config(path)
    with pytest.raises(UsageError, match="Did you mean 'crystal'"):
        load_model_config("crystl")


@pytest.mark.parametrize("name", model_names())
def test_shipped_configs_load(name: str) -> None:
    assert load_model_config(name).name == name
