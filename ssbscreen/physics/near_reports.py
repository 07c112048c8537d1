"""What reports on other materials say of one that nobody reported: those near it in composition count in part."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Final

import numpy as np

from ssbscreen.physics.lithium_contact import (
    Contact,
    ContactRule,
    Seen,
    atomic_fractions,
    contact_rule,
    report_error,
    seen_contacts,
    with_counts,
)

NEAR: Final[float] = 0.05
"""Share of the atoms that differ at which a report counts 1/e of one on the material itself (assumption of the project;
0.02 and 0.1 do as well on materials left out)."""
ALIKE: Final[float] = 1.0
"""Difference of the log odds by the rule at which it counts 1/e of that: a garnet with niobium is next to one with
aluminium and is reduced otherwise. 0.5 does as well; without it every figure is worse."""


class NearReports:
    """Reports with the rule that knows how alike two materials are before lithium."""

    def __init__(self, seen: Sequence[Seen], rule: ContactRule) -> None:
        """Set up.

        Args:
            seen: reported materials; those into which no lithium goes are left out.
            rule: that gives the log odds of all.
        """
        self._rows = [row for row in seen if not row.is_inert]
        self._rule = rule
        self._error = report_error(seen)

    @cached_property
    def _elements(self) -> dict[str, int]:
        names = sorted({name for row in self._rows for name in atomic_fractions(row.formula)})
        return {name: i for i, name in enumerate(names)}

    @cached_property
    def _fractions(self) -> np.ndarray:
        return np.array([self._vector(row.formula)[0] for row in self._rows]).reshape(
            len(self._rows), len(self._elements)
        )

    @cached_property
    def _log_odds(self) -> np.ndarray:
        return np.array([self._rule.log_odds(row.contact) for row in self._rows])

    def weights(self, formula: str, contact: Contact) -> np.ndarray:
        """How much a report on each row counts, 1 for one on the material itself.  # (n_rows,)

        Args:
            formula: of the material.
            contact: the same to the rule.
        """
        own, strange = self._vector(formula)
        differs = 0.5 * (np.abs(self._fractions - own).sum(axis=1) + strange)  # share of the atoms to exchange
        unlike = np.abs(self._log_odds - self._rule.log_odds(contact))
        return np.asarray(np.exp(-differs / NEAR - unlike / ALIKE))

    def probability(self, formula: str, contact: Contact) -> float:
        """That the reaction goes on, by the rule and the reports near by."""
        weights = self.weights(formula, contact)
        reports = float(weights @ [row.n_reports for row in self._rows])
        growing = float(weights @ [row.n_growing for row in self._rows])
        one = max(reports, 1.0)  # together they count as one report at most: none of them is of this material
        return float(with_counts(self._rule.probability(contact), reports / one, growing / one, self._error))

    def _vector(self, formula: str) -> tuple[np.ndarray, float]:
        """Atomic fractions of the elements of the rows, and the share of all others."""
        found, strange = np.zeros(len(self._elements)), 0.0
        for name, share in atomic_fractions(formula).items():
            if name in self._elements:
                found[self._elements[name]] = share
            else:
                strange += share
        return found, strange


@lru_cache(maxsize=1)
def near_reports() -> NearReports:
    """All reports of the table."""
    return NearReports(seen_contacts(), contact_rule())
