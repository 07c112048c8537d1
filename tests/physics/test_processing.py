"""Processing table and rules: order of classes, missing values, ductility of known solids, glass formers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.chemistry import CLASSES, FAMILIES
from ssbscreen.physics.processing import PROCESSES, ROUTES, glass_former_share, practical_thicknesses, process_of


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


def test_practical_thickness_is_missing_where_none_was_read() -> None:
    thickness = practical_thicknesses(["sulfide", "halide", "oxide", "hydride"], ["lgps", "spinel", "garnet", "other"])
    assert thickness[:3].tolist() == [35.0, 25.0, 45.0]
    assert np.isnan(thickness[3])


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
