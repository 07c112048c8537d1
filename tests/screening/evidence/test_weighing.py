"""Measured values beside models: published conductors, bounds, copies, disputes, and the user's own samples."""

from dataclasses import replace

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Bound, Candidate, Polymer
from ssbscreen.core.evidence import EvidenceKind, Reported
from ssbscreen.core.prediction import Predictions, PropertyPrediction, missing
from ssbscreen.measurements.rows import NewValue, Provenance
from ssbscreen.measurements.store import MeasurementStore
from ssbscreen.ranking.facts import facts_of
from ssbscreen.ranking.scatter import load_scatter
from ssbscreen.screening.evidence import reported as reporting
from ssbscreen.screening.evidence.weighing import Weighed, weigh
from ssbscreen.screening.prediction_tables import readable_table
from ssbscreen.sources.literature import SOURCE as LITERATURE

KEY = "ionic_conductivity"
# log10 of S/cm at room temperature as the field knows it, first reports and reviews
PUBLISHED = {
    "Li6PS5Cl": (-2.6, "10.1002/anie.201814222"),
    "Li10GeP2S12": (-1.92, "10.1038/nmat3066"),
    "Li1.3Al0.3Ti1.7(PO4)3": (-3.15, "10.1149/1.2086597"),
    "Li3YCl6": (-3.3, "10.1002/adma.201803075"),
    "Li7La3Zr2O12": (-3.29, "10.1002/anie.200701144"),
    "LiPON (sputtered film)": (-5.6, "10.1016/0167-2738(92)90442-R"),
}


def prediction(n: int, mean: float = -4.5, std: float = 1.0) -> PropertyPrediction:
    full = np.full
    return PropertyPrediction(
        KEY,
        full(n, mean),
        full(n, std),
        full(n, 0.0),
        full(n, mean - 1.645 * std),
        full(n, mean + 1.645 * std),
        full(n, True),
        "test 1",
        full(n, "", dtype=object),
    )


def weighed(candidates: list[Candidate], values: list[Reported] | None = None, **model: float) -> Weighed:
    predictions = Predictions(tuple(c.candidate_id for c in candidates), {KEY: prediction(len(candidates), **model)})
    return weigh(candidates, facts_of(candidates), predictions, lambda *_: None, values)


def value(number: float, reference: str, formula: str = "Li6PS5Cl", **changes: object) -> Reported:
    material = Candidate(reference, Composition(formula), family_hint="argyrodite", is_known=True)
    row = Reported(material, KEY, number, Bound.EXACT, 25.0, reference, "literature", f"{10**number:.2g} S/cm")
    return replace(row, **changes)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped tables alone, whatever was fetched or imported on this machine."""
    monkeypatch.setattr(reporting, "_fetched", list)
    monkeypatch.setattr(reporting, "_own", list)


@pytest.fixture(scope="module")
def known() -> dict[str, Candidate]:
    return {c.label: c for c in LITERATURE.load().candidates}


def test_published_conductors_come_out_with_their_measured_values(alone, known):
    found = weighed([known[name] for name in PUBLISHED])
    column, evidence = found.predictions.by_property[KEY], found.evidence[KEY]
    for i, (name, (published, _)) in enumerate(PUBLISHED.items()):
        assert evidence.kind[i] == EvidenceKind.MEASURED, name
        assert column.lower[i] <= published <= column.upper[i], name
        assert column.std[i] < 0.85, name
    lpscl = list(PUBLISHED).index("Li6PS5Cl")
    assert evidence.n_studies[lpscl] >= 6
    assert column.mean[lpscl] == pytest.approx(-2.75, abs=0.2)
    assert column.upper[lpscl] - column.lower[lpscl] < 1.5


def test_the_sheet_names_every_source_and_why_it_does_not_count(alone, known):
    sheet = weighed([known["Li6PS5Cl"], known["Li3OCl"]]).sheet
    own = sheet[(sheet["candidate_id"] == "lit/Li6PS5Cl") & (sheet["property"] == KEY)]
    assert {"10.1002/anie.201814222", "10.1021/jacs.7b06327"} <= set(own["reference"])
    assert own["verdict"].str.startswith("study").all()
    assert own["as_written"].str.contains("S/cm").all()
    recalled = sheet[(sheet["candidate_id"] == "lit/Li3OCl") & (sheet["property"] == KEY)]
    assert list(recalled["verdict"]) == ["not counted: from memory, without a source"]


def test_a_disputed_report_neither_wins_nor_is_forgotten(alone, known):
    """Li3OCl0.5Br0.5: 9e-4 S/cm of one disputed paper, quoted by three compilations."""
    candidate = known["Li3OCl0.5Br0.5"]
    found = weighed([candidate]).predictions.by_property[KEY]
    values = [replace(v, dispute="") for v in reporting.reported([KEY])]
    believed = weighed([candidate], values).predictions.by_property[KEY]
    assert found.lower[0] < believed.lower[0] - 0.7
    assert found.mean[0] < believed.mean[0]
    assert found.upper[0] > -3.03
    sheet = weighed([candidate]).sheet
    assert sheet[sheet["property"] == KEY]["verdict"].str.contains("disputed: Hanghofer").all()


def test_copies_do_not_sharpen():
    candidate = Candidate("a", Composition("Li6PS5Cl"), family_hint="argyrodite")
    once = [value(-2.6, "10.1/a")]
    copies = [
        *once,
        value(-2.6, "10.1/A"),
        value(-2.602, "10.9/b", source="obelix"),
        value(-2.61, "", source="laskowski"),
    ]
    first, second = (weighed([candidate], rows) for rows in (once, copies))
    assert second.evidence[KEY].n_studies[0] == 1
    assert second.predictions.by_property[KEY].std[0] == pytest.approx(
        first.predictions.by_property[KEY].std[0], rel=0.02
    )


def test_a_bound_stays_a_bound():
    candidate = Candidate("a", Composition("Li6PS5Cl"), family_hint="argyrodite")
    bound = [value(-7.0, "10.1/a", bound=Bound.BELOW)]
    column = weighed([candidate], bound, mean=-6.5).predictions.by_property[KEY]
    assert column.mean[0] < -7.1
    assert column.lower[0] < -9.0
    idle = weighed([candidate], [value(-1.0, "10.1/a", bound=Bound.BELOW)]).predictions.by_property[KEY]
    assert idle.mean[0] == pytest.approx(-4.5, abs=0.1)


def test_the_users_own_sample_counts_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(reporting, "_fetched", list)
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path))
    candidate = Candidate("new", Composition("Li5.4PS4.4Cl1.2Br0.4"), family_hint="argyrodite")
    before = weighed([candidate])
    assert KEY not in before.evidence
    table = tmp_path / "mine.csv"
    table.write_text("x", encoding="utf-8")
    measured = replace(
        value(-2.2, "x").candidate, candidate_id="s1", composition=Composition("Li10.8P2S8.8Cl2.4Br0.8"), family_hint=""
    )
    from ssbscreen.core.candidate import Measurement

    row = Measurement("s1", KEY, -2.2, temperature_c=25.0, reference="laboratory: ours", method="experiment")
    MeasurementStore().add([NewValue(measured, row, Provenance("mine.csv", 2, "s1", "6.3e-3", "S/cm"))], table)
    after = weighed([candidate])
    assert after.evidence[KEY].n_studies[0] == 1
    assert after.predictions.by_property[KEY].mean[0] == pytest.approx(-2.3, abs=0.2)
    assert list(after.sheet["as_written"]) == ["6.3e-3 S/cm"]


def test_a_hypothetical_structure_does_not_take_the_value_of_the_made_one(known, alone):
    """Tetragonal LLZO has a name of its own in the table, and an LGPS-type Li3PS4 is not beta-Li3PS4."""
    tetragonal = replace(known["Li7La3Zr2O12 (tetragonal)"], candidate_id="t")
    cubic = replace(known["Li7La3Zr2O12"], candidate_id="c", space_group=230)
    made_up = Candidate("x", Composition("Li3PS4"), family_hint="lgps", space_group=137)
    found = weighed([tetragonal, cubic, made_up])
    assert found.predictions.by_property[KEY].mean[0] < -5.0
    assert found.predictions.by_property[KEY].mean[1] > -4.0
    assert found.evidence[KEY].kind[2] == EvidenceKind.PREDICTED


def test_polymers_match_by_repeat_unit_salt_and_molality():
    def polymer(key: str, molality: float) -> Candidate:
        return Candidate(key, polymer=Polymer("*CCO*", "[Li+].F", molality), temperature_c=60.0)

    row = replace(value(-3.3, "10.1/p"), candidate=polymer("lit", 1.3), temperature_c=60.0)
    found = weighed([polymer("near", 1.25), polymer("far", 2.5)], [row])
    assert list(found.evidence[KEY].kind) == [EvidenceKind.MEASURED, EvidenceKind.PREDICTED]


def test_shared_errors_shrink_with_the_prior_and_the_interval_is_that_of_a_new_laboratory():
    candidate = Candidate("a", Composition("Li6PS5Cl"), family_hint="argyrodite")
    column = replace(prediction(1), std_class=np.array([0.5]), std_family=np.array([0.3]))
    predictions = Predictions(("a",), {KEY: column})
    rows = [value(-2.6, "10.1/a"), value(-2.7, "10.1/b"), value(-2.8, "10.1/c")]
    found = weigh([candidate], facts_of([candidate]), predictions, lambda *_: None, rows).predictions.by_property[KEY]
    assert found.std_class[0] < 0.05
    assert found.std[0] == pytest.approx((found.upper[0] - found.lower[0]) / 3.29, rel=1e-3)
    assert found.std_epistemic[0] < found.std_aleatoric[0]
    assert "measured, 3 studies" in found.note[0]
    assert found.in_domain[0]


def test_every_property_of_the_config_is_one_that_can_be_reported():
    assert KEY in load_scatter()
    assert not {"oxidation_limit", "reduction_limit", "critical_current"} & set(load_scatter())


def test_a_table_of_predictions_marks_what_was_looked_up():
    candidates = [
        Candidate(i, Composition(f), family_hint="argyrodite") for i, f in (("a", "Li6PS5Cl"), ("b", "Li6PS5I"))
    ]
    found = weighed(candidates, [value(-2.6, "10.1/a")])
    table = readable_table(found.predictions, found.evidence).set_index("candidate_id")
    assert list(table["model"]) == ["test 1 + looked up (measured)", "test 1"]
    assert list(table["note"]) == ["measured, 1 study", ""]
    assert set(readable_table(found.predictions)["model"]) == {"test 1"}
    before = Predictions(("a", "b"), {KEY: missing(KEY, 2, "of polymers")})  # a model that says nothing of these
    alone = readable_table(found.predictions, found.evidence, before).set_index("candidate_id")
    assert alone["model"]["a"] == "looked up (measured)"


def test_a_compiled_value_that_names_no_polymorph_does_not_count_where_there_are_two(alone) -> None:
    """Cubic LLZO conducts 3e-4 S/cm, tetragonal 1e-6; collections list both under one formula."""
    formula = "Li7La3Zr2O12"

    def of(number: float, reference: str, hint: str, group: int | None = None, is_compiled: bool = False) -> Reported:
        row = value(number, reference, formula, is_compiled=is_compiled)
        material = Candidate(reference, Composition(formula), family_hint=hint, space_group=group, is_known=True)
        return replace(row, candidate=material)

    cubic = of(-3.5, "10.1/a", "garnet", 230)
    tetragonal = of(-6.0, "10.1/b", "garnet", 142)
    nameless = [of(-6.1 - 0.1 * i, f"10.1/c{i}", "garnet", is_compiled=True) for i in range(4)]
    wanted = [Candidate("x", Composition(formula), family_hint="garnet", space_group=230, is_known=True)]
    with_both, one = weighed(wanted, [cubic, tetragonal, *nameless]), weighed(wanted, [cubic])
    assert with_both.predictions.by_property[KEY].mean[0] == one.predictions.by_property[KEY].mean[0]
    assert weighed(wanted, [cubic, *nameless]).evidence[KEY].n_studies[0] > 1  # nothing says that there are two


@pytest.mark.parametrize("label", ["LiCB11H12 (disordered)", "LiBH4 (hexagonal)"])
def test_what_a_phase_does_above_its_transition_is_far_more_than_at_room_temperature(alone, known, label) -> None:
    """LiCB11H12 conducts 0.15 S/cm at 403 K (Tang et al. 2015), LiBH4 1e-3 above 390 K; both phases end there."""
    found = weighed([known[label]], mean=-2.4)  # of a model that learned what the hot phase does
    assert -7.5 < found.predictions.by_property[KEY].mean[0] < -4.5
    assert any("below the transition of its phase" in verdict for verdict in found.sheet["verdict"])
