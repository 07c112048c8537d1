"""Shares of ions by charge against charges counted by hand."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.featurize.charge_balance import VALENCE_NAMES, valence_shares
from ssbscreen.featurize.composition import amount_matrix, fractions


def shares(*formulas):
    return valence_shares(fractions(amount_matrix([Candidate(f, Composition(f)) for f in formulas])))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("Li7La3Zr2O12", {"Li": 7, "3+": 3, "4+": 2, "chalcogenide": 12}),
        ("Li6PS5Cl", {"Li": 6, "5+": 1, "chalcogenide": 5, "halide": 1}),
        ("Li3N", {"Li": 3, "nitride": 1}),
        ("Li2.2C0.8B0.2O3", {"Li": 2.2, "4+": 0.8, "3+": 0.2, "chalcogenide": 3}),
        ("NaLi2W2O7F", {"1+": 1, "Li": 2, "6+": 2, "chalcogenide": 7, "halide": 1}),
        ("LiFeCl4", {"Li": 1, "3+": 1, "halide": 4}),
    ],
)
def test_ions_are_counted_by_charge(formula, expected):
    found = dict(zip(VALENCE_NAMES, shares(formula)[0], strict=True))
    total = sum(expected.values())
    assert {name: found[name] for name in expected} == pytest.approx({k: v / total for k, v in expected.items()})
    assert sum(found.values()) == pytest.approx(1.0)


def test_charges_balance_where_states_are_the_usual_ones():
    charge = np.array([1, 0, 1, 2, 3, 4, 5, 6, 7, -3, -2, -1])
    found = shares(
        "Li1.3Al0.3Ti1.7P3O12",
        "Li6.4La3Zr1.4Ta0.6O12",
        "Li10GeP2S12",
        "Li3YCl6",
        "Li2MnCl4",
        "Li9N2Cl3",
        "Li0.34La0.55TiO2.995",
        "Li2CoGe3O8",
        "Li4GeS4",
        "Li2.9PO3.3N0.4333333333",
    )
    np.testing.assert_allclose(found @ charge, 0.0, atol=1e-6)


def test_isovalent_substitution_changes_nothing_and_aliovalent_does():
    found = shares("LiTi2P3O12", "LiGeTiP3O12", "LiHf2As3S12", "Li1.3Al0.3Ti1.7P3O12")
    np.testing.assert_allclose(found[:3] - found[0], 0.0, atol=1e-12)
    assert np.abs(found[3] - found[0]).sum() > 0.02
