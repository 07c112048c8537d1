"""Criteria that say nothing about a class: their group's others bear the weight, and nothing is credited."""

import numpy as np
import pytest
from pydantic import ValidationError
from ranking_pools import column, facts, plain_profile, pool, small_screen

from ssbscreen.core.evidence import EvidenceKind
from ssbscreen.query.columns import NOT_APPLICABLE
from ssbscreen.ranking.applicability import applies, row_weights
from ssbscreen.ranking.criteria import Screen, load_screen, resolve
from ssbscreen.ranking.desirability import Ramp
from ssbscreen.ranking.ranker import rank
from ssbscreen.ranking.score_draws import draws_of

CLASSES = ["oxide", "polymer", "polymer"]


def screen(not_for=("polymer",)):
    """Two criteria in one group, of which the first says nothing about polymers, and one in another."""
    base = small_screen().model_dump()
    rows = {row["property"]: row for row in base["criteria"]}
    common = {"citation": "test", "test": "a test", "direction": "max", "group": "mechanics"}
    tough = common | {"property": "fracture_toughness", "good": 1.5, "bad": 0.2, "not_for": not_for, "share": 2}
    stiff = common | {"property": "youngs_modulus", "good": 100.0, "bad": 1.0}
    conducting = rows["ionic_conductivity"] | {"hard_limit": None}
    given = base | {"criteria": [tough, stiff, conducting], "groups": {"mechanics": 0.8, "transport": 0.2}}
    return Screen.model_validate(given | {"vital": None, "shown": ()})


def quantities(toughness=(1.0, np.nan, np.nan)):
    columns = [
        column("fracture_toughness", toughness),
        column("youngs_modulus", [50.0, 30.0, 60.0], 5.0),
        column("ionic_conductivity", [-3.5, -4.0, -4.5], 0.3),
    ]
    return pool(facts(CLASSES), columns)


def test_weights_go_to_the_rest_of_the_group():
    given = screen()
    weights = row_weights(given, applies(given, CLASSES))
    assert weights[0] == pytest.approx(given.weights)
    assert weights[1] == pytest.approx([0.0, 0.8, 0.2])
    assert weights.sum(axis=1) == pytest.approx(1.0)


def test_score_is_that_of_the_criteria_that_apply():
    """By hand: a polymer's score is the weighted geometric mean of the other two, whatever is put in for the first."""
    found = rank(quantities(), screen(), plain_profile())
    also = rank(quantities((1.0, 9.0, 0.01)), screen(), plain_profile())
    assert found.scores.score == pytest.approx(also.scores.score)
    given = found.screen
    draws = draws_of(found, quantities())
    for name, row in zip(draws.candidate_ids, draws.stored, strict=True):
        if name == "c000":
            continue
        logs = [np.log(Ramp(given.criteria[i], given.floor).desirability(row[i])) for i in (1, 2)]
        i = list(found.table["candidate_id"]).index(name)
        assert found.table["score"].iloc[i] == pytest.approx(
            float(np.exp((0.8 * logs[0] + 0.2 * logs[1]).mean())), rel=1e-4
        )
    worth = np.exp(draws.log_utility.mean(axis=1))
    order = [list(draws.candidate_ids).index(name) for name in found.table["candidate_id"]]
    assert worth[order] == pytest.approx(found.table["score"].to_numpy(), rel=1e-4)


def test_nothing_is_credited_and_it_is_said():
    table = rank(quantities((1.0, 9.0, 0.01)), screen(), plain_profile()).table.set_index("candidate_id")
    assert table.loc["c001", "fracture_toughness_evidence"] == EvidenceKind.NOT_APPLICABLE == NOT_APPLICABLE
    assert np.isnan(table.loc["c001", "fracture_toughness_value"])
    assert table.loc["c001", "coverage"] == pytest.approx(1.0)
    assert table.loc["c001", "limiting_criterion"] != "fracture_toughness"
    assert table.loc["c000", "fracture_toughness_evidence"] == EvidenceKind.PREDICTED


def test_ceramics_are_ranked_as_if_the_criterion_of_polymers_were_not_there():
    given = load_screen("separator").model_dump()
    without = [row for row in given["criteria"] if row["property"] != "stiffness_distance"]
    for row in without:
        row["not_for"] = ()
    bare = Screen.model_validate(given | {"criteria": without})
    columns = [column(key, [1.5, 1.2]) for key in ("bulk_modulus", "shear_modulus")]
    of = pool(facts(["oxide", "sulfide"], volume_per_atom=np.array([10.0, 20.0])), columns)
    new, old = (rank(of, s, plain_profile()).scores.score for s in (load_screen("separator"), bare))
    assert new == pytest.approx(old, rel=1e-5)


def test_what_cannot_be_is_refused():
    bare = screen().model_dump()
    bare["criteria"][1]["not_for"] = ("polymer",)
    with pytest.raises(ValidationError, match="applies to 'polymer'"):
        Screen.model_validate(bare)
    with pytest.raises(ValidationError, match="chemistry class"):
        screen(not_for=("polymers",))
    resolved = resolve(load_screen("separator"), plain_profile())
    assert {c.name for c in resolved.criteria if "polymer" in c.not_for} >= {
        "fracture_toughness",
        "stability_parameter",
    }
