"""Weakest-link scaling against brute force, and the modulus against the distribution itself."""

import numpy as np
import pytest
from scipy import stats

from ssbscreen.physics.layer_reliability import large_cell_current, short_probability, weibull_modulus


def test_a_large_layer_is_the_weakest_of_many_small_ones():
    rng, modulus, n = np.random.default_rng(3), 2.5, 64
    scale = 1e-3 / np.log(2.0) ** (1 / modulus)  # a median of 1 mA/cm2
    weakest = (scale * rng.weibull(modulus, size=(20_000, n))).min(axis=1)
    assert np.median(weakest) == pytest.approx(large_cell_current(np.array(1e-3), n, 1.0, np.array(modulus)), rel=0.03)
    for current in (1e-4, 2e-4, 4e-4):
        expected = short_probability(current, np.array(1e-3), n, 1.0, np.array(modulus))
        assert (weakest < current).mean() == pytest.approx(expected, abs=0.015)


@pytest.mark.parametrize("modulus", [1.4, 2.5, 5.0, 8.6, 16.0])
def test_modulus_from_the_relative_scatter(modulus):
    law = stats.weibull_min(modulus)
    assert weibull_modulus(law.std() / law.mean()) == pytest.approx(modulus, rel=0.06)


def test_strength_of_latp():
    """123 +- 17 and 26 +- 2 MPa (J. Power Sources 218, 65 (2012))."""
    assert [weibull_modulus(x) for x in (17 / 123, 2 / 26)] == pytest.approx([8.6, 16.2], abs=0.1)


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="divide std by mean"):
        weibull_modulus(17.0)
