"""From scores of all draws to ranks with intervals, tie groups and the table that users read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ssbscreen.ranking.criteria import Profile, Screen, resolve
from ssbscreen.ranking.facts import Facts
from ssbscreen.ranking.pareto import pareto_front
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.scoring import Scores, score

HEAD = (
    "rank",
    "rank_low",
    "rank_high",
    "tie_group",
    "candidate_id",
    "formula",
    "chemistry_class",
    "family",
    "role",
    "score",
    "p_all",
    "pareto_front",
    "limiting_criterion",
    "coverage",
    "in_domain",
    "next_test",
)
TIE_PROBABILITY = 0.10  # a row that beats the leader of its group in more draws than this is tied with it
DRAWS_PER_SORT = 64


@dataclass(frozen=True)
class Ranking:
    """A screen applied to a pool.

    Attributes:
        table: one row a candidate, sorted by rank, unranked rows last; columns `HEAD`, then four for each criterion
            (`_value`, `_low`, `_high` in natural units and `_desirability`), then `<criterion>_imputed`, `score_low`
            and `score_high` (5th and 95th percentile). `limiting_criterion` is the known weakness: the criterion whose
            central estimate costs the score most. `next_test` is what would settle the criterion whose uncertainty
            moves the score most, known or not.
        screen: resolved with the profile.
        scores: draws behind the table, rows in the order of the facts.
        order: row of the facts behind each row of the table.
        n_ranked: rows with a rank.
    """

    table: pd.DataFrame
    screen: Screen
    scores: Scores = field(repr=False)
    order: np.ndarray = field(repr=False)
    n_ranked: int


def rank(quantities: Quantities, screen: Screen, profile: Profile, *, block_size: int | None = None) -> Ranking:
    """Rank a pool.

    Args:
        quantities: of the pool; their seed and operating conditions are those of the ranking.
        screen: as loaded; the profile is applied here.
        profile: its operating conditions must be those of the quantities.
        block_size: candidates held at once; changes memory, not results.

    Raises:
        ValueError: the operating conditions differ from those of the quantities.
    """
    if profile.operating != quantities.operating:
        raise ValueError(f"The quantities were built for other conditions than those of profile '{profile.name}'.")
    scores = score(quantities, resolve(screen, profile), block_size=block_size)
    return tabulate(quantities.facts, scores, quantities.in_domain)


def tabulate(facts: Facts, scores: Scores, in_domain: np.ndarray) -> Ranking:
    """Ranks, intervals, tie groups and the table, from scores."""
    n = len(facts)
    total = scores.log_total
    coverage = scores.coverage
    is_ranked = coverage >= scores.screen.min_coverage - 1e-9
    ordered = np.sort(total, axis=1) if n else total
    medians, lows, highs = (_at(ordered, share) for share in (0.5, 0.05, 0.95))
    order = np.lexsort((facts.candidate_ids.astype(str), -medians.astype(np.float64), ~is_ranked))
    n_ranked = int(is_ranked.sum())
    ranked = order[:n_ranked]
    low, high = _rank_interval(total, ranked, facts.candidate_ids)
    position = np.arange(1, n_ranked + 1)
    # a rank may lie outside its own draws' interval where noise is larger than all differences; widen it
    low, high = np.minimum(low, position), np.maximum(high, position)
    front = np.zeros(n, dtype=bool)
    front[ranked] = pareto_front(scores.group_desirability[ranked])
    criteria = scores.screen.criteria
    names = np.array([c.name for c in criteria], dtype=object)
    tests = np.array([c.test for c in criteria], dtype=object)
    columns: dict[str, object] = {
        "rank": _integers(position, n),
        "rank_low": _integers(low, n),
        "rank_high": _integers(high, n),
        "tie_group": _integers(_tie_groups(total, ranked), n),
        "candidate_id": facts.candidate_ids[order],
        "formula": facts.formula[order],
        "chemistry_class": facts.chemistry_class[order],
        "family": facts.family[order],
        "role": np.full(n, scores.screen.role, dtype=object),
        "score": np.exp(medians[order].astype(np.float64)),
        "p_all": scores.p_all[order],
        "pareto_front": front[order],
        "limiting_criterion": names[_limiting(scores)][order],
        "coverage": coverage[order],
        "in_domain": np.asarray(in_domain, dtype=bool)[order],
        "next_test": tests[scores.stake.argmax(axis=1)][order],
    }
    assert tuple(columns) == HEAD
    for i, name in enumerate(names):
        columns[f"{name}_value"] = scores.value[order, i]
        columns[f"{name}_low"] = scores.low[order, i]
        columns[f"{name}_high"] = scores.high[order, i]
        columns[f"{name}_desirability"] = scores.desirability[order, i]
    for i, name in enumerate(names):
        columns[f"{name}_imputed"] = ~scores.has_own[order, i]
    columns["score_low"] = np.exp(lows[order].astype(np.float64))
    columns["score_high"] = np.exp(highs[order].astype(np.float64))
    return Ranking(pd.DataFrame(columns), scores.screen, scores, order, n_ranked)


def _limiting(scores: Scores) -> np.ndarray:
    """Criterion that costs each row most; only where nothing is known may it be an imputed one.  # (n,)"""
    known = np.where(scores.has_own, scores.loss, -1.0)
    return np.where(scores.has_own.any(axis=1), known.argmax(axis=1), scores.loss.argmax(axis=1))


def _at(ordered: np.ndarray, share: float) -> np.ndarray:
    position = share * (ordered.shape[1] - 1)
    below, above = int(np.floor(position)), int(np.ceil(position))
    return ordered[:, below] + np.float32(position - below) * (ordered[:, above] - ordered[:, below])


def _rank_interval(total: np.ndarray, ranked: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """10th and 90th percentile of each row's rank over the draws, rounded outwards.  # two (n_ranked,)"""
    n, n_draws = len(ranked), total.shape[1]
    if n == 0:
        return np.empty(0, dtype=int), np.empty(0, dtype=int)
    canonical = ranked[np.argsort(ids[ranked].astype(str), kind="stable")]  # equal scores: decided by identifier
    places = np.empty((n, n_draws), dtype=np.int32)
    counting = np.arange(1, n + 1, dtype=np.int32)
    for start in range(0, n_draws, DRAWS_PER_SORT):
        part = -total[canonical, start : start + DRAWS_PER_SORT].T
        order = np.argsort(part, axis=1, kind="stable")
        for j, row in enumerate(order):
            places[row, start + j] = counting
    places.sort(axis=1)
    low = places[:, int(np.floor(0.10 * (n_draws - 1)))]
    high = places[:, int(np.ceil(0.90 * (n_draws - 1)))]
    back = np.empty(len(total), dtype=np.intp)
    back[canonical] = np.arange(n)
    return low[back[ranked]].astype(int), high[back[ranked]].astype(int)


def _tie_groups(total: np.ndarray, ranked: np.ndarray) -> np.ndarray:
    """Number of the tie group of each ranked row, the best first.  # (n_ranked,)

    Going down the ranking, a row belongs to the group of the current leader while it beats the leader in more than
    one draw in ten; the first row that does not leads the next group.
    """
    groups = np.empty(len(ranked), dtype=int)
    current, leader = 0, None
    for i, row in enumerate(ranked):
        if leader is None or np.count_nonzero(total[row] > leader) <= TIE_PROBABILITY * total.shape[1]:
            current, leader = current + 1, total[row]
        groups[i] = current
    return groups


def _integers(values: np.ndarray, n: int) -> pd.arrays.IntegerArray:
    """Nullable whole numbers, missing for the unranked rows at the end."""
    filled = np.zeros(n, dtype=np.int64)
    filled[: len(values)] = values
    return pd.arrays.IntegerArray(filled, np.arange(n) >= len(values))
