"""Composite cathode: limits, sums by hand, dimensions by scaling."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssbscreen.files.paths import data_dir
from ssbscreen.physics import composite_cathode as composite


def test_pure_catholyte_without_pores_conducts_like_itself():
    assert composite.catholyte_share(0.0, 4.7, 1.86, 0.0) == pytest.approx(1.0)
    assert composite.effective_conductivity(-3.0, 1.0, 0.3) == pytest.approx(-3.0)


def test_shares_fill_the_volume():
    """Catholyte, active material and pores add up to one."""
    weight, porosity = 0.8, 0.1
    share = composite.catholyte_share(weight, 4.7, 1.86, porosity)
    active = (1 - porosity) * (weight / 4.7) / (weight / 4.7 + (1 - weight) / 1.86)
    assert share + active + porosity == pytest.approx(1.0)


def test_percolation_by_hand():
    """A share of 0.4 keeps (0.2 / 0.8)^2; less than a fifth keeps next to nothing, without a step."""
    assert 10 ** composite.effective_conductivity(0.0, 0.4, 0.2) == pytest.approx(0.0625)
    assert 10 ** composite.effective_conductivity(0.0, 0.19, 0.2) < 1e-5
    kept = composite.effective_conductivity(0.0, np.linspace(0.05, 1.0, 400), 0.2)
    assert (np.diff(kept) >= 0.0).all()


def test_measured_composites():
    """Ions in fifteen composites of three laboratories; the threshold was set on the first one only."""
    table = pd.read_csv(data_dir() / "validation" / "composites.csv")
    ions = table[table["carrier"] == "ions"]
    computed = composite.effective_conductivity(np.log10(ions["pure_S_cm"]), ions["share"])
    error = np.abs(computed - np.log10(ions["effective_S_cm"]))
    by_set = error.groupby(ions["set"]).mean()
    assert by_set["Minnmann 2021"] < 0.1
    assert by_set[["Asano 2017", "Froboese 2019"]].max() < 0.2
    square = np.abs(np.log10(ions["pure_S_cm"]) + 2.0 * np.log10(ions["share"]) - np.log10(ions["effective_S_cm"]))
    assert error.mean() < square.mean() / 3.0  # of the law that stood here before


def test_electronic_threshold_of_stacked_spheres():
    """Values of the equation at 3, 5, 10 and 15 micrometre: 45.3, 49.3, 54.7, 57.9 percent."""
    found = composite.electronic_threshold(np.array([3.0, 5.0, 10.0, 15.0]))
    assert found == pytest.approx([0.453, 0.493, 0.547, 0.579], abs=1e-3)


def test_pressed_composites_conduct_electrons_below_the_threshold_of_stacked_spheres():
    """Eight composites of two laboratories, 3 and 5 micrometre, without carbon: the margin is no criterion."""
    table = pd.read_csv(data_dir() / "validation" / "composites.csv")
    rows = table[table["carrier"] == "electrons"]
    diameter = rows["composite"].str.extract(r"\((\d+) um\)")[0].astype(float)
    margin = rows["share"] - composite.electronic_threshold(diameter.to_numpy())
    kept = rows["effective_S_cm"] / rows["pure_S_cm"]
    assert len(rows) == 8
    below = kept[margin < 0]
    assert len(below) == 4
    assert below.min() == pytest.approx(0.002, rel=0.05)  # a fifth of a per cent, with a quarter of active material
    assert below.max() == pytest.approx(0.056, rel=0.05)
    by_laboratory = kept[margin > 0].groupby(rows["set"]).min()
    assert by_laboratory["Asano 2017"] < below.max() < by_laboratory["Minnmann 2021"]  # it does not order them either


@given(st.floats(-6, -1), st.floats(0.25, 0.95), st.floats(0.1, 0.2), st.floats(1e-4, 2e-2), st.floats(0.01, 0.5))
def test_usable_thickness_solves_the_drop_and_scales(log10_sigma, share, threshold, current, drop):
    effective = composite.effective_conductivity(log10_sigma, share, threshold)
    thickness = composite.usable_thickness(effective, current, drop)
    assert current * composite.ionic_resistance(effective, thickness) == pytest.approx(drop)
    # V S/cm / (A/cm2) is a length: twice the drop or the conductivity doubles it, twice the current halves it
    assert composite.usable_thickness(effective, current, 2 * drop) == pytest.approx(2 * thickness)
    assert composite.usable_thickness(effective + np.log10(2), current, drop) == pytest.approx(2 * thickness)
    assert composite.usable_thickness(effective, 2 * current, drop) == pytest.approx(thickness / 2)
    assert composite.usable_capacity(thickness, thickness / 2, 5.0) == pytest.approx(10.0)
