"""Scores of predictions for rows that were held out from everything else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from ssbscreen.core.constants import Z90
from ssbscreen.core.dataset import EXACT
from ssbscreen.core.prediction import INTERVAL_COVERAGE
from ssbscreen.core.properties import get_property
from ssbscreen.training.card import GroupCoverage, ReliabilityPoint, Score, SplitScore, StdBin, Tails
from ssbscreen.training.metrics import censored_mae, clustered_interval, coverage, rmse, spearman
from ssbscreen.training.shared_error import CLUSTER_GROUP, shared_error
from ssbscreen.training.tails import half_widths, tails_of

NOMINAL = (0.10, 0.20, 0.30, 0.40, 0.50, 0.60, 0.70, 0.80, 0.90, 0.95)  # coverages of the reliability table
CLASS_GROUPS = ("class", "family")  # groups of a dataset whose coverage is stated apart
MIN_CLASS_ROWS = 30
N_STD_BINS = 5


@dataclass(frozen=True)
class HeldOut:
    """Held-out rows of one property with their predictions, stored units.

    Attributes:
        mean: of the ensemble, before it is moved into the plausible range.  # (n,)
        std: calibrated, NaN where nothing is predicted; calibrated on other rows than its own.  # (n,)
        value, bound: measurements, NaN where missing.  # (n,)
        median: of the training rows.  # (n,)
        baseline: of the plain baseline, None when there is none.  # (n,)
        groups: of the dataset, for these rows.  # each (n,)
        has_sides: whether the interval reaches on each side as far as the errors of these rows do.
    """

    mean: np.ndarray
    std: np.ndarray
    value: np.ndarray
    bound: np.ndarray
    median: np.ndarray
    baseline: np.ndarray | None
    groups: Mapping[str, np.ndarray]
    has_sides: bool = False


def clip_to_range(key: str, values: np.ndarray) -> np.ndarray:
    """Values moved into the plausible range of a property, stored units; only for properties on a linear scale."""
    row = get_property(key)
    return values if row.is_log else np.clip(values, row.low, row.high)


def score_rows(key: str, rows: HeldOut) -> Score:
    """Score of one property."""
    mean = clip_to_range(key, rows.mean)
    value, bound = rows.value, np.asarray(rows.bound)
    present = np.isfinite(value) & np.isfinite(mean)
    exact = present & (bound == EXACT)
    is_bound = present & (bound != EXACT)
    sure = exact & np.isfinite(rows.std)
    error, std = np.abs(mean - value)[sure], rows.std[sure]
    baseline = rows.baseline
    tails = _tails(key, rows, sure)
    lower, upper = _interval(key, rows, INTERVAL_COVERAGE, tails)
    inside = (value[sure] >= lower[sure]) & (value[sure] <= upper[sure])
    return Score(
        n=int(present.sum()),
        n_censored=int(is_bound.sum()),
        mae=_rounded(censored_mae(mean, value, bound)) or 0.0,
        mae_exact=_mae(mean, value, bound, exact) if is_bound.any() else None,
        mae_bounds=_mae(mean, value, bound, is_bound) if is_bound.any() else None,
        rmse=_rounded(rmse(mean, value, bound)),
        spearman=_rounded(spearman(mean, value, bound)),
        mae_median=_mae(rows.median, value, bound, present) or 0.0,
        mae_baseline=None if baseline is None else _mae(baseline, value, bound, present),
        interval_coverage=_rounded(coverage(lower, upper, value, bound)),
        mean_std=_rounded(float(rows.std[present].mean())) or 0.0 if present.any() else 0.0,
        spearman_error_std=_rounded(spearman(std, error, np.zeros(len(std)))),
        reliability=tuple(
            ReliabilityPoint(
                nominal=level, observed=round(coverage(*_interval(key, rows, level, tails), value, bound), 4)
            )
            for level in NOMINAL
        )
        if sure.any()
        else (),
        by_std=_std_bins(std, error),
        group_coverage=_group_coverage(rows.groups, sure, inside),
        shared=shared_error((value - mean)[sure] / std, {name: np.asarray(g)[sure] for name, g in rows.groups.items()}),
        tails=tails,
    )


def split_score(key: str, split: str, rows: HeldOut) -> SplitScore:
    """Errors only, for a split beside the main one."""
    mean = clip_to_range(key, rows.mean)
    present = np.isfinite(rows.value) & np.isfinite(mean)
    return SplitScore(
        split=split,
        n=int(present.sum()),
        mae=_mae(mean, rows.value, rows.bound, present) or 0.0,
        mae_median=_mae(rows.median, rows.value, rows.bound, present) or 0.0,
    )


def _mae(mean: np.ndarray, value: np.ndarray, bound: np.ndarray, chosen: np.ndarray) -> float | None:
    return _rounded(censored_mae(mean[chosen], value[chosen], bound[chosen]))


def _tails(key: str, rows: HeldOut, chosen: np.ndarray) -> Tails | None:
    """How far errors of a log-scaled property reach on each side; bounds of linear ones cut their tails off."""
    if not (rows.has_sides and get_property(key).is_log and CLUSTER_GROUP in rows.groups):
        return None
    clusters = np.asarray(rows.groups[CLUSTER_GROUP]).astype(str)
    return tails_of((rows.value - rows.mean)[chosen], rows.std[chosen], clusters[chosen])


def _interval(key: str, rows: HeldOut, level: float, tails: Tails | None) -> tuple[np.ndarray, np.ndarray]:
    """Central interval of a level, its sides halves of Gaussians, cut to the plausible range.  # each (n,)"""
    share = norm.ppf(0.5 + level / 2) / Z90
    below, above = half_widths(rows.std, tails)
    return clip_to_range(key, rows.mean - share * below), clip_to_range(key, rows.mean + share * above)


def _std_bins(std: np.ndarray, error: np.ndarray) -> tuple[StdBin, ...]:
    """Equally filled bins of rising std; none for fewer than ten rows a bin."""
    if len(std) < 10 * N_STD_BINS:
        return ()
    parts = np.array_split(np.argsort(std, kind="stable"), N_STD_BINS)
    return tuple(
        StdBin(
            n=len(p),
            std=round(float(np.sqrt((std[p] ** 2).mean())), 5),
            rmse=round(float(np.sqrt((error[p] ** 2).mean())), 5),
        )
        for p in parts
    )


def _group_coverage(
    groups: Mapping[str, np.ndarray], chosen: np.ndarray, inside: np.ndarray
) -> tuple[GroupCoverage, ...]:
    """Coverage of each label of each class group, the most frequent ones first."""
    found = []
    for group in CLASS_GROUPS:
        if group not in groups:
            continue
        labels = np.asarray(groups[group]).astype(str)[chosen]
        clusters = np.asarray(groups[CLUSTER_GROUP])[chosen] if CLUSTER_GROUP in groups else np.arange(len(labels))
        names, counts = np.unique(labels, return_counts=True)
        for label in names[np.argsort(-counts, kind="stable")]:
            own = labels == label
            if not label:
                continue
            low, high = clustered_interval(inside[own], clusters[own])
            found.append(
                GroupCoverage(
                    group=group,
                    label=str(label),
                    n=int(own.sum()),
                    n_clusters=len(set(clusters[own].tolist())),
                    coverage=round(float(inside[own].mean()), 4),
                    low=round(low, 4),
                    high=round(high, 4),
                    is_right=bool(low <= INTERVAL_COVERAGE <= high) if own.sum() >= MIN_CLASS_ROWS else None,
                )
            )
    return tuple(found)


def _rounded(value: float) -> float | None:
    return round(value, 5) if math.isfinite(value) else None
