"""The front: trade-offs that the draws agree on, neither errors nor what is not known."""

import numpy as np
import pytest

from ssbscreen.ranking.pareto import pareto_front


def _exact(rows):
    """Draws of values without error, the best sum first, and the order."""
    order = np.argsort(-np.nan_to_num(rows, nan=-1.0).sum(axis=1), kind="stable")
    filled = np.nan_to_num(rows, nan=-9.0)[order]
    return np.repeat(filled[:, :, None], 8, axis=2), np.isfinite(rows)[order], order


@pytest.mark.parametrize("seed", range(8))
def test_without_error_it_is_the_textbook_front(seed):
    """Brute force over distinct values: nobody is as good everywhere and better somewhere."""
    rng = np.random.default_rng(seed)
    rows = rng.random((rng.integers(1, 90), rng.integers(1, 5)))
    draws, known, order = _exact(rows)
    expected = [not any((b >= a).all() and (b > a).any() for b in rows) for a in rows[order]]
    assert pareto_front(draws, known).tolist() == expected


def test_errors_make_no_front():
    """Sixty rows alike but for noise in six groups: by single draws most are on the front, by what is known one."""
    rng = np.random.default_rng(0)
    draws = 0.5 + rng.normal(0.0, 0.2, (60, 6, 64))
    assert pareto_front(draws, np.ones((60, 6), bool)).sum() <= 3


def test_a_strength_beyond_its_error_keeps_a_row_on_the_front():
    rng = np.random.default_rng(1)
    draws = np.array([[0.9, 0.5], [0.5, 0.9], [0.52, 0.5]])[:, :, None] + rng.normal(0.0, 0.03, (3, 2, 64))
    assert pareto_front(draws, np.ones((3, 2), bool)).tolist() == [True, True, False]


def test_missing_does_not_make_a_front():
    rows = np.array([[0.9, np.nan], [0.9, 0.1], [np.nan, np.nan], [0.1, 0.9]])
    draws, known, order = _exact(rows)
    assert pareto_front(draws, known)[np.argsort(order)].tolist() == [False, True, False, True]


def test_no_rows():
    assert pareto_front(np.empty((0, 4, 8)), np.empty((0, 4), bool)).tolist() == []
