"""Candidates that no other one is known to beat: trade-offs between groups of criteria, not between errors."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.scratch import Scratch

CONFIDENCE = 0.9  # a difference in a group counts when this share of the draws agrees on its sign, as in tie groups
_COMPARED = 16  # members of the front compared at once
_AT_ONCE = 256  # rows that are held against them


def pareto_front(
    draws: np.ndarray, known: np.ndarray, ranked: np.ndarray | None = None, scratch: Scratch | None = None
) -> np.ndarray:
    """Rows that are credibly better than each row of the front before them in some group.

    Going down the ranking, a row joins the front unless a member beats it. A member beats it when the row is credibly
    better than the member in no group of which something is known of the row: in no group is it better in at least
    `CONFIDENCE` of the draws. So a row stands on the front for what is known to be a strength, neither for an error nor
    for what is not known; a row of which nothing is known stands on none.

    Args:
        draws: how good each row is in each group.  # (n, n_groups, n_draws)
        known: whether anything in a group is the row's own.  # (n, n_groups) bool
        ranked: rows in question, the best ranked first; all in their order when None.  # (m,) int
        scratch: where the draws lie.

    Returns:
        Whether each row is on the front.  # (n,) bool
    """
    ranked = np.arange(len(draws)) if ranked is None else ranked
    on_front = np.zeros(len(draws), dtype=bool)
    front = np.empty((0, *draws.shape[1:]), dtype=np.float32)
    for block in (scratch or Scratch()).blocks(len(ranked), _AT_ONCE):
        rows = ranked[block]
        rows = rows[known[rows].any(axis=1)]
        rows = rows[~_are_beaten(draws[rows].astype(np.float32), known[rows], front)]
        lines, joined = draws[rows].astype(np.float32), np.empty(0, dtype=int)
        for i, row in enumerate(rows):  # those that no row of an earlier block beats
            if not _are_beaten(lines[i : i + 1], known[row][None], lines[joined])[0]:
                joined = np.append(joined, i)
        on_front[rows[joined]] = True
        front = np.concatenate([front, lines[joined]])
    return on_front


def _are_beaten(lines: np.ndarray, known: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Whether any member beats each row.  # (m, n_groups, n_draws), (m, n_groups), (k, ...) -> (m,) bool"""
    beaten = np.zeros(len(lines), dtype=bool)
    for start in range(0, len(members), _COMPARED):
        left = np.flatnonzero(~beaten)
        if not len(left):
            break
        is_better = (lines[left, None] > members[start : start + _COMPARED]).mean(axis=3) >= CONFIDENCE
        beaten[left] = ~(is_better & known[left, None]).any(axis=2).all(axis=1)
    return beaten
