"""What is said of a disordered crystal that models saw in one ordered state: the error of that choice, and a note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.prediction import PropertyPrediction
from ssbscreen.training.calibration import interval
from ssbscreen.training.scoring import clip_to_range

ORDERING_STD = {"bulk_modulus": 0.05, "shear_modulus": 0.05, "band_gap_pbe": 0.26, "formation_energy": 0.067}
"""Root mean square difference between the ordered state and the mean of sampled orderings, stored units.

Source: `python benchmarks/bench_disorder.py --crystals 60 --orderings 8`.
"""


def form_of(given: Candidate, seen: Candidate) -> str:
    """In which form models of crystals see a candidate; empty where it is as they were trained.

    Args:
        given: the candidate.
        seen: what took its place.
    """
    if given.crystal is None or seen.crystal is None or given.crystal.is_ordered:
        return ""
    if seen.crystal.is_ordered:
        return "one ordered state"
    n_averaged, n_before = (int((c.occupancy < 0.999).sum()) for c in (seen.crystal, given.crystal))
    return "disordered sites averaged" if n_averaged == n_before else "one ordered state, what is left over averaged"


def with_ordering_error(column: PropertyPrediction, is_disordered: np.ndarray) -> PropertyPrediction:
    """A column with the error of choosing one ordering added where the crystal is disordered.

    Args:
        column: of any property; one that no models of crystals predict stays as it is.
        is_disordered: # (n,) bool
    """
    if column.property not in ORDERING_STD:
        return column
    return with_further_error(column, is_disordered, ORDERING_STD[column.property])


def with_further_error(column: PropertyPrediction, rows: np.ndarray, std: float) -> PropertyPrediction:
    """A column with an independent error added to some rows.

    Args:
        column: of any property.
        rows: which rows have it.  # (n,) bool
        std: of the error, stored units.
    """
    if not rows.any():
        return column
    before = column.std
    epistemic = np.where(rows, np.hypot(column.std_epistemic, std), column.std_epistemic)
    lower, upper = interval(column.mean, column.std_aleatoric, epistemic)
    factor = np.divide(np.hypot(column.std_aleatoric, epistemic), before, out=np.ones_like(before), where=before > 0)
    return replace(
        column,
        std_epistemic=epistemic,
        lower=np.where(rows, clip_to_range(column.property, lower), column.lower),
        upper=np.where(rows, clip_to_range(column.property, upper), column.upper),
        std_class=column.std_class * factor,
        std_family=column.std_family * factor,
    )


def disordered(candidates: Sequence[Candidate]) -> np.ndarray:
    """Which candidates are disordered crystals.  # (n,) bool"""
    return np.array([c.crystal is not None and not c.crystal.is_ordered for c in candidates], dtype=bool)
