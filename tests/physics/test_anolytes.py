"""A second electrolyte on the side of the lithium: what stops reacting there, weakest contact first."""

import numpy as np
import pytest

from ssbscreen.core.formula import parse_formula
from ssbscreen.physics.anolytes import GOES_ON, evaluate_anolytes, goes_on
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import interface
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE

TRIED = ("Li6PS5Cl", "Li3PS4", "Li3InCl6", "Li3N")


@pytest.fixture(scope="module")
def library():
    elements = frozenset(el for name in (*TRIED, "Li3YCl6") for el in parse_formula(name))
    return PhaseLibrary(SOURCE.load_phases(EMBEDDED).within(elements))


def test_a_chloride_needs_one_and_a_thiophosphate_does_not(library):
    chances = goes_on(["Li3YCl6", "Li6PS5Cl", "Li3PS4"], library)
    assert (chances >= GOES_ON).tolist() == [True, False, False]


def test_anolytes_stop_on_lithium_and_are_ordered_by_their_contact(library):
    found = evaluate_anolytes("Li3YCl6", library, TRIED)
    assert "Li3InCl6" not in [one.formula for one in found]  # lithium goes on reducing it
    energies = [one.with_electrolyte for one in found]
    assert energies == sorted(energies, reverse=True)
    by_name = {one.formula: one for one in found}
    direct = interface("Li3YCl6", "Li6PS5Cl", library).reaction_energy
    assert by_name["Li6PS5Cl"].with_electrolyte == pytest.approx(direct)
    assert direct == pytest.approx(-0.043, abs=0.003)  # as the page of cells says
    assert np.isfinite(by_name["Li3PS4"].oxidation_limit)
