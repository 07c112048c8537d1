"""Logistic regression whose coefficients are held near what is known of them beforehand."""

from __future__ import annotations

import numpy as np

_STEPS = 100
_SMALL = 1e-9


def logistic(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x, float)))


def logistic_fit(
    design: np.ndarray, share: np.ndarray, weight: np.ndarray, mean: np.ndarray, std: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray]:
    """Most probable coefficients under independent normal priors, by Newton's method.

    Args:
        design: one row an observation.  # (n, k)
        share: of positive reports, 0 to 1.  # (n,)
        weight: of each observation, >= 0.  # (n,)
        mean, std: of the prior of each coefficient.  # (k,)

    Returns:
        Coefficients (k,), their log posterior up to a constant, and the covariance of their errors (k, k): that of the
        normal distribution with the same curvature at the maximum (Laplace's method).
    """
    precision = 1.0 / np.asarray(std, float) ** 2

    def posterior(b: np.ndarray) -> float:
        z = design @ b
        return float((weight * (share * z - np.logaddexp(0.0, z))).sum() - 0.5 * (precision * (b - mean) ** 2).sum())

    def curvature(b: np.ndarray) -> np.ndarray:
        p = logistic(design @ b)
        return np.asarray((design * (weight * p * (1.0 - p))[:, None]).T @ design + np.diag(precision))

    found = np.array(mean, dtype=float)
    best = posterior(found)
    for _ in range(_STEPS):
        slope = design.T @ (weight * (share - logistic(design @ found))) - precision * (found - mean)
        step = np.linalg.solve(curvature(found), slope)
        if np.abs(step).max() < _SMALL:
            break
        while (value := posterior(found + step)) < best and np.abs(step).max() > _SMALL:
            step = step / 2.0  # far from the maximum a full step may overshoot
        found, best = found + step, max(value, best)
    return found, best, np.linalg.inv(curvature(found))
