"""Ewald's sum against pymatgen's, against a closed form, and under what must not change it."""

import numpy as np
import pytest
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.core import Lattice, Structure

from ssbscreen.featurize import ewald

_SKEWED = np.array([[4.1, 0.3, -0.8], [1.2, 5.9, 0.4], [-2.1, 1.7, 7.3]])


def random_charges(n, seed=0):
    generator = np.random.default_rng(seed)
    charge = generator.normal(size=n)
    return generator.random((n, 3)), charge - charge.mean()


@pytest.mark.parametrize(("lattice", "n"), [(_SKEWED, 9), (np.diag([3.0, 4.0, 21.0]), 6), (np.eye(3) * 11.0, 40)])
def test_site_energies_are_those_of_pymatgen(lattice, n):
    frac, charge = random_charges(n, n)
    structure = Structure(Lattice(lattice), ["Li"] * n, frac)
    structure.add_oxidation_state_by_site(charge.tolist())
    theirs = EwaldSummation(structure)
    own = ewald.site_energies(lattice, frac, charge)
    assert own == pytest.approx(theirs.total_energy_matrix.sum(axis=1), abs=1e-8)
    assert own.sum() == pytest.approx(theirs.total_energy, abs=1e-8)


def test_caesium_chloride_has_its_madelung_energy():
    own = ewald.site_energies(np.eye(3) * 4.0, np.array([[0, 0, 0], [0.5, 0.5, 0.5]]), np.array([1.0, -1.0]))
    madelung = 1.76267477  # of the nearest distance; D. R. Lide, CRC Handbook of Chemistry and Physics, section 12
    assert own.sum() == pytest.approx(-madelung * 14.399645 / (4.0 * 0.75**0.5), rel=1e-6)


def test_balance_of_the_sums_origin_and_cell_change_nothing(monkeypatch):
    frac, charge = random_charges(8)
    own = ewald.site_energies(_SKEWED, frac, charge)
    assert ewald.site_energies(_SKEWED, frac + np.array([0.31, -2.7, 0.5]), charge) == pytest.approx(own, abs=1e-8)
    doubled = np.concatenate([frac, frac + np.array([1, 0, 0])]) / [2, 1, 1]
    twice = ewald.site_energies(_SKEWED * [[2], [1], [1]], doubled, np.tile(charge, 2))
    assert twice == pytest.approx(np.tile(own, 2), abs=1e-8)
    monkeypatch.setattr(ewald, "_BALANCE", 0.7)
    assert ewald.site_energies(_SKEWED, frac, charge) == pytest.approx(own, abs=1e-8)
