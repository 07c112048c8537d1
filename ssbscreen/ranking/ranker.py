"""From scores of all draws to ranks with intervals, tie groups and the table that users read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Unpack

import numpy as np
import pandas as pd

from ssbscreen.core.evidence import KINDS
from ssbscreen.core.identity import Materials
from ssbscreen.core.scratch import ROWS
from ssbscreen.ranking.criteria import Profile, Screen, resolve
from ssbscreen.ranking.facts import Facts
from ssbscreen.ranking.imputation import sample_draws
from ssbscreen.ranking.next_test import by_stake
from ssbscreen.ranking.pareto import pareto_front
from ssbscreen.ranking.places import FIRST, Places, p_beats, places_of, tie_groups
from ssbscreen.ranking.quantiles import quantiles_of_all
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.reference_materials import Held, ReferenceMaterials
from ssbscreen.ranking.scoring import OF_TABLE, How, Scores
from ssbscreen.ranking.two_passes import scores_of

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

    Its table has one row a candidate, sorted by rank, unranked rows last by score; columns `HEAD`, then four for each
    criterion (`_value`, `_low`, `_high` in natural units and `_desirability`), then `<criterion>_imputed` and what the
    draws say of the whole: `score_low` and `score_high` (5th and 95th percentile of the worth), `rank_median`,
    `p_first_10`, `p_first_100`, `needs`, `p_beats_<name>` of each reference electrolyte, the columns `OF_MATERIALS`,
    then `<criterion>_evidence` and `_n_studies`. `rank` orders by `score`, the geometric mean of the worth; `rank_low`
    to `rank_high` need not hold it.
    `limiting_criterion` is the known weakness: the criterion whose median costs the score most beyond what it costs the
    middle one of the reference electrolytes, or most at all where none is given. `needs` names the partners without
    which the material does not serve.

    Attributes:
        screen: resolved with the profile.
        scores: draws behind the table, rows in the order of the facts.
        order: row of the facts behind each row of the table.
        n_ranked: rows with a rank.
        facts: of the candidates.
        materials: of the candidates; None where every row stands for itself.
        in_domain: # (n,) bool
        places: of the ranked rows.
        tie_group: of the ranked rows.  # (n_ranked,)
        front: whether a row is on the Pareto front, in the order of the facts.  # (n,) bool
        held: the reference electrolytes; None without any.
        said: columns that replace those of the table or follow them: name -> value by candidate id, for some rows.
    """

    screen: Screen
    scores: Scores = field(repr=False)
    order: np.ndarray = field(repr=False)
    n_ranked: int
    facts: Facts = field(repr=False)
    materials: Materials | None = field(repr=False)
    in_domain: np.ndarray = field(repr=False)
    places: Places = field(repr=False)
    tie_group: np.ndarray = field(repr=False)
    front: np.ndarray = field(repr=False)
    held: Held | None = field(repr=False)
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.order)

    @property
    def candidate_ids(self) -> np.ndarray:
        """In the order of the table.  # (n,)"""
        return np.asarray(self.facts.candidate_ids[self.order])

    @cached_property
    def table(self) -> pd.DataFrame:
        """All rows, a few KB each; of a large pool ask for `part` instead."""
        return self.part(slice(0, len(self)))

    def part(self, rows: slice) -> pd.DataFrame:
        """Rows of the table, numbered from 0."""
        start, stop, _ = rows.indices(len(self))
        taken = self.scores.take(self.order[start:stop], OF_TABLE)
        blocks = []
        for first in range(start, max(stop, start + 1), ROWS):
            block = slice(first, min(first + ROWS, stop))
            of_block = np.arange(block.start - start, block.stop - start)
            blocks.append(self._block(block, taken.take(of_block, OF_TABLE)))
            self.scores.scratch.rest()
        return pd.DataFrame({name: _joined([block[name] for block in blocks]) for name in blocks[0]}, copy=False)

    def saying(self, columns: Mapping[str, Mapping[str, str]]) -> Ranking:
        """The same with further columns of words, each for some candidates: name -> candidate id -> word."""
        return replace(self, said={**self.said, **columns})

    def _block(self, block: slice, scores: Scores) -> dict[str, object]:
        """Columns of some rows of the table."""
        rows, ranked = self.order[block], slice(block.start, max(block.start, min(block.stop, self.n_ranked)))
        facts, n, log_utility = self.facts, len(rows), scores.scratch.taken(self.scores.log_utility, rows)
        names = np.array([c.name for c in self.screen.criteria], dtype=object)
        places = self.places
        is_made = np.zeros(n, bool) if self.materials is None else self.materials.is_made[rows]
        columns: dict[str, object] = {
            "rank": _integers(np.arange(ranked.start + 1, ranked.stop + 1), n),
            "rank_low": _integers(places.low[ranked], n),
            "rank_high": _integers(places.high[ranked], n),
            "tie_group": _integers(self.tie_group[ranked], n),
            "candidate_id": facts.candidate_ids[rows],
            "formula": facts.formula[rows],
            "chemistry_class": facts.chemistry_class[rows],
            "family": facts.family[rows],
            "role": np.full(n, self.screen.role, dtype=object),
            "score": scores.score,
            "p_all": scores.p_all,
            "pareto_front": self.front[rows],
            "limiting_criterion": names[_limiting(scores, self.held.usual_loss if self.held else 0.0)],
            "coverage": scores.coverage,
            "in_domain": self.in_domain[rows],
            "next_test": by_stake(scores, is_made),
        }
        assert tuple(columns) == HEAD
        columns |= _criteria_columns(scores)
        low, high = quantiles_of_all(log_utility, (0.05, 0.95))
        columns |= {"score_low": np.exp(low.astype(float)), "score_high": np.exp(high.astype(float))}
        columns["rank_median"] = _integers(places.median[ranked], n)
        for k, share in zip(FIRST, places.p_first[ranked].T, strict=True):
            columns[f"p_first_{k}"] = np.concatenate([share, np.full(n - len(share), np.nan)])
        columns["needs"] = needs_of(scores)
        for name, other in (self.held.log_worth if self.held else {}).items():
            columns[f"p_beats_{name}"] = p_beats(log_utility, other)
        if self.materials is not None:
            columns |= {name: getattr(self.materials, name)[rows] for name in OF_MATERIALS}
        columns |= _evidence_columns(scores)
        for name, words in self.said.items():
            before = columns.get(name, np.full(n, "", dtype=object))
            pairs = zip(facts.candidate_ids[rows], before, strict=True)  # type: ignore[call-overload]
            columns[name] = np.array([words.get(str(i), old) for i, old in pairs], dtype=object)
        return columns


def rank(
    quantities: Quantities,
    screen: Screen,
    profile: Profile,
    *,
    reference_materials: ReferenceMaterials | None = None,
    **how: Unpack[How],
) -> Ranking:
    """Rank a pool: of rows of one material only the one that stands for it has a rank.

    Args:
        quantities: of the pool; their seed and operating conditions are those of the ranking.
        screen: as loaded; the profile is applied here.
        profile: its operating conditions must be those of the quantities.
        reference_materials: reference electrolytes that every row is held against.
        how: see `scoring.How`.

    Raises:
        ValueError: the operating conditions differ from those of the quantities.
    """
    if profile.operating != quantities.operating:
        raise ValueError(f"The quantities were built for other conditions than those of profile '{profile.name}'.")
    return tabulate(quantities, scores_of(quantities, resolve(screen, profile), **how), reference_materials)


def tabulate(quantities: Quantities, scores: Scores, reference_materials: ReferenceMaterials | None = None) -> Ranking:
    """Ranks, intervals, tie groups and the table, from scores."""
    facts, materials, scratch = quantities.facts, quantities.materials, scores.scratch
    is_ranked = scores.known >= scores.screen.min_coverage - 1e-9
    if materials is not None:
        is_ranked &= materials.is_representative
    by_name = np.empty(len(facts), dtype=np.intp)
    by_name[np.argsort(facts.candidate_ids.astype(object), kind="stable")] = np.arange(len(facts))
    order = np.lexsort((by_name, -scores.score, ~is_ranked))
    n_alike = 1 if scores.few_score is None else max(1, scores.log_utility.shape[1] // sample_draws(len(facts)))
    n_ranked = int(is_ranked.sum())
    ranked = order[:n_ranked]
    return Ranking(
        scores.screen,
        scores,
        order,
        n_ranked,
        facts,
        materials,
        quantities.in_domain,
        places_of(scores.log_utility, ranked, by_name, scratch, n_alike),
        tie_groups(scores.log_utility, ranked, scratch),
        pareto_front(scores.group_draws, scores.group_known, ranked, scratch),
        reference_materials.held(scores) if reference_materials else None,
    )


def _criteria_columns(scores: Scores) -> dict[str, object]:
    """Values, intervals and desirabilities of every criterion, then which are imputed."""
    columns: dict[str, object] = {}
    names = [c.name for c in scores.screen.criteria]
    for i, name in enumerate(names):
        columns[f"{name}_value"] = scores.value[:, i]
        columns[f"{name}_low"] = scores.low[:, i]
        columns[f"{name}_high"] = scores.high[:, i]
        columns[f"{name}_desirability"] = scores.desirability[:, i]
    for i, name in enumerate(names):
        columns[f"{name}_imputed"] = ~scores.has_own[:, i]
    return columns


def _evidence_columns(scores: Scores) -> dict[str, object]:
    """On what the value of every criterion rests."""
    columns: dict[str, object] = {}
    words = np.array([str(kind) for kind in KINDS], dtype=object)
    for i, name in enumerate(c.name for c in scores.screen.criteria):
        columns[f"{name}_evidence"] = words[scores.kind_number[:, i]]
        columns[f"{name}_n_studies"] = scores.n_studies[:, i].astype(int)
    return columns


def needs_of(scores: Scores) -> np.ndarray:
    """Partners that a material needs where what is known of it is bad: desirability below a half.  # (n,) str"""
    partners = [(i, c.partner) for i, c in enumerate(scores.screen.criteria) if c.partner]
    bad = scores.desirability[:, [i for i, _ in partners]] < NEEDY  # False where imputed
    number, at = np.unique(bad @ (1 << np.arange(len(partners))), return_inverse=True)
    words = [
        "; ".join(dict.fromkeys(p for k, (_, p) in enumerate(partners) if one >> k & 1)) for one in number.tolist()
    ]
    return np.array(words, dtype=object)[at]


def _limiting(scores: Scores, usual_loss: np.ndarray | float) -> np.ndarray:
    """Criterion that costs each row most beyond what it costs the usual electrolyte; where nothing is known, imputed.

    What every electrolyte lacks, such as a critical current above 1 mA/cm2, is no weakness of one of them.

    Returns:
        Column of the criterion.  # (n,)
    """
    beyond = scores.loss - usual_loss
    known = np.where(scores.has_own, beyond, -np.inf)
    return np.where(scores.has_own.any(axis=1), known.argmax(axis=1), beyond.argmax(axis=1))


def _joined(parts: list[Any]) -> Any:
    """One column of its parts."""
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    return pd.concat([pd.Series(part) for part in parts], ignore_index=True).array


def _integers(values: np.ndarray, n: int) -> pd.arrays.IntegerArray:
    """Nullable whole numbers, missing for the unranked rows at the end."""
    filled = np.zeros(n, dtype=np.int64)
    filled[: len(values)] = values
    return pd.arrays.IntegerArray(filled, np.arange(n) >= len(values))
