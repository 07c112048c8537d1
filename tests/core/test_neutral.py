"""Formulas whose charges do not balance: what is changed, what is left alone, and what it does to a window."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssbscreen.core.formula import parse_formula
from ssbscreen.core.neutral import balanced, unbalanced_remark, written
from ssbscreen.core.oxidation import can_balance, charge_excess
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.phase_stability import evaluate
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE


@pytest.mark.parametrize(
    ("formula", "symbol", "amount"),
    [
        ("Li6.4Al0.19La3Zr2O11.8", "O", 11.985),  # (6.4 + 0.57 + 9 + 8) / 2; the anions do not fill their sites
        ("Li6PS4.5Cl1.5", "Li", 5.5),  # six anions: chlorine for sulfur takes a lithium out
        ("Li3.1YCl6", "Li", 3.0),
        ("Li7La2.75Zr2O12", "Li", 7.75),
        ("Li1.4Al0.3Ti1.7P3O12", "Li", 1.3),
        ("LiAl0.5Ge1.5P3O12", "Li", 1.5),
        ("Li1.5Al0.5Ti1.7P3O12", "O", 12.4),  # 0.8 of 1.5 lithium would be no small change
        ("Li5.72Al0.26La3Zr1.5W0.25O12", "Li", 6.72),  # no tungsten is more than 6+
        ("Li7La3Zr1.8W0.2O12", "Li", 6.6),  # a dopant
        ("Li31P10S40", "Li", 30.0),  # whole, but nothing balances it
    ],
)
def test_smallest_change_of_what_is_least_certain(formula, symbol, amount):
    found = balanced(parse_formula(formula))
    assert found.amounts[symbol] == pytest.approx(amount)
    assert found.amounts.keys() == parse_formula(formula).keys()
    assert symbol in found.note
    assert charge_excess(found.amounts, closed_shell_only=True)[0] == pytest.approx(0.0, abs=1e-9)
    assert balanced(found.amounts).note == ""


@pytest.mark.parametrize(
    "formula",
    [
        "Li6.4La3Zr1.4Ta0.6O12",
        "Li9.54Si1.74P1.44S11.7Cl0.3",
        "Li0.33La0.557TiO3",  # rounded when it was printed
        "Li0.3V2O5",  # vanadium is partly reduced in earnest
        "LiMn1.5Ni0.5O4",
        "Li4.5Cr0.5TeO6",  # Cr3+
        "Li2S",
        "Li6PS4",  # whole amounts: another compound, not a misprint
        "Na3.1YCl6",
    ],
)
def test_what_is_right_or_meant_is_left_alone(formula):
    found = balanced(parse_formula(formula))
    assert found.note == ""
    assert found.amounts == parse_formula(formula)


@given(st.floats(0.0, 0.5), st.floats(-0.3, 0.3))
@example(0.5, 0.04737)  # between what 23.5 and 24 atoms allow
def test_a_doped_garnet_is_found_again_from_any_lithium_content(x, off):
    amounts = {"Li": 7.0 - x + off, "La": 3.0, "Zr": 2.0 - x, "Ta": x, "O": 12.0}
    found = balanced({s: a for s, a in amounts.items() if a > 0.0})
    is_read = any(abs(a - round(a)) > 1e-3 for a in amounts.values()) and abs(off) > 0.002 * sum(amounts.values())
    assert found.amounts["Li"] == pytest.approx(7.0 - x if is_read else amounts["Li"], abs=1e-6)


def test_a_garnet_has_the_window_of_a_garnet():
    library = PhaseLibrary(SOURCE.load_phases(EMBEDDED))
    table = evaluate(["Li6.4Al0.19La3Zr2O11.8", "Li6.4Al0.2La3Zr2O12"], np.full((2, 1), np.nan), library)
    # 2.91 V of the undoped garnet (10.1021/acsami.5b07517); less lithium is held a little more firmly
    assert table.oxidation_limit[0, 0] == pytest.approx(2.91, abs=0.3)
    assert table.reduction_limit[0, 0] < 0.3
    assert "O 11.8 taken as 11.98" in table.reasons[0]
    assert table.reasons[1] == ""


def test_net_charge_agrees_with_the_yes_or_no():
    for formula in ("Li3PS4", "Li3YCl6", "LiFePO4", "Li6PS4", "Li2", "LiCoO2", "Li10GeP2S12"):
        found = charge_excess(parse_formula(formula))
        assert can_balance(parse_formula(formula)) == (found is not None and abs(found[0]) < 1e-9), formula


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("Li6SiS5Cl", "taken as oxidised"),  # Li7SiS5Cl is meant
        ("LiTaPO5", "a metal is taken as reduced"),
        ("Li7La3Zr2O11", "taken as reduced"),
        ("LiTi2O4", "a metal is taken as reduced"),
        ("K3LiSi4", ""),  # silicon is the anion
        ("Li4B1N3H10", ""),  # borohydride and amide
        ("LiCB11H12", ""),
        ("Li0.3V2O5", ""),
        ("Li7SiS5Cl", ""),
        ("LiTa2PO8", ""),
        ("Li3Fe2P3O12", ""),
        ("LiNi0.5Mn1.5O4", ""),
    ],
)
def test_what_stays_charged_is_said(formula, said):
    amounts = balanced(parse_formula(formula)).amounts
    assert said in unbalanced_remark(amounts) if said else unbalanced_remark(amounts) == ""


def test_a_formula_is_written_without_ones():
    assert written({"Li": 3.0, "P": 1.0, "S": 4.0, "O": 0.25}) == "Li3PS4O0.25"
    assert written({"Li": 1.0000001, "F": 1.0}) == "LiF"
