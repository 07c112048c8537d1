"""What the draws say about places: intervals of ranks, chances to be first, ties, and who beats whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TIE_PROBABILITY = 0.10  # a row that beats the leader of its group in more draws than this is tied with it
FIRST = (10, 100)  # lengths of the leading lists
_DRAWS_PER_SORT = 64


@dataclass(frozen=True)
class Places:
    """Ranks over the draws, in the order of the ranked rows.

    Attributes:
        low, median, high: 10th, 50th and 90th percentile of the rank.  # (n_ranked,) int
        p_first: probability to stand among the first of each length of `FIRST`.  # (n_ranked, 2)
    """

    low: np.ndarray
    median: np.ndarray
    high: np.ndarray
    p_first: np.ndarray


def places_of(log_utility: np.ndarray, ranked: np.ndarray, ids: np.ndarray) -> Places:
    """Where each row stands in every draw; equal worth is decided by identifier.

    Args:
        log_utility: # (n, n_draws)
        ranked: rows with a rank.  # (n_ranked,)
        ids: # (n,)
    """
    n, n_draws = len(ranked), log_utility.shape[1]
    if n == 0:
        nothing = np.empty(0, dtype=int)
        return Places(nothing, nothing, nothing, np.empty((0, len(FIRST))))
    canonical = ranked[np.argsort(ids[ranked].astype(str), kind="stable")]
    places = np.empty((n, n_draws), dtype=np.uint16 if n < 2**16 else np.uint32)
    counting = np.arange(1, n + 1, dtype=places.dtype)
    for start in range(0, n_draws, _DRAWS_PER_SORT):
        part = -log_utility[canonical, start : start + _DRAWS_PER_SORT].T
        for j, row in enumerate(np.argsort(part, axis=1, kind="stable")):
            places[row, start + j] = counting
    back = np.empty(len(log_utility), dtype=np.intp)
    back[canonical] = np.arange(n)
    mine = back[ranked]
    p_first = np.stack([(places <= k).mean(axis=1) for k in FIRST], axis=1)[mine]
    places.sort(axis=1)
    last = n_draws - 1
    low, median, high = (places[:, k] for k in (int(0.10 * last), last // 2, int(np.ceil(0.90 * last))))
    return Places(low[mine].astype(int), median[mine].astype(int), high[mine].astype(int), p_first)


def tie_groups(log_utility: np.ndarray, ranked: np.ndarray) -> np.ndarray:
    """Number of the tie group of each ranked row, the best first.  # (n_ranked,)

    Going down the ranking, a row belongs to the group of the current leader while it beats the leader in more than
    one draw in ten; the first row that does not leads the next group.
    """
    groups = np.empty(len(ranked), dtype=int)
    current, leader = 0, None
    for i, row in enumerate(ranked):
        if leader is None or np.count_nonzero(log_utility[row] > leader) <= TIE_PROBABILITY * log_utility.shape[1]:
            current, leader = current + 1, log_utility[row]
        groups[i] = current
    return groups


def p_beats(log_utility: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Probability that each row is worth more than another one in the same draw; half of what is equal counts.

    Args:
        log_utility: # (n, n_draws)
        other: # (n_draws,)
    """
    return np.asarray((log_utility > other).mean(axis=1) + 0.5 * (log_utility == other).mean(axis=1))
