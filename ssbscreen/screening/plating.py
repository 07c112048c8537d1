"""Levels of the critical current of a pool, from the fit to cells."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.identity import Materials
from ssbscreen.physics.critical_current_levels import CriticalCurrentLevels, critical_current_levels
from ssbscreen.ranking.facts import Facts
from ssbscreen.screening.hulls import Hulls
from ssbscreen.screening.settings import Plan


def plating_of(
    plan: Plan, facts: Facts, hulls: Hulls, materials: Materials | None
) -> tuple[CriticalCurrentLevels, Evidence]:
    """Levels, and on what they rest; cells with a material count in its row where it is itself, unless hidden."""
    is_itself = facts.is_volume_estimated | (facts.chemistry_class == "polymer")
    is_itself = np.ones(len(facts), dtype=bool) if materials is None else is_itself | materials.is_made
    levels, n_cells = critical_current_levels(
        [str(x) for x in facts.formula],
        [str(x) for x in facts.chemistry_class],
        [str(x) for x in facts.family],
        hulls.blocking_share,
        is_itself & (not plan.settings.hide_outcomes),
    )
    kinds = np.where(n_cells > 0, EvidenceKind.MEASURED, EvidenceKind.PREDICTED).astype(object)
    return levels, Evidence(kinds, n_cells)
