"""How far errors reach on each side of a prediction: what is overrated falls deeper than what is underrated rises."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from ssbscreen.core.constants import Z90
from ssbscreen.training.card import Tails

MINIMUM_ROWS = 300  # 15 of them lie beyond each tail
_SHARE = 0.05  # of the errors beyond each of the two
_N_FOLDS = 5
_POWERS = (0.3, 1.5)


def tails_of(error: np.ndarray, std: np.ndarray, clusters: np.ndarray, seed: int = 0) -> Tails | None:
    """Half widths of the central 90 % on each side, as powers of the stated std.

    Each side is a quantile regression (pinball loss, Koenker and Bassett, Econometrica 46, 33 (1978), 10.2307/1913643)
    of the errors on that side. What lies beyond is counted by folds of clusters that did not fit it.

    Args:
        error: measured minus predicted, stored units, held out.  # (n,)
        std: stated for the same rows, above 0, calibrated on other ones.  # (n,)
        clusters: rows of one composition share their error.  # (n,)
        seed: of the folds.

    Returns:
        None for fewer than `MINIMUM_ROWS` rows.
    """
    known = np.isfinite(error) & np.isfinite(std) & (std > 0.0)
    if known.sum() < MINIMUM_ROWS:
        return None
    error, std, labels = error[known], std[known], np.unique(clusters[known], return_inverse=True)[1].ravel()
    fold = np.random.default_rng(seed).integers(0, _N_FOLDS, labels.max() + 1)[labels]
    beyond = np.zeros((2, len(error)), dtype=bool)
    for k in range(_N_FOLDS):
        for side, sign in enumerate((-1.0, 1.0)):
            scale, power = _fit(sign * error[fold != k], std[fold != k])
            beyond[side, fold == k] = sign * error[fold == k] > scale * std[fold == k] ** power
    below, above = _fit(-error, std), _fit(error, std)
    return Tails(
        below=(round(below[0], 4), round(below[1], 4)),
        above=(round(above[0], 4), round(above[1], 4)),
        n=len(error),
        share_below=round(float(beyond[0].mean()), 4),
        share_above=round(float(beyond[1].mean()), 4),
    )


def _fit(error: np.ndarray, std: np.ndarray) -> tuple[float, float]:
    """Scale and power of the half width that leaves `_SHARE` of the errors above it."""
    logs = np.log(std)

    def loss(numbers: np.ndarray) -> float:
        power = float(np.clip(numbers[1], *_POWERS))
        over = error - np.exp(numbers[0] + power * logs)
        return float(np.maximum((1.0 - _SHARE) * over, -_SHARE * over).mean()) + abs(numbers[1] - power)

    found = minimize(loss, np.array([np.log(Z90), 1.0]), method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-6})
    return float(np.exp(found.x[0])), float(np.clip(found.x[1], *_POWERS))


def half_widths(std: np.ndarray, tails: Tails | None) -> tuple[np.ndarray, np.ndarray]:
    """Half widths of the central 90 % below and above a prediction; those of a Gaussian without tails.  # two (n,)"""
    if tails is None:
        return Z90 * std, Z90 * std
    below, above = (scale * np.asarray(std, dtype=float) ** power for scale, power in (tails.below, tails.above))
    return below, above
