"""Contacts with cathodes in units: what comes back from the files is what the scanner gives, whoever did it."""

import numpy as np
import pytest

from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.pair_reactions import PairScanner
from ssbscreen.screening.contacts.cathode_contacts import by_system, kinks_of
from ssbscreen.screening.contacts.contact_shards import packed, unpacked

PHASES = {
    "Li": 0.0,
    "P": 0.0,
    "S": 0.0,
    "O2": 0.0,
    "Co": 0.0,
    "Li2S": -1.5,
    "Li2O": -2.0,
    "P2S5": -0.5,
    "Li3PS4": -1.1,
    "Li3PO4": -2.8,
    "CoO": -1.2,
    "LiCoO2": -1.7,
    "CoS": -0.5,
}
STATES = ["LiCoO2", "Li0.5CoO2"]


@pytest.fixture(scope="module")
def library():
    return PhaseLibrary(ReferencePhases(tuple(PHASES), np.array(list(PHASES.values())), "made up", "1"))


def test_one_system_after_the_other_and_each_formula_once():
    names = ["Li3PS4", "Li2O", "Li7P3S11", "Li3PO4", "Li2O"]
    assert by_system(names) == ["Li2O", "Li3PO4", "Li3PS4", "Li7P3S11"]
    assert by_system(reversed(names)) == by_system(names)


def test_files_give_back_what_the_scanner_found(library):
    names = ["Li3PS4", "Li7P3S11", "Li3YCl6", "Li3PO4"]  # the reference knows no yttrium
    found = kinks_of(names, STATES, library)
    assert found["Li3YCl6"] == [None, None]
    again = unpacked(packed(found), names)
    scanner = PairScanner(library, STATES)
    for name in reversed(names):  # in another order, in which other systems were built before
        for own, read in zip(scanner.kinks(name), again[name], strict=True):
            assert (own is None) == (read is None)
            if own is not None:
                np.testing.assert_array_equal(own.fraction, read.fraction)
                np.testing.assert_array_equal(own.energy, read.energy)
                assert own.end_energy == read.end_energy
    assert len(again["Li3PS4"][1].fraction) > 1


def test_a_pool_without_windows_has_no_units():
    assert unpacked(packed({}), []) == {}
