"""Processing table and rules: order of classes, missing values, ductility of known solids, glass formers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition

from ssbscreen.core.chemistry import CLASSES, FAMILIES
from ssbscreen.physics.processing import (
    EASY_TEMPERATURE,
    HARD_TEMPERATURE,
    PROCESSES,
    ROUTES,
    ductility,
    glass_former_share,
    practical_thicknesses,
    process_of,
    processing_scores,
    processing_temperatures,
)


def test_every_number_has_a_source_and_a_known_key() -> None:
    known = {row.key for row in CLASSES} | {row.key for row in FAMILIES}
    assert len({row.key for row in PROCESSES}) == len(PROCESSES)
    for row in PROCESSES:
        assert row.key in known
        assert row.route in ROUTES
        assert math.isnan(row.temperature) or "http" in row.temperature_source or "10." in row.temperature_source
        assert math.isnan(row.thickness) == (not row.thickness_source)
        if row.route == "sintered" and not math.isnan(row.temperature):
            assert row.temperature >= 500.0


def test_family_goes_before_class() -> None:
    garnet, sulfide = process_of("oxide", "garnet"), process_of("sulfide", "argyrodite")
    assert garnet is not None
    assert garnet.key == "garnet"
    assert sulfide is not None
    assert sulfide.key == "sulfide"
    assert process_of("nitride", "nitride") is None


def test_soft_classes_score_above_sintered_oxides() -> None:
    classes = ["polymer", "sulfide", "halide", "oxide", "oxide", "oxide", "nitride"]
    families = ["polyether", "argyrodite", "li3mx6_trigonal", "nasicon", "garnet", "silicate", "nitride"]
    temperatures = processing_temperatures(classes, families)
    scores = processing_scores(temperatures)
    assert scores[:3].min() == 1.0
    assert 1.0 > scores[3] > scores[4] > 0.0
    assert np.isnan(scores[5:]).all()  # nothing read, nothing invented


@given(st.floats(-50.0, 2000.0), st.floats(0.0, 500.0))
def test_score_falls_with_temperature(temperature: float, step: float) -> None:
    low, high = processing_scores(np.array([temperature, temperature + step]))
    assert 0.0 <= high <= low <= 1.0


def test_score_anchors() -> None:
    middle = 0.5 * (EASY_TEMPERATURE + HARD_TEMPERATURE)
    scores = processing_scores(np.array([EASY_TEMPERATURE, middle, HARD_TEMPERATURE, np.nan]))
    assert scores[:3] == pytest.approx([1.0, 0.5, 0.0])
    assert np.isnan(scores[3])


def test_practical_thickness_is_missing_where_none_was_read() -> None:
    thickness = practical_thicknesses(["sulfide", "halide", "oxide", "hydride"], ["lgps", "spinel", "garnet", "other"])
    assert thickness[:3].tolist() == [35.0, 25.0, 45.0]
    assert np.isnan(thickness[3])


def test_ductility_of_known_solids() -> None:
    # K, G in GPa: MgO 151/119 and diamond 443/535 are brittle, Li7P3S11 23.9/8.1 and gold 180/27 ductile
    bulk, shear = np.array([151.0, 443.0, 23.9, 180.0, np.nan]), np.array([119.0, 535.0, 8.1, 27.0, 1.0])
    assert ductility(bulk / shear).tolist() == ["brittle", "brittle", "ductile", "ductile", ""]


@pytest.mark.parametrize(
    ("formula", "share"),
    [
        ("Li3PS4", 1.0),
        ("Li4P2S7", 1.0),
        ("LiBO2", 1.0),
        ("Li10GeP2S12", 1.0),
        ("Li1.5Al0.5Ge1.5(PO4)3", 4.5 / 5.0),
        ("Li7La3Zr2O12", 0.0),
        ("Li0.33La0.557TiO3", 0.0),
    ],
)
def test_glass_former_share(formula: str, share: float) -> None:
    assert glass_former_share(Composition(formula)) == pytest.approx(share)


@pytest.mark.parametrize("formula", ["Li3YCl6", "LiBH4", "Li2S", "LiPF6"])
def test_glass_former_share_is_missing_without_a_network(formula: str) -> None:
    assert math.isnan(glass_former_share(Composition(formula)))
    assert math.isnan(glass_former_share(None))
