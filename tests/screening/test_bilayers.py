"""Which electrolytes may stand on the side of the cathode."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.prediction import Predictions, PropertyPrediction
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.ranking.criteria import load_profile
from ssbscreen.ranking.facts import facts_of
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.screening import bilayers
from ssbscreen.screening.bilayers import catholyte_rows
from ssbscreen.screening.contacts.cathode_contacts import Electrolytes

POOL = {  # id: formula, log10 conductivity, oxidation limit
    "sulfide": ("Li6PS5Cl", -2.7, 2.1),
    "halide": ("Li3YCl6", -3.3, 4.2),
    "again": ("Li3YCl6", -3.2, 4.2),
    "slow": ("Li3ErCl6", -4.5, 4.2),
    "sintered": ("Li7La3Zr2O12", -3.4, 4.5),
    "unknown": ("Li3ScCl6", -3.0, 4.2),
    "second": ("Li3DyCl6", -2.9, 4.2),
    "third": ("Li3HoCl6", -3.1, 4.2),
    "fourth": ("Li3TbCl6", -3.1, 4.2),
}


def column(key, values):
    known = np.asarray(values, float)
    nothing = np.zeros_like(known)
    fits = np.ones(len(known), dtype=bool)
    return PropertyPrediction(
        key, known, nothing, nothing, known, known, fits, "test 1", np.full(len(known), "", dtype=object)
    )


@pytest.fixture(scope="module")
def electrolytes():
    facts = facts_of([Candidate(name, Composition(formula)) for name, (formula, *_) in POOL.items()])
    columns = {
        "ionic_conductivity": column("ionic_conductivity", [c for _, c, _ in POOL.values()]),
        "oxidation_limit": column("oxidation_limit", [v for *_, v in POOL.values()]),
    }
    quantities = Quantities(
        facts, Predictions(tuple(facts.candidate_ids), columns), load_profile("ev").operating, 0, 100
    )
    library = PhaseLibrary(ReferencePhases(("LiCl",), np.array([-2.0]), "made up", "1"))
    has_window = np.array([name != "unknown" for name in POOL])
    formulas = tuple(formula for formula, *_ in POOL.values())
    return Electrolytes(quantities, formulas, np.full((len(POOL), 50), np.nan), has_window, library)


def chosen(electrolytes, order):
    return [list(POOL)[i] for i in catholyte_rows(electrolytes, np.array(order))]


def test_they_conduct_withstand_the_cathode_and_are_pressed(electrolytes):
    """One of each formula, the best first; at most three of one series; none that must be sintered."""
    assert chosen(electrolytes, range(9)) == ["halide", "second", "third"]
    assert chosen(electrolytes, [2, 1, 0]) == ["again"]
    assert chosen(electrolytes, [8, 7, 6, 1]) == ["fourth", "third", "second"]


def test_not_more_than_are_tried(electrolytes, monkeypatch):
    monkeypatch.setattr(bilayers, "N_CATHOLYTES", 1)
    assert chosen(electrolytes, range(9)) == ["halide"]
