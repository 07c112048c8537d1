"""The error of the reference in a window, against published windows that it should cover."""

import csv

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.recognition import classify
from ssbscreen.files.paths import data_dir
from ssbscreen.physics.phase_stability import WINDOW_STD
from ssbscreen.screening.hulls.hull_quantities import compute_hulls
from ssbscreen.screening.hulls.references import references_of
from ssbscreen.screening.hulls.window_error import with_reaction_error, with_window_error
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE

N = 400


def drawn(ids, classes, low=1.7, high=2.1):
    shape = len(ids), N
    return with_window_error(np.full(shape, low), np.full(shape, high), ids, classes, 0)


def test_error_has_no_bias_and_the_stated_width():
    low, high = drawn(["a", "b"], ["sulfide", "sulfide"], high=3.0)
    assert low.mean(axis=1) == pytest.approx(1.7, abs=1e-6)
    assert np.median(high, axis=1) == pytest.approx(3.0, abs=1e-3)
    assert high.std(axis=1) == pytest.approx(WINDOW_STD, rel=0.02)


def test_metals_of_halides_widen_the_reduction_limit_alone():
    given = np.full((2, N), 1.7), np.full((2, N), 4.2)
    low, high = with_window_error(*given, ["a", "b"], ["halide", "halide"], 0, [0.3, 0.0])
    assert low.std(axis=1) == pytest.approx([np.hypot(WINDOW_STD, 0.3), WINDOW_STD], rel=0.02)
    assert high.std(axis=1) == pytest.approx(WINDOW_STD, rel=0.02)
    assert low.mean(axis=1) == pytest.approx(1.7, abs=1e-6)


def test_hulls_hand_the_error_of_the_metal_on():
    names = ["LiHfFCl4", "Li3ScF6"]
    candidates = [Candidate(name, Composition(name)) for name in names]
    references = references_of(SOURCE.load_phases(EMBEDDED))
    values = compute_hulls(candidates, np.full((2, N), np.nan), references, np.zeros(2, dtype=bool)).draws.values
    low, high = np.quantile(values["reduction_limit"][0], [0.05, 0.95])
    assert low < 1.66 < high  # r2SCAN, 10.1016/j.matt.2025.102001; 1.37 V here
    assert values["reduction_limit"][1].std() == pytest.approx(WINDOW_STD, rel=0.02)


def test_a_class_errs_together():
    _, high = drawn(["a", "b", "c"], ["sulfide", "sulfide", "oxide"], high=5.0)
    assert np.corrcoef(high)[0, 1] == pytest.approx(0.5, abs=0.1)
    assert abs(np.corrcoef(high)[0, 2]) < 0.15
    alone = drawn(["b"], ["sulfide"], high=5.0)[1]
    assert np.array_equal(alone[0], high[1])  # whatever else is in the pool


def test_no_window_is_turned_over_and_what_lives_with_lithium_stays():
    low, high = drawn(["a"], ["sulfide"], low=2.1, high=2.12)
    assert (high >= low).all()
    assert (drawn(["a"], ["oxide"], low=0.0)[0] == 0.0).all()
    assert (drawn(["a"], ["oxide"], low=0.05)[0] >= 0.0).all()
    missing = with_window_error(np.array([[1.0, 1.0]]), np.array([[np.nan, np.nan]]), ["a"], ["oxide"], 0)
    assert np.isnan(missing[1]).all()


def test_what_lithium_releases_has_the_error_of_a_reaction_where_it_has_none():
    given = np.array([np.full(N, -0.9), np.full(N, 0.0), np.full(N, np.nan), np.linspace(-1.0, -0.8, N)])
    found = with_reaction_error(given, list("abcd"), 0)
    assert found[0].mean() == pytest.approx(-0.9, abs=1e-6)
    assert found[0].std() == pytest.approx(0.024, rel=0.1)
    assert np.array_equal(found[[1, 3]], given[[1, 3]])
    assert np.isnan(found[2]).all()


def test_intervals_cover_what_other_calculations_and_measured_enthalpies_say():
    """Nine tenths of all published values but onsets of slow reactions, whatever their energies."""
    with (data_dir() / "validation" / "windows.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["energies"] != "measured onset"]
    formulas = sorted({row["formula"] for row in rows})
    candidates = [Candidate(name, Composition(name)) for name in formulas]
    energies, made = np.full((len(formulas), N), np.nan), np.zeros(len(formulas), dtype=bool)
    values = compute_hulls(candidates, energies, references_of(SOURCE.load_phases(EMBEDDED)), made).draws.values
    inside = {}
    for row in rows:
        for key in ("reduction", "oxidation"):
            column = values[f"{key}_limit"][formulas.index(row["formula"])]
            if row[f"{key}_V"] and float(row[f"{key}_V"]) > 0.0 and np.isfinite(column).all():
                low, high = np.quantile(column, [0.05, 0.95])
                group = classify(Composition(row["formula"]))
                inside.setdefault(group, []).append(low <= float(row[f"{key}_V"]) <= high)
    everything = [hit for hits in inside.values() for hit in hits]
    assert len(everything) > 150
    assert np.mean(everything) == pytest.approx(0.90, abs=0.05)
    assert np.mean(inside["halide"]) > 0.8
    assert np.mean(inside["sulfide"]) > 0.8
