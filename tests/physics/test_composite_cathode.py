"""Composite cathode: limits, sums by hand, dimensions by scaling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssbscreen.physics import composite_cathode as composite


def test_pure_catholyte_without_pores_conducts_like_itself():
    assert composite.catholyte_share(0.0, 4.7, 1.86, 0.0) == pytest.approx(1.0)
    assert composite.effective_conductivity(-3.0, 1.0, 2.5) == pytest.approx(-3.0)


def test_shares_fill_the_volume():
    """Catholyte, active material and pores add up to one."""
    weight, porosity = 0.8, 0.1
    share = composite.catholyte_share(weight, 4.7, 1.86, porosity)
    active = (1 - porosity) * (weight / 4.7) / (weight / 4.7 + (1 - weight) / 1.86)
    assert share + active + porosity == pytest.approx(1.0)


def test_bruggeman_by_hand():
    """A share of 0.4 keeps 0.253 of the conductivity."""
    assert 10 ** composite.effective_conductivity(0.0, 0.4) == pytest.approx(0.253, abs=5e-4)


@given(st.floats(-6, -1), st.floats(0.05, 0.95), st.floats(1.0, 3.0), st.floats(1e-4, 2e-2), st.floats(0.01, 0.5))
def test_usable_thickness_solves_the_drop_and_scales(log10_sigma, share, exponent, current, drop):
    effective = composite.effective_conductivity(log10_sigma, share, exponent)
    thickness = composite.usable_thickness(effective, current, drop)
    assert current * composite.ionic_resistance(effective, thickness) == pytest.approx(drop)
    # V S/cm / (A/cm2) is a length: twice the drop or the conductivity doubles it, twice the current halves it
    assert composite.usable_thickness(effective, current, 2 * drop) == pytest.approx(2 * thickness)
    assert composite.usable_thickness(effective + np.log10(2), current, drop) == pytest.approx(2 * thickness)
    assert composite.usable_thickness(effective, 2 * current, drop) == pytest.approx(thickness / 2)
