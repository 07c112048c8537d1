"""Ramps against numpy.interp, limits, and the inverse for what nothing is known about."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssbscreen.ranking.criteria import Criterion
from ssbscreen.ranking.desirability import Ramp

TEXT = {"group": "window", "citation": "test", "test": "test"}
WINDOW = Criterion(property="average_voltage", direction="window", good=(2.0, 3.0), bad=(1.0, 5.0), **TEXT)
CASES = [
    (
        Criterion(
            property="ionic_conductivity", direction="max", scale="log", good=1e-3, bad=1e-5, hard_limit=1e-5, **TEXT
        ),
        [-7, -5, -4, -3, -1],
        [0.01, 0.01, 0.5, 1, 1],
    ),
    (
        Criterion(property="ionic_conductivity", direction="max", good=1e-3, bad=1e-5, **TEXT),
        [-5, np.log10(5.05e-4), -3],
        [0.01, 0.5, 1],
    ),
    (
        Criterion(property="raw_material_cost", direction="min", scale="log", good=10, bad=1000, **TEXT),
        [1, 10, 100, 1000, 0.0],
        [1, 1, 0.5, 0.01, 1],
    ),
    (
        Criterion(property="oxidation_limit", direction="max", good=4.3, bad=2.0, **TEXT),
        [-1, 2.0, 3.15, 4.3],
        [0.01, 0.01, 0.5, 1],
    ),
    (WINDOW, [0, 1, 1.5, 2, 2.5, 3, 4, 5, 6], [0.01, 0.01, 0.5, 1, 1, 1, 0.5, 0.01, 0.01]),
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
    assert ramp.desirability(ramp.inverse(share)) == pytest.approx(np.maximum(share, 0.01), abs=1e-6)


def test_limits_at_least_and_below():
    least = Ramp(CASES[0][0], 0.01)
    assert least.fails(np.array([-5.1, -5.0, -4.0])).tolist() == [True, False, False]
    below = Ramp(
        Criterion(property="p_li_mixed_conducting", direction="min", good=0, bad=1, hard_limit=0.9, **TEXT), 0.01
    )
    assert below.fails(np.array([0.89, 0.9, 1.0])).tolist() == [False, True, True]
