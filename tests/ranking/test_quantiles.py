"""Quantiles of draws against numpy, with missing and infinite ones; what is shown fits what is scored."""

import numpy as np
import pytest
from ranking_pools import column, facts, plain_profile, pool, small_screen

from ssbscreen.ranking.quantiles import quantiles, quantiles_of_all
from ssbscreen.ranking.ranker import rank
from ssbscreen.ranking.summaries import summarise

SHARES = (0.05, 0.5, 0.95)


@pytest.mark.parametrize("n_draws", [1, 7, 200, 1001])
def test_equal_to_numpy_where_draws_are_finite_or_missing(n_draws):
    values = np.random.default_rng(0).normal(size=(30, n_draws))
    values[np.random.default_rng(1).random(values.shape) < 0.2] = np.nan
    values[:, 0] = 0.3
    for found, expected in zip(quantiles(values, SHARES), np.nanquantile(values, SHARES, axis=1), strict=True):
        assert found == pytest.approx(expected)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int32])
@pytest.mark.parametrize("n_draws", [1, 2, 16, 64, 200, 1001])
def test_quantiles_of_what_is_known_are_those_of_numpy(n_draws, kind):
    values = (100.0 * np.random.default_rng(0).normal(size=(30, n_draws))).astype(kind)
    np.testing.assert_array_equal(quantiles_of_all(values, SHARES), np.quantile(values, SHARES, axis=1))


def test_infinite_draws_count_as_the_largest():
    values = np.array([[1.0, 2.0, np.inf, np.inf, np.inf], [1.0, 2.0, 3.0, 4.0, np.inf], [np.nan] * 5])
    half, high = quantiles(values, (0.5, 0.95))
    assert half[:2].tolist() == [np.inf, 3.0]
    assert high[:2].tolist() == [np.inf, np.inf]
    assert np.isnan([half[2], high[2]]).all()


def test_what_is_shown_is_made_of_the_draws_that_are_scored():
    """The voltage drop is the resistance times the current, in every quantile."""
    of = facts(["oxide", "sulfide"])
    q = pool(of, [column("ionic_conductivity", [-4.0, -2.5], [0.6, 0.3])], n_draws=1000)
    shown = summarise(q, ["ionic_conductivity", "area_specific_resistance", "voltage_drop"])
    current = plain_profile().operating.current_density.value
    for part in ("_value", "_low", "_high"):
        resistance = shown[f"area_specific_resistance{part}"]
        assert shown[f"voltage_drop{part}"].to_numpy() == pytest.approx(current * resistance.to_numpy(), rel=1e-3)
    scored = rank(q, small_screen(), plain_profile()).table.set_index("candidate_id")
    for i, candidate in enumerate(of.candidate_ids):
        assert shown["ionic_conductivity_value"][i] == pytest.approx(scored.loc[candidate, "ionic_conductivity_value"])


def test_a_temperature_that_is_seldom_reached_is_not_shown_as_if_it_were():
    """1 mS/cm is reached in fewer than half of the draws, so its median temperature is infinite."""
    columns = [column("ionic_conductivity", [-9.0], [1.0]), column("activation_energy", [0.2], [0.05])]
    shown = summarise(pool(facts(["oxide"]), columns, n_draws=1000), ["critical_temperature_1mS"])
    assert shown["critical_temperature_1mS_value"][0] == np.inf
