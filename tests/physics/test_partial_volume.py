"""Room of Li+: coordinations of known structures, spheres by hand, order of the estimates."""

import numpy as np
import pytest

from ssbscreen.core.crystal import Crystal
from ssbscreen.physics.partial_volume import LI_METAL_VOLUME, li_volume_ratio, lithium_coordination, sphere_volume


def _cubic(a, sites):
    numbers = np.array([z for z, _ in sites])
    return Crystal.ordered(np.eye(3) * a, np.array([f for _, f in sites], dtype=float), numbers)


def _rock_salt(a, z):
    corners = [(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)]
    return _cubic(a, [(3, c) for c in corners] + [(z, np.add(c, (0.5, 0, 0)) % 1) for c in corners])


def test_coordination_of_textbook_structures():
    """LiF and LiCl (rock salt) 6; Li2O (antifluorite) 4."""
    assert lithium_coordination(_rock_salt(4.026, 9)) == pytest.approx(6.0, abs=0.01)
    assert lithium_coordination(_rock_salt(5.13, 17)) == pytest.approx(6.0, abs=0.01)
    oxygens = [(8, c) for c in ((0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0))]
    lithium = [(3, (x, y, z)) for x in (0.25, 0.75) for y in (0.25, 0.75) for z in (0.25, 0.75)]
    assert lithium_coordination(_cubic(4.62, oxygens + lithium)) == pytest.approx(4.0, abs=0.01)


def test_a_supercell_a_shift_and_a_skewed_cell_change_nothing():
    cell = _rock_salt(4.026, 9)
    double = Crystal.ordered(
        cell.lattice * np.array([[2], [1], [1]]),
        np.concatenate([cell.frac / (2, 1, 1), cell.frac / (2, 1, 1) + (0.5, 0, 0)]),
        np.tile(cell.occupant_z, 2),
    )
    shifted = Crystal.ordered(cell.lattice, (cell.frac + 0.37) % 1, cell.occupant_z)
    primitive = Crystal.ordered(
        4.026 * np.array([[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]),
        np.array([[0, 0, 0], [0.5, 0.5, 0.5]]),
        np.array([3, 9]),
    )
    for other in (double, shifted, primitive):
        assert lithium_coordination(other) == pytest.approx(6.0, abs=0.01)


def test_sites_that_see_no_anion_and_anions_on_the_site_itself_do_not_count():
    rock_salt = _rock_salt(4.026, 9)
    filled = np.append(np.where(rock_salt.occupant_z == 3, 0.9, 1.0), np.full(4, 0.1))
    site, z = np.append(np.arange(8), np.arange(4)), np.append(rock_salt.occupant_z, np.full(4, 9))
    mixed = Crystal(rock_salt.lattice, rock_salt.frac, site, z, filled)  # a tenth of lithium's places hold fluorine
    assert lithium_coordination(mixed) == pytest.approx(6.0, abs=0.01)
    lone = _cubic(20.0, [(3, (0.5, 0.5, 0.5)), (3, (0, 0, 0)), (9, (0.1, 0, 0)), (9, (0, 0.1, 0))])
    assert lithium_coordination(lone) == pytest.approx(2.0)


def test_no_lithium_or_no_anion_gives_nothing():
    assert np.isnan(lithium_coordination(_cubic(5.0, [(11, (0, 0, 0)), (17, (0.5, 0.5, 0.5))])))
    assert np.isnan(lithium_coordination(_cubic(3.5, [(3, (0, 0, 0))])))


def test_spheres_by_hand():
    """4/3 pi 0.59^3 = 0.860 and 4/3 pi 0.76^3 = 1.839 cubic angstrom; lithium metal 21.6 an atom."""
    assert sphere_volume(np.array([4.0, 6.0])) == pytest.approx([0.860, 1.839], abs=0.001)
    assert pytest.approx(21.6, abs=0.05) == LI_METAL_VOLUME


def test_estimates_stay_in_the_inorganic_regime_and_bracket_the_value():
    found = li_volume_ratio(
        np.array(["sulfide", "oxide", "halide", "polymer", "nitride"]), np.array([4.0, np.nan, 6.0, np.nan, 4.0])
    )
    assert (found.low[:3] <= found.value[:3]).all()
    assert (found.value[:3] <= found.high[:3]).all()
    assert (found.high[:3] < 1.0).all()
    assert found.low[0] == pytest.approx(0.860 / LI_METAL_VOLUME, rel=1e-3)
    assert np.isnan(found.value[3:]).all()
