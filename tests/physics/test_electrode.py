"""Capacity, energy, density and strain of known materials."""

import numpy as np
import pytest

from ssbscreen.core import constants
from ssbscreen.physics import electrode


def test_theoretical_capacities_of_known_cathodes():
    # LiFePO4 170, LiCoO2 274, LiMn2O4 148, S 1672 mAh/g: textbook values from Faraday's law
    assert electrode.capacity_grav(1, 157.76) == pytest.approx(170, abs=0.5)
    assert electrode.capacity_grav(1, 97.87) == pytest.approx(274, abs=0.5)
    assert electrode.capacity_grav(1, 180.81) == pytest.approx(148, abs=0.5)
    assert electrode.capacity_grav(2, 32.06) == pytest.approx(1672, abs=1)


def test_lithium_capacity():
    assert pytest.approx(3861, abs=3) == constants.LI_CAPACITY_GRAV
    assert pytest.approx(2062, abs=3) == constants.LI_CAPACITY_VOL
    # the molar volume of the stability parameter is that of the same metal
    assert pytest.approx(constants.LI_MOLAR_VOLUME, rel=0.01) == constants.LI_MOLAR_MASS / constants.LI_DENSITY * 1e-6


def test_density_of_known_crystals():
    # LiF a = 4.026 angstrom, 4 formula units: 2.64 g/cm3; LLZO a = 12.97, 8 units of 839.7 g/mol: 5.11 g/cm3
    assert electrode.density(4 * 25.94, 4.026**3) == pytest.approx(2.64, abs=0.01)
    assert electrode.density(8 * 839.7, 12.97**3) == pytest.approx(5.11, abs=0.02)


def test_energy_units():
    grav = electrode.capacity_grav(1, 157.76)
    vol = electrode.capacity_vol(grav, 3.6)
    assert electrode.energy_grav(grav, 3.45) == pytest.approx(586, abs=2)  # LiFePO4, Wh/kg
    assert electrode.energy_vol(vol, 3.45) == pytest.approx(586 * 3.6, abs=7)  # Wh/L


def test_average_voltage_of_a_conversion_by_hand():
    # 2 Li + S -> Li2S, experimental formation enthalpy -4.632 eV: 2.32 V
    assert electrode.average_voltage(-4.632, 0.0, 2) == pytest.approx(2.316)


def test_volume_change_keeps_its_sign():
    assert electrode.volume_change_on_charge(98.0, 100.0) == pytest.approx(-0.02)
    assert electrode.volume_change_on_charge(102.0, 100.0) == pytest.approx(0.02)


def test_unsigned_volume_change_takes_the_larger_way_round():
    # LiFePO4 291.0 and FePO4 271.9 cubic angstrom a cell: 6.6 % seen from the large end, 7.0 % from the small one
    signed = electrode.volume_change_on_charge(np.array(271.9), np.array(291.0))
    assert signed == pytest.approx(-0.0656, abs=1e-4)
    assert electrode.max_delta_volume(signed) == pytest.approx(0.0702, abs=1e-4)
    assert electrode.max_delta_volume(-signed / (1 + signed)) == pytest.approx(0.0702, abs=1e-4)  # charged and back
    assert electrode.max_delta_volume(np.zeros((2, 3))).shape == (2, 3)


def test_oxygen_pays_for_what_the_metals_do_not():
    # Li1.2Ni0.13Co0.13Mn0.54O2: Ni2+/4+ and Co3+/4+ give 0.39 electrons, 122 mAh/g of 85.6 g/mol; measured are 248
    # (10.1002/aenm.202403374)
    metals = electrode.capacity_grav(np.array(0.39), np.array(85.6))
    assert metals == pytest.approx(122.0, abs=1.0)
    assert electrode.oxygen_share(np.array([248.0, 100.0, 0.0]), metals) == pytest.approx([0.508, 0.0, 0.0], abs=0.005)
