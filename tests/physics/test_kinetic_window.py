"""Kinetic windows: nearer to measured onsets than thermodynamic ones, and unknown where nobody calculated them."""

import csv

import numpy as np
import pytest

from ssbscreen.files.paths import data_dir
from ssbscreen.physics import kinetic_window
from ssbscreen.physics.kinetic_window import in_words, kinetic_limits, known_windows


def differences(limit: str) -> np.ndarray:
    """Kinetic and thermodynamic limit minus the measured onset, V.  # (n, 2)"""
    known = {row.formula: row for row in known_windows()}
    with (data_dir() / "validation" / "kinetic_windows.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["limit"] == limit]
    return np.array(
        [
            [
                getattr(known[row["calculated_for"]], f"{kind}{limit}") - float(row["onset_V"])
                for kind in ("", "thermodynamic_")
            ]
            for row in rows
        ]
    )


@pytest.mark.parametrize(("limit", "n", "std"), [("oxidation", 9, "OXIDATION_STD"), ("reduction", 6, "REDUCTION_STD")])
def test_error_is_that_against_measured_onsets(limit, n, std):
    found = np.sqrt((differences(limit) ** 2).mean(axis=0))
    assert len(differences(limit)) == n
    assert found[0] == pytest.approx(getattr(kinetic_window, std), abs=0.005)
    assert found[0] < 0.5 * found[1]


def test_a_composition_is_found_however_it_is_written():
    formulas = ["Li6PS5Cl", "Li12P2S10Cl2", "Li6PS5I", "*CCO*"]
    limits = kinetic_limits(formulas, ["sulfide", "sulfide", "sulfide", "polymer"])
    assert limits[:2] == pytest.approx(np.array([[1.11, 2.19]] * 2))
    assert np.isnan(limits[2:]).all()


def test_frameworks_of_titanium_take_lithium_up_before_they_decompose():
    narrower = {w.formula for w in known_windows() if w.reduction > w.thermodynamic_reduction}
    assert narrower == {"Li0.33La0.56TiO3", "Li1.5Al0.5Ti1.5(PO4)3"}


def test_in_words_with_its_source():
    assert in_words("Li6PS5Cl").startswith("1.11 to 2.19 V")
    assert "10.1021/jacsau.1c00228" in in_words("Li6PS5Cl")
    assert in_words("Li6PS5I") == in_words("a glass") == ""
