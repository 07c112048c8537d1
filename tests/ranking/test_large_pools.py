"""What is done block by block, in files, gives what is done at once in memory."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from ranking_pools import column, facts, plain_profile, pool, separator, small_screen
from scipy import stats

from ssbscreen.core import threads
from ssbscreen.core.scratch import Scratch
from ssbscreen.ranking import imputation, ranker, scoring, sensitivity, two_passes
from ssbscreen.ranking.candidate_groups import CandidateGroups
from ssbscreen.ranking.criteria import load_profile, resolve
from ssbscreen.ranking.desirability import Ramp
from ssbscreen.ranking.imputation import build_imputer
from ssbscreen.ranking.pareto import CONFIDENCE, pareto_front
from ssbscreen.ranking.places import TIE_PROBABILITY, places_of, tie_groups
from ssbscreen.ranking.ranker import rank
from ssbscreen.ranking.reference_materials import ReferenceMaterials
from ssbscreen.ranking.score_draws import draws_of
from ssbscreen.ranking.score_terms import terms_of
from ssbscreen.ranking.scoring import score
from ssbscreen.ranking.sensitivity import leave_one_limit_out, rank_in_profiles, weight_sensitivity


def _worth(n: int, n_draws: int, seed: int = 0) -> np.ndarray:
    """Log worth of rows that are much alike; some rows are equal in some draws."""
    rng = np.random.default_rng(seed)
    worth = (rng.normal(-2.0, 0.3, (n, 1)) + rng.normal(0.0, 0.5, (n, n_draws))).astype(np.float32)
    return np.minimum(np.round(worth, 1), np.float32(0.0))  # many at 0, and many equal ones


def _random_pool(n: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    values = [rng.uniform(-7, -2, n), rng.uniform(0.0, 0.15, n), rng.uniform(0.5, 5.5, n)]
    for one in values:
        one[rng.random(n) < 0.2] = np.nan
    keys = ("ionic_conductivity", "energy_above_hull", "average_voltage")
    columns = [column(key, v, std) for key, v, std in zip(keys, values, (0.5, 0.02, 0.4), strict=True)]
    return facts(rng.choice(["oxide", "sulfide"], n), rng.choice(["garnet", "lgps", "other"], n)), columns


def test_places_are_those_of_all_draws_sorted_at_once():
    n, n_draws = 2500, 61
    worth = _worth(n, n_draws)
    ids = np.array([f"c{i}" for i in np.random.default_rng(1).permutation(n)], dtype=object)  # c10 stands before c9
    ranked = np.argsort(-worth.mean(axis=1), kind="stable")[:2300]
    alphabetical = ranked[np.argsort(ids[ranked].astype(str))]
    of_all = stats.rankdata(-worth[alphabetical].astype(float), axis=0, method="ordinal")
    expected = of_all[np.argsort(alphabetical)][np.argsort(np.argsort(ranked))]
    for in_memory in (0, 2**30):
        found = places_of(worth, ranked, ids, Scratch(in_memory=in_memory))
        for name, share in (("low", 0.1), ("median", 0.5), ("high", 0.9)):
            np.testing.assert_array_equal(getattr(found, name), np.quantile(expected, share, axis=1))
        np.testing.assert_array_equal(
            found.p_first, np.stack([(expected <= k).mean(axis=1) for k in (10, 100)], axis=1)
        )


def test_tie_groups_are_those_found_row_by_row():
    worth = _worth(900, 80) - np.repeat(np.arange(6), 150)[:, None].astype(np.float32) * np.float32(0.6)
    ranked = np.argsort(-worth.mean(axis=1), kind="stable")
    expected, leader = [], None
    for row in ranked:
        if leader is None or (worth[row] > leader).mean() <= TIE_PROBABILITY:
            leader = worth[row]
            expected.append(expected[-1] + 1 if expected else 1)
        else:
            expected.append(expected[-1])
    assert len(set(expected)) > 5
    assert tie_groups(worth, ranked).tolist() == expected


def test_front_is_that_found_row_by_row():
    rng = np.random.default_rng(3)
    draws = (rng.normal(0.0, 1.0, (700, 4, 1)) + rng.normal(0.0, 0.3, (700, 4, 16))).astype(np.float16)
    known, ranked = rng.random((700, 4)) < 0.8, rng.permutation(700)[:650]
    front: list[int] = []
    for i in ranked:
        better = [((draws[i] > draws[j]).mean(axis=1) >= CONFIDENCE) & known[i] for j in front]
        if known[i].any() and all(one.any() for one in better):
            front.append(int(i))
    assert 10 < len(front) < 600
    assert np.flatnonzero(pareto_front(draws, known, ranked)).tolist() == sorted(front)


@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize("screen", [small_screen(), separator()], ids=["small", "separator"])
def test_a_ranking_in_files_is_the_ranking_in_memory(monkeypatch, screen, is_large):
    """Every table and every kept draw, to the last bit, with blocks that cut the pool in the middle, and by threads."""
    if is_large:
        _made_large(monkeypatch)
    of, columns = _random_pool(130)
    quantities = pool(of, columns, n_draws=90)
    found = []
    for in_memory, size, n_threads in ((2**30, 4096, 1), (0, 37, 3)):
        monkeypatch.setattr(threads, "n_threads", lambda n=n_threads: n)
        monkeypatch.setattr(ranker, "ROWS", size)
        monkeypatch.setattr(Scratch.blocks, "__defaults__", (size,))
        reference_materials = ReferenceMaterials({"a": 3, "b": 90})
        options = {
            "reference_materials": reference_materials,
            "scratch": Scratch(in_memory=in_memory),
            "block_size": size,
        }
        ranking = rank(quantities, screen, plain_profile(), **options)
        terms = terms_of(ranking)
        found.append(
            [
                ranking.table,
                weight_sensitivity(ranking),
                leave_one_limit_out(ranking),
                rank_in_profiles(ranking, quantities, screen, [plain_profile()]),
                pd.DataFrame(terms.log_desirability),
                pd.DataFrame(draws_of(ranking, quantities, 20, 40).stored.reshape(20, -1)),
            ]
        )
    for one, other in zip(*found, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_part_of_a_table_is_those_rows(monkeypatch):
    of, columns = _random_pool(50)
    screen = small_screen(min_coverage=0.6)
    ranking = rank(pool(of, columns), screen, plain_profile()).saying({"next_test": {"c004": "look"}, "more": {}})
    assert 0 < ranking.n_ranked < 50
    table = ranking.table.set_index("candidate_id")
    assert table.loc["c004", "next_test"] == "look"
    assert (table["next_test"] == "look").sum() == 1
    assert (table["more"] == "").all()
    monkeypatch.setattr(ranker, "ROWS", 7)
    middle = ranking.part(slice(ranking.n_ranked - 10, 45))
    pd.testing.assert_frame_equal(middle, ranking.table.iloc[ranking.n_ranked - 10 : 45].reset_index(drop=True))
    assert ranking.part(slice(50, 60)).empty


def test_of_large_groups_a_fixed_part_makes_the_distribution(monkeypatch):
    """It hangs neither on the order of the pool nor on what other groups hold, and has the quantiles of all."""
    monkeypatch.setattr(imputation, "MOST_MEMBERS", 400)
    rng = np.random.default_rng(0)
    n = 2000
    ramp = Ramp(small_screen().criteria[0], 0.01)
    sample = (rng.normal(-4.0, 1.0, (n, 1)) + rng.normal(0.0, 0.1, (n, 8))).astype(np.float32)
    classes, families = np.full(n, "oxide", dtype=object), np.array(["garnet", ""], dtype=object)[np.arange(n) % 2]
    priority = np.array([scoring._priority(0, f"c{i}") for i in range(n)], dtype=np.uint64)

    def points(rows: np.ndarray) -> dict[tuple[str, ...], np.ndarray]:
        made = build_imputer(
            ramp, sample[rows], CandidateGroups.of((classes[rows], families[rows])), 0, priority=priority[rows]
        )
        return {name: one.stored for name, one in made._points.items()}

    whole = points(np.arange(n))
    shuffled = points(rng.permutation(n))
    for name, values in whole.items():
        np.testing.assert_array_equal(values, shuffled[name])
    np.testing.assert_array_equal(whole["oxide", "garnet"], points(np.arange(0, n, 2))["oxide", "garnet"])
    for share in (0.1, 0.5, 0.9):  # three standard errors of 400 members
        assert np.quantile(whole[()], share) == pytest.approx(np.quantile(sample, share), abs=0.26)
    monkeypatch.setattr(imputation, "MOST_VALUES", 1000)  # a quarter of the draws of 400 members: the same quantiles
    thinned = points(rng.permutation(n))
    for name, values in points(np.arange(n)).items():
        np.testing.assert_array_equal(values, thinned[name])
        assert len(values) == pytest.approx(800, rel=0.02)
        assert np.quantile(values, [0.1, 0.5, 0.9]) == pytest.approx(
            np.quantile(whole[name], [0.1, 0.5, 0.9]), abs=0.05
        )
    monkeypatch.setattr(imputation, "MOST_VALUES", 400_000)
    monkeypatch.setattr(imputation, "MOST_MEMBERS", n)
    assert np.quantile(points(np.arange(n))[()], 0.5) == pytest.approx(np.quantile(sample, 0.5), abs=0.001)


def _made_large(monkeypatch):
    """Pools of more than 60 are large, with 40 leaders."""
    for module in (imputation, two_passes, scoring, sensitivity):
        monkeypatch.setattr(module, "LARGE", 60)
    monkeypatch.setattr(two_passes, "N_LEADERS", 40)


def test_leaders_of_a_large_pool_have_the_numbers_of_all_draws(monkeypatch):
    """Each row has the numbers of one pass over as many draws as it got, to the last bit."""
    of, columns = _random_pool(120)
    screen, reference = small_screen(), ReferenceMaterials({"a": 3}, pool(*_random_pool(2, seed=5), n_draws=300))
    _made_large(monkeypatch)
    all_draws = pool(of, columns, n_draws=300)
    few = rank(pool(of, columns, n_draws=8), screen, plain_profile())
    whole = score(all_draws, resolve(screen, plain_profile()))
    both = rank(all_draws, screen, plain_profile(), reference_materials=reference, scratch=Scratch(in_memory=0))
    leaders = np.argsort(-few.scores.score)[:40]
    others = np.setdiff1d(np.arange(120), leaders)
    for name in scoring._BY_ROW:
        own, expected, of_few = (getattr(one, name) for one in (both.scores, whole, few.scores))
        if name in scoring.OF_FIRST_DRAWS:
            expected, of_few = expected[..., :64], of_few[..., np.arange(64) % 8]
        np.testing.assert_array_equal(own[leaders], expected[leaders], name)
        np.testing.assert_array_equal(own[others], of_few[others], name)
    assert (whole.score[leaders] != few.scores.score[leaders]).any()
    assert (np.diff(both.table["score"][: both.n_ranked]) <= 0.0).all()
    assert both.table["p_beats_a"].between(0.0, 1.0).all()
    own = rank_in_profiles(both, all_draws, screen, [plain_profile()])[plain_profile().name]
    assert own[both.order[: both.n_ranked]].tolist() == list(range(1, both.n_ranked + 1))
    assert draws_of(both, all_draws, 20, 40).stored.shape == (20, len(screen.criteria), 40)
    shares = weight_sensitivity(both)["share_top"]
    np.testing.assert_array_equal(shares * 64, np.round(shares * 64))


def test_few_draws_of_a_large_pool_miss_its_scores_by_less_than_many_random_ones(monkeypatch):
    """Held against 4,000 random draws, 8 even ones miss by less than 64 random ones, and to no side."""
    of, columns = _random_pool(300)
    _made_large(monkeypatch)
    screen = resolve(separator(), plain_profile())
    few = score(pool(of, columns, n_draws=8), screen)
    random, many = (score(pool(of, columns, n_draws=n), screen, imputers=few.imputers).score for n in (64, 4000))
    assert np.log(few.score / many).std() < np.log(random / many).std()
    assert abs(np.log(few.score / many).mean()) < 0.05


def test_another_profile_moves_leaders_and_others_alike(monkeypatch):
    """Its factor compares the same few draws, so that who gets all draws has no advantage from them."""
    of, columns = _random_pool(300)
    _made_large(monkeypatch)
    screen, own, other = separator(), plain_profile(), load_profile("grid")
    quantities = pool(of, columns, n_draws=300)
    ranking = rank(quantities, screen, own)
    place = rank_in_profiles(ranking, quantities, screen, [other])[other.name].to_numpy(dtype=float, na_value=np.nan)
    few = [score(replace(quantities, operating=p.operating, n_draws=8), resolve(screen, p)).score for p in (own, other)]
    expected = ranking.scores.score * few[1] / few[0]
    rows = ranking.order[: ranking.n_ranked]
    np.testing.assert_array_equal(place[rows[np.argsort(-expected[rows], kind="stable")]], 1.0 + np.arange(len(rows)))


def test_percentiles_of_places_with_draws_in_turn_are_those_between_two_draws():
    """Each of eight draws stands for an eighth: the 10th percentile lies between the first and the second of them."""
    worth = np.random.default_rng(2).normal(size=(400, 8)).astype(np.float32)
    ids, ranked = np.arange(400), np.arange(400)
    found = places_of(worth[:, np.arange(64) % 8], ranked, ids, n_alike=8)
    places = np.sort(stats.rankdata(-worth, axis=0), axis=1)
    np.testing.assert_array_equal(found.low, np.rint((5 * places[:, 0] + 3 * places[:, 1]) / 8))
    np.testing.assert_array_equal(found.median, np.rint((places[:, 3] + places[:, 4]) / 2))
    np.testing.assert_array_equal(found.high, np.rint((3 * places[:, 6] + 5 * places[:, 7]) / 8))


def test_scores_alone_are_those_of_the_whole_ranking():
    given, screen = pool(*_random_pool(60), n_draws=90), resolve(separator(), plain_profile())
    whole, bare = score(given, screen), score(given, screen, is_bare=True)
    np.testing.assert_array_equal(bare.score, whole.score)
    np.testing.assert_array_equal(bare.log_utility, whole.log_utility)
    assert whole.stake.any()
    assert not bare.stake.any()
