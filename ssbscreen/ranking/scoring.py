"""Scores of all draws: desirabilities, hard limits and their weighted geometric mean, in blocks of candidates."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.desirability import Ramp
from ssbscreen.ranking.imputation import Imputer, build_imputer
from ssbscreen.ranking.quantities import Quantities

SAMPLE_DRAWS = 64  # draws of every candidate that make the distributions for what is missing
CELLS_PER_BLOCK = 400_000  # candidates times draws held at once
MAX_LIMITS = 16  # bits of the record of failed limits


@dataclass(frozen=True)
class Scores:
    """What the draws say; rows as in the facts, columns of two-dimensional arrays as the screen's criteria.

    Attributes:
        screen: resolved with the profile.
        log_score: natural log of the weighted geometric mean, hard limits not counted.  # (n, n_draws) float32
        failed: bit `k` is set where limit `k` of `limits` fails.  # (n, n_draws) uint16
        limits: names of the criteria with a hard limit that could be checked.
        unchecked_limits: names of those of which not one candidate has a value.
        value, low, high: median, 5th and 95th percentile, natural units, NaN where imputed.  # (n, n_criteria)
        desirability: median over the draws, imputed ones included.  # (n, n_criteria)
        has_own: whether the value is the candidate's own.  # (n, n_criteria) bool
        loss: what the criterion takes off the log score by its central estimate: weighted log of the median
            desirability, and the penalty where its limit fails in more than half of the draws.  # (n, n_criteria)
        stake: standard deviation of what the criterion and its limit take off the log score: how much knowing the
            value would move it; limits that fail together share the blame.  # (n, n_criteria)
        groups: names of the groups of criteria.
        group_desirability: median of each group's geometric mean; NaN where nothing in it is own.  # (n, n_groups)
        imputers: what stands in for missing values, one a criterion.
    """

    screen: Screen
    log_score: np.ndarray
    failed: np.ndarray
    limits: tuple[str, ...]
    unchecked_limits: tuple[str, ...]
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    desirability: np.ndarray
    has_own: np.ndarray
    loss: np.ndarray
    stake: np.ndarray
    groups: tuple[str, ...]
    group_desirability: np.ndarray
    imputers: tuple[Imputer, ...] = field(default=(), repr=False)

    @property
    def log_total(self) -> np.ndarray:
        """Log score with hard limits: a draw that fails any keeps its order, a factor `limit_factor` further down."""
        return penalise(self.log_score, self.failed != 0, self.screen.limit_factor)

    @property
    def p_all(self) -> np.ndarray:
        """Probability that every checked limit holds at once.  # (n,)"""
        return np.asarray((self.failed == 0).mean(axis=1))

    @property
    def coverage(self) -> np.ndarray:
        """Weight of the criteria that have a value of their own.  # (n,)"""
        return np.asarray(self.has_own @ np.asarray(self.screen.weights))


def penalise(log_score: np.ndarray, fails: np.ndarray, factor: float) -> np.ndarray:
    """Log scores with failing draws lowered by a factor: all of them fall, none are tied.  # same shape"""
    return log_score + np.where(fails, np.float32(np.log(factor)), np.float32(0.0))


def score(quantities: Quantities, screen: Screen, *, block_size: int | None = None) -> Scores:
    """Score every draw of every candidate.

    Args:
        quantities: draws of the pool.
        screen: resolved with the profile that the quantities were built for.
        block_size: candidates held at once; changes memory, not results.
    """
    n, n_draws, n_criteria = len(quantities), quantities.n_draws, len(screen.criteria)
    size = block_size or max(1, CELLS_PER_BLOCK // max(1, n_draws))
    ramps = [Ramp(criterion, screen.floor) for criterion in screen.criteria]
    imputers = _imputers(quantities, ramps, size * max(1, n_draws // SAMPLE_DRAWS))
    limited = [i for i, r in enumerate(ramps) if r.criterion.hard_limit is not None]
    checked = [i for i in limited if not imputers[i].is_blind]
    if len(checked) > MAX_LIMITS:
        raise ValueError(f"{len(checked)} hard limits; at most {MAX_LIMITS} are supported.")
    groups = tuple(screen.groups)
    scores = Scores(
        screen,
        np.zeros((n, n_draws), np.float32),
        np.zeros((n, n_draws), np.uint16),
        tuple(ramps[i].criterion.name for i in checked),
        tuple(ramps[i].criterion.name for i in limited if i not in checked),
        value=np.full((n, n_criteria), np.nan),
        low=np.full((n, n_criteria), np.nan),
        high=np.full((n, n_criteria), np.nan),
        desirability=np.full((n, n_criteria), np.nan),
        has_own=np.zeros((n, n_criteria), bool),
        loss=np.zeros((n, n_criteria)),
        stake=np.zeros((n, n_criteria)),
        groups=groups,
        group_desirability=np.full((n, len(groups)), np.nan),
        imputers=tuple(imputers),
    )
    for start in range(0, n, size):
        _score_block(scores, quantities, slice(start, min(start + size, n)), ramps, imputers, checked)
    return scores


def _imputers(quantities: Quantities, ramps: list[Ramp], size: int) -> list[Imputer]:
    n = len(quantities)
    n_sample = min(SAMPLE_DRAWS, quantities.n_draws)
    samples = [np.empty((n, n_sample), dtype=np.float32) for _ in ramps]
    for start in range(0, n, size):
        rows = slice(start, min(start + size, n))
        drawn = block(quantities, rows, n_sample)
        for sample, ramp in zip(samples, ramps, strict=True):
            sample[rows] = drawn.stored(ramp.criterion.property)
    facts = quantities.facts
    return [
        build_imputer(ramp, sample, facts.chemistry_class, facts.family, quantities.seed)
        for ramp, sample in zip(ramps, samples, strict=True)
    ]


def _score_block(
    scores: Scores, quantities: Quantities, rows: slice, ramps: list[Ramp], imputers: list[Imputer], checked: list[int]
) -> None:
    weights = scores.screen.weights
    shape = scores.log_score[rows].shape
    group_logs = {g: np.zeros(shape, np.float32) for g in scores.groups}
    drawn = block(quantities, rows)
    owners = quantities.noise_owners[rows]
    losses: list[np.ndarray] = []
    n_failed = np.zeros(shape, np.float32)
    for i, (ramp, imputer) in enumerate(zip(ramps, imputers, strict=True)):
        stored = imputer.filled(drawn.stored(ramp.criterion.property), drawn.index, owners)
        own = imputer.has_own[rows]
        desirability = ramp.desirability(stored)
        log_weighted = np.float32(weights[i]) * np.log(desirability, dtype=np.float32)
        group_logs[ramp.criterion.group] += log_weighted
        losses.append(-log_weighted)
        if i in checked:
            fails = ramp.fails(stored)
            scores.failed[rows] |= fails.astype(np.uint16) << np.uint16(checked.index(i))
            n_failed += fails
        scores.has_own[rows, i] = own
        _summarise(scores, rows, i, ramp, stored, desirability, own)
    for g, logs in group_logs.items():
        scores.log_score[rows] += logs
        members = [i for i, r in enumerate(ramps) if r.criterion.group == g]
        weight = sum(weights[i] for i in members)
        known = scores.has_own[rows][:, members].any(axis=1)
        if weight > 0:
            column = np.exp(_quantiles(logs / np.float32(weight), (0.5,))[0])
            scores.group_desirability[rows, scores.groups.index(g)] = np.where(known, column, np.nan)
    penalty = np.float32(-np.log(scores.screen.limit_factor))
    share = penalty / np.maximum(n_failed, 1.0)
    for i, loss in enumerate(losses):
        scores.loss[rows, i] = -weights[i] * np.log(scores.desirability[rows, i])
        if i in checked:
            fails = (scores.failed[rows] & (np.uint16(1) << np.uint16(checked.index(i)))) != 0
            scores.loss[rows, i] += penalty * (fails.mean(axis=1) > 0.5)
            loss = loss + np.where(fails, share, np.float32(0.0))
        scores.stake[rows, i] = loss.std(axis=1)


def _summarise(
    scores: Scores, rows: slice, i: int, ramp: Ramp, stored: np.ndarray, desirability: np.ndarray, own: np.ndarray
) -> None:
    low, median, high = _quantiles(stored, (0.05, 0.5, 0.95))
    row = ramp.row
    for target, values in ((scores.low, low), (scores.value, median), (scores.high, high)):
        natural = np.power(10.0, values.astype(np.float64)) if row.is_log else values.astype(np.float64)
        target[rows, i] = np.where(own, natural, np.nan)
    if ramp.criterion.direction == "window":
        scores.desirability[rows, i] = _quantiles(desirability, (0.5,))[0]
    else:  # a straight ramp takes the median to the median
        scores.desirability[rows, i] = ramp.desirability(median)


def _quantiles(values: np.ndarray, shares: tuple[float, ...]) -> list[np.ndarray]:
    """Quantiles along the last axis by sorting, linear between neighbours.  # one (m,) each"""
    ordered = np.sort(values, axis=1)
    found = []
    for share in shares:
        position = share * (ordered.shape[1] - 1)
        below = int(np.floor(position))
        above = min(below + 1, ordered.shape[1] - 1)
        part = np.float32(position - below)
        found.append(ordered[:, below] * (1 - part) + ordered[:, above] * part)
    return found
