"""The end of a training: calibration, domain, scores, card and weights."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from ssbscreen.core.candidate import OWN_MEASUREMENTS
from ssbscreen.core.dataset import EXACT, Dataset
from ssbscreen.training import baseline as plain
from ssbscreen.training.calibration import apply_calibration, error_correlation, fit_calibration
from ssbscreen.training.card import Calibration, Credit, ErrorCorrelation, ModelCard, Score, SplitScore, write_model
from ssbscreen.training.config import ModelConfig, SplitConfig
from ssbscreen.training.cross_validation import OutOfFold, judge
from ssbscreen.training.domain import Domain, domain_tensors
from ssbscreen.training.ensemble import Ensemble
from ssbscreen.training.rows import Split, Table, classes_of
from ssbscreen.training.scoring import HeldOut, score_rows

RANDOM_SPLIT = "random"
_DOMAIN_ROWS = 4000  # training rows that scale and settle the domain; all of them would cost as much as an epoch
_REFIT = (
    " The shipped weights were then trained once more in the same way with test and calibration part added; "
    "scores, calibration and threshold of the domain are those of the weights that had not seen them."
)
_OUT_OF_FOLD = (
    "Scores and calibration are of the out-of-fold predictions, coverage of each fold under the calibration of the "
    "others. Median and baseline on the same folds. The shipped weights are trained in the same way on all rows."
)
_PACKAGES = ("torch", "torch-geometric", "lightning", "pymatgen", "numpy", "scikit-learn", "safetensors")


def finish(
    shipped: Ensemble | None,
    config: ModelConfig,
    dataset: Dataset,
    table: Table,
    split: Split,
    ensemble: Ensemble,
    others: dict[str, tuple[SplitScore, ...]],
    device: torch.device,
    credits: Sequence[Credit],
    seconds: float,
    out: Path,
) -> ModelCard:
    """Calibrate, fit the domain, score the test part once, and write; `shipped` is a refit on all rows."""
    kept = np.concatenate([split.calibration, split.test])
    output = ensemble.predict([table.items[i] for i in kept], [table.candidates[i] for i in kept], device=device)
    calibration = np.arange(len(split.calibration))
    test = len(calibration) + np.arange(len(split.test))
    properties = config.properties
    factors, domains, scores = {}, {}, {}
    errors = np.full((len(split.calibration), len(properties)), np.nan)
    baseline = plain.baseline_predictions(config, table.candidates, table.values, table.bound, split.train, split.test)
    classes = classes_of(config, table.groups)
    for t, key in enumerate(properties):
        value, bound = table.values[:, t], table.bound[:, t]
        factors[key] = fit_calibration(
            output.mean[calibration, t],
            output.std_aleatoric[calibration, t],
            output.std_epistemic[calibration, t],
            value[split.calibration],
            bound[split.calibration],
            config.noise_floor.get(key, 0.0),
            None if classes is None else classes[split.calibration],
        )
        exact = bound[split.calibration] == EXACT
        errors[:, t] = np.where(exact, output.mean[calibration, t] - value[split.calibration], np.nan)
        has = np.isfinite(value)
        placed = output.embedding[calibration][has[split.calibration]]
        domains[key] = _domain(config, table, ensemble, split.train[has[split.train]], placed, device)
        if shipped is not None:  # it knows the calibration rows, so how far new ones lie is told by the first
            everything = _domain(config, table, shipped, np.flatnonzero(has), placed[:0], device)
            domains[key] = replace(everything, threshold=domains[key].threshold)
        scores[key] = score_rows(
            key,
            HeldOut(
                output.mean[test, t],
                np.hypot(
                    *apply_calibration(
                        factors[key],
                        output.std_aleatoric[test, t],
                        output.std_epistemic[test, t],
                        None if classes is None else classes[split.test],
                    )
                ),
                value[split.test],
                bound[split.test],
                np.full(len(test), np.nanmedian(value[split.train])),
                None if baseline is None else baseline[:, t],
                {name: of[split.test] for name, of in table.groups.items()},
            ),
        )
    return _write(
        config,
        dataset,
        shipped or ensemble,
        split,
        factors,
        domains,
        _beside(scores, others),
        error_correlation(errors),
        device,
        credits,
        seconds,
        out,
    )


def _domain(
    config: ModelConfig, table: Table, ensemble: Ensemble, known: np.ndarray, placed: np.ndarray, device: torch.device
) -> Domain:
    """Domain of the rows that a property was learned from, with the embeddings of held-out ones."""
    own = _is_own(table)
    sample = np.random.default_rng(config.seed).permutation(known)
    sample = sample[np.argsort(~own[sample], kind="stable")][:_DOMAIN_ROWS]  # the user's own in any case
    return Domain.fit(
        ensemble.embed([table.items[i] for i in sample], device=device),
        placed,
        table.fractions[known],
        config.seed,
        own[sample],
    )


def finish_folds(
    found: OutOfFold,
    config: ModelConfig,
    dataset: Dataset,
    table: Table,
    split: Split,
    ensemble: Ensemble,
    others: dict[str, tuple[SplitScore, ...]],
    device: torch.device,
    credits: Sequence[Credit],
    seconds: float,
    out: Path,
) -> ModelCard:
    """As `finish`, with calibration and scores from a cross-validation that is over."""
    output = ensemble.predict(table.items, table.candidates, device=device)
    factors, domains, scores, own = {}, {}, {}, _is_own(table)
    errors = np.where(table.bound == EXACT, found.output.mean - table.values, np.nan)
    for t, key in enumerate(config.properties):
        has = np.isfinite(table.values[:, t])
        factors[key], scores[key] = judge(config, key, t, found, table.values[:, t], table.bound[:, t], table.groups)
        domains[key] = Domain.fit_folds(
            output.embedding[has], table.fractions[has], found.fold[has], config.seed, own[has]
        )
    return _write(
        config,
        dataset,
        ensemble,
        split,
        factors,
        domains,
        _beside(scores, others),
        error_correlation(errors),
        device,
        credits,
        seconds,
        out,
    )


def _is_own(table: Table) -> np.ndarray:
    """Rows that the user brought in.  # (n,) bool"""
    return np.array([candidate.source == OWN_MEASUREMENTS for candidate in table.candidates], dtype=bool)


def _beside(scores: dict[str, Score], others: dict[str, tuple[SplitScore, ...]]) -> dict[str, Score]:
    """Scores with those of other divisions beside them."""
    return {
        key: score.model_copy(
            update={
                "other_splits": tuple(s for s in others[key] if s.split != RANDOM_SPLIT),
                "mae_random_split": next((s.mae for s in others[key] if s.split == RANDOM_SPLIT), None),
            }
        )
        for key, score in scores.items()
    }


def _write(
    config: ModelConfig,
    dataset: Dataset,
    ensemble: Ensemble,
    split: Split,
    factors: dict[str, Calibration],
    domains: dict[str, Domain],
    scores: dict[str, Score],
    correlation: np.ndarray,
    device: torch.device,
    credits: Sequence[Credit],
    seconds: float,
    out: Path,
) -> ModelCard:
    """Card, config and weights."""
    properties = config.properties
    tensors = ensemble.tensors()
    if config.is_float16:
        rounded = ensemble.members[0].float16_prefix
        tensors = {
            key: value.half() if value.is_floating_point() and _is_weight(key, rounded) else value
            for key, value in tensors.items()
        }
    tensors |= domain_tensors(domains)
    card = ModelCard(
        name=config.name,
        version=config.version,
        kind=ensemble.representation.kind,
        properties=properties,
        architecture=config.architecture,
        n_members=len(ensemble.members),
        n_parameters=ensemble.n_parameters,
        priority=config.priority,
        sources=tuple(credits) or tuple(Credit(name=s) for s in config.sources),
        protocol=_protocol(config),
        dataset_fingerprint=dataset.fingerprint,
        n_rows=split.sizes(),
        seed=config.seed,
        packages={name: version(name) for name in _PACKAGES} | {"python": platform.python_version()},
        scores=scores,
        baseline=plain.title(config),
        calibration=factors,
        correlation=tuple(
            ErrorCorrelation(first=properties[j], second=properties[i], value=round(float(correlation[i, j]), 4))
            for i in range(len(properties))
            for j in range(i)
        ),
        domain_threshold={key: domain.threshold for key, domain in domains.items()},
        training_seconds=seconds,
        trained_on=str(device),
        limits=config.limits,
    )
    return write_model(out, card, config, tensors)


def _is_weight(key: str, prefix: str) -> bool:
    """Whether a stored tensor belongs to a member, with that prefix of its own name."""
    member, _, name = key.partition(".")
    return member.startswith("member_") and name.startswith(prefix)


def _protocol(config: ModelConfig) -> str:
    """How the model was scored, in words, with what its config adds."""
    return f"{_split_in_words(config.split)} {config.protocol}".strip()


def _split_in_words(split: SplitConfig) -> str:
    if split.folds and split.fold_group:
        told = "each label" if not split.test_labels else f"each of the labels {list(split.test_labels)}"
        rest = "divided over the folds" if split.is_rest_divided else "learned from in every fold"
        return (
            f"Cross-validation in which {told} of {split.fold_group} is the test part once, no {split.group} on both "
            f"sides, seed {split.seed}; rows without such a label are {rest}. {_OUT_OF_FOLD}"
        )
    if split.folds:
        n_run = f", of which {split.max_folds} were run" if split.max_folds < split.folds else ""
        return (
            f"Cross-validation with {split.folds} folds by {split.group}, seed {split.seed}{n_run}; no group on both "
            f"sides of a fold. {_OUT_OF_FOLD}"
        )
    test = f"test {split.test:.0%}"
    if split.test_group:
        test = f"test = rows with {split.test_group} in {list(split.test_labels)}"
    return (
        f"Split by {split.group}, seed {split.seed}: {test}, calibration {split.calibration:.0%}, validation "
        f"{split.validation:.0%}, no {split.group} in two parts. Median and baseline on the same rows."
        f"{_REFIT if split.is_refit else ''}"
    )
