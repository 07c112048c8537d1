"""Scores from grouped cross-validation: held-out rows are predicted by models that never saw their group, calibration
and scores come from those predictions, and the shipped weights are trained on all rows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ssbscreen.core.errors import UsageError
from ssbscreen.curation.splits import grouped_kfold, grouped_split
from ssbscreen.training.calibration import apply_calibration, fit_calibration
from ssbscreen.training.card import Calibration, Score, SplitScore
from ssbscreen.training.config import ModelConfig, SplitConfig
from ssbscreen.training.ensemble import EnsembleOutput
from ssbscreen.training.rows import classes_of, group_labels, split_rows
from ssbscreen.training.scoring import HeldOut, score_rows, split_score

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of every row by models that never saw its group, stored units.

    Attributes:
        output: raw, uncalibrated; the embedding is left empty.  # (n, n_targets)
        median: of the training rows of the fold.  # (n, n_targets)
        baseline: None when the config has none.  # (n, n_targets)
        fold: in which a row was held out, -1 where that fold was not run.  # (n,)
    """

    output: EnsembleOutput
    median: np.ndarray
    baseline: np.ndarray | None
    fold: np.ndarray


def folds(config: ModelConfig, groups: dict[str, np.ndarray]) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Train, validation and test rows of each fold of the config's split; no group stands in two of them.

    A split without folds is a single one, whose calibration rows are not used.

    Raises:
        UsageError: a group that the dataset does not have.
    """
    if not config.split.folds:
        once = split_rows(config.split, groups)
        return [(once.train, once.validation, once.test)]
    labels = group_labels(config.split, groups)
    found = []
    for number, test in enumerate(_test_parts(config.split, labels, groups)[: config.split.max_folds]):
        rest = np.flatnonzero(~np.isin(labels, labels[test]))
        train, validation = inner_split(config, labels, rest, number)
        found.append((train, validation, test))
    return found


def _test_parts(split: SplitConfig, labels: np.ndarray, groups: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Test rows of each fold."""
    if not split.fold_group:
        return [test for _, test in grouped_kfold(labels, split.folds, split.seed)]
    if split.fold_group not in groups:
        raise UsageError(f"The dataset has no group '{split.fold_group}'; it has {', '.join(sorted(groups))}.")
    fold = np.asarray(groups[split.fold_group]).astype(str).astype(object)
    names = sorted(set(fold) - {""})
    # rows without a label go along with a labelled row of their group
    own = dict(zip(labels[fold != ""], fold[fold != ""], strict=True))
    fold = np.array([f or own.get(g, "") for f, g in zip(fold, labels, strict=True)], dtype=object)
    rest = np.flatnonzero(fold == "")
    if split.is_rest_divided and len(rest):
        for name, (_, part) in zip(names, grouped_kfold(labels[rest], len(names), split.seed), strict=True):
            fold[rest[part]] = name
    return [np.flatnonzero(fold == name) for name in names if not split.test_labels or name in split.test_labels]


def inner_split(config: ModelConfig, labels: np.ndarray, rows: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Training and validation rows among the rows that may be learned from."""
    share = config.split.validation
    train, validation = grouped_split(labels[rows], (1.0 - share, share), config.split.seed + seed)
    return rows[train], rows[validation]


def out_of_fold(
    config: ModelConfig,
    groups: dict[str, np.ndarray],
    values: np.ndarray,
    predict: Callable[[np.ndarray, np.ndarray, np.ndarray, int], EnsembleOutput],
    baseline: Callable[[np.ndarray, np.ndarray], np.ndarray | None],
) -> OutOfFold:
    """Run all folds.

    Args:
        config: of the model.
        groups: of the dataset.  # each (n,)
        values: stored units, NaN where missing.  # (n, n_targets)
        predict: trains on (train, validation) rows and predicts the test rows; the last argument numbers the fold.
        baseline: trains the plain baseline on train rows and predicts the test rows.
    """
    mean, aleatoric, epistemic, median, plain = (np.full(values.shape, np.nan) for _ in range(5))
    number = np.full(len(values), -1, dtype=np.int64)
    has_baseline = False
    parts = folds(config, groups)
    for k, (train, validation, test) in enumerate(parts):
        output = predict(train, validation, test, k)
        mean[test], aleatoric[test], epistemic[test] = output.mean, output.std_aleatoric, output.std_epistemic
        rest = np.concatenate([train, validation])
        median[test] = np.nanmedian(values[rest], axis=0)
        number[test] = k
        found = baseline(rest, test)
        if found is not None:
            plain[test] = found
            has_baseline = True
        _log.info("%s: fold %d of %d, %d rows held out", config.name, k + 1, len(parts), len(test))
    empty = np.zeros((len(values), 0), dtype=np.float32)
    return OutOfFold(EnsembleOutput(mean, aleatoric, epistemic, empty), median, plain if has_baseline else None, number)


def judge(
    config: ModelConfig,
    key: str,
    column: int,
    found: OutOfFold,
    value: np.ndarray,
    bound: np.ndarray,
    groups: dict[str, np.ndarray],
) -> tuple[Calibration, Score]:
    """Calibration from all out-of-fold rows, and the score; stds by calibrating on the other folds only."""
    mean, aleatoric, epistemic = (
        a[:, column] for a in (found.output.mean, found.output.std_aleatoric, found.output.std_epistemic)
    )
    floor = config.noise_floor.get(key, 0.0)
    classes = classes_of(config, groups)
    whole = fit_calibration(mean, aleatoric, epistemic, value, bound, floor, classes)
    std = np.full(len(mean), np.nan)
    numbers = np.unique(found.fold[found.fold >= 0])
    for k in numbers:
        own = found.fold == k
        others = found.fold != k if len(numbers) > 1 else own
        factors = fit_calibration(
            mean[others],
            aleatoric[others],
            epistemic[others],
            value[others],
            bound[others],
            floor,
            None if classes is None else classes[others],
        )
        std[own] = np.hypot(
            *apply_calibration(factors, aleatoric[own], epistemic[own], None if classes is None else classes[own])
        )
    return whole, score_rows(key, _held_out(found, column, std, value, bound, groups))


def judge_split(key: str, name: str, column: int, found: OutOfFold, value: np.ndarray, bound: np.ndarray) -> SplitScore:
    """Errors under a division beside the main one."""
    return split_score(key, name, _held_out(found, column, np.full(len(value), np.nan), value, bound, {}))


def _held_out(
    found: OutOfFold, column: int, std: np.ndarray, value: np.ndarray, bound: np.ndarray, groups: dict[str, np.ndarray]
) -> HeldOut:
    return HeldOut(
        found.output.mean[:, column],
        std,
        value,
        bound,
        found.median[:, column],
        None if found.baseline is None else found.baseline[:, column],
        groups,
    )
