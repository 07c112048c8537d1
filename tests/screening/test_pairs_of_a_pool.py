"""Cells of a small pool: reactions against the whole diagram, coatings, heats, what stays missing."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.prediction import Predictions
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import interface
from ssbscreen.ranking.criteria import load_profile, load_screen
from ssbscreen.ranking.facts import facts_of
from ssbscreen.ranking.quantities import DrawTable, Quantities
from ssbscreen.screening.pairs import CellHeats, coating_windows, compute_reactions, leading_rows, pair_up
from ssbscreen.sources.reference_cathodes import SOURCE

PHASES = {
    "Li2S": -1.5,
    "Li2O": -2.0,
    "Co3O4": -1.3,
    "CoO": -1.2,
    "LiCoO2": -1.75,
    "Li3PS4": -0.9,
    "Li3PO4": -2.75,
    "CoS2": -0.45,
    "Li2SO4": -2.1,
    "P2S5": -0.3,
    "CoS": -0.5,
    "Li4P2O7": -2.6,
    "Li3P": -0.9,
    "FePO4": -2.3,
    "LiFePO4": -2.5,
    "Fe2O3": -1.7,
    "FeS": -0.5,
    "FeS2": -0.6,
    "Fe3P": -0.4,
}
POOL = [
    Candidate("ps", Composition("Li3PS4")),
    Candidate("po", Composition("Li3PO4")),
    Candidate("peo", polymer=Polymer("*CCO*", "[Li+].[Cl-]", 1.0)),
]
PANEL = tuple(c for c in SOURCE.load_panel() if c.key in ("LCO", "LFP", "Li2S"))
COATINGS = ("Li3PO4", "Li2O")
KNOWN = np.array([True, True, False])


@pytest.fixture(scope="module")
def cells():
    library = PhaseLibrary(ReferencePhases(tuple(PHASES), np.array(list(PHASES.values())), "made up", "1"))
    facts = facts_of(POOL)
    energies = np.full((3, 50), np.nan)
    table = DrawTable({"li_decomposition_energy": np.full((3, 1), -0.1)})
    quantities = Quantities(
        facts, Predictions(tuple(facts.candidate_ids), {}), load_profile("ev").operating, 0, 100, table
    )
    formulas = ["Li3PS4", "Li3PO4", None]
    reactions = compute_reactions(
        formulas, energies, KNOWN, quantities, library, PANEL, COATINGS, np.array([0]), lambda done, total: None
    )
    heats = CellHeats(formulas, energies, KNOWN, quantities, library, PANEL)
    return library, quantities, reactions, heats


def test_reactions_scatter_around_the_whole_diagram(cells):
    library, _, reactions, _ = cells
    for j, cathode in enumerate(PANEL):
        expected = min(
            interface("Li3PS4", state, library).reaction_energy for state in (cathode.formula, cathode.half_lithiated)
        )
        assert np.median(reactions.direct[0, j]) == pytest.approx(expected, abs=0.02)
    assert (reactions.direct[:2] <= 0.0).all()
    assert np.isnan(reactions.direct[2]).all()


def test_coatings_are_tried_where_asked_for_and_help(cells):
    _, _, reactions, _ = cells
    assert np.isnan(reactions.coated[1:]).all()
    assert (np.median(reactions.coated[0], axis=1) >= np.median(reactions.direct[0], axis=1) - 1e-6).any()
    assert {COATINGS[k] for k in reactions.coating[0]} <= set(COATINGS)


def test_heats_are_released_and_missing_where_nothing_is_known(cells):
    _, _, _, heats = cells
    assert -12_000 < heats.of(0, 0) < -500
    assert np.isnan(heats.of(2, 0))


def test_leaders_hold_every_class(cells):
    _, quantities, _, _ = cells
    assert leading_rows(quantities, np.array([1, 0, 2]), 1).tolist() == [1, 0, 2]
    assert not len(leading_rows(quantities, np.array([1, 0, 2]), 0))


def test_every_electrolyte_gets_a_cathode_and_the_leaders_a_ranking(cells):
    library, quantities, reactions, heats = cells
    limits = coating_windows(COATINGS, library)
    found = pair_up(
        quantities, np.array([0, 2]), reactions, PANEL, COATINGS, limits, heats, load_screen("pair"), load_profile("ev")
    )
    assert set(found.best["best_cathode"]) <= {c.key for c in PANEL}
    assert len(found.best) == 3
    assert np.isnan(found.best["pair_interface_reaction_energy_value"][2])
    table = found.ranking.table
    assert len(table) == 2 * 3 + 3  # two electrolytes with three cathodes, one of them coated, too
    assert table["candidate_id"].str.startswith("ps|Li").sum() >= 3
    alone = pair_up(
        quantities,
        np.empty(0, dtype=int),
        reactions,
        PANEL,
        COATINGS,
        limits,
        heats,
        load_screen("pair"),
        load_profile("ev"),
    )
    assert alone.ranking is None
