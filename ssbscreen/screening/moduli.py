"""A measured Young's modulus says how stiff bulk and shear modulus are: one material has one elasticity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ssbscreen.core.constants import Z90
from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.prediction import Predictions, PropertyPrediction
from ssbscreen.physics.elasticity import youngs_modulus

E, K, G = "youngs_modulus", "bulk_modulus", "shear_modulus"
KNOWN = (EvidenceKind.MEASURED, EvidenceKind.CALCULATED)
RATIO_STD = 0.05  # decades that each modulus may lie off beside a known E; an assumption of the project


def with_stiffness(
    predictions: Predictions, evidence: Mapping[str, Evidence]
) -> tuple[Predictions, dict[str, Evidence]]:
    """Bulk and shear modulus moved together until they give the known Young's modulus; their ratio stays predicted.

    Rows whose bulk or shear modulus is known itself, or whose Young's modulus is not, stay as they are.

    Args:
        predictions: with posteriors.
        evidence: property -> on what each value rests.
    """
    columns, found = dict(predictions.by_property), dict(evidence)
    if E not in evidence or K not in columns or G not in columns:
        return predictions, found
    young, bulk, shear = columns[E], columns[K], columns[G]
    moved = _is_known(evidence, E, len(young.mean)) & bulk.is_present & shear.is_present & (young.mean > 0)
    for key in (K, G):
        moved &= ~_is_known(evidence, key, len(young.mean))
    if not moved.any():
        return predictions, found
    with np.errstate(invalid="ignore", divide="ignore"):
        now = youngs_modulus(10.0**bulk.mean, 10.0**shear.mean)
        shift = np.log10(young.mean / now)
        std = np.hypot(young.std / (young.mean * np.log(10.0)), RATIO_STD)
    for key, column in ((K, bulk), (G, shear)):
        columns[key] = _moved(column, moved, shift, std)
        before = evidence.get(key) or Evidence.uniform(EvidenceKind.PREDICTED, len(young.mean))
        found[key] = before.where(moved, evidence[E])
    return replace(predictions, by_property=columns), found


def _is_known(evidence: Mapping[str, Evidence], key: str, n: int) -> np.ndarray:
    return np.isin(evidence[key].kind, KNOWN) if key in evidence else np.zeros(n, dtype=bool)


def _moved(column: PropertyPrediction, rows: np.ndarray, shift: np.ndarray, std: np.ndarray) -> PropertyPrediction:
    """A log-scaled column with some rows moved and their error replaced."""
    mean = np.where(rows, column.mean + shift, column.mean)
    notes = [
        "; ".join(filter(None, (str(n), "from its Young's modulus" if r else "")))
        for n, r in zip(column.note, rows, strict=True)
    ]
    return replace(
        column,
        mean=mean,
        std_aleatoric=np.where(rows, 0.0, column.std_aleatoric),
        std_epistemic=np.where(rows, std, column.std_epistemic),
        std_class=np.where(rows, 0.0, column.std_class),
        std_family=np.where(rows, 0.0, column.std_family),
        lower=np.where(rows, mean - Z90 * std, column.lower),
        upper=np.where(rows, mean + Z90 * std, column.upper),
        note=np.array(notes, dtype=object),
    )
