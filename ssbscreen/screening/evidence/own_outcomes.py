"""Outcomes on lithium that the user imported, added to what the rule and the shipped reports say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.measurements.row_text import LITHIUM_OUTCOME
from ssbscreen.measurements.store import MeasurementStore
from ssbscreen.physics.lithium_contact import Contact, Seen, report_error, same_composition, seen_contacts, with_reports
from ssbscreen.ranking.quantities import DrawTable
from ssbscreen.screening.hulls.hull_quantities import OUTCOMES, Hulls, plain_formula


def with_own_outcomes(hulls: Hulls, candidates: Sequence[Candidate], is_made: np.ndarray) -> Hulls:
    """Hulls in which each of the user's outcomes counts like a report in its material's row.

    Args:
        hulls: of the candidates.
        candidates: n.
        is_made: whether each is on record as made; a structure that nobody made takes no outcome.  # (n,) bool
    """
    seen = _imported()
    if not seen:
        return hulls
    values = dict(hulls.draws.values)
    stable, _, mixed = (values[key].copy() for key in OUTCOMES)
    evidence = hulls.evidence[OUTCOMES[0]]
    kinds, n_studies = evidence.kind.copy(), evidence.n_studies.copy()
    error = report_error(seen_contacts())
    for i, candidate in enumerate(candidates):
        if candidate.composition is None or not (candidate.crystal is None or is_made[i]):
            continue
        formula = plain_formula(candidate)
        for row in (row for row in seen if same_composition(formula, row.formula)):
            before = mixed[i].copy()
            if np.isnan(before).any():
                continue
            mixed[i] = with_reports(before, row, error)
            stable[i] *= (1.0 - mixed[i]) / np.maximum(1.0 - before, 1e-9)
            kinds[i], n_studies[i] = EvidenceKind.MEASURED, n_studies[i] + row.n_reports
    values |= dict(zip(OUTCOMES, (stable, 1.0 - stable - mixed, mixed), strict=True))
    found = Evidence.of(kinds, n_studies)
    return replace(hulls, draws=DrawTable(values), evidence={**hulls.evidence, **dict.fromkeys(OUTCOMES, found)})


def _imported() -> list[Seen]:
    """The user's outcomes as they stand now, one row a composition."""
    reports: dict[str, list[float]] = {}
    for value in MeasurementStore().values():
        if value.measurement.property == LITHIUM_OUTCOME and value.candidate.composition is not None:
            reports.setdefault(plain_formula(value.candidate), []).append(value.measurement.value)
    nothing = Contact("", "", {})
    return [
        Seen(formula, nothing, len(own), sum(x < 0.5 for x in own), False, "own") for formula, own in reports.items()
    ]
