"""Scores against hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest

from ssbscreen.core.dataset import ABOVE, BELOW, EXACT
from ssbscreen.training.metrics import censored_error, censored_mae, coverage, rmse, spearman


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
