"""Contact of a growing particle: Lame's limit, the flowing shell integrated numerically, order of cathodes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from ssbscreen.physics import contact

RIGID = 1e9  # GPa
SULFIDE = {"youngs_modulus": 22.1, "poisson_ratio": 0.37, "strength": 0.32, "particle_modulus": 100.0}


def test_tabor():
    """Mild steel yields near 250 MPa and has a hardness of about 0.75 GPa; a missing hardness stays missing."""
    assert contact.yield_strength(0.75) == pytest.approx(0.25)
    assert np.isnan(contact.yield_strength(np.nan))


def test_growth_takes_the_way_up():
    assert contact.growth_strain(np.array([0.331, 0.0])) == pytest.approx([0.1, 0.0])
    assert contact.growth_strain(-1.0 + 1.0 / 1.331) == pytest.approx(0.1)


def test_small_strain_is_lame():
    """Rigid sphere pushed into an infinite elastic body: p = 2 E strain / (1 + nu); no strength, no flow."""
    stress = contact.misfit_stress(0.003, 20.0, 0.3, np.nan, RIGID)
    assert stress == pytest.approx(2 * 20e3 * contact.growth_strain(0.003) / 1.3, rel=1e-4)


@given(st.floats(1.0, 150.0), st.floats(0.1, 0.45), st.floats(0.005, 0.05), st.floats(2.0, 30.0))
def test_flowing_shell_against_integration(modulus, nu, ratio, zone):
    """Equilibrium and elastic compression through the shell that flows, from its rim inwards, by Runge and Kutta."""
    strength = ratio * modulus
    rim = zone ** (1.0 / 3.0)  # the hole has radius 1
    start = [-2.0 / 3.0 * strength, strength * (1.0 + nu) / (3.0 * modulus) * rim]

    def slopes(r, state):
        radial, moved = state
        volume = (1.0 - 2.0 * nu) / modulus * (3.0 * radial + 2.0 * strength)
        return [2.0 * strength / r, volume - 2.0 * moved / r]

    radial, opened = solve_ivp(slopes, (rim, 1.0), start, rtol=1e-10, atol=1e-12).y[:, -1]
    change = (1.0 + opened) ** 3 - 1.0
    assert contact.misfit_stress(change, modulus, nu, strength, RIGID) == pytest.approx(-1e3 * radial, rel=1e-4)


def test_no_step_where_flow_begins_and_never_above_the_elastic_stress():
    change = np.linspace(0.0, 0.8, 4000)
    stress, elastic = contact.misfit_stress(change, **SULFIDE), contact.misfit_stress(change, 22.1, 0.37, np.nan, 100.0)
    assert (np.diff(stress) > 0.0).all()
    assert (np.diff(stress) <= np.diff(elastic)[:1] * 1.001).all()
    assert (stress <= elastic * (1 + 1e-9)).all()


def test_lithium_sulfide_in_a_soft_sulfide_presses_below_its_hardness():
    """15 GPa without flow (referee); no more than the hardness of 0.96 GPa can be pushed into a body."""
    stress = contact.misfit_stress(-0.45, **SULFIDE)
    assert 300.0 < stress < 960.0
    assert contact.misfit_stress(-0.45, 22.1, 0.37, np.nan, 100.0) > 4000.0


def test_reported_pressures_lie_within_the_spread_of_the_proxy():
    """NMC811 in a sulfide: 2 to 5 MPa in mold cells, up to 250 MPa in others; Li2S 10 to 75 MPa."""
    low, middle, high = 0.004, 0.015, 0.1
    nmc, lithium_sulfide = (contact.misfit_stress(change, **SULFIDE) for change in (-0.051, -0.45))
    assert contact.stack_pressure(nmc, low) < 2.0 < 5.0 < contact.stack_pressure(nmc, high)
    assert 2.0 < contact.stack_pressure(nmc, middle) < 10.0 < contact.stack_pressure(lithium_sulfide, middle)
    assert contact.stack_pressure(lithium_sulfide, low) < 10.0 < 75.0 < contact.stack_pressure(lithium_sulfide, high)
