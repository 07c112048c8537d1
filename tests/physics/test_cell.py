"""The stack model against the three published reference stacks."""

import numpy as np
import pytest

from ssbscreen.physics import cell
from ssbscreen.physics.cell import Stack

# density, active share, Wh/kg at 3 and at 8 mAh/cm2. The reference values are rounded ones: 1 % is enough.
STACKS = {"Li6PS5Cl": (1.86, 0.8, 405, 512), "LLZO": (5.1, 0.7, 306, 417), "PEO-LiTFSI": (1.31, 0.8, 422, 522)}


@pytest.mark.parametrize("name", STACKS)
def test_reference_stacks(name):
    density, fraction, thin, thick = STACKS[name]
    energy = cell.cell_energy_grav(np.array([3.0, 8.0]), density, Stack(active_fraction=fraction))
    assert energy == pytest.approx([thin, thick], rel=0.01)


@pytest.mark.parametrize("name", STACKS)
def test_areal_capacity_for_500_solves_the_model(name):
    density, fraction, _, _ = STACKS[name]
    capacity = cell.areal_capacity_for(500.0, density, Stack(active_fraction=fraction))
    assert cell.cell_energy_grav(capacity, density, Stack(active_fraction=fraction)) == pytest.approx(500.0)


def test_a_target_beyond_the_composite_is_missing():
    # 3.8 V * 200 mAh/g * 0.8 = 608 Wh/kg is the limit of an endlessly thick cathode
    assert np.isnan(cell.areal_capacity_for(610.0, 1.86, Stack()))
    assert cell.areal_capacity_for(600.0, 1.86, Stack()) > 50
    assert cell.cell_energy_grav(1e6, 1.86, Stack()) == pytest.approx(608, rel=1e-4)


def test_lighter_electrolyte_is_never_worse():
    density = np.linspace(1.0, 7.0, 20)
    assert (np.diff(cell.cell_energy_grav(3.0, density, Stack())) < 0).all()
    assert (np.diff(cell.cell_energy_vol(3.0, density, Stack())) > 0).all()  # dense catholyte is thin


def test_stack_thickness_by_hand():
    # 3 mAh/cm2: 15 mg active / 4.7 = 31.9 um, 3.75 mg catholyte / 1.86 = 20.2 um, solid 52.1, with 5 %
    # pores 54.8; Li 30 + 14.5; separator 20; half foils 8: 127.3 um
    thickness = cell.stack_thickness(3.0, 1.86, Stack())
    assert thickness == pytest.approx(127.3, abs=0.3)
    assert cell.cell_energy_vol(3.0, 1.86, Stack()) == pytest.approx(3 * 3.8 / 127.3e-4, rel=0.003)


def test_thickness_swing():
    # 4.85 um of lithium per mAh/cm2; contraction of the cathode offsets it
    still, shrinking = (cell.thickness_swing(3.0, dv, Stack()) for dv in (0.0, -0.05))
    assert still == pytest.approx(14.55, abs=0.03)
    assert still - shrinking == pytest.approx(0.05 * 31.9, abs=0.02)
