"""Scores of a finished model on rows that were held out from everything else."""

from __future__ import annotations

import math

import numpy as np

from ssbscreen.core.dataset import EXACT
from ssbscreen.core.properties import get_property
from ssbscreen.training.calibration import apply_calibration, interval
from ssbscreen.training.card import Calibration, Score
from ssbscreen.training.ensemble import EnsembleOutput
from ssbscreen.training.metrics import censored_mae, coverage, rmse, spearman


def clip_to_range(key: str, values: np.ndarray) -> np.ndarray:
    """Values moved into the plausible range of a property, stored units; only for properties on a linear scale."""
    row = get_property(key)
    return values if row.is_log else np.clip(values, row.low, row.high)


def score_property(
    key: str, output: EnsembleOutput, rows: np.ndarray, column: int, calibration: Calibration, value: np.ndarray,
    bound: np.ndarray, train_value: np.ndarray, baseline: np.ndarray | None,
) -> Score:
    """Score of one property.

    Args:
        key: of the property.
        output: of the ensemble; `rows` and `column` choose the test part and the property.
        calibration: of this property.
        value, bound: measurements of the test rows.  # (n_test,)
        train_value: measurements of the training rows, for the median.  # (n_train,)
        baseline: predictions of the plain baseline for the test rows.  # (n_test,)
    """
    mean = clip_to_range(key, output.mean[rows, column])
    aleatoric, epistemic = apply_calibration(
        calibration, output.std_aleatoric[rows, column], output.std_epistemic[rows, column]
    )
    lower, upper = interval(output.mean[rows, column], aleatoric, epistemic)
    present = np.isfinite(value)
    median = np.full(len(value), np.nanmedian(train_value))
    return Score(
        n=int(present.sum()), n_censored=int((present & (bound != EXACT)).sum()),
        mae=_rounded(censored_mae(mean, value, bound)) or 0.0,
        rmse=_rounded(rmse(mean, value, bound)), spearman=_rounded(spearman(mean, value, bound)),
        mae_median=_rounded(censored_mae(median, value, bound)) or 0.0,
        mae_baseline=None if baseline is None else _rounded(censored_mae(baseline, value, bound)),
        interval_coverage=_rounded(coverage(clip_to_range(key, lower), clip_to_range(key, upper), value, bound)),
        mean_std=_rounded(float(np.hypot(aleatoric, epistemic)[present].mean())) or 0.0,
    )


def _rounded(value: float) -> float | None:
    return round(value, 5) if math.isfinite(value) else None
