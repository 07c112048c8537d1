"""Transitions: which material has one, and which way crosses it."""

import numpy as np
import pytest

from ssbscreen.physics.transitions import has_melted, is_crossed, transition_between, transitions

PEO = "*CCO* + O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F.[Li+] 1 mol/kg"


@pytest.mark.parametrize(
    ("formula", "one", "other", "material"),
    [
        ("LiBH4", 25.0, 120.0, "LiBH4"),
        ("Li(BH4)", 120.0, 25.0, "LiBH4"),
        ("Li2Zr4(PO4)6", 25.0, 80.0, "LiZr2(PO4)3"),
        ("Li2HOCl", 25.0, 60.0, "Li2OHCl"),
        (PEO, 25.0, 60.0, "poly(ethylene oxide)"),
    ],
)
def test_a_known_change_is_found_on_the_way(formula, one, other, material):
    found = transition_between(formula, one, other)
    assert found is not None
    assert found.material == material


@pytest.mark.parametrize(
    ("formula", "one", "other"),
    [
        ("LiBH4", 25.0, 100.0),  # below it
        (PEO, 70.0, 90.0),  # in the melt
        ("Li1.15Y0.15Zr1.85(PO4)3", 25.0, 80.0),  # yttrium keeps the hot phase
        ("*CC(C)O* + [Li+].[Cl-] 1 mol/kg", 25.0, 80.0),
        ("Li6PS5Cl", -20.0, 80.0),
        ("no formula", 25.0, 80.0),
    ],
)
def test_otherwise_the_way_is_free(formula, one, other):
    assert transition_between(formula, one, other) is None


def test_rows_are_judged_by_their_own_temperature():
    crossed = is_crossed(["LiBH4", "LiBH4", "Li3N"], np.array([25.0, 130.0, 25.0]), np.full(3, 130.0))
    assert crossed.tolist() == [True, False, False]


def test_crystals_of_poly_ethylene_oxide_have_melted_at_70_degrees():
    names = ["*CCO* + [Li+].[Cl-] 1 mol/kg", "*CCO* + [Li+].[Cl-] 1 mol/kg", "*CC(C)O*", "LiBH4"]
    assert has_melted(names, np.array([60.0, 70.0, 70.0, 130.0])).tolist() == [False, True, False, False]


def test_every_row_of_the_table_names_its_source():
    assert len(transitions()) >= 6
    for row in transitions():
        assert row.low < row.high
        assert "http" in row.source or "10." in row.source
