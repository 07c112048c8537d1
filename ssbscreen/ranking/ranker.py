"""From scores of all draws to ranks with intervals, tie groups and the table that users read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ssbscreen.ranking.criteria import Profile, Screen, resolve
from ssbscreen.ranking.next_test import by_stake
from ssbscreen.ranking.pareto import pareto_front
from ssbscreen.ranking.places import FIRST, Places, p_beats, places_of, tie_groups
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.scoring import Scores, score
from ssbscreen.ranking.yardsticks import Yardsticks

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
OF_MATERIALS = ("material", "variant_of", "family_series", "is_made")
NEEDY = 0.5  # desirability below which a material needs the partner that bears it


@dataclass(frozen=True)
class Ranking:
    """A screen applied to a pool.

    Attributes:
        table: one row a candidate, sorted by rank, unranked rows last by score; columns `HEAD`, then four for each
            criterion (`_value`, `_low`, `_high` in natural units and `_desirability`), then `<criterion>_imputed` and
            what the draws say of the whole: `score_low` and `score_high` (5th and 95th percentile of the worth),
            `rank_median`, `p_first_10`, `p_first_100`, `needs`, `p_beats_<name>` of each reference electrolyte, the
            columns `OF_MATERIALS`, then `<criterion>_evidence` and `_n_studies`. `rank` orders by `score`, the expected
            worth; the interval from `rank_low` to `rank_high` need not hold it. `limiting_criterion` is the known
            weakness: the criterion whose median costs the score most beyond what it costs the middle one of the
            reference electrolytes, or most at all where none is given. `needs` names the partners without which the
            material does not serve.
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


def rank(
    quantities: Quantities,
    screen: Screen,
    profile: Profile,
    *,
    block_size: int | None = None,
    yardsticks: Yardsticks | None = None,
) -> Ranking:
    """Rank a pool: of rows of one material only the one that stands for it has a rank.

    Args:
        quantities: of the pool; their seed and operating conditions are those of the ranking.
        screen: as loaded; the profile is applied here.
        profile: its operating conditions must be those of the quantities.
        block_size: candidates held at once; changes memory, not results.
        yardsticks: reference electrolytes that every row is held against.

    Raises:
        ValueError: the operating conditions differ from those of the quantities.
    """
    if profile.operating != quantities.operating:
        raise ValueError(f"The quantities were built for other conditions than those of profile '{profile.name}'.")
    scores = score(quantities, resolve(screen, profile), block_size=block_size)
    return tabulate(quantities, scores, yardsticks)


def tabulate(quantities: Quantities, scores: Scores, yardsticks: Yardsticks | None = None) -> Ranking:
    """Ranks, intervals, tie groups and the table, from scores."""
    facts, materials = quantities.facts, quantities.materials
    n, worth = len(facts), scores.score
    is_ranked = scores.known >= scores.screen.min_coverage - 1e-9
    if materials is not None:
        is_ranked &= materials.is_representative
    order = np.lexsort((facts.candidate_ids.astype(str), -worth, ~is_ranked))
    n_ranked = int(is_ranked.sum())
    ranked = order[:n_ranked]
    places = places_of(scores.log_utility, ranked, facts.candidate_ids)
    front = np.zeros(n, dtype=bool)
    front[ranked] = pareto_front(scores.group_draws[ranked], scores.group_known[ranked])
    names = np.array([c.name for c in scores.screen.criteria], dtype=object)
    held = yardsticks.held(scores) if yardsticks else None
    columns: dict[str, object] = {
        "rank": _integers(np.arange(1, n_ranked + 1), n),
        "rank_low": _integers(places.low, n),
        "rank_high": _integers(places.high, n),
        "tie_group": _integers(tie_groups(scores.log_utility, ranked), n),
        "candidate_id": facts.candidate_ids[order],
        "formula": facts.formula[order],
        "chemistry_class": facts.chemistry_class[order],
        "family": facts.family[order],
        "role": np.full(n, scores.screen.role, dtype=object),
        "score": worth[order],
        "p_all": scores.p_all[order],
        "pareto_front": front[order],
        "limiting_criterion": names[_limiting(scores, held.usual_loss if held else 0.0)][order],
        "coverage": scores.coverage[order],
        "in_domain": quantities.in_domain[order],
        "next_test": by_stake(scores, np.zeros(n, bool) if materials is None else materials.is_made)[order],
    }
    assert tuple(columns) == HEAD
    columns |= _criteria_columns(scores, order) | _of_draws(scores, order, places)
    for name, other in (held.log_worth if held else {}).items():
        columns[f"p_beats_{name}"] = p_beats(scores.log_utility, other)[order]
    if materials is not None:
        columns |= {name: getattr(materials, name)[order] for name in OF_MATERIALS}
    columns |= _evidence_columns(scores, order)
    return Ranking(pd.DataFrame(columns), scores.screen, scores, order, n_ranked)


def _criteria_columns(scores: Scores, order: np.ndarray) -> dict[str, object]:
    """Values, intervals and desirabilities of every criterion, then which are imputed."""
    columns: dict[str, object] = {}
    names = [c.name for c in scores.screen.criteria]
    for i, name in enumerate(names):
        columns[f"{name}_value"] = scores.value[order, i]
        columns[f"{name}_low"] = scores.low[order, i]
        columns[f"{name}_high"] = scores.high[order, i]
        columns[f"{name}_desirability"] = scores.desirability[order, i]
    for i, name in enumerate(names):
        columns[f"{name}_imputed"] = ~scores.has_own[order, i]
    return columns


def _evidence_columns(scores: Scores, order: np.ndarray) -> dict[str, object]:
    """On what the value of every criterion rests."""
    columns: dict[str, object] = {}
    for i, name in enumerate(c.name for c in scores.screen.criteria):
        columns[f"{name}_evidence"] = scores.kind[order, i].astype(str).astype(object)
        columns[f"{name}_n_studies"] = scores.n_studies[order, i]
    return columns


def _of_draws(scores: Scores, order: np.ndarray, places: Places) -> dict[str, object]:
    """What the draws say of the score and the rank, and what a material needs beside it."""
    n = len(order)
    low, high = np.quantile(scores.log_utility[order], (0.05, 0.95), axis=1) if n else (np.empty(0), np.empty(0))
    columns: dict[str, object] = {"score_low": np.exp(low.astype(float)), "score_high": np.exp(high.astype(float))}
    columns["rank_median"] = _integers(places.median, n)
    for k, share in zip(FIRST, places.p_first.T, strict=True):
        columns[f"p_first_{k}"] = np.concatenate([share, np.full(n - len(share), np.nan)])
    columns["needs"] = needs_of(scores)[order]
    return columns


def needs_of(scores: Scores) -> np.ndarray:
    """Partners that a material needs where what is known of it is bad: desirability below a half.  # (n,) str"""
    partners = [(i, c.partner) for i, c in enumerate(scores.screen.criteria) if c.partner]
    bad = scores.desirability < NEEDY  # False where imputed
    return np.array(["; ".join(dict.fromkeys(p for i, p in partners if row[i])) for row in bad], dtype=object)


def _limiting(scores: Scores, usual_loss: np.ndarray | float) -> np.ndarray:
    """Criterion that costs each row most beyond what it costs the usual electrolyte; where nothing is known, imputed.

    What every electrolyte lacks, such as a critical current above 1 mA/cm2, is no weakness of one of them.

    Returns:
        Column of the criterion.  # (n,)
    """
    beyond = scores.loss - usual_loss
    known = np.where(scores.has_own, beyond, -np.inf)
    return np.where(scores.has_own.any(axis=1), known.argmax(axis=1), beyond.argmax(axis=1))


def _integers(values: np.ndarray, n: int) -> pd.arrays.IntegerArray:
    """Nullable whole numbers, missing for the unranked rows at the end."""
    filled = np.zeros(n, dtype=np.int64)
    filled[: len(values)] = values
    return pd.arrays.IntegerArray(filled, np.arange(n) >= len(values))
