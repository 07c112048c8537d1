"""Creep, yield and stripping of lithium against what was measured."""

import numpy as np
import pytest

from ssbscreen.physics import stripping


def test_creep_of_bulk_lithium():
    """Slowest and fastest test of Masias et al., 10.1007/s10853-018-2971-3: 2.0e-7 and 3.89e-4 1/s; the fit lies within
    a factor of 1.5. A bulk yield strength near 1e-3 1/s is where creep is as fast as the tensile test."""
    rates = stripping.creep_rate(np.array([0.2, 0.6]), 26.0, 0.38)
    assert rates == pytest.approx([2.0e-7, 3.89e-4], rel=0.5)
    assert stripping.creep_rate(np.array(stripping.BULK_YIELD), 26.0, 0.38) == pytest.approx(1.2e-3, rel=0.3)
    assert np.isnan(stripping.creep_rate(np.array([0.1, 5.0]), 26.0, 0.38)).all()


def test_stripping_goes_through_both_measured_currents_and_back():
    currents = stripping.critical_stripping_current(np.array([3.0, 7.0]), 25.0, 0.38)
    assert currents == pytest.approx([2e-4, 1e-3])
    assert stripping.stripping_pressure(currents, 25.0, 0.38) == pytest.approx([3.0, 7.0])
    assert 1.0 < stripping.pressure_exponent() < stripping.CREEP_EXPONENT


def test_warm_lithium_follows_faster():
    warm, cold = (stripping.critical_stripping_current(np.array(5.0), t, 0.38) for t in (60.0, 25.0))
    assert warm / cold == pytest.approx(np.exp(0.38 / 8.617333e-5 * (1 / 298.15 - 1 / 333.15)), rel=1e-6)
    assert stripping.stripping_pressure(1e-3, 60.0, 0.38) < stripping.stripping_pressure(1e-3, 25.0, 0.38)


def test_small_lithium_is_strong():
    """Pillars: 95 to 105 MPa at 1 micrometre, 5 to 16 at 8.5 (osti.gov/biblio/1336848); bulk 0.73 to 0.81."""
    small, pillar, foil = stripping.yield_strength(np.array([1.0, 8.5, 1000.0]))
    assert 95 <= small <= 105
    assert 5 <= pillar <= 16.1
    assert 0.73 <= foil <= 0.81
    assert stripping.yield_strength(np.array(0.1)) == small


def test_a_tough_ceramic_lets_lithium_flow_and_a_weak_one_cracks():
    """A flaw of 1 micrometre: fracture stress K / (1.12 (pi a)^0.5) against three times the yield strength."""
    stress = np.array([1.17, 0.23]) / (1.12 * np.sqrt(np.pi * 1e-6))  # cubic LLZO, a sulfide glass
    llzo, glass = stripping.flow_before_fracture(stress, np.array(1.0))
    assert llzo > 1.5
    assert glass < 0.5
