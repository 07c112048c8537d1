"""Outcome of contact with lithium: product table, shares, probabilities, published classes."""

import numpy as np
import pytest

from ssbscreen.core import constants
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics import lithium_interphase
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interphase_products import product_of, product_table
from ssbscreen.physics.lithium_interphase import li_outcome, probability_stable
from ssbscreen.physics.phase_stability import evaluate
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE

HAND = ReferencePhases(
    ("Li2S", "Li3P", "GeS2", "Li15Ge4", "LiCl", "YCl3", "P2S5"),
    np.array([-1.5, -0.7, -0.55, -0.33, -2.1, -2.6, -0.35]),
    "hand",
    "1",
)


def outcome(formulas, energies, **options):
    return li_outcome(evaluate(formulas, np.atleast_2d(energies), PhaseLibrary(HAND)), **options)


def test_table_rows_are_complete():
    table = product_table()
    assert len(table) > 200
    for phase, product in table.items():
        assert product.reason, phase
        assert product.source, phase
        assert (product.source == "none found") <= (product.conducts is None), phase  # nothing guessed from a formula
        assert not product.volume_per_atom < 5, phase
        assert not product.volume_per_atom > 60, phase
        parse_formula(phase)


def test_known_products():
    # insulators and conductors that the interphase papers name
    assert all(product_of(p).conducts is False for p in ("Li2S", "Li2O", "Li3P", "Li3N", "LiF", "LiCl", "La2O3"))
    assert all(product_of(p).conducts is True for p in ("Li15Ge4", "Ti3P", "TiAl", "Li9Al4", "Ti6O", "Y", "Li17Sn4"))
    assert product_of("Li7XeO9").conducts is None  # never seen: not guessed


@pytest.mark.parametrize(
    ("phase", "cell_volume", "n_atoms"),
    [("Li2S", 5.72**3, 12), ("LiF", 4.03**3, 8), ("LiCl", 5.13**3, 8), ("Li2O", 4.62**3, 12), ("MgO", 4.21**3, 8)],
)
def test_volumes_of_cubic_products(phase, cell_volume, n_atoms):
    # lattice constants of the antifluorite and rock-salt crystals, angstrom; PBE cells are 0 to 5 % larger
    assert product_of(phase).volume_per_atom == pytest.approx(cell_volume / n_atoms, rel=0.06)


@pytest.mark.parametrize(("phase", "volume", "error"), [("Li15Ge4", 10.72**3 / 76, 0.05), ("TiAl", 65.2 / 4, 0.1)])
def test_volumes_of_alloys(phase, volume, error):
    # Li15Ge4 cubic, a = 10.72 angstrom, 76 atoms; gamma-TiAl tetragonal, a = 4.00, c = 4.07 angstrom, 4 atoms
    assert product_of(phase).volume_per_atom == pytest.approx(volume, rel=error)


def test_three_outcomes_sum_to_one_and_follow_the_products():
    result = outcome(["Li3PS4", "Li4GeS4", "Li2S", "Li3YCl6"], [[-1.2], [-1.2], [-1.5], [-2.3]])
    total = result.p_stable + result.p_passivating + result.p_mixed_conducting
    assert total == pytest.approx(np.ones(4))
    assert result.p_passivating[0] > 0.8
    assert result.p_mixed_conducting[1] > 0.8
    assert result.p_stable[2] == 1.0  # lithium leaves Li2S as it is, whatever the error of its energy
    assert result.p_mixed_conducting[3] > 0.8


def test_missing_stays_missing():
    result = outcome(["Li3ScCl6", "Li3PS4"], [[-1.2], [np.nan]])
    assert np.isnan(result.p_stable[0])
    assert np.isnan(result.p_mixed_conducting[0])
    assert result.products[0] == ()
    assert np.isfinite(result.p_stable[1])  # no own energy: the hull stands in


def test_probability_stable_uses_draws_and_reaction_error():
    assert probability_stable(np.array([-0.03])) == pytest.approx(0.5)
    assert probability_stable(np.array([0.0, -1.0]), reaction_std=0.0) == 0.5
    assert probability_stable(np.array([-0.03 - 0.024])) == pytest.approx(0.1587, abs=1e-3)
    wide = probability_stable(np.random.default_rng(0).normal(-0.2, 0.2, 4000))
    assert 0.15 < wide < 0.25  # 0.85 standard deviations away


def test_lithium_balance_by_hand():
    # Li3PS4 + 8 Li -> Li3P + 4 Li2S: 1 Li per atom of electrolyte; the metal has 21.6 cubic angstrom per Li
    result = outcome(["Li3PS4"], [[-1.2]])
    assert result.li_uptake[0] == pytest.approx(1.0, abs=1e-6)
    assert pytest.approx(21.6, abs=0.1) == lithium_interphase.LI_VOLUME
    assert result.li_consumed(np.array([20.0]))[0] == pytest.approx(21.6 / 20, rel=0.01)
    volume = (4 * product_of("Li3P").volume_per_atom + 12 * product_of("Li2S").volume_per_atom) / 8
    assert result.pilling_bedworth_ratio(np.array([20.0]))[0] == pytest.approx(volume / 20, rel=1e-4)
    assert pytest.approx(21.6, abs=0.1) == constants.LI_MOLAR_VOLUME / constants.AVOGADRO * 1e30


# Classes as Zhu, He, Mo 2015, 10.1021/acsami.5b07517, assign them.
CLASSES = {
    "Li0.33La0.557TiO3": "mixed",
    "Li1.5Al0.5Ge1.5P3O12": "mixed",
    "Li1.3Al0.3Ti1.7(PO4)3": "mixed",
    "Li10GeP2S12": "mixed",
    "Li3.25Ge0.25P0.75S4": "mixed",
    "Li3PS4": "passivating",
    "Li7P3S11": "passivating",
    "Li6PS5Cl": "passivating",
    "Li7P2S8I": "passivating",
    "Li2PO2N": "passivating",
    "LiF": "stable",
    "Li2O": "stable",
    "Li3P": "stable",
    "Li3N": "stable",
    "Li7La3Zr2O12": "stable",  # driving force of only 0.02 eV/atom, the paper says
}


@pytest.mark.parametrize("formula", CLASSES)
def test_published_classes(formula):
    library = PhaseLibrary(SOURCE.load_phases(EMBEDDED))
    result = li_outcome(evaluate([formula], np.array([[np.nan]]), library), use_reports=False)
    chance = {
        "stable": result.p_stable[0],
        "passivating": result.p_passivating[0],
        "mixed": result.p_mixed_conducting[0],
    }
    assert max(chance, key=chance.get) == CLASSES[formula], chance
    assert result.n_reports[0] == 0
