"""Arrhenius conversion, separator resistance and voltage loss."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssbscreen.core.constants import BOLTZMANN_EV
from ssbscreen.physics import transport


def test_arrhenius_by_hand():
    # 0.30 eV from 25 to 100 degree C: exp(0.3/k (1/298.15 - 1/373.15)) * 298.15/373.15 = 10.44 * 0.799
    gain = 10 ** (transport.conductivity_at(-4.0, 0.30, 100.0) + 4.0)
    assert gain == pytest.approx(8.34, rel=0.005)


@given(st.floats(-10, -1), st.floats(0.05, 1.2), st.floats(-50, 400))
def test_there_and_back(log_sigma, energy, temperature):
    there = transport.conductivity_at(log_sigma, energy, temperature)
    assert transport.conductivity_at(there, energy, 25.0, temperature) == pytest.approx(log_sigma, abs=1e-9)


@given(st.floats(-8, -1), st.floats(0.1, 1.0))
def test_temperature_of_1_ms_is_a_root(log_sigma, energy):
    t = transport.critical_temperature(log_sigma, energy)
    hottest = energy / BOLTZMANN_EV - 273.15  # sigma falls again beyond T = Ea/k
    if np.isinf(t):
        peak = transport.conductivity_at(log_sigma, energy, min(hottest, 5000 - 273.15))
        assert peak < -3.0 or energy / BOLTZMANN_EV < 298.15
    else:
        assert transport.conductivity_at(log_sigma, energy, t) == pytest.approx(-3.0, abs=1e-6)


def test_temperature_at_the_reference_and_missing_cases():
    assert transport.critical_temperature(-3.0, 0.3) == pytest.approx(25.0, abs=1e-6)
    out = transport.critical_temperature(np.array([-2.0, -6.0, np.nan, -6.0]), np.array([0.3, 0.5, 0.3, np.nan]))
    assert out[0] < 25.0 < out[1]
    assert np.isnan(out[2:]).all()
    assert transport.critical_temperature(-6.0, -0.1) == np.inf  # it never rises
    assert transport.critical_temperature(-6.0, 0.02) == np.inf  # nor far enough: 1/T wins from 232 K on
    assert transport.critical_temperature(-2.0, 0.0) == pytest.approx(-272.15)


def test_separator_resistance_and_loss():
    # 20 um at 1e-3 S/cm: 2 ohm cm2, 20 mV at 10 mA/cm2; 1e-2 S/cm saves only 18 mV
    asr = transport.area_specific_resistance(np.array([-3.0, -2.0]), 20.0)
    assert asr == pytest.approx([2.0, 0.2])
    assert transport.voltage_drop(asr, 10e-3) == pytest.approx([0.020, 0.002])
    assert transport.area_specific_resistance(-3.0, 20.0, 5.0) == pytest.approx(7.0)


@given(st.floats(-12, -1), st.floats(0.1, 2.0), st.floats(-273.15, -60.0))
def test_temperature_of_a_polymer_is_a_root(log_sigma, energy, freezing):
    found = transport.vogel_temperature_of(-3.0, log_sigma, energy, freezing)
    if np.isfinite(found) and found > freezing + 1.01:
        there = transport.conductivity_at(log_sigma, energy, found, 25.0, freezing)
        assert there == pytest.approx(-3.0, abs=1e-6)
    elif np.isinf(found):
        hot = np.linspace(freezing + 5.0, 4000.0, 500)
        assert (transport.conductivity_at(log_sigma, energy, hot, 25.0, freezing) < -3.0).all()


def test_vogel_temperature_at_absolute_zero_is_the_law_of_arrhenius():
    energy = np.array([0.2, 0.5, 0.9])
    assert transport.vogel_temperature_of(-3.0, -5.0, energy, -273.15) == pytest.approx(
        transport.critical_temperature(-5.0, energy), abs=1e-6
    )
