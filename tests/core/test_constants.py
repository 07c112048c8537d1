"""Constants that are written out are those of CODATA, as scipy holds them."""

import pytest
from scipy import constants as codata

from ssbscreen.core import constants


def test_constants_are_those_of_codata():
    assert pytest.approx(codata.value("Faraday constant"), rel=1e-12) == constants.FARADAY
    assert codata.Avogadro == constants.AVOGADRO
    assert pytest.approx(codata.value("Boltzmann constant in eV/K"), rel=1e-12) == constants.BOLTZMANN_EV
    assert codata.e == constants.ELEMENTARY_CHARGE
    assert pytest.approx(constants.AVOGADRO * constants.ELEMENTARY_CHARGE, rel=1e-14) == constants.FARADAY
    coulomb = 1e10 * codata.e / (4 * codata.pi * codata.epsilon_0)  # CODATA 2018 and 2022 differ by 1e-9
    assert pytest.approx(coulomb, rel=1e-8) == constants.COULOMB
