"""Models that start from the encoder of another one: what is taken over, what is refused, and nothing leaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import ModelError, UsageError
from ssbscreen.curation.leakage import check_split
from ssbscreen.curation.splits import hashed_split
from ssbscreen.prediction.loaded_model import load_model
from ssbscreen.training import hold_out
from ssbscreen.training.card import ModelCard
from ssbscreen.training.config import ModelConfig, load_model_config
from ssbscreen.training.hold_out import HoldOut
from ssbscreen.training.model_files import read_card, read_config, read_weights, write_model
from ssbscreen.training.pretrained import read_encoders, refuse_leaks
from ssbscreen.training.rows import EncodedRows, Split
from ssbscreen.training.run import train_model
from ssbscreen.training.train_one import Setting, Trained

OPTIONS = {"neighbours": 8, "dim": 12, "edge_dim": 8, "n_layers": 1, "n_basis": 8, "head": 8}
SPLIT = {"is_hashed": True, "test": 0.2, "calibration": 0.2, "validation": 0.15}
TRUNK: dict[str, Any] = {
    "name": "trunk",
    "properties": ["formation_energy"],
    "sources": ["made_up"],
    "architecture": "orbit",
    "options": OPTIONS,
    "split": SPLIT,
    "n_members": 2,
    "epochs": 2,
    "sampling": {"batch_size": 60},
    "baseline": None,
}
TASK: dict[str, Any] = TRUNK | {
    "name": "task",
    "properties": ["bulk_modulus"],
    "pretrained": "trunk",
    "n_members": 3,
    "n_pretrained": 2,
    "is_float16": True,
    "options": OPTIONS | {"is_pooled_widely": True, "site_dropout": 0.1, "strain": 0.01},
    "split": SPLIT | {"is_refit": True},
    "loss": {"beta": 0, "absolute": 1, "likelihood": 0.1, "is_mean_apart": True},
    "other_splits": {"official": {"group": "row", "folds": 3, "fold_group": "fold", "test_labels": ["1"]}},
}


def config(raw: dict[str, Any], **changes: Any) -> ModelConfig:
    return ModelConfig.model_validate(raw | changes)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    rng = np.random.default_rng(0)
    elements = np.array([3, 8, 9, 11, 12, 14, 16, 17, 19, 20, 26, 35])
    sides = rng.uniform(3.5, 6.0, 120)
    candidates = tuple(
        Candidate(f"c{i}", crystal=Crystal.ordered(np.eye(3) * side, rng.random((3, 3)), rng.choice(elements, 3)))
        for i, side in enumerate(sides)
    )
    values = np.column_stack([4.0 - 0.4 * sides, sides - 4.0])
    groups = {"formula": np.array([c.formula for c in candidates]), "fold": rng.integers(1, 4, 120).astype(str)}
    return Dataset(
        "made up",
        candidates,
        ("bulk_modulus", "formation_energy"),
        values,
        np.zeros_like(values, dtype=np.int8),
        np.full(120, np.nan),
        groups,
        ("made_up",),
    )


@pytest.fixture(scope="module")
def trained(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ModelCard]:
    folder = tmp_path_factory.mktemp("models")
    train_model(config(TRUNK), dataset, folder / "trunk")
    return folder, train_model(
        config(TASK), dataset, folder / "task", start=read_encoders(config(TASK), folder / "trunk")
    )


def test_members_start_from_the_encoder_and_some_from_nothing(trained: tuple[Path, ModelCard]) -> None:
    folder, _ = trained
    encoders = read_encoders(config(TASK), folder / "trunk")
    from ssbscreen.model_parts.base import architecture, make_options

    kind = architecture("orbit")
    for member, is_taken in ((0, True), (1, True), (2, False)):
        torch.manual_seed(1)
        model = kind(make_options(kind, TASK["options"]), 1)
        before = {k: v.clone() for k, v in model.state_dict().items()}
        encoders.start(model, member)
        after = model.state_dict()
        same = torch.equal(after["layers.0.edge.weight"], encoders.states[member % 2]["layers.0.edge.weight"])
        assert same == is_taken
        for key in after:
            if key.startswith(("heads.", "pool_site", "pool_edge")):
                assert torch.equal(before[key], after[key]), key


def test_checkpoints_follow_the_networks_of_an_encoder_and_nothing_else_of_its_model(
    trained: tuple[Path, ModelCard], tmp_path: Path
) -> None:
    trunk = trained[0] / "trunk"
    card, source = read_card(trunk), read_config(trunk)
    tensors = read_weights(trunk, card)
    before = read_encoders(config(TASK), trunk).fingerprint
    centre = next(key for key in tensors if key.endswith(".centre"))
    write_model(tmp_path / "domain", card, source, tensors | {centre: tensors[centre] + 1.0})
    assert read_encoders(config(TASK), tmp_path / "domain").fingerprint == before
    weight = "member_1.layers.0.edge.weight"
    write_model(tmp_path / "network", card, source, tensors | {weight: tensors[weight] * 1.01})
    assert read_encoders(config(TASK), tmp_path / "network").fingerprint != before


def test_a_refit_model_is_stored_in_half_and_scored_without_its_test_part(
    trained: tuple[Path, ModelCard], dataset: Dataset
) -> None:
    folder, card = trained
    assert {
        v.dtype
        for k, v in read_weights(folder / "task", card).items()
        if k.startswith("member_") and v.is_floating_point()
    } == {torch.float16}
    assert "trained once more" in card.protocol
    score = card.scores["bulk_modulus"]
    assert score.n == card.n_rows["test"]
    assert [other.split for other in score.other_splits] == ["official"]
    assert score.other_splits[0].n == int((dataset.groups["fold"] == "1").sum())
    model = load_model(folder / "task", "cpu")
    assert np.isfinite(model.predict(dataset.candidates[:5], ["bulk_modulus"])["bulk_modulus"].mean).all()


@pytest.mark.parametrize("early_stopping", [False, True])
def test_what_ships_learned_from_all_rows_and_what_is_scored_did_not(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, early_stopping: bool
) -> None:
    learned: list[np.ndarray] = []
    train_one = hold_out.train_one

    def spy(setting: Setting, split: Split, *rest: Any) -> Trained:
        learned.append(split.train)
        return train_one(setting, split, *rest)

    monkeypatch.setattr(hold_out, "train_one", spy)
    alone = config(TASK, pretrained="", n_pretrained=0, other_splits={}, early_stopping=early_stopping, n_members=1)
    card = train_model(alone, dataset, tmp_path)
    (split,) = HoldOut(alone.split, dataset.groups).parts()
    scored, shipped = learned
    assert scored.tolist() == split.train.tolist()
    missing = set(range(len(dataset))) - set(shipped.tolist())
    assert missing == (set(split.validation.tolist()) if early_stopping else set())
    assert card.scores["bulk_modulus"].n == len(split.test)


def test_hashed_parts_agree_between_data_sets(dataset: Dataset) -> None:
    part = dataset.take(np.arange(0, len(dataset), 3))
    whole, some = (HoldOut(config(TRUNK).split, d.groups).parts()[0] for d in (dataset, part))
    test = {dataset.candidates[i].candidate_id for i in whole.test}
    assert {part.candidates[i].candidate_id for i in some.test} == test & {c.candidate_id for c in part.candidates}


def test_hashed_split_keeps_groups_and_shares() -> None:
    groups = np.array([f"g{i // 3}" for i in range(6000)])
    parts = hashed_split(groups, (0.7, 0.1, 0.2), 0)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(6000))
    assert not set(groups[parts[0]]) & set(groups[parts[2]])
    assert [len(p) / 6000 for p in parts] == pytest.approx([0.7, 0.1, 0.2], abs=0.03)
    assert not np.array_equal(hashed_split(groups, (0.7, 0.1, 0.2), 1)[2], parts[2])


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"split": SPLIT | {"seed": 1}}, "splits"),
        ({"split": SPLIT | {"test": 0.1}}, "splits"),
        ({"split": SPLIT | {"is_hashed": False}}, "splits"),
        ({"split": SPLIT | {"group": "chemsys"}}, "splits"),
        ({"options": OPTIONS | {"dim": 16}}, "options"),
        ({"architecture": "forest", "options": {}}, "architecture"),
        ({"properties": ["bulk_modulus", "formation_energy"]}, "formation_energy"),
        ({"properties": ["formation_energy"], "other_splits": {}, "split": SPLIT | {"is_refit": True}}, "is_refit"),
    ],
)
def test_an_encoder_that_could_know_the_answer_is_refused(changes: dict[str, Any], word: str) -> None:
    refuse_leaks(config(TASK), config(TRUNK))
    with pytest.raises(UsageError, match=word):
        refuse_leaks(config(TASK, **changes), config(TRUNK))


def test_a_refit_encoder_is_refused() -> None:
    with pytest.raises(UsageError, match="refit"):
        refuse_leaks(config(TASK), config(TRUNK, split=SPLIT | {"is_refit": True}))


def test_a_missing_encoder_says_what_to_train(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="trunk"):
        read_encoders(config(TASK), tmp_path / "none")


def test_the_moduli_start_from_an_encoder_that_knows_none() -> None:
    own = load_model_config("elasticity")
    assert own.pretrained
    refuse_leaks(own, load_model_config(own.pretrained))


def test_a_duplicate_under_another_formula_stops_a_training(dataset: Dataset, tmp_path: Path) -> None:
    plain = config(TRUNK, pretrained="")
    rows = EncodedRows.of(plain, dataset)
    (split,) = HoldOut(plain.split, rows.groups).parts()
    test, train = split.test, split.train
    twin = replace(dataset.candidates[int(test[0])], candidate_id="twin")
    planted = list(dataset.candidates)
    planted[int(train[0])] = twin  # its formula label stays that of the training row it replaces
    spoilt = replace(dataset, candidates=tuple(planted))
    with pytest.raises(ModelError, match="twin"):
        train_model(plain, spoilt, tmp_path / "spoilt")
    assert check_split("x", "row", planted, train, test) == 1
    assert check_split("x", "row", dataset.candidates, train, test) == 0
