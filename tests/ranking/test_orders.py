"""Fast orders and counts against numpy's own."""

import numpy as np
import pytest

from ssbscreen.ranking.orders import count_true, stable_order


@pytest.mark.parametrize("n", [0, 1, 2, 17, 5000])
@pytest.mark.parametrize("kinds", [2, 40, 10**9])
def test_order_is_that_of_a_stable_sort(n, kinds):
    rng = np.random.default_rng(n + kinds)
    values = rng.integers(0, kinds, n).astype(float)
    values[rng.random(n) < 0.05] = np.inf
    np.testing.assert_array_equal(stable_order(values), np.argsort(values, kind="stable"))
    close = 1.0 + rng.normal(0.0, 1e-15, n)  # that differ in their last bits, or not at all
    np.testing.assert_array_equal(stable_order(-close), np.argsort(-close, kind="stable"))
    values[rng.random(n) < 0.05] = np.nan
    values[values == 1.0] = -0.0  # equal to 0
    np.testing.assert_array_equal(stable_order(values), np.argsort(values, kind="stable"))


@pytest.mark.parametrize("shape", [(3, 0), (0, 8), (40, 1), (7, 3, 61), (5, 64), (9, 1000)])
def test_counts_are_those_of_numpy(shape):
    flags = np.random.default_rng(0).random(shape) < 0.3
    np.testing.assert_array_equal(count_true(flags), flags.sum(axis=-1))
