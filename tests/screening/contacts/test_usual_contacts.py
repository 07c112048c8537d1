"""Catholytes and coatings beside their usual neighbours, and coatings that are known to serve."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.prediction import Predictions, PropertyPrediction
from ssbscreen.files.paths import data_dir
from ssbscreen.physics.interfaces import interface
from ssbscreen.ranking.criteria import load_profile, load_screen
from ssbscreen.ranking.ranker import rank
from ssbscreen.screening.candidates.gate import gate
from ssbscreen.screening.contacts.usual_contacts import (
    ELECTROLYTES,
    WITH_CATHODES,
    WITH_ELECTROLYTES,
    ask_for_usual,
    contacts_wanted,
    usual,
    with_usual_contacts,
)
from ssbscreen.screening.hulls.hull_quantities import compute_hulls
from ssbscreen.screening.hulls.references import load_reference, references_of
from ssbscreen.screening.needed import quantities_alone
from ssbscreen.screening.settings import Plan, load_settings
from ssbscreen.sources.reference_cathodes import SOURCE

SERVE = (
    "LiNbO3",  # 10.1002/admi.202100624
    "LiTaO3",
    "Li3PO4",
    "Li4Ti5O12",
    "LiAlO2",
    "Li2SiO3",
    "LiTi2P3O12",  # Xiao et al., 10.1016/j.joule.2019.02.006
    "LiZr2P3O12",  # Cheng, Fong, Persson, 10.1039/d2ta06051e, as are the next two
    "LiAlSiO4",
    "LiB3O5",
)
"""Coatings that cells use or screenings found; crystals of most conduct less than 1e-10 S/cm."""
N_DRAWS = 60
EVERY = 2


@pytest.fixture(scope="module")
def references():
    return references_of(load_reference("embedded"))


def made(plan, candidates, references):
    """Hulls with the usual contacts, all candidates made."""
    energies, is_made = np.full((len(candidates), N_DRAWS), np.nan), np.ones(len(candidates), dtype=bool)
    hulls = compute_hulls(candidates, energies, references, is_made, hide_outcomes=True)
    asked = ask_for_usual(plan, candidates, hulls.has_window, references)
    return with_usual_contacts(plan, candidates, hulls, references, asked)


def plan_of(screen, folder):
    settings = load_settings(n_draws=N_DRAWS, n_energy_draws=N_DRAWS, reference="embedded", screen=screen)
    return Plan(settings, (), load_screen(screen), load_profile("ev"), Path(folder), lambda *_: None, 0.0)


@pytest.fixture(scope="module")
def beside(tmp_path_factory, references):
    names = ("LiNbO3", "Li3PO4", "Li2ZrO3", "Li6PS5Cl", "Li3YCl6")
    pool = [
        *(Candidate(name, Composition(name)) for name in names),
        Candidate("peo", polymer=Polymer("*CCO*", None, None)),
    ]
    plan = plan_of("coating", tmp_path_factory.mktemp("run"))
    hulls = made(plan, pool, references)
    return dict(zip((c.candidate_id for c in pool), range(len(pool)), strict=True)), hulls


def test_the_worst_of_the_usual_partners_counts(beside, references):
    """Against the whole diagram of every pair."""
    rows, hulls = beside
    panel = SOURCE.load_panel()
    states = [s for j in usual(panel, 3.8) for s in (panel[j].formula, panel[j].half_lithiated)]
    assert len(states) == 10  # LCO, three-metal oxides, LMO and LNMO; neither LFP nor sulfur
    for name in ("LiNbO3", "Li3PO4", "Li2ZrO3", "Li6PS5Cl", "Li3YCl6"):
        for key, partners in ((WITH_CATHODES, states), (WITH_ELECTROLYTES, ELECTROLYTES)):
            expected = min(interface(name, partner, references.library).reaction_energy for partner in partners)
            drawn = hulls.draws.values[key][rows[name]]
            assert drawn.max() <= 0.0
            assert drawn.min() < expected < 0.5 * expected + 0.03
            if expected < -0.1:  # far from the bound, so that the error keeps the median
                assert np.median(drawn) == pytest.approx(expected, abs=0.02), (name, key)


def test_published_reactions(beside):
    """Xiao et al.: LiNbO3 with Li3PS4 -164 meV/atom; Li6PS5Cl with layered oxides reacts several times as strongly."""
    rows, hulls = beside
    assert np.median(hulls.draws.values[WITH_ELECTROLYTES][rows["LiNbO3"]]) == pytest.approx(-0.164, abs=0.03)
    cathodes = np.median(hulls.draws.values[WITH_CATHODES], axis=1)
    assert cathodes[rows["Li6PS5Cl"]] < -0.4
    assert cathodes[rows["Li3YCl6"]] < cathodes[rows["LiNbO3"]] < 0.0
    assert np.isnan(hulls.draws.values[WITH_CATHODES][rows["peo"]]).all()


def test_only_screens_that_ask_pay(tmp_path):
    assert contacts_wanted(plan_of("separator", tmp_path)) == frozenset()
    assert contacts_wanted(plan_of("catholyte", tmp_path)) == {WITH_CATHODES}
    assert contacts_wanted(plan_of("coating", tmp_path)) == {WITH_CATHODES, WITH_ELECTROLYTES}


@pytest.fixture(scope="module")
def places(tmp_path_factory, references):
    """Share of the list before each coating, among every other inorganic electrolyte whose conductivity was measured.

    Half of them gives the shares to 0.02. Crystals of the coatings are taken to conduct 1e-12 S/cm, as the badly
    conducting ones do.
    """
    table = pd.read_csv(data_dir() / "literature" / "electrolytes.csv", keep_default_na=False, dtype=str)
    of_conductivity = table[
        (table["property"] == "ionic_conductivity") & (table["composition"] != "") & (table["smiles"] == "")
    ]
    measured = {}
    for name, value, temperature in of_conductivity[["composition", "value", "temperature_c"]].itertuples(index=False):
        try:
            formula = Composition(name).reduced_formula
            parse_formula(formula)
        except (ValueError, InputError):
            continue
        if value and temperature and 20.0 <= float(temperature) <= 30.0:
            measured.setdefault(formula, float(value))
    crystals = {Composition(name).reduced_formula: 1e-12 for name in SERVE}
    conductivity = {name: measured[name] for name in sorted(measured)[::EVERY]} | crystals
    plan = plan_of("coating", tmp_path_factory.mktemp("run"))
    candidates = gate([Candidate(name, Composition(name)) for name in conductivity], plan.screen).candidates
    hulls = made(plan, candidates, references)
    pool = gate(candidates, plan.screen)
    values = np.log10([conductivity[c.candidate_id] for c in pool.candidates])
    std, zero = np.full(len(values), 0.4), np.zeros(len(values))
    column = PropertyPrediction(
        "ionic_conductivity", values, zero, std, values - 0.66, values + 0.66, np.ones(len(values), dtype=bool),
        "measured", np.full(len(values), "", dtype=object),
    )  # fmt: skip
    predictions = Predictions(tuple(c.candidate_id for c in pool.candidates), {"ionic_conductivity": column})
    quantities = quantities_alone(pool.facts, predictions, plan.settings, plan.profile, hulls)
    ids = rank(quantities, plan.screen, plan.profile).table["candidate_id"].tolist()
    assert len(ids) > 100
    return {name: ids.index(Composition(name).reduced_formula) / len(ids) for name in SERVE}


@pytest.mark.parametrize("name", SERVE)
def test_known_coatings_stand_in_the_best_quarter(places, name):
    assert places[name] < 0.25
