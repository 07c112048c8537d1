"""What the benchmark of later papers learns from, tests and counts, on rows made up for it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from later_papers import CLOSED, Years, constants, divisions, repeated

NAN = float("nan")


def test_an_undated_row_is_as_late_as_its_collection_can_be() -> None:
    papers = ["10.1002/adma.201803075", "10.1038/nmat3066", "series 3", "an address without a year"]
    years = Years.of(papers, np.array(["obelix", "obelix", "laskowski", "literature"]))
    assert np.array_equal(years.stated, [2018, NAN, NAN, NAN], equal_nan=True)
    assert np.array_equal(years.latest, [2018, 2018, CLOSED["laskowski"], NAN], equal_nan=True)


def test_nothing_that_may_be_later_is_learned_and_nothing_known_before_is_tested() -> None:
    stated = np.array([2015, 2020, 2023, 2024, 2024, NAN, NAN])
    latest = np.array([2015, 2020, 2023, 2024, 2024, 2022, NAN])
    composition = np.array(["a", "b", "b", "c", "d", "c", "e"])
    found = {part.year: part for part in divisions(Years(stated, latest), composition, [2019, 2022])}
    assert found[2019].train.tolist() == [0]
    assert found[2019].test.tolist() == [1, 2, 4]  # c may be of 2019 or before
    assert found[2022].train.tolist() == [0, 1, 5]
    assert found[2022].test.tolist() == [4]


def test_constants_know_only_what_is_learned_from() -> None:
    value = np.array([-2.0, -4.0, -8.0, -3.0, -100.0, -100.0])
    label = np.array(["oxide", "oxide", "oxide", "sulfide", "oxide", "halide"])
    found = constants(value, label, np.arange(4), np.array([4, 5]))
    assert found["median"].tolist() == [-3.5, -3.5]
    assert found["class median"].tolist() == [-4.0, -3.5]
    assert found["good median"].tolist() == [-3.0, -3.0]
    assert found["good class median"].tolist() == [-3.0, -3.0]


def test_a_rise_with_the_years_is_found_again() -> None:
    year = np.array([2000.0, 2005.0, 2020.0, 2010.0, 2010.0, NAN])
    composition = np.array(["a", "a", "a", "b", "b", "a"])
    paper = np.array(list("pqrstu"))
    value = -5.0 + 0.03 * (year - 2000.0)
    found = repeated(value, year, composition, paper, np.arange(6))
    assert sorted(found.composition.tolist()) == ["a", "a", "a"]
    assert found.rise == pytest.approx([0.3, 0.3, 0.3])
    assert np.sum(found.weight) == pytest.approx((25 + 225 + 400) / 3)
