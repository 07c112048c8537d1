"""Levels of the critical current of a pool, from the fit to cells."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.physics.critical_current_levels import CriticalCurrentLevels, critical_current_levels
from ssbscreen.ranking.facts import Facts
from ssbscreen.screening.hulls.hull_quantities import Hulls


def plating_of(
    facts: Facts, hulls: Hulls | None, is_made: np.ndarray | None, hide_outcomes: bool
) -> tuple[CriticalCurrentLevels, Evidence]:
    """Levels, and on what they rest; cells with a material count in its row where it is itself, unless hidden.

    Args:
        facts: of the candidates.
        hulls: of the same; None where they have none, as polymers.
        is_made: whether each is on record as made; None where each is what its formula says.  # (n,) bool
        hide_outcomes: whether cells with a candidate itself are left out, also of the fit.
    """
    is_itself = facts.is_volume_estimated | (facts.chemistry_class == "polymer")
    is_itself = np.ones(len(facts), dtype=bool) if is_made is None else is_itself | is_made
    levels, n_cells = critical_current_levels(
        [str(x) for x in facts.formula],
        [str(x) for x in facts.chemistry_class],
        [str(x) for x in facts.family],
        np.full(len(facts), np.nan) if hulls is None else hulls.blocking_share,
        is_itself & (not hide_outcomes),
    )
    kinds = np.where(n_cells > 0, EvidenceKind.MEASURED, EvidenceKind.PREDICTED).astype(object)
    return levels, Evidence.of(kinds, n_cells)
