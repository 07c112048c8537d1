"""Gates that a candidate must pass before it is ranked, and how many each gate removes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pymatgen.core import Composition, Element

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import unknown
from ssbscreen.core.oxidation import can_balance, is_transition_metal
from ssbscreen.core.recognition import element_amounts, is_hydroborate
from ssbscreen.core.redox import removable_lithium, sulfur_electrons

# A few per cent of Cr6+ in place of Cr3+ would hide in the tolerance for rounded occupancies, so formulas with
# metals that are often open-shell must balance tightly in the closed-shell states.
_OFTEN_OPEN = frozenset({"V", "Cr", "Mn", "Mo", "Re", "Cu"})
_TIGHT_TOLERANCE = 0.003


@dataclass(frozen=True, slots=True)
class Gate:
    """One rule.

    Attributes:
        key: the one name used everywhere.
        title: as printed in the attrition table.
        reason: why a candidate that fails it is rejected.
    """

    key: str
    title: str
    reason: str

    @property
    def words(self) -> str:
        """For who fails it."""
        return f"{self.title}: {self.reason}"


# Applied in this order; a candidate is counted at the first gate that it fails. A screen names those that count.
GATES: tuple[Gate, ...] = (
    Gate("composition", "Composition known", "neither a composition nor a polymer formulation could be read"),
    Gate("lithium", "Contains lithium", "an electrolyte for lithium cells needs mobile Li+; none is present"),
    Gate("radioactive", "Not radioactive", "holds Tc, Pm or an element from Po on, without stable isotopes"),
    Gate(
        "protic",
        "No water, ammonium or hydrogen bonds",
        "H bound to O, to N as in ammonia or ammonium, or to F reacts with lithium metal",
    ),
    Gate("charge_balance", "Charge balance possible", "no combination of common oxidation states is neutral"),
    Gate(
        "closed_shell",
        "No open-shell transition metal",
        "a d-block metal that cannot be d0 or d10 at charge balance takes up electrons, so the separator leaks",
    ),
    Gate("binary", "Not a binary precursor", "elements and binaries such as Li2S or LiCl are precursors"),
    Gate(
        "redox",
        "Lithium can leave",
        "no metal can be oxidised below about 5.1 V and it is no lithium chalcogenide, so no lithium leaves on charge",
    ),
)


GATE_KEYS: tuple[str, ...] = tuple(gate.key for gate in GATES)


@dataclass(frozen=True)
class CandidateFacts:
    """What the gates look at; all sequences have one entry a candidate.

    Attributes:
        candidate_ids: names used in the attrition table.
        compositions: None for polymers and unreadable candidates.
        class_keys: chemistry class of each candidate.
        smiles: for polymers repeat unit and salt joined by `.`, else None.
    """

    candidate_ids: tuple[str, ...]
    compositions: tuple[Composition | None, ...]
    class_keys: tuple[str, ...]
    smiles: tuple[str | None, ...]

    def __post_init__(self) -> None:
        sizes = {len(self.candidate_ids), len(self.compositions), len(self.class_keys), len(self.smiles)}
        if len(sizes) != 1:
            raise ValueError(f"CandidateFacts needs sequences of one length, got lengths {sorted(sizes)}.")

    @classmethod
    def from_candidates(cls, candidates: Sequence[Candidate], class_keys: Sequence[str]) -> CandidateFacts:
        """Facts of candidates whose classes are already known."""
        smiles = tuple(
            None if c.polymer is None else ".".join(filter(None, (c.polymer.smiles, c.polymer.salt_smiles)))
            for c in candidates
        )
        return cls(
            tuple(c.candidate_id for c in candidates),
            tuple(c.composition for c in candidates),
            tuple(class_keys),
            smiles,
        )


@dataclass(frozen=True, slots=True)
class AttritionRow:
    """How many candidates one gate removes from those that passed the gates before it."""

    gate: str
    title: str
    reason: str
    n_in: int
    n_removed: int
    n_left: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class EligibilityResult:
    """Outcome of the gates.

    Attributes:
        candidate_ids: as given.
        gates: those that counted, in order.
        passed: whether each candidate passes each gate by itself.  # (n, n_gates)
    """

    candidate_ids: Sequence[str]
    gates: tuple[Gate, ...]
    passed: np.ndarray

    @property
    def eligible(self) -> np.ndarray:
        """Whether a candidate passes every gate.  # (n,)"""
        return np.asarray(self.passed.all(axis=1), bool)

    @property
    def first_failed(self) -> np.ndarray:
        """Index of the first gate that a candidate fails, -1 where it fails none.  # (n,)"""
        return np.where(self.eligible, -1, np.argmin(self.passed, axis=1) if self.gates else -1)

    def reasons(self) -> list[str]:
        """For each candidate the reason of its first failed gate, empty where it is eligible."""
        return ["" if i < 0 else self.gates[i].words for i in self.first_failed]

    def without(self, gate_key: str) -> np.ndarray:
        """Eligibility with one of the gates left out.  # (n,)

        Raises:
            UsageError: when the result has no such gate.
        """
        keys = [gate.key for gate in self.gates]
        if gate_key not in keys:
            raise unknown("gate", gate_key, keys)
        kept = [i for i, key in enumerate(keys) if key != gate_key]
        return np.asarray(self.passed[:, kept].all(axis=1), bool)

    def attrition(self, n_examples: int = 5) -> tuple[AttritionRow, ...]:
        """One row a gate, in order."""
        rows = []
        n_in = len(self.candidate_ids)
        first = self.first_failed
        for i, gate in enumerate(self.gates):
            removed = np.flatnonzero(first == i)
            examples = tuple(self.candidate_ids[j] for j in removed[:n_examples])
            n_left = n_in - len(removed)
            rows.append(AttritionRow(gate.key, gate.title, gate.reason, n_in, len(removed), n_left, examples))
            n_in = n_left
        return tuple(rows)


def has_protic_hydrogen(amounts: Mapping[str, float]) -> bool:
    """Whether H must be bound as water, hydroxide, acid, ammonia, ammonium or bifluoride.

    From the formula alone: H beside O is protic unless boron holds it (BH4, closo-borates); H beside N
    is protic from 2.5 H per N on, so that amides and imides pass.
    """
    hydrogen, oxygen, nitrogen, boron, carbon, fluorine = (
        amounts.get(name, 0.0) for name in ("H", "O", "N", "B", "C", "F")
    )
    if hydrogen <= 0:
        return False
    if is_hydroborate(amounts):
        on_boron = 4.0 * boron if hydrogen >= 3.0 * boron else boron + carbon
        surplus = max(hydrogen - on_boron, 0.0)
        return bool(surplus > 0.1 * hydrogen and (oxygen > 0 or surplus > 2.4 * nitrogen > 0))
    if oxygen > 0:
        return True
    if nitrogen > 0:
        return hydrogen >= 2.5 * nitrogen
    return fluorine >= hydrogen


def has_open_shell_metal(amounts: Mapping[str, float]) -> bool:
    """Whether a transition metal is present that cannot be d0 or d10 while the charges balance."""
    metals = [symbol for symbol, amount in amounts.items() if amount > 0 and is_transition_metal(symbol)]
    if not metals:
        return False
    if _OFTEN_OPEN.isdisjoint(metals):
        return not can_balance(amounts, closed_shell_only=True)
    return not can_balance(amounts, tolerance=_TIGHT_TOLERANCE, closed_shell_only=True)


def is_radioactive(amounts: Mapping[str, float]) -> bool:
    """Whether an element without stable isotopes is present (Tc, Pm, and Z >= 84)."""
    return any(symbol in ("Tc", "Pm") or Element(symbol).Z >= 84 for symbol in amounts)


def chosen_gates(keys: Sequence[str]) -> tuple[Gate, ...]:
    """Gates of these keys, in the order of `GATES`.

    Raises:
        UsageError: for an unknown gate.
    """
    for key in keys:
        if key not in GATE_KEYS:
            raise unknown("gate", key, GATE_KEYS)
    return tuple(gate for gate in GATES if gate.key in keys)


def eligibility(facts: CandidateFacts, gates: Sequence[str]) -> EligibilityResult:
    """Test every candidate by every gate, in the order of `GATES`.

    Polymers are tested for composition and lithium only; their chains hold C-H, O-H and no redox metals that
    a formula could show.

    Args:
        facts: n candidates.
        gates: keys of the gates that count, as a screen names them.

    Raises:
        UsageError: for an unknown gate.
    """
    chosen = chosen_gates(gates)
    passed = np.ones((len(facts.candidate_ids), len(chosen)), bool)
    for row, (composition, class_key, smiles) in enumerate(
        zip(facts.compositions, facts.class_keys, facts.smiles, strict=True)
    ):
        amounts = {} if composition is None else element_amounts(composition)
        for column, gate in enumerate(chosen):
            passed[row, column] = _passes(gate.key, amounts, class_key == "polymer", smiles)
    return EligibilityResult(facts.candidate_ids, chosen, passed)


def _passes(key: str, amounts: Mapping[str, float], is_polymer: bool, smiles: str | None) -> bool:
    if key == "composition":
        return bool(amounts) or (is_polymer and bool(smiles))
    if key == "lithium":
        return amounts.get("Li", 0.0) > 0 or (is_polymer and "[Li" in (smiles or ""))
    if is_polymer or not amounts:
        return True
    if key == "radioactive":
        return not is_radioactive(amounts)
    if key == "protic":
        return not has_protic_hydrogen(amounts)
    if key == "charge_balance":
        return can_balance(amounts)
    if key == "closed_shell":
        return not has_open_shell_metal(amounts)
    if key == "redox":
        if set(amounts) in ({"Li", "S"}, {"Li", "Se"}, {"Li", "O"}):
            return True
        return amounts.get("Li", 0.0) > 0 and removable_lithium(amounts) + sulfur_electrons(amounts) > 1e-6
    return len(amounts) > 2
