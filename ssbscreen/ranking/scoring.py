"""Worth of every draw of every candidate, in blocks of candidates.

The worth of a draw is the weighted geometric mean of the desirabilities times what the limits of the vital criteria
leave (`desirability.log_survival`). The score of a candidate is the geometric mean over the draws: the expected utility
of whoever values worth by its logarithm (Bernoulli, Econometrica 22, 23 (1954), 10.2307/1909829). So chance buys a bad
draw back no more than another criterion does. Over 300 lines since `Scores` names all that one pass over the draws
leaves behind, field by field.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict, Unpack

import numpy as np

from ssbscreen.core.evidence import KINDS, EvidenceKind, numbers_of
from ssbscreen.core.noise import mixed, owner_keys
from ssbscreen.core.recognition import OTHER_FAMILY
from ssbscreen.core.scratch import Scratch
from ssbscreen.core.threads import side_by_side
from ssbscreen.ranking import applicability
from ssbscreen.ranking.block import Block
from ssbscreen.ranking.candidate_groups import CandidateGroups
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.desirability import Ramp
from ssbscreen.ranking.first_draws import FirstDraws
from ssbscreen.ranking.imputation import (
    LARGE,
    MOST_MEMBERS,
    MOST_VALUES,
    SAMPLE_DRAWS,
    Imputer,
    build_imputer,
    sample_draws,
)
from ssbscreen.ranking.quantiles import quantiles
from ssbscreen.ranking.quantities import Quantities

OF_ITS_OWN = (EvidenceKind.MEASURED, EvidenceKind.CALCULATED, EvidenceKind.PREDICTED)
_IS_OF_ITS_OWN, _IS_APPLICABLE = np.isin(KINDS, OF_ITS_OWN), KINDS != EvidenceKind.NOT_APPLICABLE
_UNKNOWN, _WITHOUT = numbers_of(np.array([EvidenceKind.IMPUTED, EvidenceKind.NOT_APPLICABLE]))
CELLS_PER_BLOCK = 200_000  # candidates times draws held at once


@dataclass(frozen=True)
class Scores:
    """What the draws say; rows as in the facts, columns of two-dimensional arrays as the screen's criteria.

    Attributes:
        screen: resolved with the profile.
        log_utility: natural log of the worth.  # (n, n_draws) float32
        score: expected utility as a worth, in (0, 1].  # (n,)
        limits: names of the vital criteria that could be checked.
        unchecked_limits: names of those of which not one candidate has a value; they leave everything.
        p_limit: probability that each limit holds.  # (n, n_limits)
        p_all: probability that every checked limit holds at once.  # (n,)
        without_limit: score without each limit.  # (n, n_limits)
        value, low, high: median, 5th and 95th percentile, natural units, NaN where imputed.  # (n, n_criteria)
        desirability: of the median, times what its limit leaves; NaN where imputed.  # (n, n_criteria)
        has_own: whether the value is the candidate's own.  # (n, n_criteria) bool
        kind_number: on what each value rests, places in `KINDS`.  # (n, n_criteria) uint8
        n_studies: that measured it.  # (n, n_criteria) int32
        loss: what the criterion takes off the log score by its median, imputed ones included.  # (n, n_criteria)
        stake: standard deviation of what the criterion takes off the log worth.  # (n, n_criteria)
        log_desirability: mean over the draws of the natural log, without weight.  # (n, n_criteria) float32
        log_survival: the same of what all checked limits leave together.  # (n,) float32
        groups: names of the groups of criteria.
        group_slope: derivative of the log score by the weight of each group: the mean of the group's log
            desirability over the draws.  # (n, n_groups)
        group_draws: log of each group's geometric mean and limits in the first draws.  # (n, n_groups, few) float16
        group_known: whether anything in the group is the candidate's own.  # (n, n_groups) bool
        imputers: what stands in for missing values, one a criterion.
        scratch: where the arrays lie.
        is_bare: whether scores and draws of the worth are all that there is; the other arrays are zeros.
        few_score: of a large pool, scores by the few draws that every candidate has; None elsewhere.  # (n,)
    """

    screen: Screen
    log_utility: np.ndarray
    score: np.ndarray
    limits: tuple[str, ...]
    unchecked_limits: tuple[str, ...]
    p_limit: np.ndarray
    p_all: np.ndarray
    without_limit: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    desirability: np.ndarray
    has_own: np.ndarray
    kind_number: np.ndarray
    n_studies: np.ndarray
    loss: np.ndarray
    stake: np.ndarray
    log_desirability: np.ndarray
    log_survival: np.ndarray
    groups: tuple[str, ...]
    group_slope: np.ndarray
    group_draws: np.ndarray
    group_known: np.ndarray
    imputers: tuple[Imputer, ...] = field(default=(), repr=False)
    scratch: Scratch = field(default_factory=Scratch, repr=False)
    is_bare: bool = False
    few_score: np.ndarray | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.score)

    def take(self, rows: np.ndarray, names: Sequence[str]) -> Scores:
        """Some arrays of some rows, in memory; the others are empty, and there are no imputers.  # (m,) int"""
        taken: dict[str, Any] = {
            name: self.scratch.taken(getattr(self, name), rows if name in names else rows[:0]) for name in _BY_ROW
        }
        return replace(self, imputers=(), **taken)

    def in_turn(self, n_draws: int) -> Scores:
        """The same with more draws: those that there are, taken in turn."""
        more: dict[str, Any] = {}
        for name in OF_FIRST_DRAWS:
            own = getattr(self, name)
            chosen = np.arange(n_draws) % own.shape[-1]
            more[name] = self.scratch.zeros((*own.shape[:-1], n_draws), own.dtype)
            for rows in self.scratch.blocks(len(self)):
                more[name][rows] = own[rows][..., chosen]
        return replace(self, **more)

    @property
    def kind(self) -> np.ndarray:
        """On what each value rests, words of `EvidenceKind`.  # (n, n_criteria) object"""
        return np.asarray(KINDS[self.kind_number])

    @property
    def coverage(self) -> np.ndarray:
        """Weight of the criteria that rest on a measurement, calculation or model of this very material.  # (n,)"""
        return np.asarray(
            applicability.known(_IS_OF_ITS_OWN[self.kind_number], self._applies, self.screen)
            @ np.asarray(self.screen.weights)
        )

    @property
    def known(self) -> np.ndarray:
        """Weight of the criteria with a value of their own or of their family.  # (n,)"""
        return np.asarray(self.is_known @ np.asarray(self.screen.weights))

    @property
    def is_known(self) -> np.ndarray:
        """Whether a value is the candidate's own, or stands for one that is where the criterion does not apply.

        # (n, n_criteria) bool
        """
        return applicability.known(self.has_own, self._applies, self.screen)

    @property
    def _applies(self) -> np.ndarray:
        return np.asarray(_IS_APPLICABLE[self.kind_number])


_BY_ROW = (
    "log_utility", "score", "p_limit", "p_all", "without_limit", "value", "low", "high", "desirability", "has_own",
    "kind_number", "n_studies", "loss", "stake", "log_desirability", "log_survival", "group_slope", "group_draws",
    "group_known",
)  # fmt: skip


OF_TABLE = (
    "score", "p_all", "value", "low", "high", "desirability", "has_own", "kind_number", "n_studies", "loss", "stake",
)  # fmt: skip
"""Arrays that the table of a ranking shows row by row, beside what it makes of the draws."""

OF_ALL_DRAWS = (
    "score", "p_limit", "p_all", "without_limit", "value", "low", "high", "desirability", "loss", "stake",
    "log_desirability", "log_survival", "group_slope",
)  # fmt: skip
"""Arrays that are sums over all draws."""

OF_FIRST_DRAWS = ("log_utility", "group_draws")
"""Arrays of the draws themselves."""


def expected(log_utility: np.ndarray) -> np.ndarray:
    """Geometric mean of the worth over the draws.  # (n,)"""
    return np.exp(log_utility.mean(axis=1, dtype=np.float64))


class How(TypedDict, total=False):
    """How a pool is scored.

    Attributes:
        block_size: candidates held at once; changes memory, not results.
        imputers: of the pool that these candidates are held against; made from these candidates when empty.
        scratch: where arrays lie that are too large for memory.
        is_bare: whether scores are all that is asked for, which halves the time.
    """

    block_size: int | None
    imputers: tuple[Imputer, ...]
    scratch: Scratch | None
    is_bare: bool


def score(quantities: Quantities, screen: Screen, **how: Unpack[How]) -> Scores:
    """Score every draw of every candidate.

    Args:
        quantities: draws of the pool.
        screen: resolved with the profile that the quantities were built for.
        how: see `How`.
    """
    n, n_draws, n_criteria = len(quantities), quantities.n_draws, len(screen.criteria)
    size = how.get("block_size") or max(1, CELLS_PER_BLOCK // max(1, n_draws))
    scratch, groups, few = how.get("scratch") or Scratch(), tuple(screen.groups), min(SAMPLE_DRAWS, n_draws)
    ramps = [Ramp(criterion, screen.floor) for criterion in screen.criteria]
    keys, imputers = [ramp.criterion.property for ramp in ramps], how.get("imputers", ())
    n_sample = imputers[0].n_sample if imputers else sample_draws(n)
    sampled = quantities.evenly() if n_sample < SAMPLE_DRAWS else quantities
    first = FirstDraws.of(sampled, keys, n_sample, size * max(1, n_draws // n_sample), scratch)
    quantities = sampled if n_draws <= n_sample else quantities
    imputers = _imputers(quantities, ramps, imputers, first, scratch)
    limited = [i for i, r in enumerate(ramps) if r.criterion.hard_limit is not None]
    checked = [i for i in limited if not imputers[i].is_blind]

    def numbers(*columns: int, dtype: type = float) -> np.ndarray:
        return scratch.zeros((n, *columns), dtype)

    scores = Scores(
        screen,
        numbers(n_draws, dtype=np.float32),
        score=np.zeros(n),
        limits=tuple(ramps[i].criterion.name for i in checked),
        unchecked_limits=tuple(ramps[i].criterion.name for i in limited if i not in checked),
        p_limit=numbers(len(checked)),
        p_all=np.ones(n),
        without_limit=numbers(len(checked)),
        value=numbers(n_criteria),
        low=numbers(n_criteria),
        high=numbers(n_criteria),
        desirability=numbers(n_criteria),
        has_own=numbers(n_criteria, dtype=bool),
        kind_number=numbers(n_criteria, dtype=np.uint8),
        n_studies=numbers(n_criteria, dtype=np.int32),
        loss=numbers(n_criteria),
        stake=numbers(n_criteria),
        log_desirability=numbers(n_criteria, dtype=np.float32),
        log_survival=np.zeros(n, np.float32),
        groups=groups,
        group_slope=numbers(len(groups)),
        group_draws=numbers(len(groups), few, dtype=np.float16),
        group_known=numbers(len(groups), dtype=bool),
        imputers=imputers,
        scratch=scratch,
        is_bare=how.get("is_bare", False),
    )
    scratch.each(lambda rows: _score_block(scores, quantities, first.block(quantities, rows), rows, ramps), n, size)
    return scores


def _imputers(
    quantities: Quantities, ramps: list[Ramp], given: tuple[Imputer, ...], first: FirstDraws, scratch: Scratch
) -> tuple[Imputer, ...]:
    """Those given, for these candidates; without any, made from the candidates."""
    samples = [first.draws[ramp.criterion.property] for ramp in ramps]
    groups, owners, seed = CandidateGroups.of(_groups(quantities)), None, quantities.seed
    if given:
        return tuple(one.of_others(x, groups) for one, x in zip(given, samples, strict=True))
    if quantities.owners is not None:
        owners = np.unique(quantities.owners.astype(str), return_inverse=True)[1]
    ids = quantities.facts.candidate_ids
    is_thinned = len(ids) > MOST_MEMBERS or len(ids) * samples[0].shape[1] > MOST_VALUES
    priority = _priorities(quantities) if is_thinned else None

    def made(i: int) -> Imputer:
        return build_imputer(ramps[i], samples[i], groups, seed, owners=owners, priority=priority, scratch=scratch)

    return tuple(side_by_side(made, range(len(ramps))))


def _priorities(quantities: Quantities) -> np.ndarray:
    """A random number of each candidate, whatever else the pool holds.  # (n,) uint64"""
    ids, seed = quantities.facts.candidate_ids, quantities.seed
    if len(ids) > LARGE and quantities.owners is None:
        return mixed(quantities.owner_keys ^ owner_keys([f"{seed}\x1fimputation"]))
    return np.array([_priority(seed, str(i)) for i in ids], np.uint64)


def _priority(seed: int, candidate_id: str) -> int:
    """A random number of a candidate, whatever else the pool holds."""
    digest = hashlib.blake2b(f"{seed}\x1fimputation\x1f{candidate_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _groups(quantities: Quantities) -> tuple[np.ndarray, ...]:
    """Groups from which each row takes what is not known of it, each within the one before.  # each (n,)

    Of a material its class and family. Of a cell its cathode, whose change of volume and voltage set more than the
    electrolyte does, then class and family of its electrolyte with this cathode.
    """
    facts = quantities.facts
    of_material = facts.chemistry_class, np.where(facts.family == OTHER_FAMILY, "", facts.family)
    if quantities.cathodes is None:
        return of_material
    return np.array([cathode.key for cathode in quantities.cathodes], dtype=object), *of_material


def _score_block(scores: Scores, quantities: Quantities, drawn: Block, rows: slice, ramps: list[Ramp]) -> None:
    """Judge and sum up the draws of the candidates of a slice."""
    shape = scores.log_utility[rows].shape
    group_logs = {g: np.zeros(shape, np.float32) for g in scores.groups}
    survival: dict[str, np.ndarray] = {}
    passes = np.ones(shape, bool)
    applies = applicability.applies(scores.screen, list(quantities.facts.chemistry_class[rows]))
    weights = scores.screen.weights

    def filled(imputer: Imputer, stored: np.ndarray) -> np.ndarray:
        return imputer.filled(stored, drawn.index, drawn.owner_keys, is_even=quantities.is_even)

    def stored_of(k: int) -> np.ndarray:
        return filled(scores.imputers[k], drawn.stored(ramps[k].criterion.property))

    for i, (ramp, imputer) in enumerate(zip(ramps, scores.imputers, strict=True)):
        criterion = ramp.criterion
        stored = applicability.filled(i, stored_of, scores.screen, applies)
        log_desirability = np.log(ramp.desirability(stored), dtype=np.float32)
        weighted = np.float32(weights[i]) * log_desirability
        group_logs[criterion.group] += weighted
        if criterion.name in scores.limits:
            survival[criterion.name] = ramp.log_survival(stored).astype(np.float32)
        if scores.is_bare:
            continue
        scores.log_desirability[rows, i] = log_desirability.mean(axis=1, dtype=np.float64)
        own = scores.has_own[rows, i] = imputer.has_own[rows] & applies[:, i]
        evidence = drawn.evidence_of(criterion.property)
        nothing = np.where(applies[:, i], _UNKNOWN, _WITHOUT)
        scores.kind_number[rows, i] = np.where(own, evidence.number, nothing)
        scores.n_studies[rows, i] = np.where(own, evidence.n_studies, 0)
        if criterion.name in survival:
            holds = ~ramp.fails(stored)
            passes &= holds
            scores.p_limit[rows, scores.limits.index(criterion.name)] = holds.mean(axis=1)
            weighted = weighted + survival[criterion.name]
        scores.stake[rows, i] = np.where(applies[:, i], weighted.std(axis=1), 0.0)
        seen = drawn.laboratory(criterion.property)
        seen = stored if seen is drawn.stored(criterion.property) else filled(imputer, seen)
        _summarise(scores, rows, i, ramp, stored, seen, weights[i])
    for logs in (*group_logs.values(), *survival.values()):
        scores.log_utility[rows] += logs
    scores.score[rows] = expected(scores.log_utility[rows])
    if not scores.is_bare:
        scores.p_all[rows] = passes.mean(axis=1)
        _sum_up(scores, rows, ramps, group_logs, survival)


def _sum_up(
    scores: Scores, rows: slice, ramps: list[Ramp], group_logs: dict[str, np.ndarray], survival: dict[str, np.ndarray]
) -> None:
    """What limits leave, how each group stands, and how much the score would move with its weight."""
    for k, name in enumerate(scores.limits):
        scores.log_survival[rows] += survival[name].mean(axis=1, dtype=np.float64)
        scores.without_limit[rows, k] = expected(scores.log_utility[rows] - survival[name])
    few, weights = scores.group_draws.shape[2], scores.screen.weights
    for j, (name, logs) in enumerate(group_logs.items()):
        members = [i for i, r in enumerate(ramps) if r.criterion.group == name]
        weight = sum(weights[i] for i in members)
        if weight > 0:
            mean_log = logs / np.float32(weight)
            scores.group_slope[rows, j] = mean_log.mean(axis=1, dtype=np.float64)
            alive = sum(survival[r.criterion.name][:, :few] for r in ramps if _belongs(r, name, survival))
            scores.group_draws[rows, j] = np.maximum(mean_log[:, :few] + alive, -6e4)
            scores.group_known[rows, j] = scores.has_own[rows][:, members].any(axis=1)


def _belongs(ramp: Ramp, group: str, survival: dict[str, np.ndarray]) -> bool:
    return ramp.criterion.group == group and ramp.criterion.name in survival


def _summarise(
    scores: Scores, rows: slice, i: int, ramp: Ramp, stored: np.ndarray, seen: np.ndarray, weight: float
) -> None:
    """Median, interval of what a laboratory would find, and what the median costs."""
    own = scores.has_own[rows, i]
    low, median, high = quantiles(seen, (0.05, 0.5, 0.95))
    for target, values in ((scores.low, low), (scores.value, median), (scores.high, high)):
        natural = np.power(10.0, values.astype(np.float64)) if ramp.row.is_log else values.astype(np.float64)
        target[rows, i] = np.where(own, natural, np.nan)
    if ramp.criterion.direction == "window":
        desirability = quantiles(ramp.desirability(stored), (0.5,))[0]
    else:  # a ramp takes the median to the median
        desirability = ramp.desirability(median)
    is_checked = ramp.criterion.name in scores.limits
    alive = ramp.log_survival(median).astype(np.float64) if is_checked else np.zeros(len(median))
    scores.desirability[rows, i] = np.where(own, desirability * np.exp(alive), np.nan)
    scores.loss[rows, i] = -weight * np.log(desirability) - alive
