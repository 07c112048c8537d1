"""Champion against challenger: the same recipe without and with new rows, judged on rows that neither has seen.

Both are trained anew as shadows, since the weights in force were trained on all rows there are. The test rows are
fixed for ever by a hash of their group, and only rows of the original sources can be test rows, so scores of different
months can be compared.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ssbscreen.core.dataset import EXACT
from ssbscreen.training.calibration import apply_calibration, fit_calibration, interval
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.decision import Contest, Decision
from ssbscreen.training.ensemble import EnsembleOutput
from ssbscreen.training.metrics import censored_error, coverage
from ssbscreen.training.rows import classes_of

_log = logging.getLogger(__name__)
TEST_SHARE, CALIBRATION_SHARE = 0.15, 0.10
N_BOOTSTRAP = 2000
_CONFIDENCE = 0.95
_MIN_NEW = 10  # exact new rows from which on they can decide anything
_COVERAGE_MARGIN = 0.02  # a coverage that is off by so much more is worse calibrated

Train = Callable[[np.ndarray, str], Callable[[np.ndarray], EnsembleOutput]]
"""Trains on rows, under a name for logs, and returns what predicts rows."""


@dataclass(frozen=True)
class FrozenRows:
    """Division of a dataset that does not change when rows are added.

    Attributes:
        test, calibration: rows of the original sources.
        train: old rows that share no label with a test or calibration row.
        new: new rows that share no label with a test or calibration row.
        n_new_tied: new rows that do; they teach the final model only.
    """

    test: np.ndarray
    calibration: np.ndarray
    train: np.ndarray
    new: np.ndarray
    n_new_tied: int


def frozen_rows(
    groups: dict[str, np.ndarray],
    is_new: np.ndarray,
    group: str,
    *,
    is_eligible: np.ndarray | None = None,
    test: float = TEST_SHARE,
    calibration: float = CALIBRATION_SHARE,
) -> FrozenRows:
    """Divide rows by the hash of their last group label, and keep relatives of the test rows out of the training.

    Args:
        groups: group name -> label of every row.
        is_new: rows of new measurements.  # (n,) bool
        group: as in `SplitConfig`, such as "formula+doi"; the last one is hashed, every one ties rows together.
        is_eligible: rows of the original sources, all old ones by default; only these are held out.  # (n,) bool
        test, calibration: shares of the labels.
    """
    names = group.split("+")
    labels = [np.asarray(groups[name]).astype(str) for name in names]
    own = np.char.add("row ", np.arange(len(is_new)).astype(str))
    labels = [np.where(column == "", own, column) for column in labels]
    place = np.array([_unit(label) for label in labels[-1]])
    old = ~np.asarray(is_new, dtype=bool)
    may = old if is_eligible is None else old & np.asarray(is_eligible, dtype=bool)
    is_test, is_calibration = may & (place < test), may & (place >= test) & (place < test + calibration)
    held = is_test | is_calibration
    tied = np.zeros(len(held), dtype=bool)
    for column in labels:
        tied |= np.isin(column, column[held])
    crossing = np.zeros(len(held), dtype=bool)  # calibration rows that share a label with a test row
    for column in labels:
        crossing |= np.isin(column, column[is_test])
    return FrozenRows(
        np.flatnonzero(is_test),
        np.flatnonzero(is_calibration & ~crossing),
        np.flatnonzero(old & ~tied),
        np.flatnonzero(~old & ~tied),
        int((~old & tied).sum()),
    )


def _unit(label: str) -> float:
    """Number in [0, 1) that only depends on the text."""
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big") / 2**64


def contest(
    config: ModelConfig,
    values: np.ndarray,
    bound: np.ndarray,
    groups: dict[str, np.ndarray],
    rows: FrozenRows,
    train: Train,
) -> tuple[Contest, ...]:
    """Train shadows and compare them, one result a property that has test rows.

    Args:
        config: recipe of both.
        values, bound: stored units, NaN where missing.  # (n, n_properties)
        groups: group name -> label of every row.
        rows: from `frozen_rows`.
        train: see `Train`.
    """
    label = config.split.group.split("+")[-1]
    clusters = np.asarray(groups[label]).astype(str)
    held = np.concatenate([rows.calibration, rows.test])
    champion = train(rows.train, "shadow champion")
    challenger = train(np.sort(np.concatenate([rows.train, rows.new])), "shadow challenger")
    outputs = [champion(held), challenger(held)]
    halves = _halves(clusters[rows.new])
    before = champion(rows.new) if len(rows.new) else None
    after = np.full((len(rows.new), values.shape[1]), np.nan)
    if len(np.unique(halves)) == 2:
        for half in (0, 1):
            learned = np.sort(np.concatenate([rows.train, rows.new[halves != half]]))
            after[halves == half] = train(learned, f"new rows, half {half}")(rows.new[halves == half]).mean
    return tuple(
        _compare(
            config,
            t,
            key,
            values[:, t],
            bound[:, t],
            clusters,
            rows,
            outputs,
            None if before is None else before.mean[:, t],
            after[:, t],
            classes_of(config, groups),
        )
        for t, key in enumerate(config.properties)
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


def _compare(
    config: ModelConfig,
    t: int,
    key: str,
    value: np.ndarray,
    bound: np.ndarray,
    clusters: np.ndarray,
    rows: FrozenRows,
    outputs: list[EnsembleOutput],
    before: np.ndarray | None,
    after: np.ndarray,
    classes: np.ndarray | None,
) -> Contest:
    n_calibration = len(rows.calibration)
    test = rows.test
    errors, covered = [], []
    for output in outputs:
        factors = fit_calibration(
            output.mean[:n_calibration, t],
            output.std_aleatoric[:n_calibration, t],
            output.std_epistemic[:n_calibration, t],
            value[rows.calibration],
            bound[rows.calibration],
            config.noise_floor.get(key, 0.0),
            None if classes is None else classes[rows.calibration],
        )
        mean = output.mean[n_calibration:, t]
        raw = (output.std_aleatoric[n_calibration:, t], output.std_epistemic[n_calibration:, t])
        stds = apply_calibration(factors, *raw, None if classes is None else classes[test])
        covered.append(coverage(*interval(mean, *stds), value[test], bound[test]))
        errors.append(censored_error(mean, value[test], bound[test]))
    low, high = paired_bootstrap(errors[1] - errors[0], clusters[test], config.seed)
    found = Contest(
        property=key,
        n_test=int(np.isfinite(errors[0]).sum()),
        champion=_mean(errors[0]),
        challenger=_mean(errors[1]),
        low=low,
        high=high,
        coverage_champion=_finite(covered[0]),
        coverage_challenger=_finite(covered[1]),
    )
    if before is None:
        return found
    new = [censored_error(mean, value[rows.new], bound[rows.new]) for mean in (before, after)]
    both = np.isfinite(new[0]) & np.isfinite(new[1])
    if not both.any():
        return found
    new_low, new_high = paired_bootstrap(np.where(both, new[1] - new[0], np.nan), clusters[rows.new], config.seed)
    return found.model_copy(
        update={
            "n_new": int((both & (bound[rows.new] == EXACT)).sum()),
            "new_champion": _mean(new[0][both]),
            "new_challenger": _mean(new[1][both]),
            "new_low": new_low,
            "new_high": new_high,
        }
    )


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


def decide(contests: tuple[Contest, ...], margin: float, n_new: int, champion: str = "") -> Decision:
    """Promote when nothing gets worse beyond the margin and something gets better.

    Better on a property means: the whole 95 % interval of the difference on the frozen test lies below zero; or its
    mean does, and on the new rows the whole interval does too, or the coverage comes nearer to 90 %. Worse means that
    the interval on the frozen test reaches beyond `margin` times the champion's error, that the new rows are predicted
    worse, or, where the frozen test does not say better by itself, that the coverage moves away from 90 %.
    """
    reasons, worse, better = [], False, False
    for c in contests:
        limit = margin * c.champion
        text = (
            f"{c.property}: {c.champion:.4g} to {c.challenger:.4g} on {c.n_test} frozen test rows, difference "
            f"{c.low:+.3g} to {c.high:+.3g}"
        )
        judged_new = c.n_new >= _MIN_NEW and c.new_low is not None and c.new_high is not None
        if judged_new:
            text += (
                f"; {c.new_champion:.4g} to {c.new_challenger:.4g} on {c.n_new} new rows, difference "
                f"{c.new_low:+.3g} to {c.new_high:+.3g}"
            )
        gain = _coverage_gain(c)
        if c.high > limit:
            worse, verdict = True, f"worse by more than {margin:.0%} is not excluded"
        elif judged_new and c.new_low is not None and c.new_low > 0:
            worse, verdict = True, "the new rows are predicted worse"
        elif c.high < 0:
            better, verdict = True, "better"
        elif gain < -_COVERAGE_MARGIN:
            worse = True
            verdict = f"coverage moves away from 90 % ({c.coverage_champion:.2f} to {c.coverage_challenger:.2f})"
        elif c.challenger > c.champion:
            verdict = "not better on the frozen test"
        elif judged_new and c.new_high is not None and c.new_high < 0:
            better, verdict = True, "not worse, and better on the new rows"
        elif gain > _COVERAGE_MARGIN:
            better, verdict = True, "not worse, and better calibrated"
        else:
            verdict = "no difference that can be told from noise"
        reasons.append(f"{text}: {verdict}")
    is_promoted = better and not worse
    return Decision(
        is_promoted=is_promoted,
        reasons=tuple(reasons),
        contests=contests,
        margin=margin,
        n_new=n_new,
        champion=champion,
    )


def _coverage_gain(c: Contest) -> float:
    if c.coverage_champion is None or c.coverage_challenger is None:
        return 0.0
    return abs(c.coverage_champion - 0.9) - abs(c.coverage_challenger - 0.9)


def _mean(errors: np.ndarray) -> float:
    return float(np.nanmean(errors))


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
