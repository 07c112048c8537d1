"""Values become studies: a paper once, copies once, bounds and doubts kept."""

from dataclasses import replace

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Bound, Candidate
from ssbscreen.core.evidence import Reported
from ssbscreen.core.laws import decades_per_ev
from ssbscreen.ranking.scatter import Scatter
from ssbscreen.ranking.studies import UNNAMED, Activation, group

SCATTER = Scatter(scale=0.22, spread=0.57, dof=6.0, compiled=1.85, prior_std=2.0, source="test")
EA = Activation(0.35, 0.05)
MATERIAL = Candidate("m", Composition("Li6PS5Cl"))


def value(number: float, reference: str, source: str = "literature", **changes: object) -> Reported:
    row = Reported(MATERIAL, "ionic_conductivity", number, Bound.EXACT, 25.0, reference, source, f"{number}")
    return replace(row, **changes)


def grouped(*rows: Reported):
    return group(rows, SCATTER, 25.0, EA)


def test_a_paper_counts_once_whatever_it_is_called():
    found = grouped(value(-2.6, "10.1/A"), value(-2.8, "10.1/a | 10.2/b"), value(-2.4, "10.2/B"), value(-3.0, "10.3/c"))
    assert [s.value for s in found.studies] == pytest.approx([-2.6, -3.0])
    assert found.n_measured == 2


def test_a_number_copied_by_a_compilation_is_no_second_study():
    rows = value(-2.6, "10.1/a"), value(-2.602, "10.9/other", "obelix"), value(-2.7, "10.8/new", "obelix")
    assert grouped(*rows).n_measured == 2
    apart = replace(rows[1], temperature_c=60.0)
    assert group((rows[0], apart), SCATTER, 25.0, EA).n_measured == 2


def test_two_values_of_one_table_are_two_studies_where_their_papers_differ():
    assert grouped(value(-2.6, "10.1/a"), value(-2.6, "10.2/b")).n_measured == 2


def test_values_of_a_source_that_names_no_paper_are_one_study_or_copies():
    rows = (
        value(-2.6, "10.1/a"),
        value(-2.56, "", "laskowski"),
        value(-4.5, "", "laskowski"),
        value(-4.0, "", "laskowski"),
    )
    found = grouped(*rows)
    assert found.verdicts == ("study 1", "study 1, again", UNNAMED, UNNAMED)
    assert [s.value for s in found.studies] == pytest.approx([-2.6])
    alone = grouped(*rows[2:])
    assert alone.verdicts == ("study 1", "study 1")
    assert alone.studies[0].value == pytest.approx(-4.25)


def test_a_value_without_a_paper_counts_where_the_papers_measured_at_other_temperatures():
    warm = value(-3.5, "10.1/a", temperature_c=55.0)
    near = value(-5.0, "", "chemarr")
    assert group((warm, near), SCATTER, 25.0, Activation(0.9, 0.3)).verdicts == ("study 1", "study 2")
    assert group((warm, near), SCATTER, 25.0, Activation(0.9, 0.02)).verdicts == ("study 1", UNNAMED)


def test_values_are_moved_to_the_temperature_asked_for():
    found = grouped(value(-2.0, "10.1/a", temperature_c=60.0))
    decades = decades_per_ev(60.0, 25.0)
    assert found.studies[0].value == pytest.approx(-2.0 + 0.35 * decades)
    assert found.studies[0].noise == pytest.approx(0.05 * abs(decades))


def test_of_a_series_the_value_at_the_temperature_counts():
    found = grouped(value(-2.6, "10.1/a"), value(-1.5, "10.1/a", temperature_c=80.0))
    assert found.studies[0].value == pytest.approx(-2.6)
    assert found.verdicts == ("study 1", "study 1, another value of it counts")


def test_a_value_too_far_away_does_not_count():
    found = group((value(-1.0, "10.1/a", temperature_c=600.0),), SCATTER, 25.0, Activation(0.35, 0.2))
    assert found.n_measured == 0
    assert "too far" in found.verdicts[0]


def test_refused_values_are_listed_with_their_reason():
    found = grouped(value(-2.6, "10.1/a", refusal="not counted: from memory"), value(-2.7, "10.2/b"))
    assert found.verdicts == ("not counted: from memory", "study 1")
    assert found.n_measured == 1


def test_quality_doubt_and_bounds_go_with_the_study():
    rows = (
        value(-2.6, "10.1/a", is_compiled=True),
        value(-2.0, "10.2/b", dispute="10.3/c"),
        value(-9.0, "10.4/d", bound=Bound.BELOW),
    )
    compiled, disputed, bound = grouped(*rows).studies
    assert (compiled.factor, disputed.factor) == (1.85, 1.0)
    assert disputed.is_disputed
    assert not compiled.is_disputed
    assert bound.bound is Bound.BELOW


def test_calculations_count_only_where_their_noise_is_known():
    row = value(-2.6, "10.1/a", is_calculated=True)
    assert grouped(row).verdicts == ("not counted: calculated",)
    found = group((row,), SCATTER.model_copy(update={"calculated": 0.3}), 25.0, EA)
    assert (found.n_measured, found.studies[0].noise) == (0, pytest.approx(0.3))


HOT = {"temperature_c": 127.0, "drop": 2.75, "drop_std": 0.6}


def test_a_phase_above_a_transition_conducts_less_below_it_by_what_others_fell():
    """LiBH4: 1e-3 S/cm above 390 K and 0.53 eV there, 1e-7 S/cm or less at room temperature (10.1063/1.2817934)."""
    activation = Activation(0.53, 0.05)
    (study,) = group([value(-3.0, "10.1/a", **HOT)], SCATTER, 25.0, activation).studies
    decades = float(decades_per_ev(127.0, 25.0))
    assert study.value == pytest.approx(-3.0 + 0.53 * decades - 2.75)
    assert -9.0 < study.value < -7.0
    assert study.noise == pytest.approx(np.hypot(0.05 * abs(decades), 0.6))


def test_a_model_that_knows_the_hot_phase_alone_is_told_so():
    hot, cold = value(-3.0, "10.1/a", **HOT), value(-7.0, "10.1/b")
    assert (grouped(hot).drop, grouped(hot).drop_std) == (2.75, 0.6)
    assert grouped(hot, cold).drop == grouped(cold).drop == 0.0
    assert group([hot], SCATTER, 127.0, EA).drop == 0.0


def test_above_the_transition_nothing_falls():
    found = group([value(-3.0, "10.1/a", **HOT)], SCATTER, 127.0, EA)
    assert found.studies[0].value == -3.0
    assert "below" not in found.verdicts[0]


def test_a_lower_bound_above_a_transition_is_none_below_it():
    found = group([value(-1.0, "10.1/a", bound=Bound.ABOVE, **HOT)], SCATTER, 25.0, EA)
    assert not found.studies
    assert "lower bound" in found.verdicts[0]
    assert group([value(-1.0, "10.1/a", bound=Bound.ABOVE, **HOT)], SCATTER, 127.0, EA).studies
