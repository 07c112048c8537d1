"""H2S per gram, heat of a cell, recyclable metals: sums by hand and limits."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.chemistry import CLASSES
from ssbscreen.physics.safety import (
    FLAMMABILITY,
    GAS_VOLUME,
    cell_mixture,
    flammability,
    h2s_limits,
    heat_per_gram,
    recyclable_shares,
)


def test_gas_volume_is_that_of_an_ideal_gas():
    assert pytest.approx(8.314462618 * 298.15 / 101325 * 1e6, rel=1e-4) == GAS_VOLUME


def test_h2s_by_hand():
    """Li3PS4, 180.0 g/mol: 4 x 24.465 L / 180.0 g = 544 cm3/g; none from a sulfate, an oxide or a polymer."""
    found = h2s_limits([Composition("Li3PS4"), Composition("Li2SO4"), Composition("Li7La3Zr2O12"), None])
    assert found[0] == pytest.approx(543.6, rel=1e-3)
    assert found[1] == found[2] == 0.0
    assert np.isnan(found[3])


def test_measured_h2s_stays_below_the_limit():
    """Per gram of sulfur 95 cm3 were measured after 300 min at 100 % humidity (10.1002/adma.202100921)."""
    composition = Composition("Li3PS4")
    sulfur = 4 * 32.06 / float(composition.weight)
    assert 94.962 * sulfur < h2s_limits([composition])[0]


def test_heat_units():
    """-1 eV per atom of 10 g/mol: 96485 J per 10 g."""
    assert heat_per_gram(np.array(-1.0), 10.0) == pytest.approx(-9648.5, rel=1e-4)


def test_heat_of_a_lithium_sulfur_cell_is_that_of_forming_li2s():
    """S charged from Li2S with the lithium of Li2S: the heat is the formation enthalpy, whatever stands beside.

    With V = 4.632 eV / 2 (formation enthalpy) the charged state has energy zero; mass 45.95 g/mol.
    """
    mixture = cell_mixture({"Li": 2.0, "S": 1.0}, -4.632, 2.0, 2.316, {"Li": 1.0, "Cl": 1.0}, -4.23, 1.0, 0.0)
    formulas = 45.95 / 42.39
    ground = (-4.632 - 4.23 * formulas) / (3.0 + 2.0 * formulas)  # Li2S and LiCl do not react
    assert mixture.heat(ground) == pytest.approx(-4.632 * 96485 / (2 * 45.95), rel=2e-3)
    assert mixture.n_atoms == pytest.approx(3.0 + 2.0 * formulas, rel=1e-3)


def test_more_inert_electrolyte_dilutes_the_heat():
    heats = []
    for share in (0.5, 2.0):
        mixture = cell_mixture({"Li": 2.0, "S": 1.0}, -4.632, 2.0, 2.316, {"Li": 1.0, "Cl": 1.0}, -4.23, share, 0.0)
        n = share * 45.95 / 42.39
        heats.append(mixture.heat((-4.632 - 4.23 * n) / (3.0 + 2.0 * n)))
    assert heats[0] < heats[1] < 0.0


def test_recyclable_metals_by_weight():
    """LiCoO2: Co 58.93 of 65.87 g of metal; Li7La3Zr2O12 none; LiF none."""
    found = recyclable_shares([Composition("LiCoO2"), Composition("Li7La3Zr2O12"), Composition("Li3AlF6"), None])
    assert found[0] == pytest.approx(58.93 / 65.87, rel=1e-3)
    assert found[1] == 0.0
    assert found[2] == pytest.approx(26.98 / (3 * 6.94 + 26.98), rel=1e-3)
    assert np.isnan(found[3])


def test_every_class_but_other_has_a_word_on_fire():
    assert {row.chemistry_class for row in FLAMMABILITY} == {c.key for c in CLASSES} - {"other"}
    assert flammability("polymer").grade == "combustible"
    assert flammability("other") is None
