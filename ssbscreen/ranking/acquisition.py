"""What to test next: the test whose result is expected to improve the shortlist most, for its cost.

A test replaces the uncertainty of the properties it reveals by its own noise. What its result would do is read off the
joint draws of a candidate: draws in which the test shows alike are grouped, and the mean score of a group is what the
candidate would be worth after such a result. Criteria that are correlated with the revealed ones move along. The value
of a batch is the expected growth of the summed worth of the best k candidates (for k = 1 the knowledge gradient of
Frazier, Powell and Dayanik, SIAM Journal on Control and Optimization, 2008), by Monte Carlo over the joint draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ssbscreen.core.noise import noise_of, owner_keys
from ssbscreen.ranking.score_draws import ScoreDraws
from ssbscreen.ranking.tests_cost import TestKind

GROUP_SIZE = 16  # draws whose mean stands for one result of a test
_RIDGE = 1e-3


@dataclass(frozen=True)
class Choice:
    """One test of a batch.

    Attributes:
        test: row of the tests.
        candidate: row of the candidates.
        gain: expected growth of the summed worth of the shortlist, those chosen before it counted in.
        cost: of the test and whatever it needs.
    """

    test: int
    candidate: int
    gain: float
    cost: float


def revealed(draws: ScoreDraws, test: TestKind) -> list[int]:
    """Kept criteria that a test shows."""
    return [i for i, ramp in enumerate(draws.ramps) if ramp.criterion.property in test.reveals]


def observe(draws: ScoreDraws, test: TestKind, seed: int, stored: np.ndarray | None = None) -> np.ndarray:
    """What the test would show in each draw, its noise included, stored units.  # (m, n_revealed, n_draws)

    Args:
        draws: of m candidates.
        test: made on each.
        seed: of its noise.
        stored: what there is to see; the draws themselves when None.  # (m, c, n_draws)
    """
    rows = revealed(draws, test)
    shown = (draws.stored if stored is None else stored)[:, rows].astype(np.float64)
    owners = owner_keys(map(str, draws.candidate_ids))
    for j, i in enumerate(rows):
        key = draws.ramps[i].criterion.property
        if (width := test.reveals[key].noise) > 0:
            shown[:, j] += width * noise_of(seed, owners, f"test {test.name} {key}", draws.n_draws)
    return shown


def scores_after(draws: ScoreDraws, test: TestKind, seed: int = 0, stored: np.ndarray | None = None) -> np.ndarray:
    """Expected score of each candidate after the result that each draw stands for.  # (m, n_draws)

    The mean over the draws stays the expected score of today; a test that says nothing gives no variance. Arguments as
    in `observe`.
    """
    rows = revealed(draws, test)
    if not rows:
        return np.repeat(draws.score.mean(axis=1, keepdims=True), draws.n_draws, axis=1)
    shown = observe(draws, test, seed, stored)
    welcome = np.stack([draws.log_worth(i, shown[:, j]) for j, i in enumerate(rows)], axis=1)
    return conditional_means(_index(np.concatenate([shown, welcome], axis=1), draws.log_utility), draws.score)


def conditional_means(index: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Mean score of the draws with nearly the same index; equal ones always stand together.

    Means of few draws scatter by themselves, which would make a test look useful that is not: they are drawn to the
    overall mean until the variance is that of the true means (one-way analysis of variance).

    Args:
        index: what a result is summed up in.  # (m, n_draws)
        score: # (m, n_draws)

    Returns:
        # (m, n_draws)
    """
    m, n = index.shape
    order = np.argsort(index, axis=1, kind="stable")
    ordered = np.take_along_axis(index, order, axis=1)
    place = np.broadcast_to(np.arange(n), (m, n))
    is_new = np.ones((m, n), dtype=bool)
    is_new[:, 1:] = np.diff(ordered, axis=1) > 1e-9 * (1e-12 + np.abs(ordered).max(axis=1, keepdims=True))
    first = np.maximum.accumulate(np.where(is_new, place, 0), axis=1)
    n_groups = (n - 1) // GROUP_SIZE + 1
    group = (first // GROUP_SIZE + n_groups * np.arange(m)[:, None]).ravel()
    values = np.take_along_axis(score, order, axis=1).astype(np.float64)
    count = np.bincount(group, minlength=m * n_groups)
    means = np.bincount(group, values.ravel(), m * n_groups) / np.maximum(count, 1)
    smooth = means[group].reshape(m, n)
    overall = values.mean(axis=1, keepdims=True)
    used = np.maximum((count.reshape(m, n_groups) > 0).sum(axis=1), 1)
    within = ((values - smooth) ** 2).sum(axis=1) / np.maximum(n - used, 1)
    between = ((smooth - overall) ** 2).mean(axis=1)
    share = 1.0 - within * (used - 1) / n / np.maximum(between, 1e-30)
    after = np.empty((m, n))
    np.put_along_axis(after, order, overall + np.sqrt(np.clip(share, 0.0, 1.0))[:, None] * (smooth - overall), axis=1)
    return after


def _index(features: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The linear combination of what a test shows that follows the log score best.  # (m, n_draws)"""
    x = features - features.mean(axis=2, keepdims=True)
    width = x.std(axis=2, keepdims=True)
    x = np.where(width > 1e-9, x / np.maximum(width, 1e-9), 0.0)
    y = target - target.mean(axis=1, keepdims=True)
    n, q = x.shape[2], x.shape[1]
    matrix = x @ x.transpose(0, 2, 1) / n + _RIDGE * np.eye(q)
    slope = np.linalg.solve(matrix, (x @ y[:, :, None]) / n)
    return np.asarray((x * slope).sum(axis=1))


def choose(
    after: np.ndarray,
    costs: np.ndarray,
    base: np.ndarray,
    n: int,
    k: int = 10,
    similarity: np.ndarray | None = None,
    is_open: np.ndarray | None = None,
    chances: np.ndarray | None = None,
    pending: Sequence[tuple[int, int]] = (),
    kind: np.ndarray | None = None,
) -> list[Choice]:
    """A batch, one test after the other by expected gain for its cost; one test a candidate.

    Args:
        after: expected score after the result of each draw.  # (n_tests, m, n_draws)
        costs: # (n_tests, m)
        base: what counts for a candidate that is not tested: its expected score; 0 where only tested candidates
            count, which makes the gain the expected improvement over the best k tested so far.  # (m,)
        n: tests wanted; fewer come back when no further one gains anything.
        k: length of the shortlist.
        similarity: 0 to 1 between candidates: the gain of a test falls by the factor 1 - similarity for each one of the
            same kind in the batch, whose result will say much the same (local penalisation, Gonzalez et al., AISTATS
            2016).  # (m, m)
        is_open: tests that may be chosen.  # (n_tests, m) bool
        chances: that a test comes about, by which its gain is multiplied; 1 when None.  # (n_tests, m)
        pending: test and candidate of those under way: their results count, and no further test of theirs is chosen.
        kind: number of the kind of which a batch tests one member, as nobody measured any; -1 for none.  # (m,)
    """
    n_tests, m, n_draws = after.shape
    free = np.ones((n_tests, m), dtype=bool) if is_open is None else is_open.copy()
    untested = np.ones(m, dtype=bool)
    damping = np.ones((n_tests, m)) if chances is None else chances.copy()
    batch: list[Choice] = []
    kind = np.full(m, -1) if kind is None else kind
    for test, candidate in pending:
        free[:, candidate] = untested[candidate] = False
        free[:, (kind == kind[candidate]) & (kind >= 0)] = False
        if similarity is not None:
            damping[test] *= 1.0 - np.clip(similarity[candidate], 0.0, 1.0)
    while len(batch) < n and free.any():
        made = [*pending, *((c.test, c.candidate) for c in batch)]
        results = np.array([after[test, candidate] for test, candidate in made]).reshape(-1, n_draws)
        gains = np.where(free, damping * _gains(after, base, base[untested], results, k), -np.inf)
        rate = gains / costs
        test, candidate = (int(i) for i in np.unravel_index(int(np.argmax(rate)), rate.shape))
        if rate[test, candidate] <= 1e-12:
            break
        batch.append(Choice(test, candidate, float(gains[test, candidate]), float(costs[test, candidate])))
        free[:, candidate] = untested[candidate] = False
        free[:, (kind == kind[candidate]) & (kind >= 0)] = False
        if similarity is not None:
            damping[test] *= 1.0 - np.clip(similarity[candidate], 0.0, 1.0)
    return batch


def _gains(after: np.ndarray, base: np.ndarray, untested: np.ndarray, results: np.ndarray, k: int) -> np.ndarray:
    """Expected growth of the sum of the best k when one more test is made.  # (n_tests, m)

    Args:
        after, base, k: as in `choose`.
        untested: what counts for the candidates without a test in the batch.  # (n_untested,)
        results: expected scores after each draw of those with one.  # (n_batch, n_draws)
    """
    n_draws = after.shape[2]
    leading = np.sort(untested)[-(k + 1) :]
    values = np.concatenate([np.zeros((k + 1, n_draws)), np.repeat(leading[:, None], n_draws, axis=1), results])
    values.sort(axis=0)
    # the place a candidate fights for is that of the k-th best of the others
    bar = np.where(base[:, None] >= values[-k], values[-k - 1], values[-k])
    before = np.maximum(base[:, None], bar)
    return np.stack([(np.maximum(one, bar) - before).mean(axis=1) for one in after])


def bar_of(base: np.ndarray, k: int) -> float:
    """Expected score of the k-th best; 0 with fewer candidates."""
    return float(np.sort(base)[-k]) if len(base) >= k else 0.0


def p_ruled_out(draws: ScoreDraws, test: TestKind, bar: float) -> np.ndarray:
    """Probability that a test's properties alone keep a candidate under a score, were all others perfect.  # (m,)"""
    rows = revealed(draws, test)
    if not rows:
        return np.zeros(len(draws))
    best = np.asarray(sum(draws.log_worth(i) for i in rows))
    return np.asarray((np.exp(best) < bar).mean(axis=1))


def fail_fast(p_fail: Sequence[float], costs: Sequence[float]) -> list[int]:
    """Order of tests on one candidate with the least expected cost until one of them rules it out.

    For independent tests that is by falling probability of failing over cost.
    """
    rate = np.asarray(p_fail, dtype=float) / np.asarray(costs, dtype=float)
    return [int(i) for i in np.argsort(-rate, kind="stable")]
