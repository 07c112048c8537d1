"""The ranking against brute force, and the promises it makes: dominance, missing never wins, invariances."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_pools import column, facts, place, plain_profile, pool, run, small_screen
from scipy import stats

from ssbscreen.core.identity import Materials
from ssbscreen.ranking.places import p_beats, places_of
from ssbscreen.ranking.posterior import Normal, Study, posterior
from ssbscreen.ranking.ranker import HEAD, rank, tabulate
from ssbscreen.ranking.reference_materials import ReferenceMaterials
from ssbscreen.ranking.scatter import Scatter

NAN = float("nan")


def _random_columns(rng, n, missing=0.0, std=(0.0, 0.0, 0.0)):
    sigma = rng.uniform(-7, -2, n)
    hull = rng.uniform(0.0, 0.15, n)
    voltage = rng.uniform(0.5, 5.5, n)
    for values in (sigma, hull, voltage):
        values[rng.random(n) < missing] = np.nan
    return [
        column("ionic_conductivity", sigma, std[0]),
        column("energy_above_hull", hull, std[1]),
        column("average_voltage", voltage, std[2]),
    ]


def _above(ranking, name, counted):
    """How many of the counted rows stand above a row."""
    above = ranking.table["candidate_id"].tolist()[: ranking.table["candidate_id"].tolist().index(name)]
    return sum(counted[int(i[1:])] for i in above)


def _worth(sigma, hull, voltage):
    """By hand: smoothsteps, floor 0.01, logistic limits that leave 5 % a quarter beyond and 0.1 % far beyond."""
    t = [np.interp(sigma, [-6, -3], [0, 1]), np.interp(hull, [0.025, 0.1], [1, 0])]
    t.append(np.interp(voltage, [1, 2, 3, 5], [0, 1, 1, 0]))
    d = 0.01 + 0.99 * np.array([3 * x**2 - 2 * x**3 for x in t])
    lives = [1e-3 + 0.999 / (1 + 19 ** (-4 * beyond)) for beyond in ((sigma + 5) / 3, (0.1 - hull) / 0.075)]
    return np.prod(d ** np.array([0.2, 0.5, 0.3])) * np.prod(lives)


def test_score_of_exact_values_is_the_weighted_geometric_mean_times_the_limits():
    rng = np.random.default_rng(1)
    columns = _random_columns(rng, 40)
    table = run(facts(["oxide"] * 40), columns, small_screen(), n_draws=3).table.set_index("candidate_id")
    for i in range(40):
        sigma, hull, voltage = (c.mean[i] for c in columns)
        row = table.loc[f"c{i:03d}"]
        assert row["score"] == pytest.approx(_worth(sigma, hull, voltage), rel=1e-4)
        assert row["p_all"] == float(sigma >= -5 and hull < 0.1)
        assert row["ionic_conductivity_value"] == pytest.approx(10**sigma, rel=1e-4)  # natural units


def test_score_is_the_expected_logarithm_of_the_worth():
    """One uncertain conductivity: the integral of the log worth over its normal distribution, by quadrature."""
    columns = [
        column("ionic_conductivity", [-4.6], 0.6),
        column("energy_above_hull", [0.03]),
        column("average_voltage", [2.5]),
    ]
    table = run(facts(["oxide"]), columns, small_screen(), n_draws=20_000).table
    x = np.linspace(-8.0, -1.0, 2001)
    worth = np.array([_worth(sigma, 0.03, 2.5) for sigma in x])
    density = stats.norm.pdf(x, -4.6, 0.6)
    expected = np.exp(np.sum(np.log(worth) * density) / density.sum())
    assert table["score"][0] == pytest.approx(expected, rel=0.02)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.tuples(
        st.floats(-7, -2) | st.floats(-5.02, -5.0),  # often right before a limit or threshold
        st.floats(0.0, 0.2) | st.floats(0.098, 0.1),
        st.floats(0.5, 5.5) | st.floats(0.98, 1.0),
    ),
    st.sampled_from(range(3)),
    st.floats(0.01, 0.03),
    st.sampled_from([(0.0, 0.0, 0.0), (0.4, 0.02, 0.3)]),
)
def test_moving_any_input_a_little_moves_the_score_a_little(means, which, share, stds):
    """By a share of the ramp, also across thresholds and limits: no step. A limit's slope is at most ln 19 a ramp."""
    ramps = (3.0, 0.075, 1.0)
    keys = ("ionic_conductivity", "energy_above_hull", "average_voltage")
    scores = []
    for moved in (0.0, share):
        values = [m + moved * ramps[i] * (i == which) for i, m in enumerate(means)]
        columns = [column(key, [v], std) for key, v, std in zip(keys, values, stds, strict=True)]
        scores.append(run(facts(["oxide"]), columns, small_screen(), n_draws=50).table["score"][0])
    assert abs(scores[1] - scores[0]) <= 8.0 * share


def test_nothing_buys_back_what_is_vital():
    """Far under its limit a vital criterion leaves next to nothing, however good all others are."""
    columns = [
        column("ionic_conductivity", [-8.0, -4.4, -4.4]),
        column("energy_above_hull", [0.0, 0.08, 0.3]),
        column("average_voltage", [2.5, 1.2, 2.5]),
    ]
    table = run(facts(["oxide"] * 3), columns, small_screen()).table.set_index("candidate_id")
    assert table["score"].idxmax() == "c001"
    assert table.loc[["c000", "c002"], "score"].max() < 0.002


def test_p_all_counts_limits_at_once():
    """Normal errors of known size give the product of two normal probabilities, as the errors are independent."""
    columns = [
        column("ionic_conductivity", [-5.0], 0.5),
        column("energy_above_hull", [0.09], 0.01),
        column("average_voltage", [2.5]),
    ]
    table = run(facts(["oxide"]), columns, small_screen(), n_draws=20_000).table
    expected = 0.5 * stats.norm.cdf(1.0)
    assert table["p_all"][0] == pytest.approx(expected, abs=0.015)  # three standard errors of 20,000 draws


def test_ranks_and_intervals_match_scipy():
    rng = np.random.default_rng(2)
    ranking = run(facts(["oxide"] * 30), _random_columns(rng, 30, std=(0.4, 0.02, 0.3)), small_screen(), n_draws=101)
    worth = np.exp(ranking.scores.log_utility)
    places = stats.rankdata(-worth, axis=0, method="ordinal")[ranking.order]
    table = ranking.table
    np.testing.assert_array_equal(ranking.order, np.argsort(-np.log(worth).mean(axis=1, dtype=float)))
    np.testing.assert_array_equal(table["rank"], np.arange(1, 31))
    for name, share in (("rank_low", 0.1), ("rank_median", 0.5), ("rank_high", 0.9)):
        np.testing.assert_array_equal(table[name], np.quantile(places, share, axis=1))
    np.testing.assert_allclose(table["p_first_10"], (places <= 10).mean(axis=1))
    assert (table["p_first_100"] == 1.0).all()


def test_interval_of_a_rank_covers_the_truth_as_often_as_it_says():
    """Made-up truth: 400 candidates, errors of their own and errors that a whole class shares.

    Truth is what the predictions say plus an error of each kind, so that it is one more draw. Counted over the first
    50 rows of several worlds, where a bad interval would show first.
    """
    inside, width = [], []
    for world in range(12):
        rng = np.random.default_rng(100 + world)
        n, n_draws = 400, 400
        of = rng.integers(0, 4, n)
        mean = rng.normal(0.0, 1.0, n)
        own, shared = rng.uniform(0.1, 0.5, n)[:, None], 0.5

        def drawn(m, rng=rng, of=of, mean=mean, own=own, shared=shared, n=n):
            return mean[:, None] + own * rng.normal(size=(n, m)) + shared * rng.normal(size=(4, m))[of]

        worth = -np.log1p(np.exp(-drawn(n_draws))).astype(np.float32)
        truth = stats.rankdata(-drawn(1)[:, 0], method="ordinal")
        ids = np.array([f"c{i:03d}" for i in range(n)], dtype=object)
        ranked = np.argsort(-worth.mean(axis=1))
        places = places_of(worth, ranked, ids)
        first = slice(0, 50)
        inside.append(((places.low <= truth[ranked]) & (truth[ranked] <= places.high))[first].mean())
        width.append((places.high - places.low)[first].mean())
    assert 0.75 <= np.mean(inside) <= 0.85
    assert np.mean(width) < 0.5 * 400


def test_interval_of_a_rank_covers_the_truth_of_materials_that_laboratories_measured():
    """Made-up materials with none to four studies each: the draws of the materials cover their true places.

    The draws of one more laboratory, which scatter more, hold them too often.
    """
    scatter = Scatter(scale=0.4, spread=0.3, dof=6.0, prior_std=1.0, source="made up")
    inside: dict[str, list[float]] = {"material": [], "laboratory": []}
    for world in range(3):
        rng = np.random.default_rng(200 + world)
        n, n_draws = 200, 400
        truth = rng.normal(-5.0, 1.0, n)
        scale = scatter.scale * np.exp(scatter.spread * rng.normal(size=n))
        found = [
            posterior(
                [Study(truth[i] + scale[i] * rng.standard_t(6.0)) for _ in range(i % 5)], Normal(-5.0, 1.0), scatter
            )
            for i in range(n)
        ]
        middle = np.array([f.median for f in found])[:, None]
        laboratory = np.array([(f.upper - f.lower) / 3.29 for f in found])
        places = stats.rankdata(-truth, method="ordinal")
        ids = np.array([f"c{i:03d}" for i in range(n)], dtype=object)
        for name, std in (("material", np.array([f.std for f in found])), ("laboratory", laboratory)):
            worth = middle + std[:, None] * rng.normal(size=(n, n_draws))
            ranked = np.argsort(-middle[:, 0])
            drawn = places_of(worth, ranked, ids)
            inside[name].append(((drawn.low <= places[ranked]) & (places[ranked] <= drawn.high)).mean())
    assert 0.75 <= np.mean(inside["material"]) <= 0.85
    assert np.mean(inside["laboratory"]) > 0.85


def test_interval_is_not_widened_to_hold_the_rank():
    """Of two that are worth the same but for one draw in twenty, the lucky one has the higher expected worth."""
    worth = np.log(np.array([[0.50] * 20, [0.49] * 19 + [0.99], [0.45] * 20]))
    places = places_of(worth, np.array([1, 0, 2]), np.array(["a", "b", "c"], dtype=object))
    assert places.low[0] == places.median[0] == 2


def test_probability_to_beat_a_reference():
    worth = np.log(np.array([[0.2, 0.4, 0.6, 0.8], [0.5, 0.5, 0.5, 0.5]]))
    assert p_beats(worth, np.log(np.array([0.1, 0.5, 0.5, 0.9]))).tolist() == [0.5, 0.5]


def test_columns_are_those_of_the_design():
    ranking = run(facts(["oxide"] * 2), _random_columns(np.random.default_rng(0), 2), small_screen())
    names = ["ionic_conductivity", "energy_above_hull", "average_voltage"]
    criteria = [f"{n}_{part}" for n in names for part in ("value", "low", "high", "desirability")]
    assert list(HEAD) == [
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
    ]
    assert list(ranking.table.columns)[: len(HEAD) + len(criteria)] == [*HEAD, *criteria]
    assert ranking.table.columns.is_unique


POOLS = st.tuples(st.integers(0, 10**6), st.integers(6, 24), st.floats(0.0, 0.35))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(POOLS, st.booleans())
def test_deleting_a_good_value_never_helps(drawn, with_errors):
    """A known value better than its class median is taken away: neither score nor rank improve.

    With errors, better means by twice the error, as a value that may well be worse than the median is no loss. The
    rank is counted among rows that have the value themselves: those without it may stand lower or higher, because
    their own draws came from the value that was taken away.
    """
    seed, n, missing = drawn
    rng = np.random.default_rng(seed)
    classes = rng.choice(["oxide", "sulfide"], n)
    columns = _random_columns(rng, n, missing, std=(0.05, 0.002, 0.05) if with_errors else (0.0, 0.0, 0.0))
    which = int(rng.integers(0, 2))  # more conductivity, less hull energy
    values = columns[which].mean
    better = values if which == 0 else -values
    known = np.isfinite(values)
    options = [
        i
        for i in np.flatnonzero(known)
        if better[i] > np.median(better[known & (classes == classes[i])]) + 2 * columns[which].std[i]
    ]
    if not options:
        return
    row = int(rng.choice(options))
    of, screen = facts(classes), small_screen()
    before = run(of, columns, screen, n_draws=32)
    emptied = values.copy()
    emptied[row] = np.nan
    changed = list(columns)
    changed[which] = column(columns[which].property, emptied, np.nan_to_num(columns[which].std))
    after = run(of, changed, screen, n_draws=32)
    name = f"c{row:03d}"
    assert _above(after, name, known) >= _above(before, name, known)
    old, new = (t.table.set_index("candidate_id").loc[name] for t in (before, after))
    assert new["coverage"] < old["coverage"]
    if not with_errors:  # then it holds in every single draw
        assert new["score"] <= old["score"] * (1 + 1e-6)
        assert new["p_all"] <= old["p_all"]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(POOLS)
def test_improving_one_value_never_lowers_a_rank(drawn):
    seed, n, missing = drawn
    rng = np.random.default_rng(seed)
    columns = _random_columns(rng, n, missing, std=(0.3, 0.01, 0.2))
    of, screen = facts(rng.choice(["oxide", "sulfide"], n)), small_screen()
    which = int(rng.integers(0, 2))
    known = np.flatnonzero(np.isfinite(columns[which].mean))
    if not known.size:
        return
    row = int(rng.choice(known))
    values = columns[which].mean.copy()
    values[row] += rng.uniform(0, 2) if which == 0 else -rng.uniform(0, min(0.05, values[row]))
    improved = list(columns)
    improved[which] = column(columns[which].property, values, np.nan_to_num(columns[which].std))
    before, after = run(of, columns, screen, n_draws=32), run(of, improved, screen, n_draws=32)
    name = f"c{row:03d}"
    has_own = np.isfinite(values)
    assert _above(after, name, has_own) <= _above(before, name, has_own)
    assert after.table.set_index("candidate_id").loc[name, "score"] >= before.table.set_index("candidate_id").loc[
        name, "score"
    ] * (1 - 1e-6)


def test_deleting_a_good_value_never_helps_in_a_larger_pool():
    """The full rank, in a pool where one value hardly moves the distributions that others are drawn from."""
    rng = np.random.default_rng(11)
    n = 300
    classes = rng.choice(["oxide", "sulfide", "halide"], n)
    of, screen = facts(classes, rng.choice(["garnet", "lgps", "other"], n)), small_screen()
    columns = _random_columns(rng, n, 0.2, (0.3, 0.01, 0.2))
    before = run(of, columns, screen, n_draws=32)
    sigma = columns[0].mean
    good = [i for i in range(n) if sigma[i] > np.nanmedian(sigma[classes == classes[i]])]
    for row in rng.choice(good, 12, replace=False):
        emptied = sigma.copy()
        emptied[row] = np.nan
        after = run(of, [column("ionic_conductivity", emptied, 0.3), *columns[1:]], screen, n_draws=32)
        assert place(after, f"c{row:03d}") >= place(before, f"c{row:03d}")


def test_unknown_never_wins_against_its_known_twin():
    """Of two equal candidates the one with a value above the class median stands first, whatever the noise."""
    for seed in range(10):
        columns = [
            column("ionic_conductivity", [-3.0, NAN, -4.0, -5.0, -4.5]),
            column("energy_above_hull", [0.03] * 5),
            column("average_voltage", [2.5] * 5),
        ]
        table = run(facts(["oxide"] * 5), columns, small_screen(), seed=seed).table.set_index("candidate_id")
        assert table.loc["c000", "rank"] < table.loc["c001", "rank"]
        assert np.isnan(table.loc["c001", "ionic_conductivity_value"])
        assert table.loc["c001", "ionic_conductivity_imputed"]
        assert table.loc["c001", "coverage"] == pytest.approx(0.8)


def test_order_of_the_pool_changes_nothing():
    rng = np.random.default_rng(3)
    n = 60
    of = facts(rng.choice(["oxide", "sulfide", "halide"], n), rng.choice(["garnet", "lgps", "other"], n))
    columns = _random_columns(rng, n, 0.2, (0.4, 0.02, 0.3))
    shuffled = rng.permutation(n)
    moved = [column(c.property, c.mean[shuffled], np.nan_to_num(c.std[shuffled])) for c in columns]
    first = run(of, columns, small_screen()).table
    second = run(of.take(shuffled), moved, small_screen()).table
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize("block_size", [1, 7, 1000])
def test_size_of_blocks_changes_nothing(block_size):
    rng = np.random.default_rng(4)
    of, columns = facts(["oxide", "halide"] * 15), _random_columns(rng, 30, 0.2, (0.4, 0.02, 0.3))
    first = run(of, columns, small_screen()).table
    pd.testing.assert_frame_equal(first, run(of, columns, small_screen(), block_size=block_size).table)


def test_seed_decides_the_draws():
    rng = np.random.default_rng(5)
    of, columns = facts(["oxide"] * 20), _random_columns(rng, 20, 0.1, (0.4, 0.02, 0.3))
    first = run(of, columns, small_screen(), seed=7).table
    pd.testing.assert_frame_equal(first, run(of, columns, small_screen(), seed=7).table)
    assert not first["score"].equals(run(of, columns, small_screen(), seed=8).table["score"])


def test_scores_and_intervals_are_in_range():
    rng = np.random.default_rng(6)
    n = 200
    of = facts(rng.choice(["oxide", "sulfide", "halide"], n))
    table = run(of, _random_columns(rng, n, 0.3, (1.0, 0.05, 1.0)), small_screen()).table
    assert table["score"].between(0, 1).all()
    assert table["p_all"].between(0, 1).all()
    assert (table["score_low"] <= table["score"]).all()
    assert (table["score_low"] <= table["score_high"]).all()
    ranked = table[table["rank"].notna()]
    assert (ranked["rank_low"] <= ranked["rank_median"]).all()
    assert (ranked["rank_median"] <= ranked["rank_high"]).all()
    assert (ranked["rank_low"] < ranked["rank_high"]).all()  # nothing is known without error here
    assert ranked["score"].is_monotonic_decreasing
    assert ranked["tie_group"].is_monotonic_increasing
    for name in ("ionic_conductivity", "energy_above_hull", "average_voltage"):
        assert (table[f"{name}_desirability"].isna() == table[f"{name}_imputed"]).all()
        assert ((table[f"{name}_evidence"] == "imputed") == table[f"{name}_imputed"]).all()


def test_little_coverage_gives_no_rank_and_stands_last():
    columns = [
        column("ionic_conductivity", [-3.0, -3.0, -5.5]),
        column("energy_above_hull", [NAN, 0.0, 0.09]),
        column("average_voltage", [2.5, 2.5, NAN]),
    ]
    table = run(facts(["oxide"] * 3), columns, small_screen(min_coverage=0.6)).table
    assert table["candidate_id"].tolist() == ["c001", "c002", "c000"]
    assert table["rank"].isna().tolist() == [False, False, True]
    assert not table["pareto_front"][2]
    assert table["coverage"].tolist() == pytest.approx([1.0, 0.7, 0.5])


def test_a_variant_has_a_score_and_no_rank_and_stands_last():
    columns = [
        column("ionic_conductivity", [-4.0, -3.0, -5.0]),
        column("energy_above_hull", [0.03, 0.0, 0.09]),
        column("average_voltage", [2.5, 2.5, 2.5]),
    ]
    text = np.array(["a", "a", "b"], dtype=object)
    made = np.array([True, False, True])
    materials = Materials(text, np.array(["", "c000", ""], dtype=object), text, made, text, text)
    quantities = replace(pool(facts(["oxide"] * 3), columns), materials=materials)
    table = rank(quantities, small_screen(), plain_profile()).table
    assert table["candidate_id"].tolist() == ["c000", "c002", "c001"]
    assert table["rank"].isna().tolist() == [False, False, True]
    assert table["score"][2] > table["score"][0]
    assert table["variant_of"].tolist() == ["", "", "c000"]
    assert table["is_made"].tolist() == [True, True, False]


def test_ties_are_what_noise_cannot_tell_apart():
    """Two clouds of twins, far apart: two groups. The same clouds without noise: every row for itself."""
    sigma = [-3.6, -3.61, -3.62, -5.4, -5.41, -5.42]
    rest = [column("energy_above_hull", [0.03] * 6), column("average_voltage", [2.5] * 6)]
    noisy = run(facts(["oxide"] * 6), [column("ionic_conductivity", sigma, 0.1), *rest], small_screen(), n_draws=500)
    exact = run(facts(["oxide"] * 6), [column("ionic_conductivity", sigma), *rest], small_screen())
    assert noisy.table["tie_group"].tolist() == [1, 1, 1, 2, 2, 2]
    assert exact.table["tie_group"].tolist() == [1, 2, 3, 4, 5, 6]


def test_limiting_criterion_and_next_test():
    """The limiting one costs most, the next test is where knowing would move the score most."""
    columns = [
        column("ionic_conductivity", [-3.5, -3.5], [0.05, 1.0]),
        column("energy_above_hull", [0.095, 0.03], [0.0, 0.0]),
        column("average_voltage", [2.5, 2.5]),
    ]
    table = run(facts(["oxide"] * 2), columns, small_screen()).table.set_index("candidate_id")
    assert table.loc["c000", "limiting_criterion"] == "energy_above_hull"
    assert table.loc["c001", "limiting_criterion"] == "ionic_conductivity"
    assert table.loc["c001", "next_test"] == "impedance"


def test_what_the_usual_electrolyte_lacks_as_well_is_no_weakness():
    """c000 loses most by its conductivity, but so do the references; where it falls behind them is its stability."""
    columns = [
        column("ionic_conductivity", [-4.6, -4.6, -4.6, -3.0]),
        column("energy_above_hull", [0.06, 0.02, 0.02, 0.02]),
        column("average_voltage", [2.5] * 4),
    ]
    of, screen = facts(["oxide"] * 4), small_screen()
    scores = run(of, columns, screen).scores
    alone = tabulate(pool(of, columns), scores).table.set_index("candidate_id")
    held = tabulate(pool(of, columns), scores, ReferenceMaterials({"a": 1, "b": 2, "c": 3})).table.set_index(
        "candidate_id"
    )
    assert alone.loc["c000", "limiting_criterion"] == "ionic_conductivity"
    assert held.loc["c000", "limiting_criterion"] == "energy_above_hull"
    assert alone["score"].equals(held["score"])


def test_what_is_not_known_is_tested_next_but_is_no_weakness():
    columns = [
        column("ionic_conductivity", [-3.3, -3.0, -6.0, -5.5]),
        column("energy_above_hull", [NAN, 0.02, 0.09, 0.2]),
        column("average_voltage", [2.5] * 4),
    ]
    row = run(facts(["oxide"] * 4), columns, small_screen()).table.set_index("candidate_id").loc["c000"]
    assert row["limiting_criterion"] == "ionic_conductivity"
    assert row["next_test"] == "diffraction"


def test_limit_nobody_has_a_value_for_is_reported_not_invented():
    columns = [column("ionic_conductivity", [-3.5, -4.0]), column("average_voltage", [2.5, 2.5])]
    ranking = run(facts(["oxide"] * 2), columns, small_screen())
    assert ranking.scores.unchecked_limits == ("energy_above_hull",)
    assert ranking.table["p_all"].tolist() == [1.0, 1.0]
    assert ranking.table["energy_above_hull_imputed"].all()
    assert ranking.table["coverage"].tolist() == pytest.approx([0.5, 0.5])


def test_domain_is_left_when_one_prediction_leaves_it():
    columns = [column("ionic_conductivity", [-3.5, -4.0]), column("average_voltage", [2.5, NAN], in_domain=False)]
    table = run(facts(["oxide"] * 2), columns, small_screen()).table.set_index("candidate_id")
    assert not table.loc["c000", "in_domain"]
    assert table.loc["c001", "in_domain"]


def test_empty_pool_and_foreign_conditions():
    empty = run(facts([]), [column("ionic_conductivity", [])], small_screen())
    assert len(empty.table) == 0
    of = facts(["oxide"])
    quantities = pool(of, [column("ionic_conductivity", [-3.0])])
    other = plain_profile()
    hot = other.operating.temperature_c.model_copy(update={"value": 80.0})
    other = other.model_copy(update={"operating": other.operating.model_copy(update={"temperature_c": hot})})
    with pytest.raises(ValueError, match="other conditions"):
        rank(quantities, small_screen(), other)
