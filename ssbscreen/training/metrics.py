"""Scores of predictions against measurements, bounds included."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.dataset import ABOVE, BELOW, EXACT


def censored_error(mean: np.ndarray, value: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """Absolute error; 0 where the prediction lies on its side of a bound, else the distance to it.

    Args:
        mean: predictions.  # (n,)
        value: measurements, NaN where missing.  # (n,)
        bound: codes of `core.dataset`.  # (n,)

    Returns:
        NaN where prediction or measurement is missing.  # (n,)
    """
    difference = np.asarray(mean, dtype=float) - np.asarray(value, dtype=float)
    error = np.abs(difference)
    error = np.where(bound == BELOW, np.maximum(difference, 0.0), error)
    return np.where(bound == ABOVE, np.maximum(-difference, 0.0), error)


def censored_mae(mean: np.ndarray, value: np.ndarray, bound: np.ndarray) -> float:
    """Mean censored error over the rows with prediction and measurement; NaN when there are none."""
    return _mean(censored_error(mean, value, bound))


def rmse(mean: np.ndarray, value: np.ndarray, bound: np.ndarray) -> float:
    """Root mean square error of the exact rows; NaN when there are none."""
    error = np.where(bound == EXACT, np.asarray(mean) - np.asarray(value), np.nan)
    return float(np.sqrt(_mean(error**2)))


def spearman(mean: np.ndarray, value: np.ndarray, bound: np.ndarray) -> float:
    """Rank correlation of the exact rows; NaN for fewer than 3 or for constants."""
    from scipy.stats import spearmanr

    keep = np.isfinite(mean) & np.isfinite(value) & (np.asarray(bound) == EXACT)
    if keep.sum() < 3 or np.ptp(np.asarray(mean)[keep]) == 0 or np.ptp(np.asarray(value)[keep]) == 0:
        return float("nan")
    return float(spearmanr(np.asarray(mean)[keep], np.asarray(value)[keep]).statistic)


def coverage(lower: np.ndarray, upper: np.ndarray, value: np.ndarray, bound: np.ndarray) -> float:
    """Share of exact rows inside their interval; NaN when there are none."""
    keep = np.isfinite(lower) & np.isfinite(value) & (np.asarray(bound) == EXACT)
    if not keep.any():
        return float("nan")
    return float(np.mean((value[keep] >= lower[keep]) & (value[keep] <= upper[keep])))


def clustered_interval(hit: np.ndarray, cluster: np.ndarray, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a share whose rows come in clusters: Clopper and Pearson's, with the effective number of rows.

    The design effect is the variance of the share with whole clusters as draws over that of independent rows, at
    least 1; where every row or none is a hit it cannot be seen, and every cluster counts as one row.

    Args:
        hit: whether each row is one, at least one row.  # (n,) bool
        cluster: label of each row.  # (n,)
        confidence: two-sided.

    Source: Korn and Graubard, Survey Methodology 24, 193 (1998), without their change for few degrees of freedom.
    """
    from scipy.stats import beta

    hit = np.asarray(hit, dtype=float)
    n, share = len(hit), float(np.mean(hit))
    codes = np.unique(np.asarray(cluster), return_inverse=True)[1].reshape(-1)
    n_clusters = int(codes.max()) + 1
    if share in (0.0, 1.0) or n_clusters == 1:
        effective = float(n_clusters)
    else:
        off = np.bincount(codes, weights=hit - share)
        variance = n_clusters / (n_clusters - 1) * float((off**2).sum()) / n**2
        effective = n / max(1.0, variance * n / (share * (1.0 - share)))
    tail, hits = (1.0 - confidence) / 2.0, share * effective
    low = 0.0 if hits <= 0.0 else float(beta.ppf(tail, hits, effective - hits + 1.0))
    high = 1.0 if hits >= effective else float(beta.ppf(1.0 - tail, hits + 1.0, effective - hits))
    return low, high


def _mean(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else float("nan")
