"""What stands opposite the cathode decides which electrolyte is the better one."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.prediction import Predictions, PropertyPrediction
from ssbscreen.physics.critical_current import critical_current_fit, measured_range
from ssbscreen.physics.negative_electrode import negative_electrodes
from ssbscreen.ranking.criteria import load_profile, load_screen, resolve
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.facts import facts_of
from ssbscreen.ranking.operating import Operating
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.scoring import score
from ssbscreen.screening.evidence.plating import plating_of
from ssbscreen.screening.hulls.hull_quantities import compute_hulls
from ssbscreen.screening.hulls.references import references_of
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE

FORMULAS = ("Li3YCl6", "Li7P3S11")
ELECTRODES = ("lithium", "lipon_interlayer", "silver_carbon", "anode_free", "lithium_indium")


@pytest.fixture(scope="module")
def references():
    return references_of(SOURCE.load_phases(EMBEDDED))


def column(key, mean):
    """A prediction without error."""
    zero, mean = np.zeros(len(mean)), np.array(mean)
    note = np.full(len(mean), "", dtype=object)
    return PropertyPrediction(key, mean, zero, zero, mean, mean, np.ones(len(mean), dtype=bool), "test 1", note)


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


def drawn(key, celsius=25.0):
    """A thiophosphate by itself opposite an electrode."""
    profile = load_profile("ev").at(celsius)
    operating = Operating.model_validate(profile.operating.model_dump() | {"negative_electrode": key})
    candidates = [Candidate("Li7P3S11", Composition("Li7P3S11"))]
    facts = facts_of(candidates)
    plating, _ = plating_of(facts, None, None, hide_outcomes=True)
    columns = {"ionic_conductivity": column("ionic_conductivity", [-3.0])}
    columns["electronic_resistivity"] = column("electronic_resistivity", [9.0])
    return block(
        Quantities(facts, Predictions(("Li7P3S11",), columns), operating, 0, 400, plating=plating), slice(None)
    )


def test_a_layer_between_helps_as_it_did_in_cells_and_a_host_takes_its_potential_off_the_leakage():
    fit = critical_current_fit()
    between = fit.mean[fit.names.index("layer between")]
    bare, film, silver, free, indium = (drawn(key) for key in ELECTRODES)
    current = [float(np.median(b.stored("critical_current"))) for b in (bare, film, silver, free, indium)]
    assert current[1] - current[0] == pytest.approx(between, abs=0.05)
    assert current[2] == current[1]
    assert current[3] == current[0]
    leakage = [float(np.median(b.natural("leakage_current"))) for b in (bare, indium)]
    assert leakage[1] / leakage[0] == pytest.approx((3.8 - 0.62) / 3.8)
    assert float(np.median(bare.natural("electronic_transference"))) == pytest.approx(1e-6, rel=0.01)


def test_a_critical_current_is_unknown_where_no_cell_was_measured():
    """The fit rests on cells at 25 to 75 degree C; a screen says no more in the cold than `show --temperature` does."""
    coldest, hottest = measured_range()
    for celsius, is_known in (
        (coldest, True),
        (hottest, True),
        (60.0, True),
        (-40.0, False),
        (0.0, False),
        (120.0, False),
    ):
        assert np.isfinite(drawn("lithium", celsius).stored("critical_current")).all() == is_known, celsius
        assert np.isnan(drawn("lithium", celsius).stored("critical_current")).all() != is_known


@pytest.mark.parametrize("key", negative_electrodes())
def test_every_electrode_gives_a_score(key, references):
    assert np.isfinite(scores(key, references)).all()
