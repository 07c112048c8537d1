"""Reference electrolytes are found in a pool, and held against every row in the same draws when it lacks them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.prediction.loaded_model import kept_model, release_models
from ssbscreen.ranking.criteria import load_profile, load_screen
from ssbscreen.screening.candidates.gate import gate
from ssbscreen.screening.candidates.materials import materials_of
from ssbscreen.screening.electrodes.charged_state import charged_states_of
from ssbscreen.screening.electrodes.computed import completed
from ssbscreen.screening.evidence import weighing
from ssbscreen.screening.evidence.weighing import weigh_pool
from ssbscreen.screening.hulls.pool_hulls import hulls_of
from ssbscreen.screening.hulls.references import load_reference, references_of
from ssbscreen.screening.predict import predict, predict_pool, predictable
from ssbscreen.screening.rank import rank_pool
from ssbscreen.screening.reference_materials import (
    in_pool,
    reference_cathodes,
    reference_electrolytes,
    reference_materials_of,
)
from ssbscreen.screening.settings import Plan, load_settings

TFSI = "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F"


def _known(name, formula):
    return Candidate(name, Composition(formula), is_known=True)


def test_found_by_what_they_are_not_by_their_names():
    pool = (
        _known("a", "Li24P4S20Cl4"),
        Candidate("b", Composition("Li3YCl6")),  # nobody made this one
        Candidate("c", polymer=Polymer("*CCO*", f"{TFSI}.[Li+]", 1.2), is_known=True),
        _known("d", "Li6.4La3Zr1.4Ta0.6O12"),
    )
    rows, missing = in_pool(pool, materials_of(pool, records=()), reference_electrolytes())
    assert rows == {"Li6PS5Cl": 0, "PEO-LiTFSI": 2}
    assert [c.candidate_id for c in missing] == ["Al-LLZO", "LiPON", "Li3YCl6"]


def _plan(folder, screen):
    settings = load_settings(n_draws=60)
    return Plan(settings, (), load_screen(screen), load_profile("ev"), Path(folder), lambda *_: None, 0.0)


@pytest.fixture(scope="module")
def stages(tmp_path_factory):
    return _plan(tmp_path_factory.mktemp("run"), "separator"), references_of(load_reference("embedded"))


def _ranked(stages, candidates):
    plan, references = stages
    pool = gate(candidates, plan.screen)
    predictions = completed(pool.candidates, predict(pool.candidates, predictable()), plan.screen.computed)
    materials = materials_of(pool.candidates, records=())
    hulls = hulls_of(plan, pool, predictions, references, materials)
    hulls = charged_states_of(plan, pool, predictions, hulls, materials, references.library)
    weighed = weigh_pool(plan, pool, predictions, materials)
    reference_materials = reference_materials_of(plan, pool, materials, references)
    return rank_pool(plan, pool.facts, weighed, hulls, materials, reference_materials).ranking


def test_every_run_says_whom_a_row_beats(stages):
    """A pool without references and one with them: the same columns; a row beats itself in half of the draws."""
    names = [c.candidate_id for c in reference_electrolytes()]
    own = (_known("x", "Li3InCl6"), _known("y", "Li7La3Zr2O12"), _known("z", "Li3PS4"))
    alone = _ranked(stages, own).table
    both = _ranked(stages, (*own, *reference_electrolytes())).table.set_index("candidate_id")
    for name in names:
        assert alone[f"p_beats_{name}"].between(0.0, 1.0).all()
        assert both.loc[name, f"p_beats_{name}"] == 0.5
    columns = list(alone.columns)
    new = ["rank_median", "p_first_10", "p_first_100", *sorted(f"p_beats_{n}" for n in names), "material"]
    assert [c for c in columns if c in new] == [
        "rank_median",
        "p_first_10",
        "p_first_100",
        *sorted(f"p_beats_{n}" for n in names),
        "material",
    ]


def test_cathodes_are_held_against_cathodes(stages, tmp_path):
    """A cathode that stands in the pool and beside it is the same one: the columns it makes do not change."""
    plan = _plan(tmp_path, "cathode"), stages[1]
    names = [c.candidate_id for c in reference_cathodes()]
    alone = _ranked(plan, (_known("x", "LiNiO2"),)).table.set_index("candidate_id")
    both = _ranked(plan, (_known("x", "LiNiO2"), *reference_cathodes())).table.set_index("candidate_id")
    assert [c for c in alone if c.startswith("p_beats_")] == sorted(f"p_beats_{name}" for name in names)
    for name in names:
        assert both.loc[name, f"p_beats_{name}"] == 0.5
        assert alone.loc["x", f"p_beats_{name}"] == pytest.approx(both.loc["x", f"p_beats_{name}"], abs=0.2)


def test_reported_values_are_read_once_for_pool_and_references(stages, monkeypatch):
    """The references weigh what the pool weighed, with the same result as when they read it themselves."""
    plan, references = stages
    pool = gate((_known("x", "Li3InCl6"),), plan.screen)
    predictions = completed(pool.candidates, predict(pool.candidates, predictable()), plan.screen.computed)
    materials = materials_of(pool.candidates, records=())
    weighed = weigh_pool(plan, pool, predictions, materials)
    anew = reference_materials_of(plan, pool, materials, references).outside
    monkeypatch.setattr(weighing, "reported", None)
    given = reference_materials_of(plan, pool, materials, references, weighed.values).outside
    assert weighed.values
    assert anew is not None
    assert given is not None
    assert "Li6PS5Cl" in given.facts.candidate_ids
    studies = given.evidence["ionic_conductivity"].n_studies
    assert (studies[given.facts.candidate_ids == "Li6PS5Cl"] > 5).all()  # measured in many laboratories
    assert np.array_equal(studies, anew.evidence["ionic_conductivity"].n_studies)
    for key, column in anew.predictions.by_property.items():
        np.testing.assert_array_equal(column.mean, given.predictions.by_property[key].mean)
        np.testing.assert_array_equal(column.std, given.predictions.by_property[key].std)


@pytest.mark.parametrize(("shard_size", "stay"), [(2, True), (1, False)])
def test_models_of_one_shard_stay_for_the_references_and_those_of_more_are_let_go(tmp_path, shard_size, stay):
    plan = _plan(tmp_path, "cathode")
    plan = replace(plan, settings=plan.settings.model_copy(update={"shard_size": shard_size}))
    release_models()
    found = predict_pool(plan, (_known("x", "LiNiO2"), _known("y", "LiCoO2")))
    assert len(found) == 2
    assert (kept_model.cache_info().currsize > 0) is stay
    release_models()
