"""Words beside numbers that mislead alone: every margin below zero has them, and no other."""

import numpy as np
import pytest

from ssbscreen.core.evidence import EvidenceKind
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.query import notes
from ssbscreen.query.notes import MARGIN, MARGIN_NOTE, margin_notes
from ssbscreen.query.ranking_view import margin_note, ranking_view
from ssbscreen.query.records import Records

PAIR = {
    "rank": 1,
    "candidate_id": "a|Li3PO4|NMC811",
    "formula": "Li6PS5Cl|Li3PO4|LiNi0.8Mn0.1Co0.1O2",
    "label": "Li6PS5Cl",
    "score": 0.2,
    "score_low": 0.1,
    "score_high": 0.3,
    "limiting_criterion": "self_discharge",
    "p_all": 0.5,
    "coverage": 0.9,
    "in_domain": True,
    "next_test": "",
}


@pytest.mark.parametrize("margin", [0.0, 0.45, np.nan, None])
def test_what_bears_the_voltage_needs_no_words(margin):
    assert not list(margin_notes({"oxidation_margin_value": margin}))


def test_a_bare_cell_says_by_how_much_and_a_coated_one_where_it_is_bare():
    (bare,) = margin_notes({"oxidation_margin_value": -1.68, "coating": ""})
    (coated,) = margin_notes({"oxidation_margin_value": -0.69, "coating": "Li3PO4"})
    assert "1.68 V beyond its oxidation limit" in bare
    assert "Li3PO4 keeps the electrolyte off the particles" in coated
    assert "carbon, collector and bare spots" in coated


@pytest.mark.parametrize(("margin", "words"), [(-0.69, MARGIN_NOTE), (0.4, "")])
def test_a_table_of_cells_tells_margins_below_zero_where_it_shows_them(margin, words):
    row = PAIR | {f"{key}_value": 1.0 for key in ("cell_energy_grav", "voltage_drop")}
    columns = {**row, "oxidation_margin_value": margin}
    view = ranking_view(Records(tuple(columns), (columns,)), is_of_pairs=True)
    assert margin_note(view, ()) == words
    assert margin_note(view, (MARGIN,)) == ""


def test_each_estimate_is_a_quantity_and_is_told_once():
    assert set(notes._ESTIMATES) <= set(PROPERTIES)
    row = {"large_cell_current_value": 5e-5, "reduction_margin_value": -1.72, "stripping_current_value": 1e-3}
    told = list(notes.notes(row | {"heat_of_reaction_value": -1.0, "pair_heat_of_reaction_value": -1.0}))
    assert [line.split(":")[0] for line in told] == ["reduction margin below 0", "stripping", "large cell", "heat"]
    assert "1.72 V below its reduction limit" in told[0]
    assert not list(notes.notes({"reduction_margin_value": 0.02}))


def test_intervals_of_a_measured_conductivity_and_of_what_follows_are_told_apart():
    row = {"ionic_conductivity_evidence": str(EvidenceKind.MEASURED), "critical_temperature_1mS_value": 9.0}
    (told,) = notes.notes(row)
    assert told.startswith("intervals: ")
    assert not list(notes.notes(row | {"ionic_conductivity_evidence": str(EvidenceKind.PREDICTED)}))
