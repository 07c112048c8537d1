"""Train one model from a dataset: split, encode, train the ensemble, calibrate, score, write."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import UsageError
from ssbscreen.model_parts.base import Targets, architecture, make_options
from ssbscreen.training import baseline as plain
from ssbscreen.training.card import Credit, ModelCard, SplitScore
from ssbscreen.training.config import ModelConfig, SplitConfig
from ssbscreen.training.cross_validation import inner_split, judge_split, out_of_fold
from ssbscreen.training.energies import Energies
from ssbscreen.training.ensemble import Ensemble, EnsembleOutput, Progress, pick_device
from ssbscreen.training.finish import RANDOM_SPLIT, finish, finish_folds
from ssbscreen.training.leak_check import check_split
from ssbscreen.training.pretrained import Encoders, read_encoders, round_to_float16
from ssbscreen.training.rows import Split, Table, group_labels, split_rows
from ssbscreen.training.run_notes import LoggedData, card_note, config_params, flat, score_metrics
from ssbscreen.training.targets import TargetTransform
from ssbscreen.training.tracker import NullTracker, Tracker
from ssbscreen.training.trainer import Part, train_member

_log = logging.getLogger(__name__)


def train_model(
    config: ModelConfig,
    dataset: Dataset,
    out: Path,
    *,
    credits: Sequence[Credit] = (),
    tracker: Tracker | None = None,
    device: str = "auto",
    checkpoints: Path | None = None,
    progress: Progress | None = None,
    pretrained: Path | None = None,
    devices: int = 1,
    energies: Energies | None = None,
) -> ModelCard:
    """Train a model and write card, config and weights into a folder.

    Args:
        config: of the model.
        dataset: rows with at least one of the config's properties; others are ignored.
        out: folder of the model, usually models/<name>.
        credits: of the sources, for the card.
        tracker: where parameters and metrics per epoch go; nowhere when None.
        device: "auto", "cpu" or "cuda".
        checkpoints: folder of resumable checkpoints, inside it one for each config and dataset; a finished or
            half-finished training goes on from there. No checkpoints when None.
        progress: called with a stage, steps done and steps in all.
        pretrained: folder of the model that the config names as `pretrained`.
        devices: GPUs, or processes on a CPU, that share each training.
        energies: that networks learn first, where the config names some.

    Raises:
        UsageError: the dataset lacks a property or the split's group, or the pretrained model does not fit.
        ModelError: no row could be encoded.
    """
    start = time.monotonic()
    tracker = tracker or NullTracker()
    where = pick_device(device)
    table = Table.of(config, dataset)
    encoders = read_encoders(config, pretrained)
    _check_energies(config, energies)
    if checkpoints is not None:
        first = encoders.fingerprint if energies is None else energies.fingerprint
        identity = f"{config.identity()} {dataset.fingerprint}{first}".encode()
        checkpoints = checkpoints / hashlib.sha256(identity).hexdigest()[:16]
    tracker.params(config_params(config))
    tracker.dataset(LoggedData.of(dataset, tuple(credits)))
    energies = None if energies is None else replace(energies, tracker=tracker)
    job = _Job(config, table, where, checkpoints, tracker, progress, encoders, devices, energies)
    if config.split.folds:
        found = out_of_fold(config, table.groups, table.values, job.predict_fold, job.baseline)
        rows = np.arange(len(table.items))
        labels = group_labels(config.split, table.groups)
        split = Split(*inner_split(config, labels, rows, config.split.folds), rows[:0], rows[:0])
    else:
        found, split = None, split_rows(config.split, table.groups)
        split = replace(
            split,
            calibration=split.calibration[table.is_trusted[split.calibration]],
            test=split.test[table.is_trusted[split.test]],
        )
    _log.info("%s: %d rows, %s", config.name, len(table.items), split.sizes())
    learned = np.concatenate([split.train, split.validation, split.calibration])
    check_split(config.name, config.split, table.candidates, learned, split.test)
    tracker.params({f"rows.{part}": n for part, n in split.sizes().items()})
    others = job.other_splits()
    ensemble = job.train(split)
    if progress is not None:
        progress("scoring", 0, 1)
    shipped = job.refit(split) if config.split.is_refit and found is None else None
    if not config.early_stopping and found is None:  # nothing was chosen on the validation part: it can judge as well
        split = replace(
            split,
            calibration=np.union1d(split.calibration, split.validation[table.is_trusted[split.validation]]),
            validation=split.validation[:0],
        )
    end = partial(finish, shipped) if found is None else partial(finish_folds, found)
    earlier = job.earlier_seconds + ([] if energies is None else energies.earlier_seconds)
    seconds = time.monotonic() - start + sum(earlier)
    card = end(config, dataset, table, split, ensemble.to(where), others, where, credits, seconds, out)
    tracker.metrics(score_metrics(card))
    tracker.note(card_note(card))
    tracker.artifact(out)
    for key, score in card.scores.items():
        _log.info(
            "%s %s: MAE %.4g, median %.4g, baseline %s, coverage %s",
            config.name,
            key,
            score.mae,
            score.mae_median,
            score.mae_baseline,
            score.interval_coverage,
        )
    return card


def train_rows(
    config: ModelConfig,
    table: Table,
    rows: np.ndarray,
    *,
    device: str = "auto",
    encoders: Encoders | None = None,
    warm: Ensemble | None = None,
    energies: Energies | None = None,
) -> Ensemble:
    """Ensemble trained on some rows of a table, without scoring it; validation groups are taken from these rows.

    Args:
        config: recipe.
        table: encoded rows of one dataset.
        rows: that may be learned from, ascending.
        device: "auto", "cpu" or "cuda".
        encoders: pretrained ones that the config asks for.
        warm: an ensemble of the same recipe to go on from, with a third of the epochs; models that are fitted
            directly start anew.
        energies: that the networks learn first, unless `warm` is given.
    """
    _check_energies(config, energies)
    where = pick_device(device)
    train, validation = inner_split(config, group_labels(config.split, table.groups), rows, 0)
    transform = None
    if warm is not None and not architecture(config.architecture).is_fitted_directly:
        config = config.model_copy(
            update={"epochs": max(1, -(-config.epochs // 3)), "learning_rate": config.learning_rate / 3}
        )
        encoders = Encoders(tuple(dict(member.state_dict()) for member in warm.members))
        transform, energies = warm.transform, None
    job = _Job(config, table, where, None, NullTracker(), None, encoders or Encoders(), 1, energies)
    return job.train(Split(train, validation, rows[:0], rows[:0]), transform=transform).to(where)


@dataclass(frozen=True)
class _Job:
    """What the trainings of one call have in common; `earlier_seconds` gathers what earlier calls trained."""

    config: ModelConfig
    table: Table
    device: torch.device
    checkpoints: Path | None
    tracker: Tracker
    progress: Progress | None
    encoders: Encoders
    devices: int
    energies: Energies | None = None
    earlier_seconds: list[float] = field(default_factory=list)

    def train(self, split: Split, part: str = "", transform: TargetTransform | None = None) -> Ensemble:
        """Ensemble of one split; `part` keeps the checkpoints of several apart, a given scale of the targets stays."""
        config, table = self.config, self.table
        transform = transform or TargetTransform.fit(
            table.values[split.train],
            table.bound[split.train],
            table.fractions[split.train],
            np.array([p in config.linear_reference for p in config.properties]),
        )
        checkpoints = self.checkpoints / part if self.checkpoints is not None else None
        return _train_ensemble(
            config,
            table,
            split,
            transform,
            self.device,
            checkpoints,
            self.tracker,
            self.progress,
            self._start(split),
            self.devices,
            self.earlier_seconds,
        )

    def _start(self, split: Split) -> Encoders:
        """What the networks of a split start from."""
        if self.energies is None:
            return self.encoders
        return self.energies.encoders(
            self.table.candidates,
            np.concatenate([split.train, split.validation]),
            architecture(self.config.architecture),
        )

    def refit(self, split: Split) -> Ensemble:
        """Ensemble that learned from all rows but those that stop it; it is judged by the one that did not."""
        rows = np.arange(len(self.table.items))
        if self.config.early_stopping:
            rows = np.setdiff1d(rows, split.validation)
        return self.train(Split(rows, split.validation, rows[:0], rows[:0]), "refit").to(self.device)

    def predict_fold(
        self,
        train: np.ndarray,
        validation: np.ndarray,
        test: np.ndarray,
        fold: int,
        prefix: str = "",
        division: SplitConfig | None = None,
    ) -> EnsembleOutput:
        """Train without a fold and predict it."""
        check_split(
            self.config.name,
            division or self.config.split,
            self.table.candidates,
            np.concatenate([train, validation]),
            test,
        )
        ensemble = self.train(Split(train, validation, train[:0], test), f"{prefix}fold_{fold}").to(self.device)
        return ensemble.predict(
            [self.table.items[i] for i in test], [self.table.candidates[i] for i in test], device=self.device
        )

    def other_splits(self) -> dict[str, tuple[SplitScore, ...]]:
        """Scores of each property under the divisions that the config names beside the main one."""
        table = self.table
        scores: dict[str, list[SplitScore]] = {key: [] for key in self.config.properties}
        named = dict(self.config.other_splits)
        if self.config.random_split_score:
            named[RANDOM_SPLIT] = self.config.split.model_copy(
                update={"group": "row", "fold_group": "", "test_group": "", "test_labels": ()}
            )
        for name, split in named.items():
            config = self.config.model_copy(update={"split": split})

            def predict(
                train: np.ndarray,
                validation: np.ndarray,
                test: np.ndarray,
                fold: int,
                name: str = name,
                split: SplitConfig = split,
            ) -> EnsembleOutput:
                return self.predict_fold(train, validation, test, fold, f"{name}_", split)

            found = out_of_fold(config, table.groups, table.values, predict, lambda train, test: None)
            for t, key in enumerate(config.properties):
                scores[key].append(judge_split(key, name, t, found, table.values[:, t], table.bound[:, t]))
        return {key: tuple(own) for key, own in scores.items()}

    def baseline(self, train: np.ndarray, test: np.ndarray) -> np.ndarray | None:
        """Plain baseline for the test rows."""
        return plain.baseline_predictions(
            self.config, self.table.candidates, self.table.values, self.table.bound, train, test
        )


def _check_energies(config: ModelConfig, energies: Energies | None) -> None:
    if config.energies and energies is None:
        raise UsageError(f"Model '{config.name}' starts from energies ('{config.energies}'), and none were given.")


def _train_ensemble(
    config: ModelConfig,
    table: Table,
    split: Split,
    transform: TargetTransform,
    device: torch.device,
    checkpoints: Path | None,
    tracker: Tracker,
    progress: Progress | None,
    encoders: Encoders,
    devices: int,
    earlier_seconds: list[float],
) -> Ensemble:
    kind = architecture(config.architecture)
    options = make_options(kind, config.options)
    learned = transform.learned(table.values, table.fractions)
    balanced = config.sampling.balance
    if balanced and balanced not in table.groups:
        raise UsageError(f"The dataset has no group '{balanced}' to balance; it has {', '.join(sorted(table.groups))}.")
    everything = Part(
        table.items,
        Targets(learned, table.bound, table.auxiliary),
        table.sizes,
        np.asarray(table.groups[balanced]).astype(str) if balanced else None,
        table.weights,
    )
    train, validation = everything.take(split.train), everything.take(split.validation)
    members = []
    for m in range(config.n_members):
        seed = config.seed * 1000 + m
        torch.manual_seed(seed)
        model = kind(options, len(config.properties))
        encoders.start(model, m)
        model.prepare(transform.offset, transform.scale)
        with tracker.child(f"{config.name} member {m}") as run:
            run.params(
                flat({"member": m, "seed": seed, "architecture": config.architecture, "options": config.options})
            )
            if kind.is_fitted_directly:  # nothing is stopped early, so the validation part is learned from too
                known = everything.take(np.sort(np.concatenate([split.train, split.validation])))
                model.fit(known.items, known.targets, seed)
                members.append(model)
            else:

                def report(epoch: int, member: int = m) -> None:
                    if progress is not None:
                        progress("training", member * config.epochs + epoch + 1, config.n_members * config.epochs)

                trained = train_member(
                    config,
                    model,
                    kind.representation(options),
                    train,
                    validation,
                    seed=seed,
                    device=device,
                    checkpoints=checkpoints / f"member_{m}" if checkpoints is not None else None,
                    tracker=run,
                    on_epoch=report,
                    devices=devices,
                )
                _log.info(
                    "%s member %d: best epoch %d of %d, %.0f s",
                    config.name,
                    m,
                    trained.best_epoch,
                    len(trained.history),
                    trained.seconds + trained.earlier_seconds,
                )
                earlier_seconds.append(trained.earlier_seconds)
                model = trained.model
                if kind.is_fitted_afterwards:
                    known = everything.take(np.sort(np.concatenate([split.train, split.validation])))
                    model.fit(known.items, known.targets, seed)
                members.append(model)
    if config.is_float16:
        for model in members:
            round_to_float16(model)
    return Ensemble(members, transform)
