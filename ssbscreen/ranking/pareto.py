"""Candidates that no other one is known to beat: trade-offs between groups of criteria, not between errors."""

from __future__ import annotations

import numpy as np

CONFIDENCE = 0.9  # a difference in a group counts when this share of the draws agrees on its sign, as in tie groups
_COMPARED = 16  # members of the front compared at once


def pareto_front(draws: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Rows that are credibly better than each row of the front before them in some group.

    Going down the ranking, a row joins the front unless a member beats it. A member beats it when the row is credibly
    better than the member in no group of which something is known of the row: in no group is it better in at least
    `CONFIDENCE` of the draws. So a row stands on the front for what is known to be a strength, neither for an error nor
    for what is not known; a row of which nothing is known stands on none.

    Args:
        draws: how good each row is in each group, the best ranked first.  # (n, n_groups, n_draws)
        known: whether anything in a group is the row's own.  # (n, n_groups) bool

    Returns:
        Whether each row is on the front.  # (n,) bool
    """
    on_front = np.zeros(len(draws), dtype=bool)
    front: list[int] = []
    for i, row in enumerate(draws):
        if not known[i].any():
            continue
        is_beaten = False
        for start in range(0, len(front), _COMPARED):
            members = draws[front[start : start + _COMPARED]]
            is_better = (row > members).mean(axis=2) >= CONFIDENCE
            if not (is_better & known[i]).any(axis=1).all():
                is_beaten = True
                break
        if not is_beaten:
            on_front[i] = True
            front.append(i)
    return on_front
