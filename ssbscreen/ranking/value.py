"""What a measurement is worth: to a candidate, for the place it fights for; to a family, for what it has in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ssbscreen.core.noise import noise
from ssbscreen.ranking.acquisition import conditional_means, revealed
from ssbscreen.ranking.score_draws import ScoreDraws
from ssbscreen.ranking.tests_cost import TestKind

LADDER = (1, 2, 5, 10, 20, 50)  # lists, as multiples of the shortlist
MIN_MEMBERS = 3  # of a family that may have something in common
MIN_SHARED = 0.25  # share of the variance that all members have in common, below which nothing is said of a family


@dataclass(frozen=True)
class FamilyGain:
    """What knowing a property of a family as a whole would change.

    Attributes:
        family: as given.
        test: row of the tests.
        n_members: candidates of the family that were looked at.
        shared: share of the variance of the shown property that the members have in common.
        gain: expected growth of the summed worth of the shortlist.
    """

    family: str
    test: int
    n_members: int
    shared: float
    gain: float


def fought_for(base: np.ndarray, shortlist: int) -> np.ndarray:
    """Score at the end of the list that each candidate could enter, or leave.  # (m,)

    The first `shortlist` defend their place against the next one; a row behind fights for the longest list of `LADDER`
    that ends before it.

    Args:
        base: expected scores.  # (m,)
        shortlist: length of the shortest list.
    """
    place = np.empty(len(base), dtype=int)
    place[np.argsort(-base, kind="stable")] = np.arange(1, len(base) + 1)
    ordered = -np.sort(-base)
    ends = np.array([shortlist * step for step in LADDER])
    bars = np.empty(len(base))
    for i, rank in enumerate(place):
        end = int(ends[ends < rank].max(initial=shortlist))
        after = end if rank <= end else end - 1  # the one behind the list, or the last one on it
        bars[i] = ordered[after] if after < len(ordered) else 0.0
    return bars


def preferences(
    after: np.ndarray, costs: np.ndarray, base: np.ndarray, is_open: np.ndarray, shortlist: int
) -> np.ndarray:
    """How much each test is wanted of each candidate; -1 where it is not open.  # (n_tests, m)

    First the tests whose result would change its place, 1 and more by what they change for their cost; behind them,
    under 1, those that move the score alone.

    Args:
        after: expected score after the result of each draw.  # (n_tests, m, n_draws)
        costs: # (n_tests, m)
        base: expected scores.  # (m,)
        is_open: tests that may be made.  # (n_tests, m) bool
        shortlist: length of the shortest list.
    """
    bar = fought_for(base, shortlist)[:, None]
    gain = np.stack([np.maximum(one, bar).mean(axis=1) for one in after]) - np.maximum(base, bar[:, 0])
    rate = np.where(is_open, np.maximum(gain, 0.0) / costs, -1.0)
    spread = np.where(is_open, after.std(axis=2) / costs, -1.0)
    return np.where(rate > 1e-9, 1.0 + rate, np.where(is_open, spread / (1.0 + np.maximum(spread, 0.0)), -1.0))


def said_once(
    wanted: np.ndarray, families: Sequence[str], base: np.ndarray, kinds: Sequence[TestKind]
) -> tuple[np.ndarray, dict[str, tuple[int, ...]]]:
    """The test of each candidate, where what most of a family want is said of the family, once.

    A test that is the first of more than half of a family is no matter of one member: the leading one that wants it
    keeps it, and the others name what they want next that shows anything else. So on, until the members differ.

    Args:
        wanted: as `preferences` gives it.  # (n_tests, m)
        families: of each candidate; empty where it has none.
        base: expected scores.  # (m,)
        kinds: tests.

    Returns:
        Test of each candidate, -1 where none is open (m,), and the tests of each family that has some.
    """
    best, of_families = _most_wanted(wanted), dict[str, tuple[int, ...]]()
    for name, members in _groups(families):
        rows = members[np.argsort(-base[members], kind="stable")]
        left = wanted[:, rows].copy()
        asked: list[int] = []
        is_free = np.ones(len(rows), dtype=bool)
        while is_free.sum() >= MIN_MEMBERS:
            first = _most_wanted(left)
            counts = np.bincount(first[is_free & (first >= 0)], minlength=len(wanted))
            test = int(counts.argmax())
            if 2 * counts[test] <= is_free.sum():
                break
            keeper = int(np.flatnonzero(is_free & (first == test))[0])
            best[rows[keeper]], is_free[keeper] = test, False
            left[[set(kind.reveals) <= set(kinds[test].reveals) for kind in kinds]] = -1.0
            asked.append(test)
        first = _most_wanted(left)
        best[rows] = np.where(is_free & (first >= 0), first, best[rows])
        if asked:
            of_families[name] = tuple(asked)
    return best, of_families


def _most_wanted(wanted: np.ndarray) -> np.ndarray:
    """Test that each candidate wants most, -1 where none is open.  # (m,) int"""
    if not len(wanted):
        return np.full(wanted.shape[1], -1)
    return np.where(wanted.max(axis=0) >= 0.0, wanted.argmax(axis=0), -1)


def own_part(draws: ScoreDraws, families: Sequence[str]) -> np.ndarray:
    """Draws without what the families have in common: a test of one member is to tell it from the others of its family.

    In each draw the mean deviation of the members of the family is taken off, as far as it is reliable (Spearman-Brown:
    m r / (1 + (m - 1) r) for m members that correlate by r). What the family is worth as a whole is said by
    `family_gains`.

    Args:
        draws: of m candidates.
        families: of each; empty for a candidate without one.

    Returns:
        Stored values.  # (m, c, n_draws)
    """
    own = draws.stored.astype(np.float64)
    for _, rows in _groups(families):
        moved = own[rows] - own[rows].mean(axis=2, keepdims=True)
        common = moved.mean(axis=0, keepdims=True)
        correlation = _shared(moved)
        reliable = len(rows) * correlation / (1.0 + (len(rows) - 1) * correlation)
        own[rows] -= reliable[None, :, None] * common
    return own


def family_gains(
    draws: ScoreDraws, kinds: Sequence[TestKind], families: Sequence[str], shortlist: int, seed: int = 0
) -> list[FamilyGain]:
    """Value of settling what a family has in common, the largest first; only where members do move together.

    In each draw the mean of the members is what a survey of the family would show, with the noise of the test; all
    members learn from the same result.

    Args:
        draws: of m candidates.
        kinds: tests.
        families: of each candidate.
        shortlist: best candidates whose summed worth counts.
        seed: of the noise of the tests.
    """
    base = draws.score.mean(axis=1)
    today = np.sort(base)[-shortlist:].sum()
    found = []
    for name, rows in _groups(families):
        others = np.sort(np.delete(base, rows))[-shortlist:]
        for t, test in enumerate(kinds):
            shown = revealed(draws, test)
            moved = draws.stored[rows][:, shown].astype(np.float64)
            moved -= moved.mean(axis=2, keepdims=True)
            shared = _shared(moved)
            if not shown or shared.max() < MIN_SHARED:
                continue
            k = int(shared.argmax())
            key = draws.ramps[shown[k]].criterion.property
            number = noise(seed, name, f"family {test.name} {key}", draws.n_draws)
            index = moved[:, k].mean(axis=0) + test.reveals[key].noise / np.sqrt(len(rows)) * number
            after = conditional_means(np.repeat(index[None], len(rows), axis=0), draws.score[rows])
            listed = np.concatenate([np.repeat(others[:, None], draws.n_draws, axis=1), after])
            gain = float(np.sort(listed, axis=0)[-shortlist:].sum(axis=0).mean() - today)
            found.append(FamilyGain(name, t, len(rows), float(shared[k]), max(gain, 0.0)))
    return sorted(found, key=lambda one: -one.gain)


def shortlist_for(base: np.ndarray, shortlist: int) -> int:
    """The shortlist, or half of the candidates where they are fewer than that."""
    return shortlist if len(base) > shortlist else max(1, len(base) // 2)


def _groups(families: Sequence[str]) -> list[tuple[str, np.ndarray]]:
    """Families with members enough, and their rows."""
    names = np.array([str(f) for f in families], dtype=object)
    found = [(name, np.flatnonzero(names == name)) for name in sorted(set(names) - {""})]
    return [(name, rows) for name, rows in found if len(rows) >= MIN_MEMBERS]


def _shared(moved: np.ndarray) -> np.ndarray:
    """Share of the variance that the members have in common: the mean correlation of pairs.  # (c,)

    Args:
        moved: deviations of m members.  # (m, c, n_draws)
    """
    m = len(moved)
    width = moved.std(axis=2, keepdims=True)
    scaled = np.where(width > 1e-9, moved / np.maximum(width, 1e-9), 0.0)
    total = (scaled.mean(axis=0) ** 2).mean(axis=1)  # 1/m + (1 - 1/m) times the mean correlation
    return np.clip((total - 1.0 / m) / (1.0 - 1.0 / m), 0.0, 1.0)
