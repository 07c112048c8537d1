"""What is unknown is drawn from family, class and all by how many are known, never better than the class's median."""

import numpy as np
import pytest

from ssbscreen.core.noise import owner_keys
from ssbscreen.ranking.candidate_groups import CandidateGroups
from ssbscreen.ranking.criteria import Criterion
from ssbscreen.ranking.desirability import Ramp
from ssbscreen.ranking.imputation import CONCENTRATION, N_POINTS, build_imputer

CRITERION = Criterion(
    property="oxidation_limit", group="window", direction="max", good=4.3, bad=2.0, citation="test", test="test"
)
HULL = Criterion(
    property="energy_above_hull", group="processing", direction="min", good=0.0, bad=0.1, citation="test", test="test"
)
N = 40_000  # draws that tell shares apart to 0.01


def _imputer(values, *groups, criterion=CRITERION, owners=None):
    sample = np.repeat(np.asarray(values, dtype=np.float32)[:, None], 8, axis=1)
    named = [np.array(group, dtype=object) for group in groups]
    return build_imputer(Ramp(criterion, 0.01), sample, CandidateGroups.of(named), seed=0, owners=owners)


def _drawn(values, *groups, row=-1, n=N, **options):
    """Of the last candidate, with random numbers of its own."""
    return _imputer(values, *groups, **options).draws(np.array([len(values) + row]), owner_keys(["x"]), n)[0]


def _expected(values, groups, share):
    """The law written out: every value with its weight, each smaller group first; quantiles at `share`.

    Args:
        values: of all candidates, more is better, NaN where unknown; the last one is asked for.
        groups: of each candidate, the largest first.
        share: # (n,)
    """
    known = np.isfinite(values[:-1])
    left, weight = 1.0, np.zeros(len(values) - 1)
    for depth in range(len(groups), -1, -1):
        members = known.copy()
        for group in groups[:depth]:
            members &= np.array(group[:-1]) == group[-1]
        w = 1.0 if depth == 0 else members.sum() / (members.sum() + CONCENTRATION)
        weight += left * w * members / max(members.sum(), 1)
        left *= 1.0 - w
    order = np.argsort(np.where(known, values[:-1], np.inf))
    order = order[: known.sum()]
    reached = np.cumsum(weight[order])
    return np.asarray(values)[order][np.searchsorted(reached, share * reached[-1]).clip(max=len(order) - 1)]


@pytest.mark.parametrize(("seed", "n_groups"), [(0, 3), (1, 3), (2, 3), (3, 2), (4, 2), (5, 1), (6, 1)])
def test_draws_are_those_of_the_mixture_written_out(seed, n_groups):
    """Nested groups of random sizes; the ceiling is that of the one before the smallest, of a single one its own."""
    rng = np.random.default_rng(seed)
    n = 60
    values = rng.normal(3.0, 1.0, n)
    values[rng.random(n) < 0.3] = np.nan
    values[-1] = np.nan
    groups = [rng.choice(["a", "b"], n, p=[0.7, 0.3]).astype(object)]
    for names in (["c", "d", "e"], ["f", "g"])[: n_groups - 1]:
        groups.append(rng.choice(names, n).astype(object))
    share = (np.arange(N_POINTS) + 0.5) / N_POINTS
    mixture = _expected(values, groups, share)
    highest = _expected(values, groups[: max(1, n_groups - 1)], (1.0 + share) / 4.0)
    expected = np.minimum(mixture, highest)
    drawn = np.quantile(_drawn(values, *groups), share)
    assert np.abs(drawn - expected).mean() < 0.01


@pytest.mark.parametrize("group", ["a", "none known"])
@pytest.mark.parametrize(
    ("turned", "direction", "good", "bad"),
    [
        (-1.0, "min", -4.3, -2.0),
        (1.0, "window", (4.3, 9.0), (2.0, 11.0)),
        (-1.0, "window", (-9.0, -4.3), (-11.0, -2.0)),
    ],
)
def test_smaller_is_better_and_a_window_are_larger_is_better_turned_round(turned, direction, good, bad, group):
    """Values on one side of a window, or with the sign of a minimum: the draws of the maximum, to the last digit."""
    rng = np.random.default_rng(7)
    values = np.append(rng.uniform(2.1, 4.2, 40), np.nan)
    groups = [
        np.array(["a", "b"] * 20 + [group], dtype=object),
        np.array(["f", "f", "g", "g"] * 10 + ["f"], dtype=object),
    ]
    other = CRITERION.model_copy(update={"direction": direction, "good": good, "bad": bad})
    assert np.array_equal(turned * _drawn(turned * values, *groups, criterion=other), _drawn(values, *groups))


def test_a_candidate_with_too_few_known_draws_is_imputed_as_a_whole():
    """Of one with half of them only the gaps are filled; what was given stays as it was."""
    sample = np.full((3, 8), 3.0, dtype=np.float32)
    sample[0, :4] = sample[1, :5] = np.nan
    sample[0, 4:] = sample[1, 5:] = 9.0
    groups = CandidateGroups.of([np.array(["oxide"] * 3, dtype=object)])
    imputer = build_imputer(Ramp(CRITERION, 0.01), sample[[0, 1, 2]], groups, seed=0)
    given = sample.copy()
    found = imputer.filled(given, np.arange(3), owner_keys("abc"))
    assert np.array_equal(given, sample, equal_nan=True)
    assert (found[0, 4:] == 9.0).all()
    assert (found[1] == 3.0).all()  # never better than the middle of what is known
    assert np.isfinite(found).all()
    assert imputer.filled(given[2:], np.array([2]), owner_keys("c"))[0].tolist() == [3.0] * 8


def test_candidates_of_another_pool_are_imputed_by_what_was_known_in_the_first():
    """Rows, groups and known values are their own, distributions those of the first pool."""
    rng = np.random.default_rng(9)
    values = np.append(rng.normal(3.0, 0.5, 30), np.nan)
    classes, families = np.array(["a", "b", "b"] * 10 + ["b"]), np.array(["f", "g", "h"] * 10 + ["h"])
    first = _imputer(values, classes, families)
    sample = np.array([[np.nan] * 8, [7.0] * 8, [np.nan] * 8], dtype=np.float32)
    others = np.array(["b", "a", "a"], dtype=object), np.array(["h", "f", "never seen"], dtype=object)
    moved = first.of_others(sample, CandidateGroups.of(others))
    assert moved.has_own.tolist() == [False, True, False]
    keys = owner_keys(["x"])
    assert np.array_equal(moved.draws(np.array([0]), keys, N), first.draws(np.array([30]), keys, N))
    unseen = _imputer(np.append(values, np.nan), np.append(classes, "a"), np.append(families, ""))
    assert np.array_equal(moved.draws(np.array([2]), keys, N), unseen.draws(np.array([31]), keys, N))


@pytest.mark.parametrize("shape", ["even", "two heaps", "heaps that take turns"])
def test_one_member_more_makes_no_step(shape):
    """Members become known one at a time: the share of draws below any value moves as one member of n weighs; under the
    ceiling, a quarter of the members, up to four times as much.
    """
    rng = np.random.default_rng(1)
    n_most = 25
    own = {
        "even": rng.uniform(2.5, 4.0, n_most),
        "two heaps": np.r_[np.full(12, 2.1), np.full(13, 4.0)],
        "heaps that take turns": np.tile([4.2, 2.1], 13)[:n_most],
    }[shape]
    others = rng.uniform(2.0, 4.5, 40)
    grid = np.linspace(1.9, 4.6, 400)
    before = None
    for n in range(n_most + 1):
        values = [*own[:n], *np.full(n_most - n, np.nan), *others, np.nan]
        classes = ["sulfide"] * n_most + ["oxide"] * 40 + ["sulfide"]
        families = ["argyrodite"] * n_most + ["garnet"] * 40 + ["argyrodite"]
        drawn = np.sort(_drawn(values, classes, families, n=N_POINTS * 4))
        reached = np.searchsorted(drawn, grid) / len(drawn)
        if before is not None:
            assert np.abs(reached - before).max() <= 4.0 / (n + CONCENTRATION) + 0.01
        before = reached


def test_score_of_an_unknown_moves_little_around_ten_members():
    """A known family far worse than the rest: no jump where a tenth member becomes known."""
    others, classes = list(np.linspace(4.0, 4.3, 40)), ["oxide"] * 40 + ["sulfide"] * 16
    worth = []
    for n in range(7, 15):
        values = [*others, *np.full(n, 2.3), *np.full(16 - n, np.nan)]
        drawn = _drawn(values, classes, [""] * 56)
        worth.append(np.log(Ramp(CRITERION, 0.01).desirability(drawn)).mean())
    steps = np.abs(np.diff(worth))
    span = abs(np.log(Ramp(CRITERION, 0.01).desirability(np.array([2.3]))[0]))
    assert (steps <= span / np.arange(7, 14)).all()


def test_the_more_are_known_the_more_a_family_counts():
    garnets, others = list(np.linspace(2.0, 2.2, 20)), list(np.linspace(3.0, 4.0, 40))
    shares = []
    for n in (0, 1, 3, 20):
        values = [*garnets[:n], *np.full(20 - n, np.nan), *others, np.nan]
        drawn = _drawn(values, ["oxide"] * 61, ["garnet"] * 20 + ["lisicon"] * 40 + ["garnet"])
        shares.append(np.mean(drawn < 2.5))
    of_class = np.array([0, 1, 3, 20]) / (40 + np.array([0, 1, 3, 20]))
    expected = (np.array([0, 1, 3, 20]) + CONCENTRATION * of_class) / (np.array([0, 1, 3, 20]) + CONCENTRATION)
    assert shares == pytest.approx(expected, abs=0.02)


def test_several_cases_of_one_owner_are_one_member():
    """Ten cells of one electrolyte say no more of its class than one of them does."""
    values, same = [*np.full(10, 2.1), *np.linspace(3.0, 4.0, 30), np.nan], ["NMC111"] * 41
    classes = ["sulfide"] * 10 + ["oxide"] * 30 + ["sulfide"]
    one = _drawn(values, same, classes, owners=np.r_[np.zeros(10, int), np.arange(1, 32)])
    assert np.mean(one < 2.5) == pytest.approx(0.5 + 0.5 * 0.25, abs=0.02)
    ten = _drawn(values, same, classes)
    assert np.mean(ten < 2.5) == pytest.approx((10 + 0.25) / 11, abs=0.02)


def test_never_better_than_the_class_median():
    values = [1.0] * 50 + [3.0] * 40 + [5.0] * 20 + [np.nan]
    drawn = _drawn(values, ["oxide"] * 90 + ["halide"] * 20 + ["oxide"], ["garnet"] * 111)
    assert drawn.max() == 1.0


def test_hiding_a_value_better_than_the_median_never_helps():
    """Over random pools with small and large classes, and each of their values in turn."""
    rng = np.random.default_rng(0)
    ramp = Ramp(CRITERION, 0.01)
    for _ in range(20):
        n = int(rng.integers(5, 30))
        values = rng.normal(rng.uniform(2.5, 4.0), 0.7, n).round(2)
        classes = rng.choice(["oxide", "sulfide"], n, p=[0.8, 0.2]).astype(object)
        families = rng.choice(["a", "b"], n).astype(object)
        for i in range(n):
            whole = _expected(np.append(values, np.nan), [np.append(classes, classes[i])], np.array([0.5]))[0]
            if values[i] > whole:
                hidden = np.where(np.arange(n) == i, np.nan, values)
                drawn = _drawn(hidden, classes, families, row=i - n, n=500)
                assert drawn.max() <= np.float32(values[i])
                assert ramp.desirability(drawn).max() <= ramp.desirability(np.array([values[i]]))[0] + 1e-6


def test_half_of_the_draws_make_a_value():
    sample = np.full((2, 8), 3.0, dtype=np.float32)
    sample[0, :4] = np.nan
    sample[1, :5] = np.nan
    imputer = build_imputer(
        Ramp(CRITERION, 0.01), sample, CandidateGroups.of([np.array(["oxide"] * 2, dtype=object)]), seed=0
    )
    assert imputer.has_own.tolist() == [True, False]


def test_nothing_known_is_uniform_in_desirability():
    imputer = _imputer([np.nan, np.nan], ["oxide"] * 2)
    assert imputer.is_blind
    d = Ramp(CRITERION, 0.01).desirability(imputer.draws(np.array([0]), owner_keys(["x"]), 20_000)[0])
    assert abs(np.quantile(d, [0.25, 0.5, 0.75]) - [0.25, 0.5, 0.75]).max() < 0.02


def test_windows_and_minima_are_capped_too():
    assert _drawn([0.0, 0.05, 0.1, np.nan], ["oxide"] * 4, criterion=HULL).min() >= 0.049
    window = Criterion(
        property="average_voltage",
        group="window",
        direction="window",
        good=(2.0, 3.0),
        bad=(1.0, 5.0),
        citation="test",
        test="test",
    )
    drawn = _drawn([1.2, 1.5, 2.5, np.nan], ["oxide"] * 4, criterion=window)
    assert Ramp(window, 0.01).desirability(drawn).max() <= 0.51


def test_order_of_the_pool_changes_nothing():
    rng = np.random.default_rng(3)
    values = np.append(rng.normal(3.0, 1.0, 30), np.nan)
    groups = [rng.choice(list("ab"), 31).astype(object), rng.choice(list("cd"), 31).astype(object)]
    order = rng.permutation(31)
    found = _drawn(values, *groups)
    moved = _imputer(values[order], *(group[order] for group in groups))
    again = moved.draws(np.flatnonzero(order == 30), owner_keys(["x"]), N)[0]
    assert np.array_equal(found, again)
