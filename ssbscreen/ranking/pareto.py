"""Candidates that no other one beats in every respect."""

from __future__ import annotations

import numpy as np

BLOCK = 256


def pareto_front(objectives: np.ndarray) -> np.ndarray:
    """Rows that no other row matches everywhere and beats somewhere; more is better.

    A missing objective counts as worse than any value: a row may stand on the front for what is known of it,
    never for what is not, and a row of which nothing is known stands on no front. Equal rows share their fate.

    Args:
        objectives: NaN where missing.  # (n, n_objectives)

    Returns:
        Whether each row is on the front.  # (n,) bool
    """
    filled = np.where(np.isnan(objectives), -np.inf, objectives).astype(np.float64)
    known = ~np.all(np.isnan(objectives), axis=1)
    rows = np.flatnonzero(known)
    on_front = np.zeros(len(filled), dtype=bool)
    if rows.size == 0:
        return on_front
    unique, inverse = np.unique(filled[rows], axis=0, return_inverse=True)
    # a row can only be beaten by one that comes before it in descending lexicographic order
    unique = unique[::-1]
    keep = np.zeros(len(unique), dtype=bool)
    front = np.empty((0, unique.shape[1]))
    for start in range(0, len(unique), BLOCK):
        block = unique[start : start + BLOCK]
        alive = ~_is_beaten(block, front)
        alive[alive] = ~_is_beaten(block[alive], block[alive])
        keep[start : start + BLOCK] = alive
        front = np.concatenate([front, block[alive]])
    on_front[rows] = keep[::-1][inverse.reshape(-1)]
    return on_front


def _is_beaten(rows: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Whether each row is matched everywhere by another, different one.  # (n_rows,) bool"""
    beaten = np.zeros(len(rows), dtype=bool)
    for start in range(0, len(by), BLOCK):
        alive = np.flatnonzero(~beaten)
        if alive.size == 0:
            break
        others = by[start : start + BLOCK]
        matched = np.ones((len(alive), len(others)), dtype=bool)
        differs = np.zeros_like(matched)
        for column in range(rows.shape[1]):
            mine, theirs = rows[alive, column][:, None], others[None, :, column]
            matched &= mine <= theirs
            differs |= mine != theirs
        beaten[alive] = np.any(matched & differs, axis=1)
    return beaten
