"""Stated uncertainties made honest: factors fitted on rows that no training has seen."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr
from scipy.stats import norm

from ssbscreen.core.dataset import ABOVE, EXACT
from ssbscreen.core.prediction import INTERVAL_COVERAGE
from ssbscreen.training.card import Calibration

Z_INTERVAL = float(norm.ppf(0.5 + INTERVAL_COVERAGE / 2))  # half width of the central interval in std
_MIN_ROWS = 20  # fewer exact rows cannot support two factors
_FACTORS = (1e-3, 1e3)


def fit_calibration(
    mean: np.ndarray, std_aleatoric: np.ndarray, std_epistemic: np.ndarray, value: np.ndarray, bound: np.ndarray,
    floor: float = 0.0,
) -> Calibration:
    """Factors a, b for std^2 = floor^2 + (a std_aleatoric)^2 + (b std_epistemic)^2 of one property.

    Their ratio maximises the likelihood of the calibration rows (Tobit for bounds); a common factor then makes the
    central 90 % interval of a Gaussian cover 90 % of the exact rows, by the split-conformal quantile of |error|/std.
    Both factors are positive, so that calibrated stds keep the order of the raw ones.

    Args:
        mean, std_aleatoric, std_epistemic: raw ensemble output, stored units.  # (n,)
        value, bound: measurements of the calibration rows, NaN where missing.  # (n,)
        floor: least total std that may be stated (noise of the measurement).

    Source: split-conformal quantile, Lei et al., J. Am. Stat. Assoc. 113, 1094 (2018).
    """
    rows = np.isfinite(value) & np.isfinite(mean)
    mean, value, bound = mean[rows], value[rows], bound[rows]
    aleatoric, epistemic = np.maximum(std_aleatoric[rows], 1e-9), np.maximum(std_epistemic[rows], 0.0)
    exact = bound == EXACT
    if exact.sum() < _MIN_ROWS:
        return Calibration(floor=floor, n=int(exact.sum()))
    low, high = np.log(_FACTORS[0]), np.log(_FACTORS[1])

    def cost(log_factors: np.ndarray) -> float:
        std = np.hypot(np.exp(log_factors[0]) * aleatoric, np.exp(log_factors[1]) * epistemic)
        z = (value - mean) / np.maximum(std, max(floor, 1e-9))
        sign = np.where(bound == ABOVE, -1.0, 1.0)
        terms = np.where(exact, 0.5 * z**2 + np.log(np.maximum(std, max(floor, 1e-9))), -log_ndtr(sign * z))
        return float(terms.mean() + 1e-4 * (log_factors**2).sum())  # the ridge settles a factor that nothing decides

    best = minimize(cost, np.zeros(2), method="Nelder-Mead", bounds=[(low, high)] * 2).x
    a, b = np.exp(best)
    std = np.hypot(a * aleatoric, b * epistemic)
    ratio = np.sort(np.abs(value - mean)[exact] / std[exact])
    # the smallest common factor whose interval, floor included, holds enough of the calibration rows
    rank = min(int(np.ceil((exact.sum() + 1) * INTERVAL_COVERAGE)), int(exact.sum())) - 1
    factor = float(ratio[rank]) / Z_INTERVAL
    return Calibration(aleatoric=float(a * factor), epistemic=float(b * factor), floor=floor, n=int(exact.sum()))


def apply_calibration(
    calibration: Calibration, std_aleatoric: np.ndarray, std_epistemic: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated stds; the aleatoric one is raised where the total would fall under the floor.  # each (n,)"""
    aleatoric = calibration.aleatoric * np.asarray(std_aleatoric, dtype=float)
    epistemic = calibration.epistemic * np.asarray(std_epistemic, dtype=float)
    lacking = np.sqrt(np.maximum(calibration.floor**2 - epistemic**2, 0.0))
    return np.maximum(aleatoric, lacking), epistemic


def interval(mean: np.ndarray, std_aleatoric: np.ndarray, std_epistemic: np.ndarray
             ) -> tuple[np.ndarray, np.ndarray]:
    """Central 90 % interval of a Gaussian with the total std.  # each (n,)"""
    half = Z_INTERVAL * np.hypot(std_aleatoric, std_epistemic)
    return mean - half, mean + half


def error_correlation(errors: np.ndarray) -> np.ndarray:
    """Rank-based correlation of the errors of properties, 0 where fewer than 30 rows have both.

    Ranks, because single failures would else rule it; turned into the correlation of a Gaussian by
    2 sin(pi rank_correlation / 6).

    Args:
        errors: prediction minus exact measurement, NaN where missing.  # (n, n_properties)
    """
    from scipy.stats import spearmanr

    n = errors.shape[1]
    found = np.eye(n)
    for i in range(n):
        for j in range(i):
            both = np.isfinite(errors[:, i]) & np.isfinite(errors[:, j])
            if both.sum() >= 30:
                rho = float(spearmanr(errors[both, i], errors[both, j]).statistic)
                found[i, j] = found[j, i] = 2 * np.sin(np.pi * rho / 6) if np.isfinite(rho) else 0.0
    return found
