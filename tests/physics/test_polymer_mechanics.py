"""Glassy below the glass transition, soft above, missing without one."""

import numpy as np

from ssbscreen.physics.polymer_mechanics import GLASSY_SHEAR_MODULUS, drawn_modulus, shear_modulus


def test_each_draw_is_in_one_state():
    transition = np.array([-60.0, 24.0, 26.0, 105.0, np.nan])
    found = shear_modulus(transition, 25.0, 1.0, 0.001)
    assert found[:4].tolist() == [0.001, 0.001, 1.0, 1.0]
    assert np.isnan(found[4])


def test_a_film_softens_when_its_crystals_melt():
    found = shear_modulus(np.array([-60.0, -60.0, 105.0]), 70.0, 1.0, 0.03, 0.0007, np.array([False, True, True]))
    assert found.tolist() == [0.03, 0.0007, 1.0]


def test_glasses_have_the_stiffness_of_their_youngs_moduli():
    """PMMA 3.0 to 3.3 and polystyrene 3.4 GPa with a Poisson's ratio of 0.35 are 1.1 to 1.26 GPa in shear."""
    drawn = 10.0 ** drawn_modulus(GLASSY_SHEAR_MODULUS, np.random.default_rng(0).standard_normal(20_000))
    low, median, high = np.quantile(drawn, (0.05, 0.5, 0.95))
    assert np.allclose(
        (low, median, high), [getattr(GLASSY_SHEAR_MODULUS, k) for k in ("low", "value", "high")], rtol=0.03
    )
    assert (drawn > 0.0).all()
    assert low < 3.0 / 2.7 < high
