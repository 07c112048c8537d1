"""Which rows an epoch holds, and how often."""

from __future__ import annotations

import numpy as np


def epoch_rows(repeats: np.ndarray, seed: int, epoch: int) -> np.ndarray:
    """Rows of one epoch in random order; a row with repeats 2.3 comes twice or, with chance 0.3, three times."""
    rng = np.random.default_rng([seed, epoch])
    whole = np.floor(repeats).astype(np.int64)
    extra = rng.random(len(repeats)) < repeats - whole
    rows: np.ndarray = rng.permutation(np.repeat(np.arange(len(repeats)), whole + extra))
    return rows


def balance(labels: np.ndarray) -> np.ndarray:
    """Weights by which a group of n rows counts in proportion to the root of n; their mean is 1.  # (n_rows,)"""
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    weights: np.ndarray = 1.0 / np.sqrt(counts[codes.reshape(-1)])
    return weights / weights.mean()
