"""Cross-validated scores: nothing is predicted by a model that saw its group, and no fold calibrates itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import SYMBOLS
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import UsageError
from ssbscreen.training.calibration import Z_INTERVAL
from ssbscreen.training.card import read_card, read_weights
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.cross_validation import OutOfFold, folds, judge, out_of_fold
from ssbscreen.training.ensemble import EnsembleOutput
from ssbscreen.training.rows import Table, group_labels
from ssbscreen.training.run import train_model


def _config(**changes: Any) -> ModelConfig:
    raw: dict[str, Any] = {
        "name": "tiny",
        "properties": ["band_gap"],
        "sources": ["made_up"],
        "architecture": "forest",
        "options": {"n_trees": 8},
        "n_members": 2,
        "baseline": {"options": {"n_trees": 5}},
        "split": {"group": "formula+doi", "folds": 4, "validation": 0.2},
        "noise_floor": {"band_gap": 0.05},
    }
    return ModelConfig.model_validate_json(json.dumps(raw | changes))


def _dataset(n: int = 120) -> Dataset:
    rng = np.random.default_rng(0)
    formulas = [f"{SYMBOLS[z]}{k}O" for z in (3, 11, 19, 12, 20, 13, 22, 30) for k in range(1, 6)]
    chosen = rng.choice(len(formulas), n)
    candidates = tuple(Candidate(f"c{i}", Composition(formulas[k])) for i, k in enumerate(chosen))
    values = np.array([[0.1 * k + 0.2 * rng.normal()] for k in chosen])
    return Dataset(
        "made up",
        candidates,
        ("band_gap",),
        values,
        np.zeros((n, 1), dtype=np.int8),
        np.full(n, np.nan),
        {
            "formula": np.array([c.formula for c in candidates]),
            "doi": np.array([f"paper {i // 6}" if i < 30 else "" for i in range(n)]),
            "origin": np.array(["kept" if i % 4 else "quoted" for i in range(n)]),
        },
        ("made_up",),
    )


def test_folds_keep_linked_rows_together_and_test_each_row_once() -> None:
    config, dataset = _config(), _dataset()
    labels = group_labels(config.split, dataset.groups)
    assert len(set(labels[:6])) == 1  # one paper links its formulas
    found = folds(config, dataset.groups)
    assert sorted(np.concatenate([test for _, _, test in found]).tolist()) == list(range(120))
    for train, validation, test in found:
        for group in ("formula", "doi"):
            label = dataset.groups[group]
            seen = {x for x in label[np.concatenate([train, validation])] if x}
            assert not seen & set(label[test])
        assert not set(labels[train]) & set(labels[validation])


@pytest.mark.parametrize("is_rest_divided", [False, True])
def test_official_folds_are_tested_once_and_their_formulas_learned_nowhere(is_rest_divided: bool) -> None:
    dataset = _dataset()
    formula = dataset.groups["formula"]
    official = np.array([str(1 + i % 3) if i < 20 else "" for i in range(120)])
    split = {
        "group": "formula",
        "folds": 3,
        "fold_group": "official",
        "is_rest_divided": is_rest_divided,
        "validation": 0.2,
    }
    found = folds(_config(split=split), dataset.groups | {"official": official})
    assert len(found) == 3
    seen_without_label = []
    for label, (train, validation, test) in zip("123", found, strict=True):
        assert set(np.flatnonzero(official == label)) <= set(test.tolist())
        assert not (set(official[test]) - {label, ""})
        assert not set(formula[test]) & set(formula[np.concatenate([train, validation])])
        seen_without_label += test[official[test] == ""].tolist()
        elsewhere = set(range(120)) - set(np.flatnonzero(np.isin(formula, formula[test])).tolist())
        assert set(np.concatenate([train, validation]).tolist()) == elsewhere
    shared = np.isin(formula, formula[official != ""])
    expected = (official == "") & (is_rest_divided | shared)
    assert sorted(seen_without_label) == np.flatnonzero(expected).tolist()
    only = folds(_config(split=split | {"test_labels": ["2"]}), dataset.groups | {"official": official})
    assert len(only) == 1
    np.testing.assert_array_equal(only[0][2], found[1][2])
    with pytest.raises(UsageError, match="no group 'official'"):
        folds(_config(split=split), dataset.groups)


def test_other_divisions_are_scored_beside_the_main_one(tmp_path: Path) -> None:
    dataset = _dataset()
    dataset.groups["official"] = np.array(["a" if i < 30 else "" for i in range(120)])
    other = {"official": {"group": "formula", "folds": 2, "fold_group": "official", "validation": 0.1}}
    config = _config(
        split={"group": "formula", "folds": 3, "validation": 0.1}, other_splits=other, random_split_score=True
    )
    score = train_model(config, dataset, tmp_path / "tiny").scores["band_gap"]
    n_tested = int(np.isin(dataset.groups["formula"], dataset.groups["formula"][:30]).sum())
    assert [(s.split, s.n) for s in score.other_splits] == [("official", n_tested)]
    assert score.mae_random_split is not None
    assert score.mae_random_split < score.mae  # the formula decides, and a random split shows it
    assert read_card(tmp_path / "tiny").scores["band_gap"] == score


def test_only_some_folds_may_be_run() -> None:
    config = _config(split={"group": "formula", "folds": 5, "max_folds": 2, "validation": 0.2})
    groups = _dataset().groups
    values = np.arange(120.0)[:, None]

    def predict(train: np.ndarray, validation: np.ndarray, test: np.ndarray, fold: int) -> EnsembleOutput:
        one = np.ones((len(test), 1))
        return EnsembleOutput(values[test] + fold, one, 0 * one, np.zeros((len(test), 0)))

    found = out_of_fold(config, groups, values, predict, lambda train, test: None)
    assert set(found.fold) == {-1, 0, 1}
    assert np.isnan(found.output.mean[found.fold < 0]).all()
    np.testing.assert_allclose((found.output.mean - values)[found.fold >= 0, 0], found.fold[found.fold >= 0])
    assert found.baseline is None


def test_coverage_of_a_fold_uses_the_calibration_of_the_others() -> None:
    rng = np.random.default_rng(1)
    n = 400
    fold = np.arange(n) % 2
    error = rng.normal(size=n) * np.where(fold == 0, 1.0, 3.0)  # one fold is three times as hard
    one = np.ones((n, 1))
    found = OutOfFold(EnsembleOutput(error[:, None], one, 0 * one, np.zeros((n, 0))), 0 * one, None, fold)
    _, score = judge(_config(), "bulk_modulus", 0, found, np.zeros(n), np.zeros(n, dtype=np.int8), {})
    # easy fold under wide intervals: all inside; hard fold under intervals of the easy one: Phi(1.64 / 3) = 42 %
    narrow = np.abs(error[fold == 1]) < Z_INTERVAL * np.quantile(np.abs(error[fold == 0]), 0.9) / Z_INTERVAL
    assert score.interval_coverage == pytest.approx((1.0 + narrow.mean()) / 2, abs=0.03)
    assert score.interval_coverage < 0.78


def test_each_class_of_a_fold_has_the_factor_that_the_other_folds_found() -> None:
    """Oxides err three times as much as is stated, sulfides as much, and all of fold 0 ten times more than that."""
    n, rng = 1200, np.random.default_rng(3)
    classes = np.where(rng.random(n) < 0.5, "oxide", "sulfide")
    fold = np.arange(n) % 4
    error = rng.normal(size=n) * np.where(classes == "oxide", 3.0, 1.0) * np.where(fold == 0, 10.0, 1.0)
    empty = np.zeros((n, 0), dtype=np.float32)
    found = OutOfFold(
        EnsembleOutput(error[:, None], np.ones((n, 1)), np.zeros((n, 1)), empty), np.zeros((n, 1)), None, fold
    )
    groups = {"class": classes, "formula": np.arange(n).astype(str)}

    def coverage_of(config: ModelConfig, rows: np.ndarray) -> dict[str, float]:
        part = OutOfFold(
            EnsembleOutput(error[rows, None], np.ones((len(rows), 1)), np.zeros((len(rows), 1)), empty[rows]),
            np.zeros((len(rows), 1)),
            None,
            fold[rows],
        )
        _, score = judge(
            config,
            "bulk_modulus",
            0,
            part,
            np.zeros(len(rows)),
            np.zeros(len(rows), dtype=np.int8),
            {name: of[rows] for name, of in groups.items()},
        )
        return {c.label: c.coverage for c in score.group_coverage if c.group == "class"}

    config = _config().model_copy(update={"is_calibrated_by_class": True})
    usual = np.flatnonzero(fold > 0)
    assert coverage_of(config, usual) == pytest.approx({"oxide": 0.90, "sulfide": 0.90}, abs=0.045)
    assert coverage_of(_config(), usual)["oxide"] < 0.85
    whole, score = judge(config, "bulk_modulus", 0, found, np.zeros(n), np.zeros(n, dtype=np.int8), groups)
    assert set(whole.by_class) == {"oxide", "sulfide"}
    assert score.interval_coverage is not None
    assert score.interval_coverage < 0.86  # the calibration of fold 0 comes from the others, so it fails there
    with pytest.raises(UsageError, match="'class'"):
        judge(config, "bulk_modulus", 0, found, np.zeros(n), np.zeros(n, dtype=np.int8), {})


def test_rows_of_an_excluded_group_are_left_out_altogether() -> None:
    table = Table.of(_config(exclude={"origin": ["quoted"], "not there": ["x"]}), _dataset())
    assert len(table.items) == 90
    assert set(table.groups["origin"]) == {"kept"}


def test_shipped_weights_learn_from_all_rows_and_scores_from_none_of_their_own(tmp_path: Path) -> None:
    dataset = _dataset()
    card = train_model(_config(split={"group": "formula", "folds": 4, "validation": 0.05}), dataset, tmp_path / "tiny")
    score = card.scores["band_gap"]
    assert score.n == 120
    assert card.n_rows["test"] == card.n_rows["calibration"] == 0
    assert card.n_rows["train"] + card.n_rows["validation"] == 120
    assert "trained in the same way on all rows" in card.protocol
    assert score.mae_baseline is not None
    # in-sample the forest is far better than what the card admits
    tensors = read_weights(tmp_path / "tiny", card)
    from ssbscreen.training.ensemble import Ensemble

    kept = {k: v for k, v in tensors.items() if not k.startswith("domain")}
    ensemble = Ensemble.from_tensors("forest", {"n_trees": 8}, 1, kept)
    items = ensemble.representation.encode(dataset.candidates).items
    inside = np.abs(ensemble.predict(items, dataset.candidates).mean - dataset.values).mean()
    assert inside < 0.7 * score.mae
