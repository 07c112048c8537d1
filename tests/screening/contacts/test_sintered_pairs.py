"""Which pairs of a pool are sintered together, and what becomes of them."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.prediction import Predictions
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.ranking.criteria import load_profile
from ssbscreen.ranking.facts import facts_of
from ssbscreen.ranking.pairs import all_pairs
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.screening.contacts.cathode_contacts import Electrolytes
from ssbscreen.screening.contacts.co_sintering import CoSintering
from ssbscreen.sources.reference_cathodes import SOURCE
from ssbscreen.sources.reference_phases import EMBEDDED
from ssbscreen.sources.reference_phases import SOURCE as REFERENCE

POOL = [
    Candidate("llzo", Composition("Li7La3Zr2O12")),
    Candidate("ps", Composition("Li3PS4")),
    Candidate("peo", polymer=Polymer("*CCO*", "[Li+].[Cl-]", 1.0)),
]
PANEL = tuple(c for c in SOURCE.load_panel() if c.key in ("LCO", "LFP", "Li2S"))
KEYS = [cathode.key for cathode in PANEL]


@pytest.fixture(scope="module")
def hot():
    phases = REFERENCE.load_phases(EMBEDDED).within(frozenset(("Li", "La", "Zr", "O", "Co", "Fe", "P", "S")))
    facts = facts_of(POOL)
    quantities = Quantities(facts, Predictions(tuple(facts.candidate_ids), {}), load_profile("ev").operating, 0, 50)
    is_known = np.array([True, True, False])
    formulas = ("Li7La3Zr2O12", "Li3PS4", None)
    energies = np.full((3, 50), np.nan)
    return CoSintering(Electrolytes(quantities, formulas, energies, is_known, PhaseLibrary(phases)), PANEL)


def test_garnet_holds_with_cobalt_oxide_and_not_with_phosphate(hot):
    assert -0.01 < hot.of(0, KEYS.index("LCO")) <= 0.0  # they are sintered together at 1050 degree C
    assert hot.of(0, KEYS.index("LFP")) < -0.05


def test_only_oxides_are_sintered_together(hot):
    assert np.isnan(hot.of(0, KEYS.index("Li2S")))  # burns in air
    assert np.isnan([hot.of(i, KEYS.index("LCO")) for i in (1, 2)]).all()  # pressed, cast


def test_a_table_has_one_row_a_pair(hot):
    table = hot.table(all_pairs(np.arange(3), len(PANEL)))
    assert table.shape == (9, 1)
    assert np.isfinite(table[:, 0]).sum() == 2
