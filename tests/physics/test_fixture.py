"""Plates and rods: beam theory solved numerically, scaling, and a cell that loses its lead."""

import numpy as np
import pytest

from ssbscreen.physics import fixture
from ssbscreen.physics.fixture import energy_with_fixture, fixture_mass, plate_thickness


def _beam(load, width, thickness, n=4001):
    """Largest stress and deflection of a unit strip on two supports, by integrating E I y'''' = q numerically."""
    x = np.linspace(0.0, width, n)
    step = x[1] - x[0]
    moment = load * x * (width - x) / 2.0
    stiffness = fixture.PLATE_MODULUS * thickness**3 / 12.0
    slope = np.concatenate([[0.0], np.cumsum((moment[1:] + moment[:-1]) / 2.0) * step]) / stiffness
    slope -= slope[n // 2]  # level in the middle
    bent = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2.0) * step])
    return 6.0 * moment.max() / thickness**2, np.abs(bent - bent[0]).max()


@pytest.mark.parametrize(("pressure", "span", "bow"), [(0.1, 10.0, 1e-3), (5.0, 10.0, 1e-3), (50.0, 20.0, 0.03)])
def test_the_plate_neither_yields_nor_bows_too_far_and_is_no_thicker_than_that(pressure, span, bow):
    thickness = float(plate_thickness(pressure, span, bow))
    stress, sag = _beam(pressure * 1e6, span * 1e-2, thickness)
    used = stress * fixture.SAFETY / fixture.PLATE_STRENGTH, sag / (bow * span * 1e-2)
    assert max(used) == pytest.approx(1.0, abs=1e-3)


def test_no_pressure_no_weight_and_more_pressure_more_of_it():
    pressures = np.array([0.0, 0.1, 1.0, 5.0, 50.0])
    masses = fixture_mass(pressures, 10.0, 15.0, 1e-3)
    assert masses[0] == 0.0
    assert (np.diff(masses) > 0.0).all()
    left = energy_with_fixture(450.0, 1000.0, masses, 15.0)
    assert left[0] == pytest.approx(450.0)
    assert (np.diff(left) < 0.0).all()


def test_by_hand():
    """5 MPa over 10 cm: plates of 22 mm, 121 kg/m2; rods of 1/60 of the area over 19.5 cm, 25; stack 333 kg/m2."""
    mass = float(fixture_mass(5.0, 10.0, 15.0, 1e-3))
    thickness = (5 / 32 * 5e6 / (68.9e9 * 1e-3)) ** (1 / 3) * 0.1
    assert mass == pytest.approx(2 * 2700 * thickness + 5e6 * 2 / 600e6 * (0.15 + 2 * thickness) * 7850)
    assert float(energy_with_fixture(450.0, 1000.0, mass, 15.0)) == pytest.approx(150000 / (150000 / 450 + mass))


def test_a_lighter_cell_under_high_pressure_loses_to_a_heavier_one():
    light, heavy = (
        float(energy_with_fixture(energy, 1000.0, fixture_mass(pressure, 10.0, 15.0, 1e-3), 15.0))
        for energy, pressure in ((450.0, 20.0), (380.0, 0.5))
    )
    assert light < heavy
