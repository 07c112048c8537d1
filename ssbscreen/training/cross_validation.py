"""Scores from grouped cross-validation: held-out rows are predicted by models that never saw their group, calibration
and scores come from those predictions, and the shipped weights are trained on all rows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ssbscreen.core.dataset import EXACT
from ssbscreen.curation.splits import grouped_kfold, grouped_split
from ssbscreen.training.calibration import apply_calibration, fit_calibration, interval
from ssbscreen.training.card import Calibration, Score
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.ensemble import EnsembleOutput
from ssbscreen.training.metrics import censored_mae, coverage, rmse, spearman

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


def folds(config: ModelConfig, labels: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Train, validation and test rows of each fold; no group stands in two of them."""
    found = []
    for number, (rest, test) in enumerate(_chosen(config, labels)):
        train, validation = inner_split(config, labels, rest, number)
        found.append((train, validation, test))
    return found


def _chosen(config: ModelConfig, labels: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    return grouped_kfold(labels, config.split.folds, config.split.seed)[: config.split.max_folds]


def inner_split(config: ModelConfig, labels: np.ndarray, rows: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Training and validation rows among the rows that may be learned from."""
    share = config.split.validation
    train, validation = grouped_split(labels[rows], (1.0 - share, share), config.split.seed + seed)
    return rows[train], rows[validation]


def out_of_fold(
    config: ModelConfig, labels: np.ndarray, values: np.ndarray,
    predict: Callable[[np.ndarray, np.ndarray, np.ndarray, int], EnsembleOutput],
    baseline: Callable[[np.ndarray, np.ndarray], np.ndarray | None],
) -> OutOfFold:
    """Run all folds.

    Args:
        config: of the model.
        labels: group of every row.  # (n,)
        values: stored units, NaN where missing.  # (n, n_targets)
        predict: trains on (train, validation) rows and predicts the test rows; the last argument numbers the fold.
        baseline: trains the plain baseline on train rows and predicts the test rows.
    """
    mean, aleatoric, epistemic, median, plain = (np.full(values.shape, np.nan) for _ in range(5))
    number = np.full(len(values), -1, dtype=np.int64)
    has_baseline = False
    for k, (train, validation, test) in enumerate(folds(config, labels)):
        output = predict(train, validation, test, k)
        mean[test], aleatoric[test], epistemic[test] = output.mean, output.std_aleatoric, output.std_epistemic
        rest = np.concatenate([train, validation])
        median[test] = np.nanmedian(values[rest], axis=0)
        number[test] = k
        found = baseline(rest, test)
        if found is not None:
            plain[test] = found
            has_baseline = True
        _log.info("%s: fold %d of %d, %d rows held out", config.name, k + 1, len(_chosen(config, labels)), len(test))
    empty = np.zeros((len(values), 0), dtype=np.float32)
    return OutOfFold(EnsembleOutput(mean, aleatoric, epistemic, empty), median, plain if has_baseline else None, number)


def judge(config: ModelConfig, key: str, column: int, found: OutOfFold, value: np.ndarray, bound: np.ndarray
          ) -> tuple[Calibration, Score]:
    """Calibration from all out-of-fold rows, and the score; coverage by calibrating on the other folds only."""
    mean, aleatoric, epistemic = (
        a[:, column] for a in (found.output.mean, found.output.std_aleatoric, found.output.std_epistemic)
    )
    floor = config.noise_floor.get(key, 0.0)
    whole = fit_calibration(mean, aleatoric, epistemic, value, bound, floor)
    lower, upper, std = (np.full(len(mean), np.nan) for _ in range(3))
    for k in np.unique(found.fold[found.fold >= 0]):
        own, others = found.fold == k, found.fold != k
        factors = fit_calibration(
            mean[others], aleatoric[others], epistemic[others], value[others], bound[others], floor
        )
        a, e = apply_calibration(factors, aleatoric[own], epistemic[own])
        lower[own], upper[own] = interval(mean[own], a, e)
        std[own] = np.hypot(a, e)
    present = np.isfinite(value) & np.isfinite(mean)
    exact = present & (bound == EXACT)
    _log.info("%s %s: Spearman of |error| and std %.2f", config.name, key,
              spearman(std[exact], np.abs(mean - value)[exact], np.zeros(int(exact.sum()))))
    plain = None if found.baseline is None else found.baseline[:, column]
    score = Score(
        n=int(present.sum()), n_censored=int((present & (bound != EXACT)).sum()),
        mae=round(censored_mae(mean, value, bound), 5), rmse=round(rmse(mean, value, bound), 5),
        spearman=round(spearman(mean, value, bound), 5),
        mae_median=round(censored_mae(found.median[:, column], value, bound), 5),
        mae_baseline=None if plain is None else round(censored_mae(plain, value, bound), 5),
        interval_coverage=round(coverage(lower, upper, value, bound), 5), mean_std=round(float(std[present].mean()), 5),
    )
    return whole, score
