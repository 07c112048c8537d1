"""Draws for what is not known: from a candidate's family, its class and the pool, by how many are known; never a win.

A missing value is drawn from a mixture. Values of the family weigh n / (n + `CONCENTRATION`) where n of its members
have one; the rest is drawn from the class, mixed in the same way with the whole pool. That is the mean of a Dirichlet
process whose base is the next larger group (Ferguson, Ann. Stat. 1, 209 (1973), 10.1214/aos/1176342360; nested: Teh et
al., J. Am. Stat. Assoc. 101, 1566 (2006), 10.1198/016214506000000302). So one member more makes no step: it moves the
mixture by no more than 1 / (n + `CONCENTRATION`).

Two rules keep the unknown from winning. A draw is never better than the median of what is expected of the class, so
that taking away a value known to be better than that cannot raise a score, nor the rank among candidates that have the
value themselves (others are drawn from the pool and move a little when it changes). And nothing is credited to
coverage. Where not one candidate has a value, draws run uniformly over the whole desirability range.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ssbscreen.core.noise import even_uniform_of, uniform_of
from ssbscreen.core.scratch import Scratch
from ssbscreen.ranking.candidate_groups import CandidateGroups
from ssbscreen.ranking.desirability import Ramp

CONCENTRATION = 1.0  # members that the next larger group counts for; benchmarks/bench_imputation.py
SAMPLE_DRAWS = 64  # of every candidate that make the distributions
LARGE = 50_000  # candidates; in larger pools fewer draws of each make them
FEW_DRAWS = 8  # of these, evenly spread; no more than `noise.MOST_EVEN`
MOST_MEMBERS = 20_000  # whose values make a distribution; of larger groups a fixed random part
MOST_VALUES = 400_000  # of these members; of more, every second, third ... draw of each counts
N_POINTS = 4096  # of a stored distribution; larger ones are thinned to equally spaced quantiles
_MIDDLES = (np.arange(N_POINTS) + 0.5) / N_POINTS


@dataclass(frozen=True)
class _Points:
    """Equally likely values of a group, the worst first.

    Attributes:
        stored, goodness: # (p,)
        n_members: that they belong to.
    """

    stored: np.ndarray
    goodness: np.ndarray
    n_members: int

    def within(self, larger: _Points) -> _Points:
        """Mixed with the next larger group.  # N_POINTS"""
        share = self.n_members / (self.n_members + CONCENTRATION)
        goodness = np.concatenate([self.goodness, larger.goodness])
        sizes = [len(self.goodness), len(larger.goodness)]
        weight = np.repeat([share / sizes[0], (1.0 - share) / sizes[1]], sizes)
        order = np.argsort(goodness, kind="stable")
        reached = np.cumsum(weight[order])
        chosen = order[np.searchsorted(reached, _MIDDLES * reached[-1])]
        return _Points(np.concatenate([self.stored, larger.stored])[chosen], goodness[chosen], self.n_members)

    def below(self, expected: _Points) -> np.ndarray:
        """Each value, or the same place between the lower quartile and the median of what is expected if that is worse.

        With the median alone as ceiling, half of the draws would leap where values lie in two heaps and one more
        member takes the median from one heap to the other.  # (N_POINTS,) float32
        """
        mine = (_MIDDLES * len(self.stored)).astype(np.intp)
        highest = ((1.0 + _MIDDLES) / 4.0 * len(expected.stored)).astype(np.intp)
        is_better = self.goodness[mine] > expected.goodness[highest]
        return np.where(is_better, expected.stored[highest], self.stored[mine])


@dataclass(frozen=True)
class Imputer:
    """Distributions of one criterion.

    Attributes:
        ramp: the criterion.
        seed: of the run.
        has_own: whether a candidate has a value of its own.  # (n,) bool
        is_blind: whether not one candidate of the pool has one.
        n_sample: draws of each candidate that say whether it has one.
    """

    ramp: Ramp
    seed: int
    has_own: np.ndarray
    is_blind: bool
    n_sample: int
    _groups: CandidateGroups = field(repr=False)
    _points: dict[tuple[str, ...], _Points] = field(repr=False)
    _drawn: dict[tuple[str, ...], np.ndarray] = field(repr=False)

    def of_others(self, sample: np.ndarray, groups: CandidateGroups) -> Imputer:
        """The same distributions for candidates of another pool; arguments as in `build_imputer`."""
        return replace(self, has_own=_has_own(sample[:, : self.n_sample]), _groups=groups)

    def filled(self, stored: np.ndarray, rows: np.ndarray, owners: np.ndarray, *, is_even: bool = False) -> np.ndarray:
        """Draws with what is missing imputed; a candidate without its own value is imputed as a whole.

        Args:
            stored: of some candidates, NaN where missing; it is not changed.  # (m, n_draws)
            rows: which candidates they are.  # (m,) int
            owners: keys of those whose random numbers each of them takes.  # (m,) uint64
            is_even: as in `Quantities`.
        """
        gaps = np.isnan(stored) | ~self.has_own[rows][:, None]
        if not gaps.any():
            return stored
        stored = stored.copy()
        at = np.flatnonzero(gaps.any(axis=1))
        stored[at] = np.where(gaps[at], self.draws(rows[at], owners[at], stored.shape[1], is_even=is_even), stored[at])
        return stored

    def draws(self, rows: np.ndarray, owners: np.ndarray, n_draws: int, *, is_even: bool = False) -> np.ndarray:
        """Stored values for candidates without their own; arguments as in `filled`.  # (m, n_draws) float32"""
        share = (even_uniform_of if is_even else uniform_of)(
            self.seed, owners, f"impute {self.ramp.criterion.name}", n_draws
        )
        if self.is_blind:
            return np.asarray(self.ramp.inverse(share), dtype=np.float32)
        smallest, at = np.unique(self._groups.places[-1][rows], return_inverse=True)
        values = np.stack([self._values(self._groups.paths[-1][i]) for i in smallest])
        return values.ravel()[at[:, None] * N_POINTS + (share * N_POINTS).astype(np.intp)]

    def _values(self, names: tuple[str, ...]) -> np.ndarray:
        """Equally likely values that stand in for those of a smallest group, made once.  # (N_POINTS,) float32"""
        if names not in self._drawn:
            mixture = expected = self._points[()]
            for depth in range(1, len(names) + 1):
                own = self._points.get(names[:depth])
                mixture = mixture if own is None else own.within(mixture)
                expected = mixture if depth == max(1, len(names) - 1) else expected
            self._drawn[names] = mixture.below(expected)
        return self._drawn[names]


def sample_draws(n: int) -> int:
    """Draws of each of n candidates that make the distributions for what is missing."""
    return SAMPLE_DRAWS if n <= LARGE else FEW_DRAWS


def build_imputer(
    ramp: Ramp,
    sample: np.ndarray,
    groups: CandidateGroups,
    seed: int,
    *,
    owners: np.ndarray | None = None,
    priority: np.ndarray | None = None,
    scratch: Scratch | None = None,
) -> Imputer:
    """Distributions of a criterion from a sample of every candidate's draws.

    Args:
        ramp: the criterion.
        sample: stored values, NaN where missing; a candidate with fewer than half of them has no value of its own.
            # (n, n_sample)
        groups: of the candidates, the last two class and family.
        seed: of the run.
        owners: number of what each candidate is one case of, such as the electrolyte of a cell: several cases are one
            member. Each candidate is one by itself when None.  # (n,) int
        priority: a random number of each candidate; of groups of more than `MOST_MEMBERS` the lowest count. The first
            ones of the pool when None.  # (n,)
        scratch: where the sample lies.
    """
    n = len(sample)
    has_own = np.zeros(n, dtype=bool)
    for rows in (scratch or Scratch()).blocks(n):
        has_own[rows] = _has_own(sample[rows])
    key = np.zeros(n, dtype=np.uint64) if priority is None else priority.astype(np.uint64)
    points: dict[tuple[str, ...], _Points] = {}
    for path, members in groups.members(np.flatnonzero(has_own)) if has_own.any() else ():
        n_members = len(members) if owners is None else len(np.unique(owners[members]))
        counted = members
        if len(members) > MOST_MEMBERS:
            first = members if priority is None else key[members]
            counted = np.sort(members[np.argpartition(first, MOST_MEMBERS)[:MOST_MEMBERS]])
        points[path] = _points(ramp, _thinned(sample[counted], key[counted]), n_members)
    return Imputer(ramp, seed, has_own, not bool(has_own.any()), sample_draws(n), groups, points, {})


def _thinned(sample: np.ndarray, key: np.ndarray) -> np.ndarray:
    """No more than `MOST_VALUES` known values, of each candidate some draws, of each draw some candidates.

    Args:
        sample: # (n, n_sample)
        key: a random number of each candidate, which decides at which draw it begins.  # (n,) uint64
    """
    step = -(-sample.size // MOST_VALUES)
    if step > 1:
        begin = (key % np.uint64(step)).astype(np.intp)
        sample = sample[(np.arange(sample.shape[1]) + begin[:, None]) % step == 0]
    return sample[np.isfinite(sample)].astype(np.float32)


def _has_own(sample: np.ndarray) -> np.ndarray:
    """Whether at least half of the draws of each candidate are known.  # (n, n_sample) -> (n,)"""
    return np.asarray(2 * np.count_nonzero(np.isfinite(sample), axis=1) >= max(sample.shape[1], 1))


def _points(ramp: Ramp, values: np.ndarray, n_members: int) -> _Points:
    if ramp.criterion.direction == "window":
        values = values[np.argsort(ramp.goodness(values), kind="stable")]
    else:
        values.sort()
        values = values if ramp.criterion.direction == "max" else values[::-1]
    if len(values) > N_POINTS:
        values = values[(_MIDDLES * len(values)).astype(np.intp)]
    return _Points(values, np.asarray(ramp.goodness(values), dtype=np.float64), n_members)
