"""Stability parameter and critical overpotential: published values, both regimes, limits and units."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.optimize import brentq

from ssbscreen.core import constants
from ssbscreen.physics.electrodeposition import critical_overpotential, stability_parameter, stiffness_distance

# Sign change of chi as G_s/G_Li at nu_s = 0.33 (Ahmad and Viswanathan 2017); three digits are published.
STABLE_BELOW = {0.1: 0.707, 0.2: 0.642, 0.5: 0.415, 0.8: 0.165}
STABLE_ABOVE = {1.2: 10.14, 1.5: 4.81, 2.0: 3.13}


def chi_of_ratio(ratio, volume_ratio):
    return float(stability_parameter(ratio * constants.LI_SHEAR_MODULUS, 0.33, volume_ratio))


def test_published_value_and_unit():
    assert chi_of_ratio(1.0, 0.1) == pytest.approx(1.167, abs=5e-4)


@pytest.mark.parametrize(("volume_ratio", "ratio"), STABLE_BELOW.items())
def test_inorganic_regime_is_stable_when_soft(volume_ratio, ratio):
    flip = brentq(chi_of_ratio, 0.5 * ratio, 1.5 * ratio, args=(volume_ratio,))
    assert flip == pytest.approx(ratio, abs=0.001)
    assert chi_of_ratio(0.9 * ratio, volume_ratio) < 0 < chi_of_ratio(1.1 * ratio, volume_ratio)


@pytest.mark.parametrize(("volume_ratio", "ratio"), STABLE_ABOVE.items())
def test_polymer_regime_is_stable_when_stiff(volume_ratio, ratio):
    flip = brentq(chi_of_ratio, 0.5 * ratio, 1.5 * ratio, args=(volume_ratio,))
    assert flip == pytest.approx(ratio, rel=0.001)
    assert chi_of_ratio(1.1 * ratio, volume_ratio) < 0 < chi_of_ratio(0.9 * ratio, volume_ratio)


@pytest.mark.parametrize("stiffness", [8.5, 60.0, 150.0])
def test_the_stiffness_gate_does_not_save_ceramics(stiffness):
    assert stability_parameter(stiffness, 0.26, 0.1) > 0


def test_surface_tension_stabilises_short_waves():
    assert stability_parameter(60.0, 0.26, 0.1, wave_number=1e13) < 0
    assert stability_parameter(60.0, 0.26, 0.1, wave_number=1e6) > 0


def test_broadcasts_over_candidates_and_draws():
    chi = stability_parameter(np.ones((4, 1)) * 10, np.full((1, 7), 0.3), 0.1, wave_number=np.full((4, 7), 1e8))
    assert chi.shape == (4, 7)
    assert np.isnan(stability_parameter(np.array([np.nan, 3.0]), 0.3, 0.1)).tolist() == [True, False]


def test_overpotential_balances_pressure_and_fracture_stress():
    toughness, flaw = 1.17, 1.0  # LLZO, 1 um
    eta = critical_overpotential(toughness, flaw)
    pressure = constants.FARADAY * eta / constants.LI_MOLAR_VOLUME
    fracture_stress = toughness * 1e6 / (1.12 * np.sqrt(np.pi * flaw * 1e-6))
    assert pressure == pytest.approx(fracture_stress)
    assert pressure == pytest.approx(0.589e9, rel=0.01)  # 589 MPa for that flaw, worked out by hand
    assert eta == pytest.approx(0.0794, rel=0.01)


@given(st.floats(0.01, 10), st.floats(0.01, 100))
def test_tougher_is_better_and_deeper_flaws_are_worse(toughness, flaw):
    eta = critical_overpotential(toughness, flaw)
    assert critical_overpotential(2 * toughness, flaw) == pytest.approx(2 * eta)
    assert critical_overpotential(toughness, 4 * flaw) == pytest.approx(eta / 2)


@pytest.mark.parametrize(("volume_ratio", "ratio"), [*STABLE_BELOW.items(), *STABLE_ABOVE.items()])
def test_distance_to_the_published_sign_change(volume_ratio, ratio):
    edge = ratio * constants.LI_SHEAR_MODULUS
    outside = 10.0 * edge if volume_ratio < 1.0 else 0.1 * edge
    assert float(stiffness_distance(outside, 0.33, volume_ratio)) == pytest.approx(1.0, abs=0.002)
    assert float(stiffness_distance(edge**2 / outside, 0.33, volume_ratio)) == 0.0


@given(st.floats(0.05, 2.5), st.floats(0.05, 0.49), st.floats(-3.5, 2.5), st.floats(6.0, 8.0))
@example(1.0, 0.25, 0.0, 6.0)  # the parabola is a line
def test_distance_is_that_to_the_nearest_stable_modulus(volume_ratio, poisson_ratio, log_modulus, log_wave):
    moduli = np.linspace(-6.0, 5.0, 11_001)
    wave = 10.0**log_wave
    is_stable = stability_parameter(10.0**moduli, poisson_ratio, volume_ratio, wave_number=wave) < 0.0
    found = float(stiffness_distance(10.0**log_modulus, poisson_ratio, volume_ratio, wave_number=wave))
    brute = np.abs(moduli[is_stable] - log_modulus).min() if is_stable.any() else np.inf
    if is_stable.any() or found < 2.0:
        assert found == pytest.approx(brute, abs=0.0011)


def test_a_soft_polymer_is_further_from_stable_plating_than_a_ceramic():
    """Where chi alone calls PEO (1.8 kJ/(mol nm)) nearly as good as stable, and LLZO (52) hopeless."""
    peo, llzo = (float(stiffness_distance(*of)) for of in ((0.0007, 0.45, 1.5), (59.6, 0.26, 0.1)))
    assert peo > 4.0 > 2.0 > llzo > 1.0
