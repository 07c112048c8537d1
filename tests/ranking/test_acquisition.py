"""Value of tests against enumeration, a closed form and plain sense."""

import itertools

import numpy as np
import pytest
from ranking_pools import column, facts, plain_profile, pool, run, small_screen
from scipy import stats

from ssbscreen.core.errors import UsageError
from ssbscreen.physics.critical_current import critical_current_fit
from ssbscreen.physics.lithium_contact import report_noise, seen_contacts
from ssbscreen.ranking.acquisition import (
    bar_of,
    choose,
    conditional_means,
    fail_fast,
    p_ruled_out,
    revealed,
    scores_after,
)
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.ranker import rank
from ssbscreen.ranking.score_draws import ScoreDraws, draws_of, from_arrays, to_arrays, with_outcomes
from ssbscreen.ranking.tests_cost import TestKind, load_tests


def _test(reveals, name="t", cost=1.0):
    return TestKind.model_validate(
        {
            "name": name,
            "title": name,
            "kind": "measurement",
            "needs": "sample",
            "cost": cost,
            "source": "test",
            "reveals": {key: {"noise": noise, "source": "test"} for key, noise in reveals.items()},
        }
    )


def _draws(values, screen=None):
    """Draws given directly; values of shape (m, 3, n) for the three criteria of the small screen."""
    screen = screen or small_screen()
    m = len(values)
    return ScoreDraws(
        np.array([f"c{i}" for i in range(m)], dtype=object),
        screen,
        np.arange(3),
        np.asarray(values),
        np.ones((m, 3), bool),
        ("ionic_conductivity", "energy_above_hull"),
        np.ones(m, bool),
    )


def _enumerated(levels):
    """Every combination of the levels of three criteria, each as likely as any other.  # (3, n)"""
    return np.array(list(itertools.product(*levels))).T


LEVELS = [
    ([-6.0, -4.5, -3.0], [0.0, 0.05, 0.12], [1.5, 2.5, 4.0]),
    ([-4.8, -4.4, -3.2], [0.02, 0.06, 0.09], [2.5, 3.5, 4.9]),
    ([-5.2, -4.2, -3.8], [0.01, 0.03, 0.09], [2.0, 2.6, 3.6]),
]


def _exact_means(draws, i, criterion):
    """Mean score of each value of one criterion, by going through all combinations."""
    shown = draws.stored[i, criterion]
    levels, of = np.unique(shown, return_inverse=True)
    return np.array([draws.score[i][shown == value].mean() for value in levels])[of]


@pytest.mark.parametrize(
    ("key", "criterion"), [("ionic_conductivity", 0), ("energy_above_hull", 1), ("average_voltage", 2)]
)
def test_scores_after_a_noiseless_test_are_those_of_enumeration(key, criterion):
    """A test of one criterion; 27 combinations, 200 times each, so the mean of a result is known exactly."""
    draws = _draws(np.stack([np.tile(_enumerated(levels), 200) for levels in LEVELS]))
    after = scores_after(draws, _test({key: 0.0}))
    for i in range(3):
        assert after[i] == pytest.approx(_exact_means(draws, i, criterion), rel=0.02, abs=2e-4)


@pytest.mark.parametrize("k", [1, 2])
def test_first_choice_is_the_exact_knowledge_gradient(k):
    """All tests on all candidates; the gain by enumerating each result and taking the best k of the means."""
    draws = _draws(np.stack([np.tile(_enumerated(levels), 200) for levels in LEVELS]))
    keys = ("ionic_conductivity", "energy_above_hull", "average_voltage")
    after = np.stack([scores_after(draws, _test({key: 0.0})) for key in keys])
    base = draws.score.mean(axis=1)
    exact = np.zeros((3, 3))
    today = np.sort(base)[-k:].sum()
    for t, i in itertools.product(range(3), range(3)):
        means = _exact_means(draws, i, t)
        values = [np.sort(np.append(np.delete(base, i), mean))[-k:].sum() for mean in means]
        exact[t, i] = np.mean(values) - today
    best = choose(after, np.ones((3, 3)), base, 1, k)[0]
    assert best.gain == pytest.approx(exact.max(), rel=0.03)
    assert exact[best.test, best.candidate] == pytest.approx(exact.max(), rel=0.03)


def test_batch_gain_is_that_of_enumerating_joint_results():
    """Two candidates that are tested at once, with results independent of each other."""
    first, second = np.array([0.1, 0.9]), np.array([0.2, 0.3, 0.7])
    joint = np.array(list(itertools.product(first, second))).T  # (2, 6)
    base = np.array([*joint.mean(axis=1), 0.45])
    after = np.concatenate([joint, np.full((1, 6), 0.45)])[None]
    batch = choose(after, np.ones((1, 3)), base, 3, 1)
    assert [c.candidate for c in batch] == [0, 1]  # the third has nothing to show
    exact = joint.max(axis=0).clip(0.45).mean() - base.max()
    assert sum(c.gain for c in batch) == pytest.approx(exact)


def test_expected_improvement_over_the_tested_ones():
    """Where untested candidates count nothing, the gain is E[max(score - best, 0)], in closed form for a normal."""
    rng = np.random.default_rng(0)
    quantiles = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
    mean, std, best = np.array([0.40, 0.45, 0.2]), np.array([0.10, 0.02, 0.12]), 0.5
    after = np.stack([m + s * rng.permutation(quantiles) for m, s in zip(mean, std, strict=True)])
    u = (mean - best) / std
    exact = std * (u * stats.norm.cdf(u) + stats.norm.pdf(u))
    known = np.full((1, 4000), best)
    is_open = np.array([[True, True, True, False]])
    base = np.array([0.0, 0.0, 0.0, best])
    batch = choose(np.concatenate([after, known])[None], np.ones((1, 4)), base, 1, 1, is_open=is_open)
    assert batch[0].candidate == int(exact.argmax())
    assert batch[0].gain == pytest.approx(exact.max(), rel=0.02)


def test_a_test_that_says_nothing_gains_nothing():
    rng = np.random.default_rng(1)
    index, score = rng.normal(size=(200, 256)), rng.random((200, 256))
    after = conditional_means(index, score)
    plain = np.stack([s[np.argsort(i)].reshape(16, 16).mean(axis=1) for i, s in zip(index, score, strict=True)])
    assert after.std(axis=1).mean() < 0.45 * plain.std(axis=1).mean()
    assert after.mean(axis=1) == pytest.approx(score.mean(axis=1))


def test_deviation_of_the_means_is_the_true_one():
    """score = 0.5 + 0.1 x + 0.1 e: the true conditional means have a standard deviation of 0.1."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 256))
    after = conditional_means(x, 0.5 + 0.1 * x + 0.1 * rng.normal(size=x.shape))
    assert after.std(axis=1).mean() == pytest.approx(0.1, rel=0.05)


def test_noise_takes_value_away():
    rng = np.random.default_rng(3)
    values = np.stack([rng.normal(-4.0, 1.0, (20, 512)), np.full((20, 512), 0.04), np.full((20, 512), 2.5)], axis=1)
    draws = _draws(values)
    deviation = [
        scores_after(draws, _test({"ionic_conductivity": noise})).std(axis=1).mean() for noise in (0.0, 0.4, 1.0, 3.0)
    ]
    assert deviation == sorted(deviation, reverse=True)
    assert deviation[0] == pytest.approx(draws.score.std(axis=1).mean(), rel=0.05)  # all that was in doubt
    assert deviation[3] < 0.5 * deviation[0]


def test_correlated_criteria_move_along():
    """Conductivity saturates, but stability falls with it: a measured conductivity says something of both."""
    rng = np.random.default_rng(4)
    sigma = rng.uniform(-2.9, -1.0, (10, 512))
    hull = 0.03 + 0.03 * (sigma + 2.9)  # worse where it conducts
    linked = _draws(np.stack([sigma, hull, np.full(sigma.shape, 2.5)], axis=1))
    loose = _draws(np.stack([sigma, rng.permuted(hull, axis=1), np.full(sigma.shape, 2.5)], axis=1))
    test = _test({"ionic_conductivity": 0.05})
    assert scores_after(linked, test).std(axis=1).mean() > 0.9 * linked.score.std(axis=1).mean()
    assert scores_after(loose, test).std(axis=1).mean() < 0.25 * loose.score.std(axis=1).mean()


def test_cheap_tests_go_first_and_like_candidates_apart():
    rng = np.random.default_rng(5)
    after = np.stack([0.5 + 0.1 * rng.normal(size=(4, 800))] * 2)
    base = after[0].mean(axis=1)
    costs = np.array([[3.0] * 4, [1.0] * 4])
    assert {c.test for c in choose(after, costs, base, 4, 1)} == {1}  # the same result for a third of the price
    costs[0, 0] = 100.0
    costs[1, 0] = 100.0
    assert choose(after, costs, base, 4, 1)[-1].candidate == 0
    pair = np.zeros((4, 4))
    first = choose(after, np.ones((2, 4)), base, 1, 1)[0].candidate
    twin = choose(after, np.ones((2, 4)), base, 2, 1)[1].candidate
    pair[first, twin] = pair[twin, first] = 0.95
    assert choose(after[:1], np.ones((1, 4)), base, 2, 1, pair)[1].candidate != twin


def test_shortlist_longer_than_the_pool():
    after = np.random.default_rng(6).random((1, 3, 50))
    assert choose(after, np.ones((1, 3)), after[0].mean(axis=1), 3, 5) == []  # all are on it anyway
    assert bar_of(np.array([0.1, 0.4]), 2) == 0.1
    assert bar_of(np.array([0.1]), 2) == 0.0


def test_fail_fast_order_has_the_least_expected_cost():
    rng = np.random.default_rng(7)
    for _ in range(20):
        p, cost = rng.random(4), rng.uniform(0.5, 8.0, 4)

        def expected(order, p=p, cost=cost):
            alive, total = 1.0, 0.0
            for j in order:
                total += alive * cost[j]
                alive *= 1.0 - p[j]
            return total

        best = min(expected(order) for order in itertools.permutations(range(4)))
        assert expected(fail_fast(p, cost)) == pytest.approx(best)


def test_ruled_out_by_one_property_however_good_the_rest():
    """Conductivity weighs a fifth and is vital with a limit of 1e-5 S/cm: worth at most a half of 0.27^0.2 there."""
    values = np.stack([np.full((1, 100), -5.0), np.full((1, 100), 0.0), np.full((1, 100), 2.5)], axis=1)
    values[0, 0, :30] = -6.5  # far under the limit
    draws, test = _draws(values), _test({"ionic_conductivity": 0.0})
    at_limit = 0.5 * (0.01 + 0.99 * (3 * (1 / 3) ** 2 - 2 * (1 / 3) ** 3)) ** 0.2
    assert p_ruled_out(draws, test, at_limit - 0.01) == pytest.approx([0.3])
    assert p_ruled_out(draws, test, at_limit + 0.01) == pytest.approx([1.0])
    assert p_ruled_out(draws, test, 1e-6) == pytest.approx([0.0])


def test_kept_draws_are_those_of_the_ranking():
    rng = np.random.default_rng(8)
    n = 40
    hull = np.where(rng.random(n) < 0.2, np.nan, rng.uniform(0, 0.1, n))  # some are imputed
    columns = [
        column("ionic_conductivity", rng.uniform(-6, -3, n), 0.7),
        column("energy_above_hull", hull, 0.02),
        column("average_voltage", rng.uniform(1, 5, n), 0.3),
    ]
    of = facts(["oxide"] * n)
    quantities = pool(of, columns)
    ranking = rank(quantities, small_screen(), plain_profile())
    draws = draws_of(ranking, quantities, n_candidates=15, n_draws=64)
    rows = [list(of.candidate_ids).index(i) for i in draws.candidate_ids]
    assert draws.log_utility == pytest.approx(ranking.scores.log_utility[rows, :64], abs=1e-5)
    left = np.setdiff1d(np.arange(n), rows)
    upper = np.quantile(ranking.scores.log_utility, 0.95, axis=1)
    assert upper[rows].min() >= upper[left].max()
    back = from_arrays(to_arrays(draws), ranking.screen)
    for flags in (~to_arrays(draws)["is_log"], np.zeros(0, dtype=bool)):  # other units, or none said
        with pytest.raises(ValueError, match="older version"):
            from_arrays(to_arrays(draws) | {"is_log": flags}, ranking.screen)
    assert list(back.candidate_ids) == list(draws.candidate_ids)
    assert back.log_utility.mean(axis=1) == pytest.approx(draws.log_utility.mean(axis=1), abs=0.01)
    assert back.log_utility == pytest.approx(draws.log_utility, abs=0.02)


def test_same_seed_same_value():
    ranking_draws = _draws(
        np.random.default_rng(9).normal([[[-4.0], [0.05], [2.5]]], [[[1.0], [0.02], [0.5]]], (6, 3, 128))
    )
    test = _test({"ionic_conductivity": 0.4})
    assert np.array_equal(scores_after(ranking_draws, test, 1), scores_after(ranking_draws, test, 1))
    assert not np.array_equal(scores_after(ranking_draws, test, 1), scores_after(ranking_draws, test, 2))


def test_noise_of_cells_is_that_of_the_reports():
    tests = {test.name: test.reveals for test in load_tests().tests}
    assert tests["symmetric_cell"]["p_li_mixed_conducting"].noise == pytest.approx(
        report_noise(seen_contacts()), abs=0.01
    )
    assert tests["stepped_plating"]["critical_current"].noise == critical_current_fit().scatter


def test_shipped_table_and_its_errors(tmp_path):
    table = load_tests()
    assert {t.kind for t in table.tests} == set(table.units)
    ranking = run(facts(["oxide"]), [column("ionic_conductivity", [-3.0])], small_screen())
    draws = ScoreDraws(
        np.array(["a"], object),
        ranking.screen,
        np.arange(3),
        np.zeros((1, 3, 4)),
        np.ones((1, 3), bool),
        (),
        np.ones(1, bool),
    )
    assert [t.name for t in table.tests if 0 in revealed(draws, t)] == [
        "impedance",
        "potential_dynamics",
        "molecular_dynamics",
    ]
    text = (
        "units: {measurement: d}\nsample_known: 1\nsample_new: 1\nsample_source: test\n"
        "made_new: 1\nmade_source: test\ntests: []\n"
    )
    for bad, said in ((text + "price: 1\n", "price"), (text, "tests")):
        path = tmp_path / "tests.yaml"
        path.write_text(bad)
        with pytest.raises(UsageError, match=said):
            load_tests(path)


def test_a_chance_is_tested_as_an_outcome_unless_studies_know_it():
    """A chance of 0.3: its test finds what happens in 7 of 10 results, and nothing where it was seen before."""
    rows = [
        {
            "property": "p_li_mixed_conducting",
            "group": "lithium",
            "direction": "min",
            "good": 0.1,
            "bad": 0.9,
            "hard_limit": 0.9,
            "kept": 0.1,
            "partner": "interlayer",
            "citation": "test",
            "test": "test",
        }
    ]
    screen = Screen.model_validate(
        {"name": "one", "role": "separator", "description": "test", "groups": {"lithium": 1.0}, "criteria": rows}
    )
    draws = ScoreDraws(
        np.array(["unknown", "seen"], dtype=object),
        screen,
        np.arange(1),
        np.full((2, 1, 4000), 0.3),
        np.ones((2, 1), bool),
        ("p_li_mixed_conducting",),
        n_studies=np.array([[0], [2]]),
    )
    drawn = with_outcomes(draws, 0)
    assert set(np.unique(drawn.stored[0])) == {0.0, 1.0}
    assert drawn.stored[0].mean() == pytest.approx(0.3, abs=0.03)
    assert (drawn.stored[1] == np.float32(0.3)).all() or (drawn.stored[1] == 0.3).all()
    after = scores_after(drawn, _test({"p_li_mixed_conducting": 0.05}))
    assert after.mean(axis=1) == pytest.approx(drawn.score.mean(axis=1), rel=0.02)
    good, bad = 1.0, screen.floor * 0.1
    assert after[0].std() == pytest.approx((good - bad) * np.sqrt(0.3 * 0.7), rel=0.05)
    assert after[1].std() == pytest.approx(0.0, abs=1e-9)
    assert scores_after(draws, _test({"p_li_mixed_conducting": 0.05}))[0].std() == pytest.approx(0.0, abs=1e-9)
