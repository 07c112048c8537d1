"""Gates: known electrolytes pass, known non-electrolytes fail for the stated reason."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.errors import UsageError
from ssbscreen.core.oxidation import can_balance, is_transition_metal
from ssbscreen.core.recognition import classify, element_amounts
from ssbscreen.ranking.criteria import load_screen
from ssbscreen.ranking.eligibility import (
    GATE_KEYS,
    CandidateFacts,
    eligibility,
    has_open_shell_metal,
    has_protic_hydrogen,
)

SEPARATOR = load_screen("separator").gates
ELECTROLYTES = (
    "Li7La3Zr2O12",
    "Li6.4La3Zr1.4Ta0.6O12",
    "Li6.24La3Zr2Al0.24O11.98",
    "Li5La3Bi2O12",
    "Li1.3Al0.3Ti1.7(PO4)3",
    "Li1.5Al0.5Ge1.5(PO4)3",
    "Li0.33La0.557TiO3",
    "Li10GeP2S12",
    "Li9.54Si1.74P1.44S11.7Cl0.3",
    "Li6PS5Cl",
    "Li5.5PS4.5Cl1.5",
    "Li7P3S11",
    "Li4P2S6",
    "Li3PS4",
    "Li3OCl",
    "Li2PO2N",
    "Li3.3PO3.8N0.22",
    "Li3YCl6",
    "Li2.5Y0.5Zr0.5Cl6",
    "LiNbOCl4",
    "LiTaCl6",
    "LiTa2PO8",
    "Li14ZnGe4O16",
    "LiBH4",
    "Li2B12H12",
    "LiCB11H12",
    "LiNH2",
    "LiCe(BH4)3Cl",
    "LiSrNb2O6F",
    "Li4Ti5O12",
    "Li2SO4",
    "Li2CO3",
    "LiAlCl4",
)

# formula, the first gate that must stop it
STOPPED = (
    ("La2Zr2O7", "lithium"),
    ("Li2UO4", "radioactive"),
    ("LiTcO4", "radioactive"),
    ("LiOH", "protic"),
    ("Li2OHCl", "protic"),
    ("LiH2PO4", "protic"),
    ("LiNH4SO4", "protic"),
    ("LiClH2O", "protic"),
    ("LiBH4NH3", "protic"),
    ("LiHF2", "protic"),
    ("LiAl", "charge_balance"),
    ("Li2AuCu", "charge_balance"),
    ("Li4PS4", "charge_balance"),
    ("LiGa2GeS6", "charge_balance"),
    ("LiFePO4", "closed_shell"),
    ("LiCoO2", "closed_shell"),
    ("LiMn2O4", "closed_shell"),
    ("Li3V2(PO4)3", "closed_shell"),
    ("Li2V2(SO4)3", "closed_shell"),
    ("Li7Ti5O12", "closed_shell"),
    ("LiTi2O4", "closed_shell"),
    ("Li8La3Zr2O12", "closed_shell"),
    ("Li1.2Cr0.2Ti1.8(PO4)3", "closed_shell"),
    ("Li1.2Fe0.2Ti1.8(PO4)3", "closed_shell"),
    ("Li2MnCl4", "closed_shell"),
    ("LiMnP2O7", "closed_shell"),
    ("Li2S", "binary"),
    ("Li3N", "binary"),
    ("LiF", "binary"),
)


def facts_of(formulas: tuple[str, ...]) -> CandidateFacts:
    compositions = tuple(Composition(formula) for formula in formulas)
    classes = tuple(classify(composition) for composition in compositions)
    return CandidateFacts(formulas, compositions, classes, (None,) * len(formulas))


def test_known_electrolytes_pass() -> None:
    result = eligibility(facts_of(ELECTROLYTES), SEPARATOR)
    failed = [name for name, ok in zip(ELECTROLYTES, result.eligible, strict=True) if not ok]
    assert failed == []
    assert result.reasons() == [""] * len(ELECTROLYTES)


@pytest.mark.parametrize(("formula", "gate"), STOPPED)
def test_first_failed_gate(formula: str, gate: str) -> None:
    result = eligibility(facts_of((formula,)), SEPARATOR)
    assert not result.eligible[0]
    assert result.gates[result.first_failed[0]].key == gate


@pytest.mark.parametrize(
    ("formula", "is_possible"),
    [
        ("LiFePO4", True),
        ("Li0.5CoO2", True),
        ("LiNi0.33Mn0.33Co0.33O2", True),
        ("Na3Zr2Si2PO12", True),
        ("KAl(SO4)2", True),
        ("CaTiO3", True),
        ("Li2B4O7", True),
        ("NaClO4", True),
        ("LiPF6", True),
        ("Pb3O4", False),  # Pb2+ and Pb4+ side by side: main-group elements share one state by design
        ("CaTiO4", False),
        ("NaCl2", False),
        ("MgPO4", False),
        ("Cu3Au", False),
        ("XeLi", False),
        ("Li2PtSi", False),  # would make Si an anion beside far more electronegative Pt
        ("LiEu3O4", True),  # Eu2+ and Eu3+ side by side
        ("Li2SCl4", False),  # S2+ needs O or F
    ],
)
def test_charge_balance(formula: str, is_possible: bool) -> None:
    assert can_balance(element_amounts(Composition(formula))) is is_possible


def test_charge_balance_agrees_with_pymatgen_on_single_valent_compounds() -> None:
    formulas = [
        f"Li{n}{metal}{anion}{m}"
        for n, metal, anion, m in itertools.product((1, 2, 3), ("Al", "Mg", "Y"), ("O", "Cl", "S"), (2, 3, 4, 6))
    ]
    states = {"Li": [1], "Al": [3], "Mg": [2], "Y": [3], "O": [-2], "Cl": [-1], "S": [-2]}
    for formula in formulas:
        composition = Composition(formula)
        expected = bool(composition.oxi_state_guesses(oxi_states_override=states, all_oxi_states=False))
        assert can_balance(element_amounts(composition)) is expected, formula


@given(st.sampled_from(ELECTROLYTES), st.integers(2, 12))
def test_formula_unit_size_does_not_matter(formula: str, factor: int) -> None:
    amounts = element_amounts(Composition(formula))
    scaled = {symbol: factor * amount for symbol, amount in amounts.items()}
    assert can_balance(scaled)
    assert has_protic_hydrogen(scaled) is has_protic_hydrogen(amounts)
    assert has_open_shell_metal(scaled) is has_open_shell_metal(amounts)


def test_integer_formulas_must_balance_exactly() -> None:
    assert not can_balance({"Li": 25.0, "La": 12.0, "Zr": 8.0, "O": 48.0})
    assert can_balance({"Li": 27.5, "La": 12.0, "Zr": 8.0, "O": 48.0})
    assert not can_balance({"Li": 27.5, "La": 12.0, "Zr": 8.0, "O": 48.0}, tolerance=0.001)


def test_transition_metals_end_at_group_12_without_lanthanides() -> None:
    assert [is_transition_metal(symbol) for symbol in ("Sc", "Y", "Zn", "Cd", "Pt")] == [True] * 5
    assert [is_transition_metal(symbol) for symbol in ("La", "Ce", "Lu", "U", "Ga", "Ca", "Li")] == [False] * 7


def test_a_screen_names_its_gates() -> None:
    facts = facts_of(("LiFePO4", "Li2OHCl", "Li2S", "Li2UO4"))
    assert eligibility(facts, SEPARATOR).eligible.tolist() == [False] * 4
    assert eligibility(facts, load_screen("catholyte").gates).eligible.tolist() == [True, False, False, False]
    assert eligibility(facts, ("composition", "lithium", "charge_balance")).eligible.tolist() == [True] * 4
    fewer = [key for key in SEPARATOR if key != "protic"]
    assert eligibility(facts, fewer).eligible.tolist() == [False, True, False, False]


def test_polymers_need_lithium_in_salt_or_chain() -> None:
    salt = "[Li+].FC(F)(F)S(=O)(=O)[N-]S(=O)(=O)C(F)(F)F"
    candidates = [
        Candidate("peo-litfsi", polymer=Polymer("*CCO*", salt, 1.0)),
        Candidate("peo", polymer=Polymer("*CCO*")),
        Candidate("peo-na", polymer=Polymer("*CCO*", salt.replace("Li", "Na"), 1.0)),
        Candidate("pss-li", polymer=Polymer("*CC(*)c1ccc(cc1)S(=O)(=O)[O-].[Li+]")),
    ]
    facts = CandidateFacts.from_candidates(candidates, ["polymer"] * 4)
    result = eligibility(facts, SEPARATOR)
    assert result.eligible.tolist() == [True, False, False, True]
    assert result.gates[result.first_failed[1]].key == "lithium"


def test_missing_composition_is_rejected_with_reason() -> None:
    facts = CandidateFacts(("a", "b"), (None, Composition("Li6PS5Cl")), ("other", "sulfide"), (None, None))
    result = eligibility(facts, SEPARATOR)
    assert result.eligible.tolist() == [False, True]
    assert result.reasons()[0].startswith("Composition known")


def test_attrition_adds_up_and_counts_each_candidate_once() -> None:
    formulas = ELECTROLYTES + tuple(formula for formula, _ in STOPPED)
    result = eligibility(facts_of(formulas), SEPARATOR)
    rows = result.attrition(n_examples=2)
    assert [row.gate for row in rows] == [key for key in GATE_KEYS if key in SEPARATOR]
    assert rows[0].n_in == len(formulas)
    assert rows[-1].n_left == result.eligible.sum() == len(ELECTROLYTES)
    for before, after in itertools.pairwise(rows):
        assert before.n_left == after.n_in
    for row in rows:
        expected = [formula for formula, gate in STOPPED if gate == row.gate]
        assert row.n_removed == len(expected)
        assert row.examples == tuple(expected[:2])


def test_leaving_a_gate_out_frees_only_what_it_alone_stops() -> None:
    result = eligibility(facts_of(tuple(formula for formula, _ in STOPPED)), SEPARATOR)
    for gate in result.gates:
        freed = result.without(gate.key) & ~result.eligible
        column = [g.key for g in result.gates].index(gate.key)
        assert np.array_equal(freed, (~result.passed).sum(axis=1) - ~result.passed[:, column] == 0)
    with pytest.raises(UsageError, match="gate"):
        result.without("nonsense")


def test_an_unknown_gate_is_refused() -> None:
    with pytest.raises(UsageError, match="binary"):
        eligibility(facts_of(("Li3PS4",)), ("binarys",))
    with pytest.raises(ValueError, match="one length"):
        CandidateFacts(("a",), (None,), (), (None,))


def test_a_cathode_must_give_lithium_and_may_hold_open_shells() -> None:
    formulas = ["LiCoO2", "LiFePO4", "Li2S", "Li7La3Zr2O12", "Li6PS5Cl", "FePO4"]
    compositions = [Composition(f) for f in formulas]
    facts = CandidateFacts(tuple(formulas), tuple(compositions), ("oxide",) * len(formulas), (None,) * len(formulas))
    result = eligibility(facts, load_screen("cathode").gates)
    assert result.eligible.tolist() == [True, True, True, False, False, False]
    assert "Lithium can leave" in result.reasons()[3]
    assert "lithium" in result.reasons()[5]
