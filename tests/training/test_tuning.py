"""A search that is interrupted resumes, and finds what a full search would."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from mlflow.tracking import MlflowClient

from ssbscreen.architectures import forest
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import UsageError
from ssbscreen.training import trial_loss
from ssbscreen.training.config import ModelConfig, load_model_config, write_model_config
from ssbscreen.training.cross_validation import CrossValidation
from ssbscreen.training.execution import Execution
from ssbscreen.training.rows import Split
from ssbscreen.training.tracking import TRAINING_EXPERIMENT, start_run
from ssbscreen.training.tuning import storage, tune

CONFIG: dict[str, Any] = {
    "name": "tiny",
    "properties": ("bulk_modulus",),
    "sources": ("made_up",),
    "architecture": "orbit",
    "epochs": 2,
    "options": {"neighbours": 8, "dim": 12, "edge_dim": 8, "n_layers": 1, "n_basis": 8, "head": 8},
    "split": {"test": 0.2, "calibration": 0.2, "validation": 0.2},
    "baseline": None,
}


FOREST: dict[str, Any] = {"architecture": "forest", "options": {"n_trees": 5, "min_samples_leaf": 2}}


@pytest.fixture
def dataset() -> Dataset:
    return make_dataset()


def make_dataset() -> Dataset:
    """Crystals whose modulus follows their volume."""
    rng = np.random.default_rng(0)
    sides = rng.uniform(3.5, 6.0, 50)
    candidates = tuple(
        Candidate(f"c{i}", crystal=Crystal.ordered(np.eye(3) * side, rng.random((2, 3)), rng.choice([3, 8, 16], 2)))
        for i, side in enumerate(sides)
    )
    return Dataset(
        "made up",
        candidates,
        ("bulk_modulus",),
        (4.0 - 0.4 * sides)[:, None],
        np.zeros((50, 1), dtype=np.int8),
        np.full(50, np.nan),
        {"formula": np.arange(50).astype(str)},
        ("made_up",),
    )


def test_search_is_resumed_and_its_result_can_be_trained(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPTUNA_STORAGE", f"sqlite:///{tmp_path / 'optuna.db'}")
    config = ModelConfig.model_validate(CONFIG)
    first = tune(config, dataset, n_trials=2)
    again = tune(config, dataset, n_trials=2)
    assert (first.n_trials, again.n_trials) == (2, 4)
    assert again.validation_loss <= first.validation_loss
    write_model_config(again.config, tmp_path / "tuned.yaml")
    assert load_model_config(tmp_path / "tuned.yaml") == again.config


def test_nothing_to_tune_is_said(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forest.Model, "SEARCH_SPACE", {})
    config = ModelConfig.model_validate(CONFIG | FOREST)
    with pytest.raises(UsageError, match="no search space"):
        tune(config, dataset, n_trials=1)


def test_a_search_looks_at_no_test_row(dataset: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Other values of the test rows, or of all rows but the first fold's, change nothing in the search."""
    config = ModelConfig.model_validate(CONFIG | FOREST | {"split": {"folds": 4, "validation": 0.3}})
    first = CrossValidation(config.split, dataset.groups).parts()[0]
    train, validation, test = first.train, first.validation, first.test
    losses = []
    for number, spoiled in enumerate((test[:0], test, validation[:3], train[:10])):
        values = dataset.values.copy()
        values[spoiled] += 7.0
        monkeypatch.setenv("OPTUNA_STORAGE", f"journal://{tmp_path / f'{number}.log'}")
        losses.append(tune(config, replace(dataset, values=values), n_trials=1, has_test=True))
    found = [tuned.validation_loss for tuned in losses]
    assert found[0] == found[1]
    assert found[0] not in found[2:]
    assert losses[0].test_loss_given == losses[0].test_loss_best  # the only trial is the given config
    assert losses[1].test_loss_given > losses[0].test_loss_given


def test_rows_of_no_fold_are_learned_from_in_every_inner_fold(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in the split itself; a row that shares its group with a row of a fold goes along with it."""
    monkeypatch.setenv("OPTUNA_STORAGE", f"journal://{tmp_path / 'study.log'}")
    fold = np.array(["1", "2", "3", "4", "", ""] * 9)[:50]
    formula = np.array([f"f{i}" for i in range(50)])
    formula[4], formula[10] = formula[1], formula[0]  # with a row of fold 2, and of fold 1, which is the test part
    dataset = replace(dataset, groups={"formula": formula, "official": fold})
    config = ModelConfig.model_validate(
        CONFIG | FOREST | {"split": {"folds": 4, "fold_group": "official", "validation": 0.3}}
    )
    learned: list[set[int]] = []
    trained = trial_loss.train_one

    def remember(setting: Any, split: Split, **rest: Any) -> Any:
        learned.append(set(split.train.tolist()))
        return trained(setting, split, **rest)

    monkeypatch.setattr(trial_loss, "train_one", remember)
    tune(config, dataset, n_trials=1)
    rest = set(np.flatnonzero(fold == "").tolist()) - {4, 10}
    named = set(np.flatnonzero((fold != "") & (fold != "1")).tolist()) | {4}
    assert len(learned) == trial_loss.N_INNER
    assert all(rest <= rows <= rest | named for rows in learned)
    assert all((1 in rows) == (4 in rows) for rows in learned)
    left_out = [named - rows for rows in learned]
    assert sum(map(len, left_out)) == len(named)
    assert set().union(*left_out) == named


def test_pruned_and_finished_trials_are_nested_runs(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPTUNA_STORAGE", f"sqlite:///{tmp_path / 'optuna.db'}")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.setattr(optuna.pruners, "MedianPruner", _PruneAllButTheFirst)
    with start_run("search") as tracker:
        tune(ModelConfig.model_validate(CONFIG), dataset, n_trials=3, execution=Execution(tracker=tracker))
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name(TRAINING_EXPERIMENT).experiment_id])
    trials = {run.info.run_name: run for run in runs if run.info.run_name != "search"}
    assert sorted(trials) == ["trial 0", "trial 1", "trial 2"]
    assert {run.data.tags["mlflow.parentRunId"] for run in trials.values()} == {tracker.run_id}
    assert [trials[f"trial {i}"].data.params["state"] for i in range(3)] == ["complete", "pruned", "pruned"]
    assert {run.info.status for run in trials.values()} == {"FINISHED"}
    assert "validation/loss" in trials["trial 1"].data.metrics


class _PruneAllButTheFirst(optuna.pruners.BasePruner):
    def __init__(self, **options: Any) -> None:
        pass

    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        return trial.number > 0


# starting a fresh interpreter takes seconds, so that one process forks both
_WORKERS = """
import os, sys, traceback
from training.test_tuning import CONFIG, FOREST, make_dataset
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.tuning import tune

def work():
    pid = os.fork()
    if pid:
        return pid
    try:
        tune(ModelConfig.model_validate(CONFIG | FOREST), make_dataset(), n_trials=4)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)

sys.exit(max(os.waitpid(pid, 0)[1] for pid in [work(), work()]) > 0)
"""


def test_two_processes_share_one_study(tmp_path: Path) -> None:
    """Journal file: what a shared drive needs. Each trial is done once, and the given config is among them."""
    address = f"journal://{tmp_path / 'study.log'}"
    folders = os.pathsep.join(map(str, Path(__file__).parents[1:3]))
    environment = os.environ | {"OPTUNA_STORAGE": address, "PYTHONPATH": folders}
    done = subprocess.run([sys.executable, "-c", _WORKERS], env=environment, timeout=240)
    assert done.returncode == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPTUNA_STORAGE", address)
        (summary,) = optuna.get_all_study_summaries(storage())
        trials = optuna.load_study(study_name=summary.study_name, storage=storage()).trials
    assert sorted(trial.number for trial in trials) == list(range(8))
    assert all(trial.state is optuna.trial.TrialState.COMPLETE for trial in trials)
    assert any(trial.system_attrs.get("fixed_params") for trial in trials)
