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


def _mean(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else float("nan")
