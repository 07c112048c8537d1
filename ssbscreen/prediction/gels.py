"""Polymers that hold a solvent or plasticiser: what models of dry films say nothing of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.prediction import NUMBERS, PropertyPrediction
from ssbscreen.prediction.solvation import with_solvation

KEYS = ("ionic_conductivity", "glass_transition")
"""Properties that a few per cent of solvent change by decades or tens of degrees."""


def with_solvent_and_salt(column: PropertyPrediction, candidates: Sequence[Candidate]) -> PropertyPrediction:
    """Predictions of polymers after what their model cannot know: undissolved salt, and solvent in the film."""
    if column.property == "ionic_conductivity":
        column = with_solvation(column, candidates)
    return dry_only(column, candidates) if column.property in KEYS else column


def dry_only(column: PropertyPrediction, candidates: Sequence[Candidate]) -> PropertyPrediction:
    """Predictions without those of polymers that hold a plasticiser, which are missing with the reason.

    Lithium moves with the solvent in such films and hardly with the chains; a tenth of a film's
    weight of dimethylformamide or dimethyl sulfoxide may stay in polyacrylonitrile after long drying.

    Args:
        column: predictions of polymers.
        candidates: in the same order.

    Source: Brandell, Mindemark, Hernandez, Polymer-based Solid State Batteries, section 5.3
    (https://www.yumpu.com/en/document/view/67470179/polymer-based-solid-state-batteries-daniel-brandell-jonas-mindemark-etc-z-liborg/120).
    """
    holds = ["" if c.polymer is None else c.polymer.plasticiser for c in candidates]
    is_gel = np.array([bool(name) for name in holds], dtype=bool)
    if not is_gel.any():
        return column
    changed: dict[str, Any] = {name: np.where(is_gel, np.nan, getattr(column, name)) for name in NUMBERS}
    changed["in_domain"] = column.in_domain & ~is_gel
    changed["note"] = np.array(
        [
            f"the model knows dry films; this one holds {name}" if name else note
            for note, name in zip(column.note, holds, strict=True)
        ],
        dtype=object,
    )
    return replace(column, **changed)
