"""Ramps at their corners, smoothness, limits, and the inverse for what nothing is known about."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssbscreen.ranking.criteria import Criterion
from ssbscreen.ranking.desirability import Ramp

MIDDLE = 0.01 + 0.99 * 0.5  # a half above the floor
TEXT = {"group": "window", "citation": "test", "test": "test"}
WINDOW = Criterion(property="average_voltage", direction="window", good=(2.0, 3.0), bad=(1.0, 5.0), **TEXT)
CASES = [
    (
        Criterion(
            property="ionic_conductivity", direction="max", scale="log", good=1e-3, bad=1e-5, hard_limit=1e-5, **TEXT
        ),
        [-7, -5, -4, -3, -1],
        [0.01, 0.01, MIDDLE, 1, 1],
    ),
    (
        Criterion(property="ionic_conductivity", direction="max", good=1e-3, bad=1e-5, **TEXT),
        [-5, np.log10(5.05e-4), -3],
        [0.01, MIDDLE, 1],
    ),
    (
        Criterion(property="raw_material_cost", direction="min", scale="log", good=10, bad=1000, **TEXT),
        [1, 10, 100, 1000, 0.0],
        [1, 1, MIDDLE, 0.01, 1],
    ),
    (
        Criterion(property="oxidation_limit", direction="max", good=4.3, bad=2.0, **TEXT),
        [-1, 2.0, 3.15, 4.3],
        [0.01, 0.01, MIDDLE, 1],
    ),
    (WINDOW, [0, 1, 1.5, 2, 2.5, 3, 4, 5, 6], [0.01, 0.01, MIDDLE, 1, 1, 1, MIDDLE, 0.01, 0.01]),
]


@pytest.mark.parametrize(("criterion", "stored", "expected"), CASES)
def test_ramps(criterion, stored, expected):
    assert Ramp(criterion, 0.01).desirability(np.array(stored, dtype=float)) == pytest.approx(expected)


def test_missing_stays_missing():
    assert np.isnan(Ramp(WINDOW, 0.01).desirability(np.array([np.nan]))).all()


@pytest.mark.parametrize("criterion", [case[0] for case in CASES])
@given(values=st.lists(st.floats(-8, 8), min_size=2, max_size=20))
def test_more_goodness_is_never_less_desirable(criterion, values):
    ramp = Ramp(criterion, 0.01)
    stored = np.array(values)
    stored = np.abs(stored) if criterion.property == "raw_material_cost" else stored
    order = np.argsort(ramp.goodness(stored))
    assert (np.diff(ramp.desirability(stored)[order]) >= -1e-12).all()


@pytest.mark.parametrize("criterion", [case[0] for case in CASES])
def test_spread_covers_the_ramp_evenly(criterion):
    share = np.linspace(0, 1, 11)
    ramp = Ramp(criterion, 0.01)
    assert ramp.desirability(ramp.inverse(share)) == pytest.approx(0.01 + 0.99 * share, abs=1e-6)


def test_limits_at_least_and_below():
    least = Ramp(CASES[0][0], 0.01)
    assert least.fails(np.array([-5.1, -5.0, -4.0])).tolist() == [True, False, False]
    below = Ramp(
        Criterion(property="p_li_mixed_conducting", direction="min", good=0, bad=1, hard_limit=0.9, **TEXT), 0.01
    )
    assert below.fails(np.array([0.89, 0.9, 1.0])).tolist() == [False, True, True]


def test_a_limit_is_a_half_there_and_a_twentieth_a_quarter_of_the_ramp_beyond():
    """The ramp of the conductivity is two decades, so half a decade beyond 1e-5 S/cm leaves 5 %."""
    left = np.exp(Ramp(CASES[0][0], 0.01).log_survival(np.array([-5.5, -5.0, -4.5, -3.0, -9.0])))
    assert left[:3] == pytest.approx([0.05, 0.5, 0.95], abs=1e-3)
    assert left[3] > 0.9999
    assert left[4] == pytest.approx(1e-3)


def test_a_probability_leaves_what_is_expected_and_a_partner_keeps_its_share():
    row = {"property": "p_li_mixed_conducting", "direction": "min", "good": 0.1, "bad": 0.9, "hard_limit": 0.9}
    p = np.array([0.0, 0.25, 1.0])
    alone = Ramp(Criterion(**row, **TEXT), 0.01)
    assert np.exp(alone.log_survival(p)) == pytest.approx([1.0, 0.75, 0.0], abs=2e-3)
    helped = Ramp(Criterion(**row, kept=0.1, partner="interlayer", **TEXT), 0.01)
    assert np.exp(helped.log_survival(p)) == pytest.approx([1.0, 0.1 + 0.9 * 0.75, 0.1])


@pytest.mark.parametrize("criterion", [case[0] for case in CASES])
def test_neither_ramp_nor_limit_has_a_step_or_a_kink(criterion):
    """Second differences shrink with the square of the spacing; at a kink they shrink with the spacing alone."""
    ramp, bends = Ramp(criterion, 0.01), []
    ends = np.ravel([criterion.good, criterion.bad])
    ends = np.log10(ends) if criterion.scale == "log" else ends
    for n in (401, 4001):
        x = ramp.stored(np.linspace(ends.min() - 0.1 * np.ptp(ends), ends.max() + 0.1 * np.ptp(ends), n))
        bends.append(np.abs(np.diff(ramp.desirability(x) * np.exp(ramp.log_survival(x)), 2)).max())
    assert bends[1] < 0.02 * bends[0]
