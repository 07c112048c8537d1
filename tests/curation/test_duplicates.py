"""Planted retellings of one measurement must all be found, and independent ones kept."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Bound, Candidate, Measurement, Records
from ssbscreen.core.identity import composition_groups
from ssbscreen.curation.curate import curate
from ssbscreen.curation.duplicates import duplicates, paper_groups

KEY = "ionic_conductivity"


def pair(source, formula, value, doi="", temperature=25.0, bound=Bound.EXACT, group=None, name="x"):
    candidate = Candidate(f"{source}-{name}", Composition(formula), source=source, space_group=group)
    return candidate, Measurement(candidate.candidate_id, KEY, value, bound, temperature, doi, source=source)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Li6.4La3Zr1.4Ta0.6O12", "Li6.40La3Zr1.40Ta0.60O12"),
        ("Li7La3Zr2O12", "Li14La6Zr4O24"),
        ("Li6.24La3Zr2Al0.24O11.98", "(Li6.24Al0.24)La3Zr2O12"),
        ("Li2OHCl", "Li2ODCl"),
        ("Li0.34La0.55TiO3", "Li0.34La0.553TiO3"),
        ("Li1.3Al0.3Ti1.7(PO4)3", "Li13Al3Ti17P30O120"),
    ],
)
def test_one_composition_written_in_two_ways_is_one_group(one, other):
    assert len(set(composition_groups([Composition(one), Composition(other)]).tolist())) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Li6.4La3Zr1.4Ta0.6O12", "Li6.5La3Zr1.5Ta0.5O12"),
        ("Li3PS4", "Li3PO4"),
        ("Li6PS5Cl", "Li5.9PS4.9Cl1.1"),
        ("Li10GeP2S12", "Li10SnP2S12"),
    ],
)
def test_neighbours_of_a_series_stay_apart(one, other):
    assert len(set(composition_groups([Composition(one), Composition(other)]).tolist())) == 2


def test_groups_equal_those_of_all_pairs():
    rng = np.random.default_rng(0)
    compositions = [
        Composition({"Li": 1 + 0.002 * a, "P": 1, "O": 3 + 0.002 * b}) for a, b in rng.integers(0, 60, (60, 2))
    ]
    found = composition_groups(compositions)
    share = np.array([[c.get_atomic_fraction(e) for e in ("Li", "P", "O")] for c in compositions])
    near = np.abs(share[:, None] - share[None]).max(axis=2) <= 0.0013
    reach = near
    for _ in range(8):
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    np.testing.assert_array_equal(reach, found[:, None] == found[None])


def test_polymers_are_alone():
    assert len(set(composition_groups([None, None, Composition("LiF")]).tolist())) == 3


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("a", "Li3PS4", -6.0, "10.1/X"), ("b", "Li3PS4", -5.2, "10.1/x")),  # the same paper, bulk instead of total
        (("a", "Li3PS4", -6.0, "10.1/x|10.1/y"), ("b", "Li3PS4", -6.0, "10.1/y")),
        (("a", "Li3PS4", -6.0, "10.1/x"), ("b", "Li3PS4", -6.04, "")),  # a paper that is not named, a value read off
        (("a", "Li3PS4", -6.0, "10.1/x"), ("b", "Li6P2S8", -6.0, "10.1/z")),  # the very number
        (("a", "Li3PS4", -6.0, "10.1/x"), ("b", "Li3PS4", -6.0, "10.1/x", 27.0)),
    ],
)
def test_a_planted_retelling_is_found(first, second):
    assert set(duplicates([pair(*first), pair(*second)])) == {1}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("a", "Li3PS4", -6.0, "10.1/x"), ("b", "Li3PS4", -5.8, "10.1/z")),  # another sample
        (("a", "Li3PS4", -6.0, "10.1/x"), ("b", "Li3PS4", -5.7, "")),
        (("a", "Li3PS4", -6.0, "10.1/x"), ("b", "Li3PS4", -3.0, "10.1/x", 100.0)),  # another temperature
        (("a", "Li3PS4", -6.0, "10.1/x"), ("b", "Li3PS4", -6.0, "10.1/x", 25.0, Bound.BELOW)),
        (
            ("a", "Li3PS4", -6.0, "10.1/x", 25.0, Bound.EXACT, 62),
            ("b", "Li3PS4", -6.0, "10.1/z", 25.0, Bound.EXACT, 31),
        ),
        (("a", "Li3PS4", -6.0, "10.1/x"), ("a", "Li3PS4", -5.2, "10.1/x")),  # two samples of one source
    ],
)
def test_what_was_measured_anew_stays(first, second):
    assert not duplicates([pair(*first), pair(*second)])


def test_curation_removes_retellings_before_any_split_and_says_so():
    rows = [
        pair("a", "Li7La3Zr2O12", -3.5, "10.1/x"),
        pair("b", "Li7.0La3.0Zr2.0O12.0", -3.52),
        pair("b", "Li7La3Zr2O12", -3.9, name="other sample"),
    ]
    parts = [Records((c,), (m,)) for c, m in rows]
    dataset, rejected = curate(parts, [KEY], "t")
    assert [c.candidate_id for c in dataset.candidates] == ["a-x", "b-other sample"]
    assert len(rejected) == 1
    assert "duplicate of a:a-x" in rejected[0].reason
    assert len(set(dataset.groups["composition"])) == 1


def test_rounded_formulas_share_the_group_that_splits_go_by():
    rows = [pair("a", "Li6.24La3Zr2Al0.24O11.98", -3.5, "10.1/x"), pair("b", "(Li6.24Al0.24)La3Zr2O12", -4.2, "10.1/y")]
    dataset, _ = curate([Records((c,), (m,)) for c, m in rows], [KEY], "t")
    assert len(set(dataset.groups["formula"])) == 2
    assert len(set(dataset.groups["composition"])) == 1


def test_papers_are_known_by_any_of_their_addresses():
    assert paper_groups(["10.1/A|10.1/b", "10.1/B", "10.1/c", "", "10.1/a"]) == [
        "10.1/a",
        "10.1/a",
        "10.1/c",
        "",
        "10.1/a",
    ]
