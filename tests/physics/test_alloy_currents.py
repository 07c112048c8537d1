"""Currents on alloys stand apart from those on lithium foil."""

import csv

from ssbscreen.files.paths import data_dir
from ssbscreen.physics.alloy_currents import alloy_currents, alloy_currents_of
from ssbscreen.physics.critical_current import measured_cells


def test_every_reading_is_a_bound_with_a_source():
    rows = alloy_currents()
    assert len(rows) >= 5
    assert all(row.bound in ("above", "below") and row.source and row.current > 0.0 for row in rows)
    assert alloy_currents_of("oxide") == ()
    assert "under 2.5 mA/cm2, dendrites from there on" in " ".join(row.text() for row in alloy_currents_of("sulfide"))


def test_no_host_is_among_the_cells_that_the_fit_of_foil_learns_from():
    with (data_dir() / "outcomes" / "critical_current.csv").open(encoding="utf-8", newline="") as stream:
        conditions = [row["conditions"] for row in csv.DictReader(stream)]
    assert len(conditions) >= len(measured_cells())
    assert not [words for words in conditions if "LiGa" in words or "Ag-C" in words or "Li-In anode" in words]
