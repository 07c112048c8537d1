"""Cells of a small pool: reactions against the whole diagram, coatings, heats, what stays missing."""

from types import SimpleNamespace

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
from ssbscreen.ranking.ranker import rank
from ssbscreen.screening import cells as cells_stage
from ssbscreen.screening.bilayers import bilayers_of
from ssbscreen.screening.cells import cells_of, leading_rows, pair_up
from ssbscreen.screening.contacts.cathode_contacts import (
    Electrolytes,
    Partners,
    Reactions,
    by_system,
    kinks_of,
    states_of,
)
from ssbscreen.screening.contacts.heats import CellHeats
from ssbscreen.screening.settings import load_settings
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


def electrolytes_of(pool, library):
    facts = facts_of(pool)
    energies = np.full((3, 50), np.nan)
    table = DrawTable({"li_decomposition_energy": np.full((3, 1), -0.1)})
    quantities = Quantities(
        facts, Predictions(tuple(facts.candidate_ids), {}), load_profile("ev").operating, 0, 100, table
    )
    formulas = tuple(None if c.composition is None else c.composition.reduced_formula for c in pool)
    return Electrolytes(quantities, formulas, energies, np.array([f is not None for f in formulas]), library)


@pytest.fixture(scope="module")
def cells():
    library = PhaseLibrary(ReferencePhases(tuple(PHASES), np.array(list(PHASES.values())), "made up", "1"))
    electrolytes = electrolytes_of(POOL, library)
    partners = Partners(PANEL, COATINGS, library)
    names = by_system(name for name in electrolytes.formulas if name is not None)
    kinks = kinks_of(names, states_of(partners.cathodes), electrolytes.library)
    reactions = Reactions(electrolytes, partners, np.array([0]))
    for name in names:  # one after the other, and one that is none of these
        reactions.take({name: kinks[name], "Li2O": kinks[name]})
    return electrolytes, partners, reactions.contacts


def test_reactions_scatter_around_the_whole_diagram(cells):
    electrolytes, _, contacts = cells
    for j, cathode in enumerate(PANEL):
        expected = min(
            interface("Li3PS4", state, electrolytes.library).reaction_energy
            for state in (cathode.formula, cathode.half_lithiated)
        )
        assert np.median(contacts.direct[0, j]) == pytest.approx(expected, abs=0.02)
    assert (contacts.direct[:2] <= 0.0).all()
    assert np.isnan(contacts.direct[2]).all()


def test_coatings_are_tried_where_asked_for_and_help(cells):
    _, _, contacts = cells
    assert np.isnan(contacts.coated[1:]).all()
    assert (np.median(contacts.coated[0], axis=1) >= np.median(contacts.direct[0], axis=1) - 1e-6).any()
    assert {COATINGS[k] for k in contacts.coating[0]} <= {"Li3PO4", "Li2O"}


def test_heats_are_released_and_missing_where_nothing_is_known(cells):
    heats = CellHeats(cells[0], PANEL)
    assert -12_000 < heats.of(0, 0) < -500
    assert np.isnan(heats.of(2, 0))


def test_the_heat_of_a_cell_does_not_hang_on_which_electrolyte_comes_first(cells):
    """Li3PS4 has been made 35 micrometre thin, of Li3PO4 no thickness was read: 20, that of the profile."""
    reverse = CellHeats(electrolytes_of(POOL[::-1], cells[0].library), PANEL)
    heats = CellHeats(cells[0], PANEL)
    for j in range(len(PANEL)):
        assert heats.of(0, j) == pytest.approx(reverse.of(2, j), rel=1e-9)
        assert heats.of(1, j) == pytest.approx(reverse.of(1, j), rel=1e-9)


def test_leaders_hold_every_class(cells):
    quantities = cells[0].quantities
    assert leading_rows(quantities, np.array([1, 0, 2]), 1).tolist() == [1, 0, 2]
    assert not len(leading_rows(quantities, np.array([1, 0, 2]), 0))


def test_every_electrolyte_gets_a_cathode_and_the_leaders_a_ranking(cells):
    screen, profile = load_screen("pair"), load_profile("ev")
    bilayers = bilayers_of(cells[0], np.array([0, 2]), np.empty(0, dtype=int))
    found = pair_up(*cells, np.array([0, 2]), screen, profile, bilayers)
    assert set(found.best["best_cathode"]) <= {c.key for c in PANEL}
    assert [cathode.key for cathode in found.cathodes.values()] == list(found.best["best_cathode"])
    assert len(found.best) == 3
    assert np.isnan(found.best["pair_interface_reaction_energy_value"][2])
    table = found.pairs.ranking.table
    assert len(table) == 2 * 3 + 3  # two electrolytes with three cathodes, one of them coated, too
    assert table["candidate_id"].str.startswith("ps|Li").sum() >= 3
    none = np.empty(0, dtype=int)
    assert pair_up(*cells, none, screen, profile, bilayers_of(cells[0], none, none)).pairs is None


def test_what_is_unknown_of_a_cell_does_not_hang_on_the_other_leaders(cells):
    """It is drawn from cells of the whole pool: the score is the same whoever else is ranked."""
    screen, profile, none = load_screen("pair"), load_profile("ev"), np.empty(0, dtype=int)
    found = []
    for leaders in ([2], [1, 2], [0, 1, 2]):
        rows = np.array(leaders)
        table = pair_up(*cells, rows, screen, profile, bilayers_of(cells[0], none, none)).pairs.ranking.table
        own = table[table["candidate_id"].str.startswith("peo|")].set_index("candidate_id").sort_index()
        assert own["interface_reaction_energy_imputed"].all()
        found.append(own["score"].to_numpy())
    assert len(found[0]) == len(PANEL)
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_reactions_of_two_electrolytes_are_those_of_the_whole_diagram(cells):
    electrolytes, _, contacts = cells
    bilayers = bilayers_of(electrolytes, np.array([0, 2]), np.array([1, 0]))
    expected = interface("Li3PS4", "Li3PO4", electrolytes.library).reaction_energy
    assert np.median(bilayers.energy[0, 0]) == pytest.approx(expected, abs=0.02)
    assert np.median(bilayers.energy[0, 1]) == pytest.approx(0.0, abs=0.02)  # with itself
    assert np.isnan(bilayers.energy[1]).all()  # a polymer
    everything = bilayers.pairing(len(PANEL))
    reaction = bilayers.reaction(everything, contacts.direct)
    for k in range(len(everything)):
        i, j, c = everything.electrolyte[k], everything.catholyte[k], everything.cathode[k]
        own = bilayers.energy[[0, None, 1][i], [1, 0][j]]
        assert reaction[k] == pytest.approx(np.minimum(own, contacts.direct[j, c]), nan_ok=True)


def test_a_second_electrolyte_is_ranked_where_it_weakens_the_contact(cells):
    """Li3PO4 stands between Li3PS4 and the oxides; the cell takes its oxidation limit, the anolyte its conductivity."""
    electrolytes, partners, contacts = cells
    bilayers = bilayers_of(electrolytes, np.array([0]), np.array([1, 0]))
    found = pair_up(electrolytes, partners, contacts, np.array([0]), load_screen("pair"), load_profile("ev"), bilayers)
    names = found.pairs.quantities.facts.candidate_ids
    layered = names[found.pairs.pairing.is_layered].tolist()
    assert len(layered) in (1, 2, 3)
    assert set(found.pairs.partners(electrolytes.quantities)["catholyte"]) == {"", "po"}
    direct = np.median(contacts.direct, axis=2)
    for name in layered:
        j = [c.key for c in PANEL].index(name.rsplit("|", 1)[1])
        assert name.startswith("ps|po|")
        weaker = min(np.median(bilayers.energy[0, 0]), direct[1, j])
        assert weaker > direct[0, j]


def test_cells_of_a_large_pool_are_those_of_its_best(cells, monkeypatch):
    """Rows of the best and of the pairs are those of the whole pool; the others have no cell."""
    electrolytes, screen, profile = cells[0], load_screen("separator"), load_profile("ev")
    ranking = rank(electrolytes.quantities, screen.model_copy(update={"min_coverage": 0.0}), profile)
    hulls = SimpleNamespace(energies=electrolytes.energies, has_window=KNOWN)
    ranked = SimpleNamespace(ranking=ranking, quantities=electrolytes.quantities)
    pairs = load_settings().pairs.model_copy(update={"n_electrolytes": 1})
    found, asked = {}, SimpleNamespace(cathodes=SOURCE.load_panel(), job=None)
    names = by_system(name for name in electrolytes.formulas if name is not None)
    kinks = kinks_of(names, states_of(asked.cathodes), electrolytes.library)
    monkeypatch.setattr(cells_stage, "kinks_by_unit", lambda job, library, take, progress: take(kinks))
    for n_best in (1, 3):
        settings = SimpleNamespace(pairs=pairs.model_copy(update={"n_best": n_best}))
        plan = SimpleNamespace(settings=settings, screen=screen, profile=profile, progress=lambda *_: None)
        found[n_best] = cells_of(plan, POOL, hulls, ranked, SimpleNamespace(library=electrolytes.library), asked)
    leaders = leading_rows(electrolytes.quantities, ranking.order, 1)
    assert sorted(found[3].best.index) == [0, 1, 2]
    assert (
        sorted(found[1].best.index) == sorted(found[1].cathodes) == sorted({int(ranking.order[0]), *leaders.tolist()})
    )
    pairing = found[1].pairs.pairing
    assert set(pairing.electrolyte) == set(leaders)
    ids = electrolytes.quantities.facts.candidate_ids
    names = found[1].pairs.quantities.facts.candidate_ids
    assert all(str(n).startswith(f"{ids[i]}|") for n, i in zip(names, pairing.electrolyte, strict=True))
    layered = pairing.is_layered
    assert all(f"|{ids[i]}|" in n for n, i in zip(names[layered], pairing.catholyte[layered], strict=True))
