"""Which pairs of a pool are sintered together, and what becomes of them."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.prediction import Predictions
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.ranking.criteria import load_profile, load_screen
from ssbscreen.ranking.desirability import Ramp
from ssbscreen.ranking.facts import facts_of
from ssbscreen.ranking.pairs import all_pairs
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.screening.contacts.cathode_contacts import Electrolytes
from ssbscreen.screening.contacts.co_sintering import CoSintering, with_furnace
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


def test_what_the_furnace_does_counts_in_the_contact_and_changes_the_order_of_cells():
    """LATP and LAGP with LiCoO2 react at 500 to 700 degree C (docs/validation/co_sintering.csv), LLZO does not.

    Contacts at 0 K from `ssbscreen pair`: by these alone LATP (-0.048) and LLZO (-0.041) stand alike.
    """
    contact = np.array([[-0.048, -0.05], [-0.041, -0.04], [-0.41, -0.4], [np.nan, np.nan]])
    sintered = np.array([[-0.073], [0.0], [np.nan], [-0.01]])
    counted = with_furnace(contact, sintered)
    assert counted[0].tolist() == [-0.073, -0.073]
    assert counted[1].tolist() == contact[1].tolist()  # never better than without
    assert counted[2].tolist() == contact[2].tolist()  # a sulfide is pressed
    assert np.isnan(counted[3]).all()
    (criterion,) = (c for c in load_screen("pair").criteria if c.property == "interface_reaction_energy")
    before, after = (Ramp(criterion, 0.01).desirability(of.mean(axis=1)) for of in (contact, counted))
    assert after[1] == before[1] > after[0] + 0.1
    assert before[1] - before[0] < 0.06


def test_a_table_has_one_row_a_pair(hot):
    table = hot.table(all_pairs(np.arange(3), len(PANEL)))
    assert table.shape == (9, 1)
    assert np.isfinite(table[:, 0]).sum() == 2
