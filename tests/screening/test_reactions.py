"""Reactions of candidates in words: balanced, the best ones only, and printed by `show`."""

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.formula import parse_formula
from ssbscreen.files.writing import write_table
from ssbscreen.query import store
from ssbscreen.query.sheet import sheet
from ssbscreen.screening import reactions
from ssbscreen.screening.hulls.references import load_reference, references_of
from ssbscreen.screening.reactions import COLUMNS, reaction_table
from ssbscreen.sources.reference_cathodes import SOURCE as CATHODES

POOL = [
    Candidate("lps", Composition("Li3PS4")),
    Candidate("peo", polymer=Polymer("*CCO*")),
    Candidate("llzo", Composition("Li7La3Zr2O12")),
    Candidate("noble", Composition("Li2XeO4")),
]


@pytest.fixture(scope="module")
def table():
    """Of the pool with LiCoO2 beside the sulfide."""
    lco = next(c for c in CATHODES.load_panel() if c.key == "LCO")
    return reaction_table(
        POOL, np.full((4, 3), np.nan), references_of(load_reference("embedded")), {"lps": lco, "llzo": lco}
    )


def side(text):
    total: dict[str, float] = {}
    for term in text.split(" + "):
        number, _, name = term.rpartition(" ")
        for element, amount in parse_formula(name).items():
            total[element] = total.get(element, 0.0) + amount * float(number or 1)
    return total


def test_each_contact_is_named_and_every_printed_reaction_balances(table):
    assert list(table.columns) == list(COLUMNS)
    assert set(table["candidate_id"]) == {"lps", "llzo"}  # polymers and unknown elements have no phase diagram
    assert set(table.loc[table["candidate_id"] == "lps", "contact"]) == {"lithium", "air", "cathode LCO"}
    assert (table["energy"] <= 1e-9).all()
    hot = table[table["condition"].str.contains("sintering")]
    assert set(hot["candidate_id"]) == {"llzo"}  # a sulfide is pressed cold
    for text in table["reaction"]:
        if text == "none":
            continue
        left, right = (side(part) for part in text.split(" -> "))
        assert left.keys() == right.keys()
        for element, amount in left.items():
            assert right[element] == pytest.approx(amount, rel=2e-3)  # four digits are printed


def test_only_the_best_are_written(monkeypatch):
    monkeypatch.setattr(reactions, "N_WRITTEN", 1)
    references = references_of(load_reference("embedded"))
    assert set(reaction_table(POOL, np.full((4, 3), np.nan), references)["candidate_id"]) == {"lps"}


def test_show_prints_them(table, tmp_path):
    row = {
        "candidate_id": "lps",
        "formula": "Li3PS4",
        "chemistry_class": "sulfide",
        "family": "thiophosphate",
        "role": "separator",
        "rank": 1.0,
        "rank_low": 1.0,
        "rank_high": 1.0,
        "tie_group": 1,
        "score": 0.5,
        "p_all": 0.5,
        "coverage": 1.0,
        "in_domain": True,
        "pareto_front": True,
        "limiting_criterion": "x",
        "next_test": "y",
        "label": "",
        "provenance": "",
    }
    write_table(pd.DataFrame([row]), tmp_path / store.RANKING)
    hulls = {
        "candidate_id": "lps",
        "products_at_0V": "Li2S",
        "products_conduct_electrons": "Li2S (no)",
        "gases_in_air": "757 mg/g H2S",
        "uses_hull_energy": True,
        "reason": "",
        "reference": "measured",
    }
    write_table(pd.DataFrame([hulls]), tmp_path / store.HULLS)
    assert any("reactions are not in the run folder" in line for line in sheet(store.RunFolder(tmp_path), "lps"))
    write_table(table, tmp_path / store.REACTIONS)
    lines = "\n".join(sheet(store.RunFolder(tmp_path), "lps"))
    assert "Li3PS4 + 8 Li -> 4 Li2S + Li3P" in lines
    assert "757 mg/g H2S" in lines
    assert "cathode LCO" in lines
