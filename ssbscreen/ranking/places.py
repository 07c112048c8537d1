"""What the draws say about places: intervals of ranks, chances to be first, ties, and who beats whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssbscreen.core.scratch import Scratch
from ssbscreen.ranking.orders import count_true

TIE_PROBABILITY = 0.10  # a row that beats the leader of its group in more draws than this is tied with it
FIRST = (10, 100)  # lengths of the leading lists
_AT_ONCE = 64  # rows that are held against the leader of a tie group


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


def places_of(
    log_utility: np.ndarray, ranked: np.ndarray, ids: np.ndarray, scratch: Scratch | None = None, n_alike: int = 1
) -> Places:
    """Where each row stands in every draw; equal worth is decided by identifier.

    Draws are turned to one line a draw, each line is sorted, and the places are turned back, block by block: of large
    pools no more than a block and a line are in memory.

    Args:
        log_utility: in single precision.  # (n, n_draws)
        ranked: rows with a rank.  # (n_ranked,)
        ids: of all rows, or whole numbers in their order.  # (n,)
        scratch: where the places of all draws lie meanwhile.
        n_alike: how many times most rows have the same draw: percentiles are means of as many places in their order.
    """
    n, n_draws = len(ranked), log_utility.shape[1]
    scratch = scratch or Scratch()
    canonical = ranked[np.argsort(ids[ranked], kind="stable")]
    lines = scratch.zeros((n_draws, n), np.uint32)
    for block in scratch.blocks(n):
        lines[:, block] = _falling(scratch.taken(log_utility, canonical[block])).T
    counting, number = np.arange(1, n + 1, dtype=np.uint32), np.arange(n, dtype=np.uint64)

    def place(one: slice) -> None:
        packed = (lines[one][0].astype(np.uint64) << np.uint64(32)) | number
        packed.sort()  # equal ones by number, which is the order of the identifiers
        places = np.empty(n, dtype=np.uint32)
        places[(packed & np.uint64(0xFFFFFFFF)).astype(np.intp)] = counting
        lines[one] = places

    scratch.each(place, n_draws, 1)
    low, median, high = (np.zeros(n, dtype=int) for _ in range(3))
    found = Places(low, median, high, np.zeros((n, len(FIRST))))
    last = n_draws - 1

    def sum_up(block: slice) -> None:
        part = np.sort(lines[:, block].T, axis=1)
        found.p_first[block] = np.stack([(part <= k).mean(axis=1) for k in FIRST], axis=1)
        for target, k in (
            (found.low, int(0.10 * last)),
            (found.median, last // 2),
            (found.high, int(np.ceil(0.90 * last))),
        ):
            target[block] = np.rint(part[:, _about(k, n_alike, n_draws)].mean(axis=1))

    scratch.each(sum_up, n)
    back = np.empty(len(log_utility), dtype=np.intp)
    back[canonical] = np.arange(n)
    mine = back[ranked]
    return Places(found.low[mine], found.median[mine], found.high[mine], found.p_first[mine])


def _about(k: int, width: int, n: int) -> slice:
    """As many numbers below n as asked for, k in their middle, cut at the ends; towards the middle one more."""
    first = k - (width - 1) // 2 if 2 * k < n else k - width // 2
    return slice(max(first, 0), min(first + width, n))


def _falling(worth: np.ndarray) -> np.ndarray:
    """Whole numbers that fall as single-precision numbers grow and are equal where these are.  # same shape, uint32"""
    bits = (np.float32(0.0) - worth.astype(np.float32)).view(np.uint32)  # 0 and -0 are both 0 then
    return bits ^ np.where(bits >> np.uint32(31), np.uint32(0xFFFFFFFF), np.uint32(0x80000000))


def tie_groups(log_utility: np.ndarray, ranked: np.ndarray, scratch: Scratch | None = None) -> np.ndarray:
    """Number of the tie group of each ranked row, the best first.  # (n_ranked,)

    Going down the ranking, a row belongs to the group of the current leader while it beats the leader in more than
    one draw in ten; the first row that does not leads the next group.
    """
    groups = np.empty(len(ranked), dtype=int)
    allowed = TIE_PROBABILITY * log_utility.shape[1]
    current, leader = 0, np.full(log_utility.shape[1], np.inf)
    scratch = scratch or Scratch()
    for block in scratch.blocks(len(ranked)):
        lines = scratch.taken(log_utility, ranked[block])
        start = 0
        while start < len(lines):
            leads = count_true(lines[start : start + _AT_ONCE] > leader) <= allowed
            end = start + (int(leads.argmax()) if leads.any() else len(leads))
            groups[block][start:end] = current
            start = end
            if leads.any():
                current, leader = current + 1, lines[end].copy()
                groups[block][end] = current
                start = end + 1
    return groups


def p_beats(log_utility: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Probability that each row is worth more than another one in the same draw; half of what is equal counts.

    Args:
        log_utility: # (n, n_draws)
        other: # (n_draws,)
    """
    return np.asarray((log_utility > other).mean(axis=1) + 0.5 * (log_utility == other).mean(axis=1))
