"""The front against brute force."""

import numpy as np
import pytest

from ssbscreen.ranking.pareto import pareto_front


def _brute(rows):
    rows = np.where(np.isnan(rows), -np.inf, rows)
    found = []
    for a in rows:
        is_beaten = any((b >= a).all() and (b > a).any() for b in rows)
        found.append(not is_beaten and np.isfinite(a).any())
    return found


@pytest.mark.parametrize("seed", range(12))
def test_front_matches_brute_force(seed):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 5, (rng.integers(1, 90), rng.integers(1, 5))).astype(float)  # many ties
    rows[rng.random(rows.shape) < 0.15] = np.nan
    assert pareto_front(rows).tolist() == _brute(rows)


def test_front_over_several_blocks():
    rows = np.random.default_rng(0).random((1500, 3))
    assert pareto_front(rows).tolist() == _brute(rows)


def test_missing_does_not_make_a_front():
    rows = np.array([[0.9, np.nan], [0.9, 0.1], [np.nan, np.nan], [0.1, 0.9]])
    assert pareto_front(rows).tolist() == [False, True, False, True]


def test_no_rows():
    assert pareto_front(np.empty((0, 4))).tolist() == []
