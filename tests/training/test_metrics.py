"""Scores against hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from ssbscreen.core.dataset import ABOVE, BELOW, EXACT
from ssbscreen.training.metrics import censored_error, censored_mae, clustered_interval, coverage, rmse, spearman


def test_censored_error_knows_the_allowed_side() -> None:
    mean = np.array([1.0, 1.0, 1.0, 1.0, 1.0, np.nan])
    value = np.array([3.0, 3.0, 0.5, 3.0, np.nan, 1.0])
    bound = np.array([EXACT, BELOW, BELOW, ABOVE, EXACT, EXACT])
    np.testing.assert_allclose(censored_error(mean, value, bound), [2.0, 0.0, 0.5, 2.0, np.nan, np.nan])
    assert censored_mae(mean, value, bound) == pytest.approx(4.5 / 4)


def test_scores_of_exact_rows_ignore_bounds() -> None:
    mean, value = np.array([1.0, 2.0, 3.0, 9.0]), np.array([1.0, 2.0, 5.0, 0.0])
    bound = np.array([EXACT, EXACT, EXACT, BELOW])
    assert rmse(mean, value, bound) == pytest.approx((4 / 3) ** 0.5)
    assert spearman(mean, value, bound) == pytest.approx(1.0)
    assert coverage(mean - 1, mean + 1, value, bound) == pytest.approx(2 / 3)


def test_nothing_to_score_is_missing_not_zero() -> None:
    empty = np.full(3, np.nan)
    bound = np.zeros(3)
    for score in (censored_mae, rmse, spearman):
        assert np.isnan(score(np.ones(3), empty, bound))
    assert np.isnan(coverage(empty, empty, empty, bound))


def test_interval_of_independent_rows_is_that_of_clopper_and_pearson() -> None:
    hit = np.arange(50) < 43
    found = clustered_interval(hit, np.arange(50))
    expected = binomtest(43, 50).proportion_ci(0.95, method="exact")
    np.testing.assert_allclose(found, (expected.low, expected.high), rtol=0.02)
    low, high = clustered_interval(np.ones(30, dtype=bool), np.arange(30) // 3)
    assert high == 1.0
    assert low == pytest.approx(binomtest(10, 10).proportion_ci(0.95, method="exact").low)


def test_interval_of_clustered_rows_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(40), 5)
    held, naive = [], []
    for _ in range(400):
        chance = rng.beta(1.8, 0.2, 40)  # mean 0.9, rows of a cluster go together
        hit = rng.random(200) < chance[cluster]
        for found, where in ((held, cluster), (naive, np.arange(200))):
            low, high = clustered_interval(hit, where)
            found.append(low <= 0.9 <= high)
    assert np.mean(held) > 0.91
    assert np.mean(naive) < 0.85  # rows taken as independent promise too much
