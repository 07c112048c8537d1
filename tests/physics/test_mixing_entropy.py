"""Ideal entropy of mixing against counting and closed forms."""

from __future__ import annotations

from math import comb, log

import numpy as np
import pytest

from ssbscreen.core.crystal import Crystal
from ssbscreen.physics.mixing_entropy import mixing_energy, mixing_entropy


def crystal(frac: list[list[float]], held: list[dict[int, float]]) -> Crystal:
    """Cubic cell of 10 angstrom."""
    rows = [(site, z, share) for site, content in enumerate(held) for z, share in content.items()]
    site, z, share = (np.array(column) for column in zip(*rows, strict=True))
    return Crystal(10.0 * np.eye(3), np.array(frac), site, z, share)


def test_half_filled_sites_are_worth_the_logarithm_of_the_ways_to_fill_them() -> None:
    """ln(n choose n/2) of many sites, per atom, tends to 2 ln 2: half of the sites hold an atom."""
    frac = [[x / 10, 0.0, 0.0] for x in (0, 3, 6)]
    found = mixing_entropy(crystal(frac, [{3: 0.5}] * 3))
    n = 4000
    assert found == pytest.approx(log(comb(n, n // 2)) / (n / 2), rel=2e-3)


def test_a_split_site_has_as_many_states_as_places() -> None:
    """One atom on two places 0.7 angstrom apart: two states, so ln 2 an atom, not 2 ln 2."""
    assert mixing_entropy(crystal([[0, 0, 0], [0.07, 0, 0]], [{3: 0.5}] * 2)) == pytest.approx(log(2.0))
    apart = mixing_entropy(crystal([[0, 0, 0], [0.3, 0, 0]], [{3: 0.5}] * 2))
    assert apart == pytest.approx(2.0 * log(2.0))
    beside = crystal([[0.5, 0.5, 0.5], [0, 0, 0], [0.3, 0, 0], [0.07, 0, 0]], [{8: 1.0}, *[{3: 0.5}] * 3])
    assert mixing_entropy(beside) == pytest.approx(2.0 * log(2.0) / 2.5)  # an oxide ion, a split site and one alone


def test_places_that_hold_more_than_one_atom_count_one_by_one() -> None:
    crowded = mixing_entropy(crystal([[0, 0, 0], [0.07, 0, 0]], [{3: 0.8}] * 2))
    assert crowded == pytest.approx(-(0.8 * log(0.8) + 0.2 * log(0.2)) / 0.8)


def test_mixed_site_ordered_crystal_and_temperature() -> None:
    mixed = mixing_entropy(crystal([[0, 0, 0], [0.5, 0.5, 0.5]], [{17: 0.25, 35: 0.75}, {3: 1.0}]))
    assert mixed == pytest.approx(-(0.25 * log(0.25) + 0.75 * log(0.75)) / 2.0)
    assert mixing_entropy(crystal([[0, 0, 0]], [{3: 1.0}])) == 0.0
    assert mixing_energy(np.array([1.0]), 25.0)[0] == pytest.approx(0.025693, rel=1e-4)  # k T at 298.15 K, CODATA
