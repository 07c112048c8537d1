"""The only file that imports Optuna: search of options by the validation error, never touching the test part.

A study lies in one storage. A call resumes where an earlier one stopped, and several processes or machines that name
the same storage share the work: each asks for new trials. In a database those of a process that died are tried again.
"""

from __future__ import annotations

import hashlib
import logging
import os
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import optuna
from optuna.storages import BaseStorage, JournalStorage, RDBStorage, RetryFailedTrialCallback
from optuna.storages.journal import JournalFileBackend

from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import UsageError
from ssbscreen.files.user_state import studies_database
from ssbscreen.model_parts.base import Architecture, architecture, make_options
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.execution import Execution
from ssbscreen.training.pretrained import FROM_NOTHING
from ssbscreen.training.tracker import LoggedData, NullTracker, Tracker, config_params, flat
from ssbscreen.training.train_one import Start
from ssbscreen.training.trial_loss import TrialLoss

_log = logging.getLogger(__name__)
LEARNING_RATES = (3e-4, 1e-2)
JOURNAL = "journal://"
HEARTBEAT = 60  # seconds between the signs of life of a trial


@dataclass(frozen=True)
class Tuned:
    """Outcome of a search.

    Attributes:
        config: the given one with the best options and learning rate.
        validation_loss: of the best trial.
        n_trials: finished and pruned trials in the study, earlier calls included.
        test_loss_given, test_loss_best: of the given and of the found config on the test rows, which the search never
            saw; None where not asked for.
    """

    config: ModelConfig
    validation_loss: float
    n_trials: int
    test_loss_given: float | None = None
    test_loss_best: float | None = None


def storage() -> BaseStorage:
    """Storage named by OPTUNA_STORAGE, else a SQLite file in the project.

    "journal:///path" is a journal file, which also bears several machines on a network drive; anything else is the
    address of a database.
    """
    address = os.environ.get("OPTUNA_STORAGE") or f"sqlite:///{studies_database()}"
    if address.startswith(JOURNAL):
        path = Path(address.removeprefix(JOURNAL))
        path.parent.mkdir(parents=True, exist_ok=True)
        return JournalStorage(JournalFileBackend(str(path)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # signs of life are marked experimental since version 2.8
        # a trial whose process has not been heard of for so long is failed, and its parameters are tried again
        return RDBStorage(
            address,
            engine_kwargs={"connect_args": {"timeout": 120}} if address.startswith("sqlite") else None,
            heartbeat_interval=HEARTBEAT,
            grace_period=10 * HEARTBEAT,
            failed_trial_callback=RetryFailedTrialCallback(max_retry=2),
        )


def tune(
    config: ModelConfig,
    dataset: Dataset,
    *,
    n_trials: int = 20,
    epochs: int | None = None,
    has_test: bool = False,
    start: Start = FROM_NOTHING,
    execution: Execution | None = None,
) -> Tuned:
    """Search the architecture's `SEARCH_SPACE` and the learning rate.

    One member is trained a trial. A trial that is worse than the median of the others at the same epoch is pruned.
    The study is named after model and data, so that a second call resumes where the first one stopped. Where the
    config asks for a cross-validation, the search knows the training and validation rows of its first fold alone,
    and an improvement is to be shown on the test rows of that fold.

    Args:
        config: of the model; its options are the starting point and the first trial.
        dataset: only its training and validation parts under the config's split are looked at.
        n_trials: trials to add.
        epochs: of each trial, the config's when None.
        has_test: train the given and the found config once more after the search and score both on the test rows of
            the same split or fold.
        start: what networks start from, where the config names energies.
        execution: where trials run, on the CPU when None; each becomes a nested run.

    Raises:
        UsageError: the architecture has nothing to search.
    """
    kind = architecture(config.architecture)
    if not kind.SEARCH_SPACE:
        raise UsageError(f"Architecture '{config.architecture}' has no search space for a training; nothing to tune.")
    config = config.model_copy(update={"epochs": epochs or config.epochs})
    execution = execution or Execution()
    loss_of, tracker, progress = TrialLoss(dataset, start, execution), execution.tracker, execution.progress
    tracker.params(config_params(config))
    tracker.dataset(LoggedData.of(dataset, (), "tuning"))
    study = _study(config, kind, dataset)

    def report(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        _log.info("%s trial %d: %s, %s", config.name, trial.number, trial.state.name, trial.values)
        if progress is not None:
            progress("tuning", len(study.trials), max(n_trials, len(study.trials)))

    study.optimize(lambda trial: _objective(config, loss_of, tracker, trial), n_trials=n_trials, callbacks=[report])
    best = dict(study.best_params)
    rate = best.pop("learning_rate", config.learning_rate)
    chosen = config.model_copy(update={"options": config.options | best, "learning_rate": rate})
    tracker.params(flat({"best": best, "best_learning_rate": rate}))
    tracker.metrics({"best_validation_loss": study.best_value})
    tuned = Tuned(chosen, float(study.best_value), len(study.trials))
    if not has_test:
        return tuned
    given_loss, best_loss = (loss_of(c, NullTracker(), is_test=True) for c in (config, chosen))
    tracker.metrics({"test_loss_given": given_loss, "test_loss_best": best_loss})
    return replace(tuned, test_loss_given=given_loss, test_loss_best=best_loss)


def _study(config: ModelConfig, kind: type[Architecture], dataset: Dataset) -> optuna.Study:
    """The study of model and data, new or resumed, with the given options as its first trial."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        study_name=_study_name(config, kind, dataset),
        storage=storage(),
        load_if_exists=True,
        # the process joins the seed, else two of them would try the same; those at work count as bad ones meanwhile
        sampler=optuna.samplers.TPESampler(seed=config.seed + os.getpid(), multivariate=True, constant_liar=True),
        direction="minimize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=max(1, config.epochs // 5)),
    )
    start = make_options(kind, config.options)
    given = {k: getattr(start, k) for k, values in kind.SEARCH_SPACE.items() if getattr(start, k) in values}
    if not kind.is_fitted_directly:
        given["learning_rate"] = float(np.clip(config.learning_rate, *LEARNING_RATES))
    study.enqueue_trial(given, skip_if_exists=True)
    return study


def _objective(config: ModelConfig, loss_of: TrialLoss, tracker: Tracker, trial: optuna.Trial) -> float:
    """Loss of one trial, a nested run."""
    kind = architecture(config.architecture)
    options = {key: trial.suggest_categorical(key, values) for key, values in kind.SEARCH_SPACE.items()}
    rate = (
        config.learning_rate
        if kind.is_fitted_directly
        else trial.suggest_float("learning_rate", *LEARNING_RATES, log=True)
    )
    tried = config.model_copy(update={"options": config.options | options, "learning_rate": rate})
    with tracker.child(f"trial {trial.number}") as run:
        run.params(flat({"learning_rate": rate, "options": tried.options}))
        try:
            loss = loss_of(tried, _PruningTracker(trial, run))
        except optuna.TrialPruned:  # a pruned run has ended well, so it leaves the block without an error
            run.params({"state": "pruned"})
            loss = None
        else:
            run.params({"state": "complete"})
    if loss is None:
        raise optuna.TrialPruned
    return loss


class _PruningTracker(NullTracker):
    """Hands the validation error of every epoch to Optuna and stops trials that lag behind."""

    def __init__(self, trial: optuna.Trial, inner: Tracker) -> None:
        self._trial, self._inner = trial, inner

    def metrics(self, values: dict[str, float], step: int | None = None) -> None:
        """Report, then prune."""
        self._inner.metrics(values, step)
        self._trial.report(values["validation_loss"], step or 0)
        if self._trial.should_prune():
            raise optuna.TrialPruned


def _study_name(config: ModelConfig, kind: type[Architecture], dataset: Dataset) -> str:
    """A study resumes only with the same data, epochs and space; Optuna refuses other choices in one study."""
    space = hashlib.sha256(repr(sorted(kind.SEARCH_SPACE.items())).encode()).hexdigest()[:8]
    return f"{config.name}-{dataset.fingerprint}-{config.epochs}-{space}"
