"""Sensitivity to weights, limits and profiles on pools whose answer is known."""

import numpy as np
import pytest
from ranking_pools import column, facts, plain_profile, pool, run, small_screen

from ssbscreen.ranking.criteria import load_profile
from ssbscreen.ranking.ranker import rank
from ssbscreen.ranking.sensitivity import leave_one_limit_out, rank_in_profiles, weight_sensitivity


def _columns(sigma, hull, voltage):
    return [column("ionic_conductivity", sigma), column("energy_above_hull", hull), column("average_voltage", voltage)]


def test_dominating_row_keeps_its_rank_under_all_weights():
    columns = _columns([-3, -4, -4], [0.02, 0.05, 0.059], [2.5, 1.6, 3.0])
    table = weight_sensitivity(run(facts(["oxide"] * 3), columns, small_screen()), top=1)
    assert table.loc[0, ["rank_low", "rank_high", "share_top"]].tolist() == [1, 1, 1.0]
    assert table.loc[1, "rank_high"] == 3  # the other two change places


def test_tight_weights_give_the_base_ranking():
    rng = np.random.default_rng(0)
    columns = _columns(rng.uniform(-5, -3, 12), rng.uniform(0, 0.1, 12), rng.uniform(1, 5, 12))
    table = weight_sensitivity(run(facts(["oxide"] * 12), columns, small_screen()), concentration=1e9)
    assert (table["rank_low"] == table["rank"]).all()
    assert (table["rank_high"] == table["rank"]).all()


def test_without_a_limit_its_victim_rises():
    columns = _columns([-5.5, -4.5, -4.8], [0.0, 0.07, 0.08], [2.5, 2.5, 2.5])
    ranking = run(facts(["oxide"] * 3), columns, small_screen())
    assert ranking.table["candidate_id"].tolist() == ["c001", "c002", "c000"]
    table = leave_one_limit_out(ranking, top=1).set_index("limit")
    assert table.loc["ionic_conductivity", "enters_top"] == "c000"
    assert table.loc["ionic_conductivity", ["n_failing", "n_rescued", "n_top_kept"]].tolist() == [1, 1, 0]
    assert table.loc["energy_above_hull", ["n_failing", "n_rescued", "n_top_kept"]].tolist() == [0, 0, 1]
    assert table.loc["energy_above_hull", "rank_correlation"] == pytest.approx(1.0)


def test_profiles_weigh_differently():
    """A stable slow conductor and a fast unstable one change places between a transport and a stability profile."""
    of = facts(["oxide"] * 2)
    quantities = pool(of, _columns([-3.0, -4.5], [0.08, 0.03], [2.5, 2.5]), n_draws=50)
    stable = plain_profile().model_copy(update={"name": "stable", "group_weights": {"processing": 0.8}})
    fast = plain_profile().model_copy(update={"name": "fast", "group_weights": {"processing": 0.02}})
    base = rank(quantities, small_screen(), plain_profile())
    table = rank_in_profiles(base, quantities, small_screen(), [stable, fast], n_draws=20)
    assert table["stable"].tolist() == [2, 1]
    assert table["fast"].tolist() == [1, 2]
    shipped = rank_in_profiles(base, quantities, small_screen(), [load_profile("grid")])
    assert list(shipped.columns) == ["candidate_id", "grid"]


def _noisy(n=80, n_draws=300):
    rng = np.random.default_rng(4)
    of = facts(["oxide"] * n)
    columns = [
        column("ionic_conductivity", rng.uniform(-5.5, -3, n), 0.5),
        column("energy_above_hull", rng.uniform(0, 0.12, n), 0.02),
        column("average_voltage", rng.uniform(1, 5, n), 0.3),
    ]
    return pool(of, columns, n_draws=n_draws)


def test_own_profile_gives_each_row_its_rank():
    """Also where the profile is another one by name only, so that it is scored anew with few draws."""
    quantities, screen = _noisy(), small_screen()
    base = rank(quantities, screen, plain_profile())
    again = screen.model_copy(update={"description": "the same under another name"})
    table = rank_in_profiles(base, quantities, again, [plain_profile()]).set_index("candidate_id")
    ids = base.table["candidate_id"]
    assert table.loc[ids, "ev"].tolist() == base.table["rank"].tolist()


def test_slope_by_the_weights_is_that_of_a_new_ranking():
    """Weights moved a little: the ranking made anew has the scores that the slope says."""
    quantities, screen = _noisy(), small_screen()
    base = rank(quantities, screen, plain_profile())
    moved = {"transport": 0.19, "processing": 0.49, "window": 0.32}
    anew = rank(quantities, small_screen(groups=moved), plain_profile())
    change = np.array([moved[g] - screen.groups[g] for g in base.scores.groups])
    said = np.log(base.scores.score) + base.scores.group_slope @ change
    assert said == pytest.approx(np.log(anew.scores.score), abs=2e-3)


def test_rank_lies_inside_its_own_weight_interval():
    ranking = rank(_noisy(), small_screen(), plain_profile())
    table = weight_sensitivity(ranking)
    inside = (table["rank_low"] <= table["rank"]) & (table["rank"] <= table["rank_high"])
    assert inside.mean() > 0.97


def test_nothing_ranked():
    ranking = run(facts(["oxide"]), [column("ionic_conductivity", [-3.0])], small_screen(min_coverage=0.9))
    assert len(weight_sensitivity(ranking)) == 0
    assert len(leave_one_limit_out(ranking)) == 1
