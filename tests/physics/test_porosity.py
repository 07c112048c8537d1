"""Pores: the pairs that were read come back, Bruggeman's law, and what is not known."""

import pytest

from ssbscreen.physics.porosity import BRUGGEMAN, densified, densified_of, kept, porous_pairs


@pytest.mark.parametrize("pair", porous_pairs(), ids=lambda p: f"{p.material} {p.key}")
def test_a_pair_leads_from_its_dense_to_its_porous_value(pair):
    ratio = (pair.porous / pair.dense) ** pair.power
    assert pair.dense_value * ratio == pytest.approx(pair.porous_value)
    low, high = kept(pair.key, pair.porous)
    assert low <= pair.porous**pair.power <= high


def test_published_stiffness_of_porous_garnet():
    """Ni et al.: 149.8 GPa at 3 % and 132.6 at 6 % porosity, a power of 3.9; a dense body has 169 GPa."""
    (pair,) = (p for p in porous_pairs() if p.key == "youngs_modulus")
    assert pair.power == pytest.approx(3.88, abs=0.02)


def test_the_groups_disagree_about_toughness():
    low, high = kept("fracture_toughness", 0.85)
    assert low < 0.35
    assert high > 2.0


def test_conductivity_is_known_from_above_alone():
    assert kept("ionic_conductivity", 1.0) == (0.0, 1.0)
    assert kept("ionic_conductivity", 0.9)[1] == pytest.approx(0.9**BRUGGEMAN)
    assert kept("band_gap", 0.9) is None


def test_densities_are_shares_and_name_their_source():
    assert {row.chemistry_class for row in densified()} == {"sulfide", "halide", "hydride", "oxide"}
    for row in densified():
        assert 0.5 < row.density < 1.0
        assert "http" in row.source or "10." in row.source
    (cold,) = densified_of("sulfide")
    assert cold.text() == "Li3PS4 90% dense, cold pressed at 510 MPa"
    assert densified_of("oxide")[0].text() == "Ga-LLZO 95% dense, sintered at 1130 degree C"
