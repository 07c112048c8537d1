"""Train one model from a dataset: split, encode, train the ensemble, calibrate, score, write."""

from __future__ import annotations

import hashlib
import logging
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from ssbscreen.architectures.base import Targets, architecture, make_options
from ssbscreen.core.dataset import EXACT, Dataset
from ssbscreen.core.errors import UsageError
from ssbscreen.training import baseline as plain
from ssbscreen.training.calibration import apply_calibration, error_correlation, fit_calibration
from ssbscreen.training.card import (
    Calibration,
    Credit,
    ErrorCorrelation,
    ModelCard,
    Score,
    SplitScore,
    write_model,
)
from ssbscreen.training.config import ModelConfig, SplitConfig
from ssbscreen.training.cross_validation import OutOfFold, inner_split, judge, judge_split, out_of_fold
from ssbscreen.training.domain import Domain
from ssbscreen.training.ensemble import Ensemble, EnsembleOutput, Progress, pick_device
from ssbscreen.training.leak_check import check_split
from ssbscreen.training.pretrained import Encoders, read_encoders, round_to_half
from ssbscreen.training.rows import Split, Table, group_labels, split_rows
from ssbscreen.training.scoring import HeldOut, score_rows
from ssbscreen.training.targets import TargetTransform
from ssbscreen.training.tracking import NullTracker, Tracker
from ssbscreen.training.trainer import Part, train_member

_log = logging.getLogger(__name__)
RANDOM_SPLIT = "random"
_DOMAIN_ROWS = 4000  # training rows that scale and settle the domain; all of them would cost as much as an epoch
_REFIT = (" The shipped weights were then trained once more in the same way with the test part added; scores and "
          "calibration are those of the weights that had not seen it.")
_PACKAGES = ("torch", "torch-geometric", "lightning", "pymatgen", "numpy", "scikit-learn", "safetensors")
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

    Raises:
        UsageError: the dataset lacks a property or the split's group, or the pretrained model does not fit.
        ModelError: no row could be encoded.
    """
    start = time.monotonic()
    tracker = tracker or NullTracker()
    where = pick_device(device)
    table = Table.of(config, dataset)
    encoders = read_encoders(config, pretrained)
    if checkpoints is not None:
        identity = f"{config.model_dump_json()} {dataset.fingerprint}{encoders.fingerprint}".encode()
        checkpoints = checkpoints / hashlib.sha256(identity).hexdigest()[:16]
    tracker.params({"config": config.model_dump_json()})
    tracker.dataset(dataset.name, dataset.fingerprint, len(dataset))
    job = _Job(config, table, where, checkpoints, tracker, progress, encoders)
    if config.split.folds:
        found = out_of_fold(config, table.groups, table.values, job.predict_fold, job.baseline)
        rows = np.arange(len(table.items))
        labels = group_labels(config.split, table.groups)
        split = Split(*inner_split(config, labels, rows, config.split.folds), rows[:0], rows[:0])
    else:
        found, split = None, split_rows(config.split, table.groups)
    _log.info("%s: %d rows, %s", config.name, len(table.items), split.sizes())
    learned = np.concatenate([split.train, split.validation, split.calibration])
    check_split(config.name, config.split, table.candidates, learned, split.test)
    tracker.params(dict(split.sizes()))
    others = job.other_splits()
    ensemble = job.train(split)
    if progress is not None:
        progress("scoring", 0, 1)
    shipped = job.refit(split) if config.split.is_refit and found is None else None
    finish = partial(_finish, shipped) if found is None else partial(_finish_folds, found)
    card = finish(config, dataset, table, split, ensemble.to(where), others, where, credits, time.monotonic() - start,
                  out)
    tracker.metrics({f"test_mae_{p}": s.mae for p, s in card.scores.items()}
                    | {f"test_coverage_{p}": s.interval_coverage or float("nan") for p, s in card.scores.items()})
    tracker.artifact(out)
    for key, score in card.scores.items():
        _log.info("%s %s: MAE %.4g, median %.4g, baseline %s, coverage %s", config.name, key, score.mae,
                  score.mae_median, score.mae_baseline, score.interval_coverage)
    return card


@dataclass(frozen=True)
class _Job:
    """What the trainings of one call have in common."""

    config: ModelConfig
    table: Table
    device: torch.device
    checkpoints: Path | None
    tracker: Tracker
    progress: Progress | None
    encoders: Encoders

    def train(self, split: Split, part: str = "") -> Ensemble:
        """Ensemble of one split; `part` keeps the checkpoints of several apart."""
        config, table = self.config, self.table
        transform = TargetTransform.fit(
            table.values[split.train], table.bound[split.train], table.fractions[split.train],
            np.array([p in config.linear_reference for p in config.properties]),
        )
        checkpoints = self.checkpoints / part if self.checkpoints is not None else None
        return _train_ensemble(config, table, split, transform, self.device, checkpoints, self.tracker, self.progress,
                               self.encoders)

    def refit(self, split: Split) -> Ensemble:
        """Ensemble that learned from the test part too; its score is that of the one that did not."""
        rows = np.sort(np.concatenate([split.train, split.test]))
        return self.train(Split(rows, split.validation, split.calibration, rows[:0]), "refit").to(self.device)

    def predict_fold(self, train: np.ndarray, validation: np.ndarray, test: np.ndarray, fold: int, prefix: str = "",
                     division: SplitConfig | None = None) -> EnsembleOutput:
        """Train without a fold and predict it."""
        check_split(self.config.name, division or self.config.split, self.table.candidates,
                    np.concatenate([train, validation]), test)
        ensemble = self.train(Split(train, validation, train[:0], test), f"{prefix}fold_{fold}").to(self.device)
        return ensemble.predict([self.table.items[i] for i in test], [self.table.candidates[i] for i in test],
                                device=self.device)

    def other_splits(self) -> dict[str, tuple[SplitScore, ...]]:
        """Scores of each property under the divisions that the config names beside the main one."""
        table = self.table
        scores: dict[str, list[SplitScore]] = {key: [] for key in self.config.properties}
        named = dict(self.config.other_splits)
        if self.config.random_split_score:
            named[RANDOM_SPLIT] = self.config.split.model_copy(
                update={"group": "row", "fold_group": "", "test_group": "", "test_labels": ()})
        for name, split in named.items():
            config = self.config.model_copy(update={"split": split})

            def predict(train: np.ndarray, validation: np.ndarray, test: np.ndarray, fold: int, name: str = name,
                        split: SplitConfig = split) -> EnsembleOutput:
                return self.predict_fold(train, validation, test, fold, f"{name}_", split)

            found = out_of_fold(config, table.groups, table.values, predict, lambda train, test: None)
            for t, key in enumerate(config.properties):
                scores[key].append(judge_split(key, name, t, found, table.values[:, t], table.bound[:, t]))
        return {key: tuple(own) for key, own in scores.items()}

    def baseline(self, train: np.ndarray, test: np.ndarray) -> np.ndarray | None:
        """Plain baseline for the test rows."""
        return plain.baseline_predictions(self.config, self.table.candidates, self.table.values, self.table.bound,
                                          train, test)


def _train_ensemble(config: ModelConfig, table: Table, split: Split, transform: TargetTransform,
                    device: torch.device, checkpoints: Path | None, tracker: Tracker, progress: Progress | None,
                    encoders: Encoders) -> Ensemble:
    kind = architecture(config.architecture)
    options = make_options(kind, config.options)
    learned = transform.learned(table.values, table.fractions)
    balanced = config.sampling.balance
    if balanced and balanced not in table.groups:
        raise UsageError(f"The dataset has no group '{balanced}' to balance; it has {', '.join(sorted(table.groups))}.")
    everything = Part(table.items, Targets(learned, table.bound), table.sizes,
                      np.asarray(table.groups[balanced]).astype(str) if balanced else None)
    train, validation = everything.take(split.train), everything.take(split.validation)
    members = []
    for m in range(config.n_members):
        seed = config.seed * 1000 + m
        torch.manual_seed(seed)
        model = kind(options, len(config.properties))
        encoders.start(model, m)
        model.prepare(transform.offset, transform.scale)
        with tracker.child(f"{config.name} member {m}") as run:
            run.params({"member": m, "seed": seed, "architecture": config.architecture, **config.options})
            if kind.is_fitted_directly:
                model.fit(train.items, train.targets, seed)
                members.append(model)
            else:
                def report(epoch: int, member: int = m) -> None:
                    if progress is not None:
                        progress("training", member * config.epochs + epoch + 1, config.n_members * config.epochs)

                trained = train_member(
                    config, model, kind.representation(options), train, validation, seed=seed, device=device,
                    checkpoints=checkpoints / f"member_{m}" if checkpoints is not None else None, tracker=run,
                    on_epoch=report,
                )
                _log.info("%s member %d: best epoch %d of %d, %.0f s", config.name, m, trained.best_epoch,
                          len(trained.history), trained.seconds)
                model = trained.model
                if kind.is_fitted_afterwards:
                    known = everything.take(np.concatenate([split.train, split.validation]))
                    model.fit(known.items, known.targets, seed)
                members.append(model)
    if config.is_half:
        for model in members:
            round_to_half(model)
    return Ensemble(members, transform)


def _finish(shipped: Ensemble | None, config: ModelConfig, dataset: Dataset, table: Table, split: Split, ensemble: Ensemble,
            others: dict[str, tuple[SplitScore, ...]], device: torch.device, credits: Sequence[Credit], seconds: float,
            out: Path) -> ModelCard:
    """Calibrate, fit the domain, score the test part once, and write; `shipped` is a refit on all but calibration."""
    kept = np.concatenate([split.calibration, split.test])
    output = ensemble.predict([table.items[i] for i in kept], [table.candidates[i] for i in kept], device=device)
    calibration = np.arange(len(split.calibration))
    test = len(calibration) + np.arange(len(split.test))
    properties = config.properties
    factors, domains, scores = {}, {}, {}
    errors = np.full((len(split.calibration), len(properties)), np.nan)
    final, learned, placed = ensemble, split.train, output.embedding[calibration]
    if shipped is not None:
        final, learned = shipped, np.concatenate([split.train, split.test])
        placed = shipped.embed([table.items[i] for i in split.calibration], device=device)
    baseline = plain.baseline_predictions(config, table.candidates, table.values, table.bound, split.train, split.test)
    for t, key in enumerate(properties):
        value, bound = table.values[:, t], table.bound[:, t]
        factors[key] = fit_calibration(
            output.mean[calibration, t], output.std_aleatoric[calibration, t], output.std_epistemic[calibration, t],
            value[split.calibration], bound[split.calibration], config.noise_floor.get(key, 0.0),
        )
        exact = bound[split.calibration] == EXACT
        errors[:, t] = np.where(exact, output.mean[calibration, t] - value[split.calibration], np.nan)
        has = np.isfinite(value)
        known = learned[has[learned]]
        sample = np.random.default_rng(config.seed).permutation(known)[:_DOMAIN_ROWS]
        domains[key] = Domain.fit(
            final.embed([table.items[i] for i in sample], device=device), placed[has[split.calibration]], table.fractions[known], config.seed,
        )
        scores[key] = score_rows(key, HeldOut(
            output.mean[test, t],
            np.hypot(*apply_calibration(factors[key], output.std_aleatoric[test, t], output.std_epistemic[test, t])),
            value[split.test], bound[split.test], np.full(len(test), np.nanmedian(value[split.train])),
            None if baseline is None else baseline[:, t], {name: of[split.test] for name, of in table.groups.items()},
        ))
    return _write(config, dataset, final, split, factors, domains, _beside(scores, others),
                  error_correlation(errors), device, credits, seconds, out)


def _finish_folds(found: OutOfFold, config: ModelConfig, dataset: Dataset, table: Table, split: Split,
                  ensemble: Ensemble, others: dict[str, tuple[SplitScore, ...]], device: torch.device,
                  credits: Sequence[Credit], seconds: float, out: Path) -> ModelCard:
    """As `_finish`, with calibration and scores from a cross-validation that is over."""
    output = ensemble.predict(table.items, table.candidates, device=device)
    factors, domains, scores = {}, {}, {}
    errors = np.where(table.bound == EXACT, found.output.mean - table.values, np.nan)
    for t, key in enumerate(config.properties):
        has = np.isfinite(table.values[:, t])
        factors[key], scores[key] = judge(config, key, t, found, table.values[:, t], table.bound[:, t], table.groups)
        domains[key] = Domain.fit_folds(output.embedding[has], table.fractions[has], found.fold[has], config.seed)
    return _write(config, dataset, ensemble, split, factors, domains, _beside(scores, others),
                  error_correlation(errors), device, credits, seconds, out)


def _beside(scores: dict[str, Score], others: dict[str, tuple[SplitScore, ...]]) -> dict[str, Score]:
    """Scores with those of other divisions beside them."""
    return {key: score.model_copy(update={
        "other_splits": tuple(s for s in others[key] if s.split != RANDOM_SPLIT),
        "mae_random_split": next((s.mae for s in others[key] if s.split == RANDOM_SPLIT), None),
    }) for key, score in scores.items()}


def _write(config: ModelConfig, dataset: Dataset, ensemble: Ensemble, split: Split, factors: dict[str, Calibration],
           domains: dict[str, Domain], scores: dict[str, Score], correlation: np.ndarray, device: torch.device,
           credits: Sequence[Credit], seconds: float, out: Path) -> ModelCard:
    """Card, config and weights."""
    properties = config.properties
    tensors = ensemble.tensors()
    if config.is_half:
        tensors = {key: value.half() if key.startswith("member_") and value.is_floating_point() else value
                   for key, value in tensors.items()}
    for key, domain in domains.items():
        tensors |= domain.tensors(key)
    card = ModelCard(
        name=config.name, version=config.version, kind=ensemble.representation.kind, properties=properties,
        architecture=config.architecture, n_members=len(ensemble.members), n_parameters=ensemble.n_parameters,
        priority=config.priority, sources=tuple(credits) or tuple(Credit(name=s) for s in config.sources),
        protocol=_protocol(config), dataset_fingerprint=dataset.fingerprint, n_rows=split.sizes(), seed=config.seed,
        packages={name: version(name) for name in _PACKAGES} | {"python": platform.python_version()}, scores=scores,
        baseline=plain.title(config), calibration=factors,
        correlation=tuple(
            ErrorCorrelation(first=properties[j], second=properties[i], value=round(float(correlation[i, j]), 4))
            for i in range(len(properties)) for j in range(i)
        ),
        domain_threshold={key: domain.threshold for key, domain in domains.items()}, training_seconds=seconds,
        trained_on=str(device), limits=config.limits,
    )
    return write_model(out, card, config, tensors)


def _protocol(config: ModelConfig) -> str:
    split = config.split
    if split.folds and split.fold_group:
        told = "each label" if not split.test_labels else f"each of the labels {list(split.test_labels)}"
        rest = ("divided over the folds" if split.is_rest_divided else "learned from in every fold")
        return " ".join(filter(None, (
            f"Cross-validation in which {told} of {split.fold_group} is the test part once, no {split.group} on both "
            f"sides, seed {split.seed}; rows without such a label are {rest}. Scores and calibration are of the "
            f"out-of-fold predictions, coverage of each fold under the calibration of the others. Median and "
            f"baseline on the same folds. The shipped weights are trained in the same way on all rows.",
            config.protocol,
        )))
    if split.folds:
        return " ".join(filter(None, (
            f"Cross-validation with {split.folds} folds by {split.group}, seed {split.seed}"
            f"{f', of which {split.max_folds} were run' if split.max_folds < split.folds else ''}; no group on both "
            f"sides of a fold. Scores and calibration are of the out-of-fold predictions, coverage of each fold "
            f"under the calibration of the others. Median and baseline on the same folds. The shipped weights are "
            f"trained in the same way on all rows.", config.protocol,
        )))
    test = (f"test = rows with {split.test_group} in {list(split.test_labels)}" if split.test_group
            else f"test {split.test:.0%}")
    return " ".join(filter(None, (
        f"Split by {split.group}, seed {split.seed}: {test}, calibration {split.calibration:.0%}, validation "
        f"{split.validation:.0%}, no {split.group} in two parts. Median and baseline on the same rows."
        f"{_REFIT if split.is_refit else ''}",
        config.protocol,
    )))
