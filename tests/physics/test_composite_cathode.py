"""Composite cathode: limits, sums by hand, dimensions by scaling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssbscreen.physics import composite_cathode as composite
from ssbscreen.physics import electrode


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


def test_constrained_modulus_between_its_phases():
    """Half and half of 20 and 100 GPa in series: 33.3; a soft phase decides."""
    assert composite.constrained_modulus(100.0, 20.0, 0.5) == pytest.approx(100 / 3)
    assert composite.constrained_modulus(100.0, 20.0, np.array([0.0, 1.0])) == pytest.approx([100.0, 20.0])
    assert composite.constrained_modulus(100.0, 0.003, 0.4) < 0.01


def test_reported_pressures_lie_within_the_spread_of_the_proxy():
    """NMC811 in a sulfide: 2 to 5 MPa in mold cells, up to 250 MPa in others; Li2S 10 to 75 MPa."""
    low, middle, high = 0.001, 0.005, 0.05
    nmc = electrode.misfit_stress(composite.constrained_modulus(100.0, 25.3, 0.38), -0.051, 0.35)
    assert composite.stack_pressure(nmc, low) < 2.0 < composite.stack_pressure(nmc, high)
    assert 2.0 < composite.stack_pressure(nmc, middle) < 15.0
    lithium_sulfide = electrode.misfit_stress(composite.constrained_modulus(77.0, 25.3, 0.45), -0.45, 0.35)
    assert (
        composite.stack_pressure(lithium_sulfide, low) < 10.0 < 75.0 < composite.stack_pressure(lithium_sulfide, high)
    )
