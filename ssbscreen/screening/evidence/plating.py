"""Levels of the critical current of a pool, from the fit to cells."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from ssbscreen.core.candidate import Bound
from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.measurements.row_text import CRITICAL_CURRENT
from ssbscreen.measurements.store import MeasurementStore
from ssbscreen.physics.critical_current import CENTRES, ROOM_C, Cell, measured_cells
from ssbscreen.physics.critical_current_levels import CriticalCurrentLevels, critical_current_levels, is_same
from ssbscreen.ranking.facts import Facts
from ssbscreen.screening.hulls.hull_quantities import OUTCOMES, Hulls, plain_formula


def plating_of(
    facts: Facts,
    hulls: Hulls | None,
    is_made: np.ndarray | None,
    hide_outcomes: bool,
    conductivity: np.ndarray | None = None,
) -> tuple[CriticalCurrentLevels, Evidence]:
    """Levels, and on what they rest; cells with a material count in its row where it is itself, unless hidden.

    Args:
        facts: of the candidates.
        hulls: of the same; None where they have none, as polymers.
        is_made: whether each is on record as made; None where each is what its formula says.  # (n,) bool
        hide_outcomes: whether cells with a candidate itself are left out, also of the fit.
        conductivity: log10 S/cm, for the cells that the user imported; unknown when None.  # (n,)
    """
    is_itself = facts.is_volume_estimated | (facts.chemistry_class == "polymer")
    is_itself = np.ones(len(facts), dtype=bool) if is_made is None else is_itself | is_made
    blocking = np.full(len(facts), np.nan) if hulls is None else hulls.blocking_share
    own = () if hide_outcomes or hulls is None else _imported(facts, hulls, is_itself, conductivity)
    levels, n_cells = critical_current_levels(
        [str(x) for x in facts.formula],
        [str(x) for x in facts.chemistry_class],
        [str(x) for x in facts.family],
        blocking,
        is_itself & (not hide_outcomes),
        own,
    )
    kinds = np.where(n_cells > 0, EvidenceKind.MEASURED, EvidenceKind.PREDICTED).astype(object)
    return levels, Evidence.of(kinds, n_cells)


def _imported(facts: Facts, hulls: Hulls, is_itself: np.ndarray, conductivity: np.ndarray | None) -> tuple[Cell, ...]:
    """The user's cells with materials of the pool; those of one laboratory and temperature are one, by their mean."""
    values: dict[tuple[str, str, Bound, float], list[float]] = defaultdict(list)
    for value in MeasurementStore().values():
        given, candidate = value.measurement, value.candidate
        if given.property == CRITICAL_CURRENT:
            at = ROOM_C if given.temperature_c is None else given.temperature_c
            name = plain_formula(candidate) if candidate.polymer is None else candidate.polymer.smiles
            values[name, given.reference, given.bound, at].append(given.value)
    growing = hulls.draws.values[OUTCOMES[2]].mean(axis=1)
    cells = []
    for (material, _, bound, at), found in sorted(values.items()):
        row = next((i for i in np.flatnonzero(is_itself) if is_same(str(facts.formula[i]), material)), None)
        if row is None:
            continue
        names = (cell.material for cell in measured_cells())
        cells.append(
            Cell(
                next((name for name in names if is_same(material, name)), material),
                str(facts.chemistry_class[row]),
                str(facts.family[row]),
                float(np.mean(found)),
                bound.value,
                "unstated",
                at,
                np.nan if conductivity is None else float(conductivity[row]),
                float(np.nan_to_num(hulls.blocking_share[row])),
                float(np.nan_to_num(growing[row], nan=CENTRES["growing"])),
            )
        )
    return tuple(cells)
