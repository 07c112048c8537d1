"""Candidates that no other one is known to beat: trade-offs between groups of criteria, not between errors."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.scratch import Scratch
from ssbscreen.core.threads import side_by_side
from ssbscreen.ranking.orders import count_true

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
    on_front, scratch = np.zeros(len(draws), dtype=bool), scratch or Scratch()
    front = np.empty((0, *draws.shape[1:]), dtype=np.float32)
    for block in scratch.blocks(len(ranked)):
        rows = ranked[block]
        rows = rows[known[rows].any(axis=1)]
        lines, knows, new = scratch.taken(draws, rows), known[rows], front[:0]
        left = _unbeaten(lines, knows, front)
        for start in range(0, len(left), _AT_ONCE):
            some = left[start : start + _AT_ONCE]
            joined = _joining(lines[some].astype(np.float32), knows[some], new)
            on_front[rows[some[joined]]] = True
            new = np.concatenate([new, lines[some[joined]].astype(np.float32)])
        front = np.concatenate([front, new])
    return on_front


def _unbeaten(lines: np.ndarray, known: np.ndarray, front: np.ndarray) -> np.ndarray:
    """Rows that no member of the front beats.  # (m, n_groups, n_draws), (m, n_groups), (k, ...) -> (j,) int"""

    def found(start: int) -> np.ndarray:
        some = slice(start, start + _AT_ONCE)
        return start + np.flatnonzero(~_are_beaten(lines[some].astype(np.float32), known[some], front))

    return np.concatenate([np.arange(0), *side_by_side(found, range(0, len(lines), _AT_ONCE))])


def _joining(lines: np.ndarray, known: np.ndarray, front: np.ndarray) -> np.ndarray:
    """Rows that neither the front nor a row before them beats.  # (m, n_groups, n_draws), (m, n_groups) -> (j,) int"""
    joined = np.empty(0, dtype=int)
    for i in np.flatnonzero(~_are_beaten(lines, known, front)):
        if not _are_beaten(lines[i : i + 1], known[i : i + 1], lines[joined])[0]:
            joined = np.append(joined, i)
    return joined


def _are_beaten(lines: np.ndarray, known: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Whether any member beats each row.  # (m, n_groups, n_draws), (m, n_groups), (k, ...) -> (m,) bool"""
    beaten = np.zeros(len(lines), dtype=bool)
    for start in range(0, len(members), _COMPARED):
        left = np.flatnonzero(~beaten)
        if not len(left):
            break
        wins = count_true(lines[left, None] > members[start : start + _COMPARED])
        is_better = wins / lines.shape[2] >= CONFIDENCE
        beaten[left] = ~(is_better & known[left, None]).any(axis=2).all(axis=1)
    return beaten
