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
from ssbscreen.training import protocol
from ssbscreen.training.calibration import Z_INTERVAL
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.cross_validation import CrossValidation, score_folds
from ssbscreen.training.ensemble import Ensemble, EnsembleOutput
from ssbscreen.training.model_files import read_card, read_weights
from ssbscreen.training.protocol import OutOfSample
from ssbscreen.training.rows import EncodedRows, group_labels
from ssbscreen.training.run import train_model
from ssbscreen.training.train_one import Setting, Trained


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
    found = CrossValidation(config.split, dataset.groups).parts()
    assert sorted(np.concatenate([split.test for split in found]).tolist()) == list(range(120))
    for split in found:
        for group in ("formula", "doi"):
            label = dataset.groups[group]
            seen = {x for x in label[split.known] if x}
            assert not seen & set(label[split.test])
        assert not set(labels[split.train]) & set(labels[split.validation])


def test_official_folds_are_tested_once_and_their_formulas_learned_nowhere() -> None:
    dataset = _dataset()
    formula = dataset.groups["formula"]
    official = np.array([str(1 + i % 3) if i < 20 else "" for i in range(120)])
    split = {"group": "formula", "folds": 3, "fold_group": "official", "validation": 0.2}
    groups = dataset.groups | {"official": official}
    found = CrossValidation(_config(split=split).split, groups).parts()
    assert len(found) == 3
    seen_without_label = []
    for label, part in zip("123", found, strict=True):
        assert set(np.flatnonzero(official == label)) <= set(part.test.tolist())
        assert not (set(official[part.test]) - {label, ""})
        assert not set(formula[part.test]) & set(formula[part.known])
        seen_without_label += part.test[official[part.test] == ""].tolist()
        elsewhere = set(range(120)) - set(np.flatnonzero(np.isin(formula, formula[part.test])).tolist())
        assert set(part.known.tolist()) == elsewhere
    expected = (official == "") & np.isin(formula, formula[official != ""])
    assert sorted(seen_without_label) == np.flatnonzero(expected).tolist()
    only = CrossValidation(_config(split=split | {"test_labels": ["2"]}).split, groups).parts()
    assert len(only) == 1
    np.testing.assert_array_equal(only[0].test, found[1].test)
    with pytest.raises(UsageError, match="no group 'official'"):
        CrossValidation(_config(split=split).split, dataset.groups).parts()


def test_other_splits_are_scored_beside_the_main_one(tmp_path: Path) -> None:
    dataset = _dataset()
    dataset.groups["official"] = np.array(["a" if i < 30 else "" for i in range(120)])
    other = {
        "official": {"group": "formula", "folds": 2, "fold_group": "official", "validation": 0.1},
        "random": {"group": "row", "folds": 3, "validation": 0.1},
        "held out": {"group": "formula", "test": 0.3},
    }
    config = _config(split={"group": "formula", "folds": 3, "validation": 0.1}, other_splits=other)
    score = train_model(config, dataset, tmp_path / "tiny").scores["band_gap"]
    n_tested = int(np.isin(dataset.groups["formula"], dataset.groups["formula"][:30]).sum())
    assert [s.split for s in score.other_splits] == list(other)
    assert [s.n for s in score.other_splits[:2]] == [n_tested, 120]
    assert 20 < score.other_splits[2].n < 60
    assert score.mae_random_split is not None
    assert score.mae_random_split < score.mae  # the formula decides, and a random split shows it
    assert read_card(tmp_path / "tiny").scores["band_gap"] == score


def test_rows_of_no_fold_are_predicted_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = _dataset()
    dataset.groups["official"] = np.array(["a", "b", "c"] * 40)
    split = {"group": "row", "folds": 3, "fold_group": "official", "test_labels": ["a", "b"], "validation": 0.2}
    config = _config(split=split, baseline=None)
    setting = Setting(config, EncodedRows.of(config, dataset))
    parts: list[str] = []

    def predict(own: Setting, ensemble: Ensemble, rows: np.ndarray) -> EnsembleOutput:
        one = np.ones((len(rows), 1))
        return EnsembleOutput(own.rows.values[rows] + len(parts), one, 0 * one, np.zeros((len(rows), 0)))

    def train(setting: Setting, split: Any, part: str) -> Trained:
        parts.append(part)
        return Trained(Ensemble.__new__(Ensemble), ())

    monkeypatch.setattr(protocol, "train_one", train)
    monkeypatch.setattr(Setting, "predict", predict)
    found = CrossValidation(config.split, dataset.groups).out_of_sample(setting)
    assert parts == ["fold_0", "fold_1"]
    assert set(found.fold) == {-1, 0, 1}
    assert np.isnan(found.output.mean[found.fold < 0]).all()
    is_run = found.fold >= 0
    np.testing.assert_allclose((found.output.mean - dataset.values)[is_run, 0], found.fold[is_run] + 1)
    assert found.baseline is None


def _setting(config: ModelConfig, n: int, groups: dict[str, np.ndarray]) -> Setting:
    """Rows whose measured value is 0."""
    none = np.zeros((n, 1))
    rows = EncodedRows((), (), np.ones(n), none, none.astype(np.int8), none, groups)
    return Setting(config.model_copy(update={"properties": ("bulk_modulus",)}), rows)


def _found(error: np.ndarray, fold: np.ndarray) -> OutOfSample:
    """Predictions with these errors and a stated std of 1."""
    n = len(error)
    none = np.zeros((n, 1))
    return OutOfSample(EnsembleOutput(error[:, None], none + 1, none, np.zeros((n, 0))), none, None, fold)


def test_coverage_of_a_fold_uses_the_calibration_of_the_others() -> None:
    rng = np.random.default_rng(1)
    n = 400
    fold = np.arange(n) % 2
    error = rng.normal(size=n) * np.where(fold == 0, 1.0, 3.0)  # one fold is three times as hard
    _, score = score_folds(_setting(_config(), n, {}), _found(error, fold), 0)
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
    found = _found(error, fold)
    groups = {"class": classes, "formula": np.arange(n).astype(str)}

    def coverage_of(config: ModelConfig, rows: np.ndarray) -> dict[str, float]:
        own = _setting(config, len(rows), {name: of[rows] for name, of in groups.items()})
        _, score = score_folds(own, _found(error[rows], fold[rows]), 0)
        return {c.label: c.coverage for c in score.group_coverage if c.group == "class"}

    config = _config().model_copy(update={"is_calibrated_by_class": True})
    usual = np.flatnonzero(fold > 0)
    assert coverage_of(config, usual) == pytest.approx({"oxide": 0.90, "sulfide": 0.90}, abs=0.045)
    assert coverage_of(_config(), usual)["oxide"] < 0.85
    whole, score = score_folds(_setting(config, n, groups), found, 0)
    assert set(whole.by_class) == {"oxide", "sulfide"}
    assert score.interval_coverage is not None
    assert score.interval_coverage < 0.86  # the calibration of fold 0 comes from the others, so it fails there
    with pytest.raises(UsageError, match="'class'"):
        score_folds(_setting(config, n, {}), found, 0)


def test_rows_of_an_excluded_group_are_left_out_altogether() -> None:
    table = EncodedRows.of(_config(exclude={"origin": ["quoted"], "not there": ["x"]}), _dataset())
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
    kept = {k: v for k, v in tensors.items() if not k.startswith("domain")}
    ensemble = Ensemble.from_tensors("forest", {"n_trees": 8}, 1, kept)
    items = ensemble.representation.encode(dataset.candidates).items
    inside = np.abs(ensemble.predict(items, dataset.candidates).mean - dataset.values).mean()
    assert inside < 0.7 * score.mae
