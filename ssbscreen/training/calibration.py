"""Stated uncertainties made honest: factors fitted on rows that no training has seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr
from scipy.stats import norm

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.dataset import ABOVE, EXACT
from ssbscreen.core.prediction import INTERVAL_COVERAGE
from ssbscreen.core.recognition import classify
from ssbscreen.training.card import Calibration

Z_INTERVAL = float(norm.ppf(0.5 + INTERVAL_COVERAGE / 2))  # half width of the central interval in std
_MIN_ROWS = 20  # fewer exact rows cannot support two factors
_FACTORS = (1e-3, 1e3)
_CLASS_FACTORS = (0.4, 5.0)  # rows that the floor or an exact 0 holds may not shrink the others without end
_CLASS_PRIOR = 30  # a class of so many rows goes half of the way from the common factor to its own


def fit_calibration(
    mean: np.ndarray,
    std_aleatoric: np.ndarray,
    std_epistemic: np.ndarray,
    value: np.ndarray,
    bound: np.ndarray,
    floor: float = 0.0,
    classes: np.ndarray | None = None,
) -> Calibration:
    """Factors a, b for std^2 = floor^2 + (a std_aleatoric)^2 + (b std_epistemic)^2 of one property.

    Their ratio maximises the likelihood of the calibration rows (Tobit for bounds); a common factor then makes the
    central 90 % interval of a Gaussian cover 90 % of the exact rows, by the split-conformal quantile of |error|/std.
    Both factors are positive, so that calibrated stds keep the order of the raw ones. With `classes`, each of them has
    a further factor on both stds, for which the same holds inside the class; it is drawn to 1 where rows are few.

    Args:
        mean, std_aleatoric, std_epistemic: raw ensemble output, stored units.  # (n,)
        value, bound: measurements of the calibration rows, NaN where missing.  # (n,)
        floor: least total std that may be stated (noise of the measurement).
        classes: label of each row, such as its chemistry class; None for one calibration of all.  # (n,)

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
    std = np.hypot(a * aleatoric, b * epistemic)[exact]
    error = np.abs(value - mean)[exact]
    factor = _conformal(error / std)  # the smallest common factor whose interval holds enough of the calibration rows
    found = Calibration(aleatoric=float(a * factor), epistemic=float(b * factor), floor=floor, n=int(exact.sum()))
    if classes is None:
        return found
    own = _class_factors(
        np.where(error <= Z_INTERVAL * floor, 0.0, error / (factor * std)), np.asarray(classes)[rows][exact]
    )
    return found.model_copy(update={"by_class": own})


def _conformal(ratio: np.ndarray) -> float:
    """Factor on the stds whose central interval holds as many rows as it should, from |error| / std.  # (n,)"""
    rank = min(int(np.ceil((len(ratio) + 1) * INTERVAL_COVERAGE)), len(ratio)) - 1
    return float(np.sort(ratio)[rank]) / Z_INTERVAL


def _class_factors(ratio: np.ndarray, classes: np.ndarray) -> dict[str, float]:
    """Factor of each class; ratios are 0 where the floor alone holds the row.  # (n,), (n,)"""
    labels, of = np.unique(classes.astype(str), return_inverse=True)
    of = of.reshape(-1)
    raw = np.array([_conformal(ratio[of == k]) for k in range(len(labels))])
    n = np.bincount(of, minlength=len(labels))
    factors = np.clip(raw, *_CLASS_FACTORS) ** (n / (n + _CLASS_PRIOR))
    return {str(label): round(float(factor), 4) for label, factor in zip(labels, factors, strict=True)}


def chemistry_classes(candidates: Sequence[Candidate]) -> np.ndarray:
    """Chemistry class of each candidate, as data sets have it under "class".  # (n,)"""
    return np.array([classify(c.composition, c.polymer is not None) for c in candidates], dtype=str)


def apply_calibration(
    calibration: Calibration, std_aleatoric: np.ndarray, std_epistemic: np.ndarray, classes: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated stds; the aleatoric one is raised where the total would fall under the floor.  # each (n,)

    Args:
        calibration: of the property.
        std_aleatoric, std_epistemic: raw.  # (n,)
        classes: label of each row, needed where the calibration has factors by class; a class that it has none for
            has the factor 1.  # (n,)

    Raises:
        ValueError: the classes are needed and not given.
    """
    if calibration.by_class and classes is None:
        raise ValueError("This calibration has factors by chemistry class; give the class of every row.")
    scale = (
        1.0
        if not calibration.by_class or classes is None
        else np.array([calibration.by_class.get(str(label), 1.0) for label in classes])
    )
    aleatoric = scale * calibration.aleatoric * np.asarray(std_aleatoric, dtype=float)
    epistemic = scale * calibration.epistemic * np.asarray(std_epistemic, dtype=float)
    lacking = np.sqrt(np.maximum(calibration.floor**2 - epistemic**2, 0.0))
    return np.maximum(aleatoric, lacking), epistemic


def interval(mean: np.ndarray, std_aleatoric: np.ndarray, std_epistemic: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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
