"""What a score is made of once the draws are averaged, so that other weights give other ranks without new draws.

The score is a geometric mean over criteria and over draws times what the limits of the vital criteria leave. Its
logarithm is therefore linear in the weights: the sum of weight times mean log desirability, plus the mean log of what
the limits leave, which no weight changes. Missing values are drawn without regard to weights. Where a criterion does
not apply, its weight goes to the others of its group (`applicability`), so candidates may differ in their weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ssbscreen.core.errors import UsageError, unknown
from ssbscreen.ranking import applicability
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.ranker import Ranking

LARGEST_FACTOR = 1e6  # of a weight that somebody gives
_LISTED_BY = "the file of the screen in configs/screens has them, and /criteria of the service"
_SLACK = 1e-9  # of the known weight against the least that gives a rank, as in the ranker


@dataclass(frozen=True)
class ScoreTerms:
    """Terms of one role, rows as in the table of its ranking.

    Attributes:
        candidate_ids: # (n,) str
        screen: resolved with the profile.
        log_desirability: mean over the draws of the natural log, columns as the criteria.  # (n, n_criteria) float32
        log_survival: mean natural log of what all limits leave together.  # (n,) float32
        has_own: whether a value is the candidate's own, not an imputed one; where a criterion does not apply, whether
            its group has one.  # (n, n_criteria) bool
        is_representative: rows that stand for themselves, the only ones with a rank.  # (n,) bool
        applies: which criteria apply to each candidate; None where all do.  # (n, n_criteria) bool
    """

    candidate_ids: np.ndarray
    screen: Screen
    log_desirability: np.ndarray = field(repr=False)
    log_survival: np.ndarray = field(repr=False)
    has_own: np.ndarray = field(repr=False)
    is_representative: np.ndarray = field(repr=False)
    applies: np.ndarray | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.candidate_ids)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the criteria."""
        return tuple(criterion.name for criterion in self.screen.criteria)

    def log_score(self, weights: np.ndarray) -> np.ndarray:
        """Natural log of the score at these weights, which sum to 1.  # (n,) float64"""
        if self._kinds is None:
            return self._logs(slice(None), weights)
        log = np.empty(len(self))
        for applicable, rows in self._kinds:
            log[rows] = self._logs(rows, _borne(self.screen, applicable, weights))
        return log

    def _logs(self, rows: slice | np.ndarray, weights: np.ndarray) -> np.ndarray:
        logs = self.log_desirability[rows] @ weights.astype(np.float32)
        return np.asarray(logs, dtype=float) + self.log_survival[rows]

    @cached_property
    def _kinds(self) -> list[tuple[np.ndarray, np.ndarray]] | None:
        """Rows by the criteria that apply to them; None where all apply to all."""
        if self.applies is None or self.applies.all():
            return None
        bits = np.packbits(self.applies, axis=1)
        _, first, kind = np.unique(bits, axis=0, return_index=True, return_inverse=True)
        return [(self.applies[i], np.flatnonzero(kind.ravel() == k)) for k, i in enumerate(first)]


@dataclass(frozen=True)
class Reranked:
    """A role at other weights; rows as in the terms.

    Attributes:
        weights: of the criteria; they sum to 1.  # (n_criteria,)
        score: # (n,)
        order: rows, ranked ones first, the best first.  # (n,) int
        rank: from 1, 0 for rows without one.  # (n,) int
    """

    weights: np.ndarray
    score: np.ndarray
    order: np.ndarray
    rank: np.ndarray


def terms_of(ranking: Ranking) -> ScoreTerms:
    """Terms of a ranking, rows as in its table."""
    scores, order, materials = ranking.scores, ranking.order, ranking.materials
    return ScoreTerms(
        ranking.candidate_ids,
        ranking.screen,
        scores.log_desirability[order],
        scores.log_survival[order],
        scores.is_known[order],
        np.ones(len(order), dtype=bool) if materials is None else materials.is_representative[order],
        applicability.applies(scores.screen, list(ranking.facts.chemistry_class[order])),
    )


def _borne(screen: Screen, applicable: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weights where some criteria do not apply: others of their group bear them, else all others.  # (n_criteria,)"""
    found = applicability.row_weights(screen, applicable[None], weights)[0]
    return np.asarray(found / found.sum() if found.sum() > 0 else weights)


def weights_of(screen: Screen, given: Mapping[str, float], factors: Mapping[str, float]) -> np.ndarray:
    """Weights of the criteria, brought to a sum of 1.

    Args:
        screen: resolved with the profile.
        given: weights by criterion, on the scale of the screen's own, which sum to 1; the others keep theirs.
        factors: by criterion or group; each multiplies what stands there.

    Raises:
        UsageError: an unknown name, a number that is no weight, or nothing that counts.
    """
    names = [criterion.name for criterion in screen.criteria]
    groups = [criterion.group for criterion in screen.criteria]
    weights = np.array(screen.weights, dtype=float)
    for name, weight in given.items():
        if name not in names:
            raise unknown("criterion", name, names, _LISTED_BY)
        weights[names.index(name)] = _checked(name, weight)
    for name, factor in factors.items():
        if name not in names and name not in groups:
            raise unknown("criterion or group", name, {*names, *groups}, _LISTED_BY)
        is_meant = [name in (own, group) for own, group in zip(names, groups, strict=True)]
        weights[is_meant] *= _checked(name, factor)
    if not weights.sum() > 0:
        raise UsageError("All weights are 0; give at least one criterion a weight above 0.")
    return np.asarray(weights / weights.sum())


def _checked(name: str, number: float) -> float:
    if not 0 <= number <= LARGEST_FACTOR:
        raise UsageError(f"The weight of {name} is {number}; give a number from 0 to {LARGEST_FACTOR:g}.")
    return float(number)


def rerank(terms: ScoreTerms, weights: np.ndarray) -> Reranked:
    """Scores and ranks at other weights, as a ranking made anew with them gives to the precision of the kept terms.

    Args:
        terms: of one role.
        weights: of its criteria; they sum to 1.  # (n_criteria,)
    """
    score = np.exp(terms.log_score(weights))
    is_ranked = (terms.has_own @ weights >= terms.screen.min_coverage - _SLACK) & terms.is_representative
    order = np.lexsort((terms.candidate_ids.astype(str), -score, ~is_ranked))
    rank = np.zeros(len(terms), dtype=np.int64)
    rank[order[: int(is_ranked.sum())]] = np.arange(1, int(is_ranked.sum()) + 1)
    return Reranked(weights, score, order, rank)
