"""The one door to Optuna: search of options by the validation error, never touching the test part.

A study lies in one storage. A call goes on where an earlier one stopped, and several processes or machines that name
the same storage share the work: each asks for new trials. In a database those of a process that died are tried again.
"""

from __future__ import annotations

import hashlib
import logging
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import optuna
import torch
from optuna.storages import BaseStorage, JournalStorage, RDBStorage, RetryFailedTrialCallback
from optuna.storages.journal import JournalFileBackend

from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import UsageError
from ssbscreen.curation.splits import grouped_kfold
from ssbscreen.files.paths import state_dir
from ssbscreen.model_parts.base import Architecture, Targets, architecture, make_options
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.cross_validation import folds
from ssbscreen.training.energies import Energies
from ssbscreen.training.ensemble import Ensemble, pick_device
from ssbscreen.training.metrics import censored_mae
from ssbscreen.training.pretrained import Encoders
from ssbscreen.training.rows import Table, group_labels
from ssbscreen.training.run_notes import LoggedData, config_params, flat
from ssbscreen.training.scoring import clip_to_range
from ssbscreen.training.targets import TargetTransform
from ssbscreen.training.tracker import NullTracker, Tracker
from ssbscreen.training.trainer import Part, train_member

_log = logging.getLogger(__name__)
LEARNING_RATES = (3e-4, 1e-2)
JOURNAL = "journal://"
N_INNER = 4  # folds within the learned rows that judge a trial of what is fitted in one go
MIN_VALIDATION = 0.15  # share of the rows that judge a trial; what stops a training early would not tell trials apart
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
    address = os.environ.get("OPTUNA_STORAGE") or f"sqlite:///{state_dir() / 'optuna.db'}"
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
    device: str = "auto",
    tracker: Tracker | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    has_test: bool = False,
    energies: Energies | None = None,
) -> Tuned:
    """Search the architecture's `SEARCH_SPACE` and the learning rate.

    One member is trained a trial. A trial that is worse than the median of the others at the same epoch is pruned.
    The study is named after model and data, so that a second call goes on where the first one stopped. Where the
    config asks for a cross-validation, the search knows the training and validation rows of its first fold alone,
    and an improvement is to be shown on the test rows of that fold.

    Args:
        config: of the model; its options are the starting point and the first trial.
        dataset: only its training and validation parts under the config's split are looked at.
        n_trials: trials to add.
        epochs: of each trial, the config's when None.
        device: "auto", "cpu" or "cuda".
        tracker: each trial becomes a nested run.
        progress: called with a stage, trials done and trials in all.
        has_test: train the given and the found config once more after the search and judge both by the test rows of
            the same split or fold.
        energies: that networks learn first, where the config names some.

    Raises:
        UsageError: the architecture has nothing to search.
    """
    kind = architecture(config.architecture)
    if not kind.SEARCH_SPACE:
        raise UsageError(f"Architecture '{config.architecture}' has no search space for a training; nothing to tune.")
    config = config.model_copy(update={"epochs": epochs or config.epochs})
    tracker, where, tables = tracker or NullTracker(), pick_device(device), _Tables(dataset, energies)
    tracker.params(config_params(config))
    tracker.dataset(LoggedData.of(dataset, (), "tuning"))
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

    def objective(trial: optuna.Trial) -> float:
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
                loss = _loss(tried, tables, where, _PruningTracker(trial, run))
            except optuna.TrialPruned:  # a pruned run has ended well, so it leaves the block without an error
                run.params({"state": "pruned"})
                loss = None
            else:
                run.params({"state": "complete"})
        if loss is None:
            raise optuna.TrialPruned
        return loss

    def report(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        _log.info("%s trial %d: %s, %s", config.name, trial.number, trial.state.name, trial.values)
        if progress is not None:
            progress("tuning", len(study.trials), max(n_trials, len(study.trials)))

    study.optimize(objective, n_trials=n_trials, callbacks=[report])
    best = dict(study.best_params)
    rate = best.pop("learning_rate", config.learning_rate)
    chosen = config.model_copy(update={"options": config.options | best, "learning_rate": rate})
    tracker.params(flat({"best": best, "best_learning_rate": rate}))
    tracker.metrics({"best_validation_loss": study.best_value})
    tuned = Tuned(chosen, float(study.best_value), len(study.trials))
    if not has_test:
        return tuned
    given_loss, best_loss = (_loss(c, tables, where, NullTracker(), is_test=True) for c in (config, chosen))
    _log.info("%s: test loss %.5g of the given config, %.5g of the best", config.name, given_loss, best_loss)
    tracker.metrics({"test_loss_given": given_loss, "test_loss_best": best_loss})
    return replace(tuned, test_loss_given=given_loss, test_loss_best=best_loss)


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
    """A study goes on only with the same data, epochs and space; Optuna refuses other choices in one study."""
    space = hashlib.sha256(repr(sorted(kind.SEARCH_SPACE.items())).encode()).hexdigest()[:8]
    return f"{config.name}-{dataset.fingerprint}-{config.epochs}-{space}"


class _Tables:
    """Encoded rows of one dataset; trials with the same representation share them."""

    def __init__(self, dataset: Dataset, energies: Energies | None) -> None:
        self._dataset, self._energies = dataset, energies
        self._made: dict[str, Table] = {}

    def of(self, config: ModelConfig) -> Table:
        """Table under the config's representation."""
        kind = architecture(config.architecture)
        representation = kind.representation(make_options(kind, config.options))
        key = f"{type(representation).__name__} {sorted(vars(representation).items())}"
        if key not in self._made:
            self._made[key] = Table.of(config, self._dataset)
        return self._made[key]

    def start(self, config: ModelConfig, learned: np.ndarray) -> Encoders:
        """What a network that learns from these rows of the table starts from."""
        if self._energies is None:
            return Encoders()
        return self._energies.encoders(self.of(config).candidates, learned, architecture(config.architecture))


def _loss(config: ModelConfig, tables: _Tables, device: torch.device, tracker: Tracker, is_test: bool = False) -> float:
    """Error in standard deviations of each property, on rows that one member did not learn from.

    A trial is judged by the validation rows of the split, or of its first fold; what is fitted in one go by inner folds
    over all rows of training and validation, since one small part tells little. With `is_test` the test rows of the
    same split or fold judge, which no trial ever saw.
    """
    share = max(config.split.validation, MIN_VALIDATION)
    config = config.model_copy(update={"split": config.split.model_copy(update={"validation": share})})
    table, kind = tables.of(config), architecture(config.architecture)
    train, validation, test = folds(config, table.groups)[0]
    known = np.sort(np.concatenate([train, validation]))
    if not kind.is_fitted_directly:
        parts = [(train, validation, test if is_test else validation)]
    elif is_test:
        parts = [(known, known[:0], test)]
    else:
        parts = [(np.setdiff1d(known, judged), known[:0], judged) for judged in _inner_parts(config, table, known)]
    errors = np.zeros((len(parts), len(config.properties)))
    for number, (first, stops, judged) in enumerate(parts):
        model, transform, loss = _trained(
            config, table, first, stops, device, tracker, tables.start(config, np.concatenate([first, stops]))
        )
        if loss is not None and not kind.is_fitted_afterwards and not is_test:
            return loss
        output = Ensemble([model], transform).predict(
            [table.items[i] for i in judged], [table.candidates[i] for i in judged]
        )
        errors[number] = [
            censored_mae(clip_to_range(key, output.mean[:, t]), table.values[judged, t], table.bound[judged, t])
            / transform.scale[t]
            for t, key in enumerate(config.properties)
        ]
    mean = np.asarray(np.nanmean(errors, axis=0))
    weights = np.array([config.loss.property_weights.get(p, 1.0) for p in config.properties])
    total = float(np.nansum(weights * mean) / weights[np.isfinite(mean)].sum())
    if kind.is_fitted_directly:
        tracker.metrics({"validation_loss": total})
    _log.info(
        "%s: errors in standard deviations %s",
        config.name,
        dict(zip(config.properties, np.round(mean, 4).tolist(), strict=True)),
    )
    return total


def _inner_parts(config: ModelConfig, table: Table, known: np.ndarray) -> list[np.ndarray]:
    """Rows that each inner fold leaves out; as in the split, rows of no fold are learned from in every one."""
    split, labels = config.split, group_labels(config.split, table.groups)
    if split.fold_group and not split.is_rest_divided:
        is_named = np.asarray(table.groups[split.fold_group]).astype(str)[known] != ""
        known = known[np.isin(labels[known], labels[known][is_named])]
    return [known[judged] for _, judged in grouped_kfold(labels[known], N_INNER, split.seed)]


def _trained(
    config: ModelConfig,
    table: Table,
    train_rows: np.ndarray,
    validation_rows: np.ndarray,
    device: torch.device,
    tracker: Tracker,
    encoders: Encoders,
) -> tuple[Architecture, TargetTransform, float | None]:
    """One member that learned from the training rows, and the best validation loss where epochs were run."""
    transform = TargetTransform.fit(
        table.values[train_rows],
        table.bound[train_rows],
        table.fractions[train_rows],
        np.array([p in config.linear_reference for p in config.properties]),
    )
    everything = Part(
        table.items,
        Targets(transform.learned(table.values, table.fractions), table.bound, table.auxiliary),
        table.sizes,
    )
    kind = architecture(config.architecture)
    options = make_options(kind, config.options)
    torch.manual_seed(config.seed)
    model: Architecture = kind(options, len(config.properties))
    encoders.start(model, 0)
    model.prepare(transform.offset, transform.scale)
    train, loss = everything.take(train_rows), None
    if not kind.is_fitted_directly:
        trained = train_member(
            config,
            model,
            kind.representation(options),
            train,
            everything.take(validation_rows),
            seed=config.seed,
            device=device,
            tracker=tracker,
        )
        model, loss = trained.model, trained.history[trained.best_epoch]["validation_loss"]
    if kind.is_fitted_directly or kind.is_fitted_afterwards:
        model.fit(train.items, train.targets, config.seed)
    return model, transform, loss
