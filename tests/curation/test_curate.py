"""Curation on small hand-made records: what stays, what is rejected and why."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition

from ssbscreen.core.candidate import Bound, Candidate, Measurement, Polymer, Records
from ssbscreen.core.dataset import ABOVE, BELOW, EXACT
from ssbscreen.core.errors import UsageError
from ssbscreen.curation.consistency import material_key
from ssbscreen.curation.curate import curate

KEY = "ionic_conductivity"


def records(*rows: tuple, source: str = "s") -> Records:
    """(id, formula, value, further Measurement fields) each."""
    candidates, measurements = {}, []
    for name, formula, value, *rest in rows:
        fields = rest[0] if rest else {}
        candidates[name] = Candidate(name, composition=Composition(formula), source=source)
        measurements.append(
            Measurement(name, fields.pop("key", KEY), value, source=source, **({"temperature_c": 25.0} | fields))
        )
    return Records(tuple(candidates.values()), tuple(measurements))


def test_a_planted_contradiction_of_three_is_set_aside_and_the_others_stay():
    dataset, rejected = curate(
        [records(("a", "Li3PS4", -6.0), ("b", "Li3PS4", -5.7), ("c", "Li3PS4", -1.0), ("d", "Li3N", -3.0))], [KEY], "t"
    )
    assert [c.candidate_id for c in dataset.candidates] == ["a", "b", "d"]
    assert len(rejected) == 1
    assert rejected[0].input.startswith("s:c")
    assert "contradiction" in rejected[0].reason


def test_of_two_far_values_neither_is_believed():
    dataset, rejected = curate([records(("a", "Li3PS4", -6.0), ("b", "Li3PS4", -3.5))], [KEY], "t")
    assert len(dataset) == 0
    assert len(rejected) == 2


def test_values_at_other_temperatures_do_not_contradict():
    dataset, rejected = curate(
        [records(("a", "Li3PS4", -6.0), ("b", "Li3PS4", -2.0, {"temperature_c": 200.0}))], [KEY], "t"
    )
    assert len(dataset) == 2
    assert not rejected


def test_bounds_stay_bounds():
    dataset, _ = curate(
        [
            records(
                ("a", "LiF", -10.0, {"bound": Bound.BELOW}),
                ("b", "Li2O", -9.0),
                ("c", "Li3N", -4.0, {"bound": Bound.ABOVE}),
            )
        ],
        [KEY],
        "t",
    )
    assert dataset.bound[:, 0].tolist() == [BELOW, EXACT, ABOVE]
    assert dataset.values[:, 0].tolist() == [-10.0, -9.0, -4.0]


def test_a_bound_that_excludes_what_was_measured_is_a_contradiction():
    dataset, rejected = curate([records(("a", "LiF", -10.0, {"bound": Bound.BELOW}), ("b", "LiF", -6.0))], [KEY], "t")
    assert [c.candidate_id for c in dataset.candidates] == ["b"]
    assert "bound" in rejected[0].reason
    agreeing, none = curate([records(("a", "LiF", -10.0, {"bound": Bound.BELOW}), ("b", "LiF", -11.0))], [KEY], "t")
    assert len(agreeing) == 2
    assert not none


def test_one_measurement_told_by_two_compilations_counts_once():
    first = records(("a", "Li3PS4", -6.0), source="first")
    second = records(("z", "Li3PS4", -6.0001), ("y", "Li3PS4", -5.5), source="second")
    dataset, rejected = curate([first, second], [KEY], "t")
    assert [c.candidate_id for c in dataset.candidates] == ["a", "y"]
    assert "duplicate of" in rejected[0].reason
    assert dataset.sources == ("first", "second")


def test_equal_values_of_two_papers_in_one_source_are_two_measurements():
    dataset, _ = curate(
        [records(("a", "Li3PS4", -6.0, {"reference": "10.1/a"}), ("b", "Li3PS4", -6.0, {"reference": "10.1/b"}))],
        [KEY],
        "t",
    )
    assert len(dataset) == 2
    assert sorted(dataset.groups["doi"]) == ["10.1/a", "10.1/b"]


@pytest.mark.parametrize("value", [5.0, -40.0, math.inf, math.nan, 400.0])
def test_implausible_values_are_set_aside(value):
    dataset, rejected = curate([records(("a", "Li3PS4", value), ("b", "Li3N", -4.0))], [KEY], "t")
    assert len(dataset) == 1
    assert "plausible" in rejected[0].reason


def test_properties_share_a_row_and_missing_ones_are_nan():
    given_records = records(
        ("a", "LiF", 1.8, {"key": "bulk_modulus", "temperature_c": None}),
        ("a", "LiF", 1.7, {"key": "shear_modulus", "temperature_c": None}),
        ("b", "LiCl", 1.5, {"key": "bulk_modulus", "temperature_c": None}),
    )
    dataset, _ = curate([given_records], ["shear_modulus", "bulk_modulus"], "t")
    assert len(dataset) == 2
    np.testing.assert_array_equal(dataset.values, [[1.7, 1.8], [np.nan, 1.5]])
    assert np.isnan(dataset.temperature_c).all()


def test_a_candidate_measured_at_two_temperatures_is_two_rows_that_carry_them():
    polymer = Candidate("p", polymer=Polymer("*CCO*", "[Li+].[Cl-]", 1.0))
    given_records = Records(
        (polymer,),
        (
            Measurement("p", KEY, -4.0, temperature_c=60.0, source="s"),
            Measurement("p", KEY, -6.0, temperature_c=25.0, source="s"),
            Measurement("p", "activation_energy", 0.6, source="s"),
        ),
    )
    dataset, _ = curate([given_records], [KEY, "activation_energy"], "t")
    assert dataset.temperature_c.tolist() == [25.0, 60.0]
    assert [c.temperature_c for c in dataset.candidates] == [25.0, 60.0]
    np.testing.assert_array_equal(dataset.values, [[-6.0, 0.6], [-4.0, np.nan]])
    assert dataset.groups["polymer"].tolist() == ["*CCO*", "*CCO*"]
    assert dataset.groups["salt"].tolist() == ["[Li+].[Cl-]"] * 2
    assert set(dataset.groups["class"]) == {"polymer"}


def test_groups_name_formula_system_class_and_what_the_source_brings():
    dataset, _ = curate(
        [records(("a", "Li6PS5Cl", -2.5, {"groups": {"official_fold": "3"}}), ("b", "Li12P2S10Cl2", -2.6))], [KEY], "t"
    )
    assert len(set(dataset.groups["formula"])) == 1
    assert dataset.groups["chemsys"].tolist() == ["Cl-Li-P-S"] * 2
    assert dataset.groups["class"].tolist() == ["sulfide"] * 2
    assert dataset.groups["official_fold"].tolist() == ["3", ""]


def test_a_measurement_without_its_candidate_is_set_aside():
    stray = Records((), (Measurement("ghost", KEY, -3.0, source="s"),))
    dataset, rejected = curate([stray, records(("a", "LiF", -9.0))], [KEY], "t")
    assert len(dataset) == 1
    assert "ghost" in rejected[0].input


def test_an_unknown_property_is_refused():
    with pytest.raises(UsageError, match="ionic_conductivity"):
        curate([records(("a", "LiF", -9.0))], ["ionic_conductivty"], "t")


@given(st.permutations(range(6)))
def test_the_order_of_the_records_does_not_change_the_dataset(order):
    rows = [
        ("a", "LiF", -9.0),
        ("b", "LiCl", -8.0),
        ("c", "LiBr", -7.0),
        ("d", "LiI", -6.0),
        ("e", "Li2O", -9.5),
        ("f", "Li2S", -9.2),
    ]
    one, _ = curate([records(*rows)], [KEY], "t")
    other, _ = curate([records(*(rows[i] for i in order))], [KEY], "t")
    assert one.fingerprint == other.fingerprint


def test_polymorphs_are_not_repeats():
    low, high = (Candidate(n, composition=Composition("Li3PO4"), space_group=g) for n, g in (("a", 31), ("b", 62)))
    assert material_key(low, 25.0) != material_key(high, 25.0)
    assert material_key(low, 25.0) == material_key(low, 25.3)
