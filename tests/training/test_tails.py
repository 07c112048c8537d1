"""How far errors reach on each side, on made-up errors whose sides are known."""

import numpy as np
import pytest

from ssbscreen.core.constants import Z90
from ssbscreen.core.laws import split_normal
from ssbscreen.training.card import Tails
from ssbscreen.training.tails import half_widths, tails_of

N = 6000


def _made_up(below: tuple[float, float], above: tuple[float, float], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Errors whose 5th and 95th percentile are powers of the stated std, and the std."""
    rng = np.random.default_rng(seed)
    std = np.exp(rng.normal(0.0, 0.6, N))
    low, high = (scale * std**power for scale, power in (below, above))
    return split_normal(rng.normal(size=N), 0.0, -low, high), std


def test_known_sides_come_back_and_hold_what_they_say():
    error, std = _made_up((2.4, 0.5), (1.2, 0.8))
    found = tails_of(error, std, np.arange(N).astype(str))
    assert found is not None
    assert found.below == pytest.approx((2.4, 0.5), rel=0.1)
    assert found.above == pytest.approx((1.2, 0.8), rel=0.1)
    assert (found.share_below, found.share_above) == pytest.approx((0.05, 0.05), abs=0.01)


def test_normal_errors_keep_the_symmetric_interval():
    error, std = _made_up((Z90, 1.0), (Z90, 1.0), seed=1)
    found = tails_of(error, std, np.arange(N).astype(str))
    assert found is not None
    for got, wanted in zip(half_widths(np.array([0.5, 1.0, 2.0]), found), (Z90, Z90), strict=True):
        assert got == pytest.approx(wanted * np.array([0.5, 1.0, 2.0]), rel=0.08)


def test_shares_are_those_of_rows_that_did_not_fit_the_sides():
    """One composition of a thousand rows errs upwards: without it nothing predicts that, and its share says so."""
    error, std = _made_up((Z90, 1.0), (Z90, 1.0), seed=2)
    error[:1000], clusters = 4.0 * std[:1000], np.where(np.arange(N) < 1000, "one", np.arange(N).astype(str))
    found = tails_of(error, std, clusters)
    assert found is not None
    assert found.share_above > 0.1


def test_few_rows_have_no_sides():
    assert tails_of(np.zeros(299), np.ones(299), np.arange(299)) is None
    below, above = half_widths(np.array([2.0]), None)
    assert below == above == pytest.approx(2.0 * Z90)


def test_sides_are_powers_of_the_stated_std():
    tails = Tails(below=(2.0, 0.5), above=(1.0, 1.0), n=300, share_below=0.05, share_above=0.05)
    below, above = half_widths(np.array([4.0]), tails)
    assert (below[0], above[0]) == (4.0, 4.0)
