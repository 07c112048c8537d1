"""Gates: which candidates of the pool may have the role at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate, Rejected
from ssbscreen.core.errors import InputError
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.eligibility import CandidateFacts, EligibilityResult, eligibility
from ssbscreen.ranking.facts import Facts, facts_of

FAILS = "gate"  # what the reason of a rejected candidate begins with, before the gate's own


@dataclass(frozen=True)
class Gated:
    """The pool after the gates.

    Attributes:
        candidates: n that passed all gates.
        facts: of those.
        result: of the whole pool.
    """

    candidates: tuple[Candidate, ...]
    facts: Facts
    result: EligibilityResult

    def rejected(self) -> list[Rejected]:
        """Candidates that failed, with the first gate that they fail."""
        ids, reasons = self.result.candidate_ids, self.result.reasons()
        return [Rejected(i, f"{FAILS} {reason}") for i, reason in zip(ids, reasons, strict=True) if reason]

    def attrition(self) -> pd.DataFrame:
        """One row a gate: what it removed, with examples, and how many there were without it."""
        return attrition_table(self.result)


def attrition_table(result: EligibilityResult) -> pd.DataFrame:
    """One row a gate: what it removed, with examples, and how many there were without it."""
    table = pd.DataFrame([asdict(row) for row in result.attrition()])
    table["examples"] = table["examples"].map(", ".join)
    table["n_eligible_without_it"] = [int(result.without(key).sum()) for key in table["gate"]]
    return table


def gate(candidates: Sequence[Candidate], screen: Screen) -> Gated:
    """Keep the candidates that pass the gates of a screen.

    Raises:
        InputError: none does; the message says what each gate removed.
    """
    facts = facts_of(candidates)
    result = eligibility(CandidateFacts.from_candidates(candidates, list(facts.chemistry_class)), screen.gates)
    rows = np.flatnonzero(result.eligible)
    if not len(rows):
        raise InputError(
            f"None of {len(candidates)} candidates passes the gates of a {screen.role}: "
            + "; ".join(f"{row.title} removed {row.n_removed}" for row in result.attrition())
        )
    return Gated(tuple(candidates[int(i)] for i in rows), facts.take(rows), result)
