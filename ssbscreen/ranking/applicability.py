"""Criteria that say nothing about a class of materials: neither imputed nor credited, others of the group stand in.

A polymer does not crack, so it has no fracture toughness that could be good or bad. Its group keeps its weight, borne
by the criteria that do apply: the missing one is as welcome as their weighted geometric mean, draw by draw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.desirability import Ramp

Stored = Callable[[int], np.ndarray]
"""Column of a criterion -> stored draws of some candidates, imputed ones included.  # (m, n_draws)"""


def applies(screen: Screen, chemistry_class: Sequence[str]) -> np.ndarray:
    """Which criteria apply to candidates of these classes.  # (n, n_criteria) bool"""
    names, place = np.unique(np.asarray(chemistry_class, dtype=str), return_inverse=True)
    columns = [~np.isin(names, criterion.not_for) for criterion in screen.criteria]
    return np.stack(columns, axis=1)[place]


def row_weights(screen: Screen, applicable: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Weight of each criterion for each candidate; what does not apply gives its weight to others of its group.

    Args:
        screen: resolved.
        applicable: # (n, n_criteria) bool
        weights: of the criteria in place of the screen's own; they sum to 1.  # (n_criteria,)

    Returns:
        # (n, n_criteria), each row sums to 1 where every group has a criterion that applies and counts
    """
    of_all = np.asarray(screen.weights) if weights is None else weights
    weights = of_all * applicable
    for group in screen.groups:
        members = [i for i, criterion in enumerate(screen.criteria) if criterion.group == group]
        left = weights[:, members].sum(axis=1, keepdims=True)
        whole = of_all[members].sum()
        weights[:, members] *= np.divide(whole, left, out=np.zeros_like(left), where=left > 0.0)
    return weights


def known(has_own: np.ndarray, applicable: np.ndarray, screen: Screen) -> np.ndarray:
    """What a candidate knows: its own values, and those that stand for its own where a criterion does not apply.

    Args:
        has_own: # (n, n_criteria) bool
        applicable: # (n, n_criteria) bool
        screen: of the criteria.

    Returns:
        # (n, n_criteria) bool
    """
    found = has_own.copy()
    for i, criterion in enumerate(screen.criteria):
        others = [j for j, c in enumerate(screen.criteria) if c.group == criterion.group and j != i]
        stands_in = (has_own & applicable)[:, others].any(axis=1)
        found[:, i] = np.where(applicable[:, i], has_own[:, i], stands_in)
    return found


def filled(i: int, stored_of: Stored, screen: Screen, applicable: np.ndarray) -> np.ndarray:
    """Stored draws of a criterion, where it does not apply those of the desirability that its group has.

    Args:
        i: column of the criterion.
        stored_of: draws of any criterion of the candidates.
        screen: resolved.
        applicable: of these candidates.  # (m, n_criteria) bool

    Returns:
        # (m, n_draws)
    """
    stored = stored_of(i)
    rows = np.flatnonzero(~applicable[:, i])
    if not len(rows):
        return stored
    group, weights = screen.criteria[i].group, screen.weights
    others = [j for j, c in enumerate(screen.criteria) if c.group == group and j != i and weights[j] > 0.0]
    shares = row_weights(screen, applicable[rows])
    total = shares[:, others].sum(axis=1, keepdims=True)
    log = np.zeros((len(rows), stored.shape[1]))
    for j in others:
        share = shares[:, j : j + 1] / total
        if share.any():
            log += share * np.log(Ramp(screen.criteria[j], screen.floor).desirability(stored_of(j)[rows]))
    ramp = Ramp(screen.criteria[i], screen.floor)
    stored = stored.copy()
    stored[rows] = ramp.inverse(np.clip((np.exp(log) - screen.floor) / (1.0 - screen.floor), 0.0, 1.0))
    return stored
