"""Champion against challenger: the same recipe without and with new rows, scored on rows that neither has seen.

Both are trained anew as shadows, since the active weights were trained on all rows there are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ssbscreen.core.dataset import EXACT
from ssbscreen.training.calibration import interval
from ssbscreen.training.card import Comparison, Decision
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.ensemble import EnsembleOutput
from ssbscreen.training.frozen_rows import FrozenRows
from ssbscreen.training.metrics import censored_error, coverage
from ssbscreen.training.protocol import RawColumn
from ssbscreen.training.rows import EncodedRows

N_BOOTSTRAP = 2000
_CONFIDENCE = 0.95
_MIN_NEW = 10  # exact new rows from which on they can decide anything
_COVERAGE_MARGIN = 0.02  # a coverage that is off by so much more is worse calibrated

Train = Callable[[np.ndarray, str], Callable[[np.ndarray], EnsembleOutput]]
"""Trains on rows, under a name for logs, and returns what predicts rows."""


def compare(config: ModelConfig, table: EncodedRows, rows: FrozenRows, train: Train) -> tuple[Comparison, ...]:
    """Train shadows and compare them, one result a property that has test rows.

    Args:
        config: recipe of both.
        table: all rows; values that may score nothing are NaN.
        rows: from `frozen_rows`.
        train: see `Train`.
    """
    values, clusters = table.values, _clusters(config, table)
    held = np.concatenate([rows.calibration, rows.test])
    champion = train(rows.train, "shadow champion")
    challenger = train(np.sort(np.concatenate([rows.train, rows.new])), "shadow challenger")
    outputs = (champion(held), challenger(held))
    halves = _halves(clusters[rows.new])
    before = np.full((len(rows.new), values.shape[1]), np.nan)
    after = before.copy()
    if len(rows.new):
        before = champion(rows.new).mean
    if len(np.unique(halves)) == 2:
        for half in (0, 1):
            learned = np.sort(np.concatenate([rows.train, rows.new[halves != half]]))
            after[halves == half] = train(learned, f"new rows, half {half}")(rows.new[halves == half]).mean
    return tuple(
        _on_test(config, table, t, rows, outputs).model_copy(
            update=_on_new(config, table, t, rows.new, (before[:, t], after[:, t]))
        )
        for t in range(values.shape[1])
        if np.isfinite(values[rows.test, t]).any()
    )


def _halves(clusters: np.ndarray) -> np.ndarray:
    """0 or 1 for each row, whole clusters together, about equal in size.  # (n,)"""
    names, inverse, counts = np.unique(clusters, return_inverse=True, return_counts=True)
    half, size = np.zeros(len(names), dtype=int), [0, 0]
    for i in np.lexsort((names, -counts)):
        half[i] = int(size[1] < size[0])
        size[half[i]] += int(counts[i])
    return half[inverse]


def _clusters(config: ModelConfig, table: EncodedRows) -> np.ndarray:
    """Label of each row under the last group of the split.  # (n,)"""
    return np.asarray(table.groups[config.split.group.split("+")[-1]]).astype(str)


def _on_test(
    config: ModelConfig, table: EncodedRows, t: int, rows: FrozenRows, outputs: tuple[EnsembleOutput, EnsembleOutput]
) -> Comparison:
    """Champion and challenger on the frozen test rows of one property, each under its own calibration."""
    held = np.concatenate([rows.calibration, rows.test])
    is_test = np.arange(len(held)) >= len(rows.calibration)
    errors, covered = [], []
    for output in outputs:
        column = RawColumn.of(config, table, output, t, held)
        test = column.take(is_test)
        stds = test.stds(column.take(~is_test).calibration())
        covered.append(coverage(*interval(test.mean, *stds), test.value, test.bound))
        errors.append(censored_error(test.mean, test.value, test.bound))
    low, high = paired_bootstrap(errors[1] - errors[0], _clusters(config, table)[rows.test], config.seed)
    return Comparison(
        property=config.properties[t],
        n_test=int(np.isfinite(errors[0]).sum()),
        champion=_mean(errors[0]),
        challenger=_mean(errors[1]),
        low=low,
        high=high,
        coverage_champion=_finite(covered[0]),
        coverage_challenger=_finite(covered[1]),
    )


def _on_new(
    config: ModelConfig, table: EncodedRows, t: int, rows: np.ndarray, means: tuple[np.ndarray, np.ndarray]
) -> dict[str, Any]:
    """Fields of a comparison on the new rows that both predicted without having seen them; none without such rows."""
    value, bound = table.values[rows, t], table.bound[rows, t]
    errors = [censored_error(mean, value, bound) for mean in means]
    both = np.isfinite(errors[0]) & np.isfinite(errors[1])
    if not both.any():
        return {}
    difference = np.where(both, errors[1] - errors[0], np.nan)
    low, high = paired_bootstrap(difference, _clusters(config, table)[rows], config.seed)
    return {
        "n_new": int((both & (bound == EXACT)).sum()),
        "new_champion": _mean(errors[0][both]),
        "new_challenger": _mean(errors[1][both]),
        "new_low": low,
        "new_high": high,
    }


def paired_bootstrap(
    difference: np.ndarray, clusters: np.ndarray, seed: int, n: int = N_BOOTSTRAP
) -> tuple[float, float]:
    """Central 95 % interval of a mean difference, whole clusters drawn with replacement.

    Args:
        difference: one a row, NaN where there is none.  # (n_rows,)
        clusters: label of each row.  # (n_rows,)
        seed: of the draws.
        n: draws.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), percentile interval.
    """
    keep = np.isfinite(difference)
    if not keep.any():
        return float("nan"), float("nan")
    _, inverse = np.unique(np.asarray(clusters)[keep], return_inverse=True)
    sums, counts = np.bincount(inverse, weights=difference[keep]), np.bincount(inverse)
    drawn = np.random.default_rng(seed).integers(0, len(sums), (n, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    tail = (1 - _CONFIDENCE) / 2
    return float(np.quantile(means, tail)), float(np.quantile(means, 1 - tail))


def decide(comparisons: tuple[Comparison, ...], margin: float, n_new: int, champion: str = "") -> Decision:
    """Promote when nothing gets worse beyond the margin and something gets better.

    Better on a property means: the whole 95 % interval of the difference on the frozen test lies below zero; or its
    mean does, and on the new rows the whole interval does too, or the coverage comes nearer to 90 %. Worse means that
    the interval on the frozen test reaches beyond `margin` times the champion's error, that the new rows are predicted
    worse, or, where the frozen test does not say better by itself, that the coverage moves away from 90 %.
    """
    verdicts = [_verdict(c, margin) for c in comparisons]
    signs = {sign for sign, _ in verdicts}
    return Decision(
        is_promoted=1 in signs and -1 not in signs,
        reasons=tuple(f"{_figures(c)}: {verdict}" for c, (_, verdict) in zip(comparisons, verdicts, strict=True)),
        comparisons=comparisons,
        margin=margin,
        n_new=n_new,
        champion=champion,
    )


def _verdict(c: Comparison, margin: float) -> tuple[int, str]:
    """Better (1), worse (-1) or neither (0) on one property, and why."""
    gain, is_new_scored = _coverage_gain(c), _is_new_scored(c)
    if c.high > margin * c.champion:
        return -1, f"worse by more than {margin:.0%} is not excluded"
    if is_new_scored and c.new_low is not None and c.new_low > 0:
        return -1, "the new rows are predicted worse"
    if c.high < 0:
        return 1, "better"
    if gain < -_COVERAGE_MARGIN:
        return -1, f"coverage moves away from 90 % ({c.coverage_champion:.2f} to {c.coverage_challenger:.2f})"
    if c.challenger > c.champion:
        return 0, "not better on the frozen test"
    if is_new_scored and c.new_high is not None and c.new_high < 0:
        return 1, "not worse, and better on the new rows"
    if gain > _COVERAGE_MARGIN:
        return 1, "not worse, and better calibrated"
    return 0, "no difference beyond noise"


def _figures(c: Comparison) -> str:
    """Errors and differences in words."""
    text = (
        f"{c.property}: {c.champion:.4g} to {c.challenger:.4g} on {c.n_test} frozen test rows, difference "
        f"{c.low:+.3g} to {c.high:+.3g}"
    )
    if _is_new_scored(c):
        text += (
            f"; {c.new_champion:.4g} to {c.new_challenger:.4g} on {c.n_new} new rows, difference "
            f"{c.new_low:+.3g} to {c.new_high:+.3g}"
        )
    return text


def _is_new_scored(c: Comparison) -> bool:
    """Whether there are enough new rows to decide anything."""
    return c.n_new >= _MIN_NEW and c.new_low is not None and c.new_high is not None


def _coverage_gain(c: Comparison) -> float:
    if c.coverage_champion is None or c.coverage_challenger is None:
        return 0.0
    return abs(c.coverage_champion - 0.9) - abs(c.coverage_challenger - 0.9)


def _mean(errors: np.ndarray) -> float:
    return float(np.nanmean(errors))


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
