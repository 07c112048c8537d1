"""What stands opposite the cathode decides which electrolyte is the better one."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.prediction import Predictions
from ssbscreen.physics.negative_electrode import negative_electrodes
from ssbscreen.ranking.criteria import load_profile, load_screen, resolve
from ssbscreen.ranking.facts import facts_of
from ssbscreen.ranking.operating import Operating
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.scoring import score
from ssbscreen.screening.hulls import compute_hulls
from ssbscreen.screening.references import references_of
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE

FORMULAS = ("Li3YCl6", "Li7P3S11")


@pytest.fixture(scope="module")
def references():
    return references_of(SOURCE.load_phases(EMBEDDED))


def scores(key, references):
    """Scores of the chloride and the thiophosphate by what their contact with the electrode says, all else missing."""
    profile = load_profile("ev")
    values = profile.operating.model_dump() | {"negative_electrode": key}
    profile = profile.model_copy(update={"operating": Operating.model_validate(values)})
    candidates = [Candidate(name, Composition(name)) for name in FORMULAS]
    hulls = compute_hulls(
        candidates,
        np.full((2, 1), np.nan),
        references,
        np.ones(2, dtype=bool),
        electrode=profile.operating.negative_electrode,
    )
    nothing = Predictions(FORMULAS, {})
    pool = Quantities(facts_of(candidates), nothing, profile.operating, 0, 100, hulls.draws, evidence=hulls.evidence)
    return score(pool, resolve(load_screen("separator"), profile)).score


def test_indium_turns_the_order_of_a_chloride_and_a_thiophosphate(references):
    on_lithium, on_indium = scores("lithium", references), scores("lithium_indium", references)
    assert on_lithium[0] < on_lithium[1]
    assert on_indium[0] > on_indium[1]


@pytest.mark.parametrize("key", negative_electrodes())
def test_every_electrode_gives_a_score(key, references):
    assert np.isfinite(scores(key, references)).all()
