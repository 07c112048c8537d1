"""Conductivities of polymers whose host dissolves too little of the salt: what no training row could teach.

Hosts without donors are not made into electrolytes, so none of the measured ones shows that they insulate; the model
takes them for average hosts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.prediction import PropertyPrediction
from ssbscreen.featurize.polymer_solvation import dissolved_share, holds_lithium
from ssbscreen.training.calibration import interval

UNDISSOLVED = -12.0
"""log10(S/cm) of a host beside its undissolved salt. A dry perfluoropolyether network shows 1.6e-11 S/cm at 60 degree C
(data/literature/polymers.csv); neat insulating polymers lie lower."""
UNDISSOLVED_STD = 1.5  # decades; assumption


def with_solvation(column: PropertyPrediction, candidates: Sequence[Candidate]) -> PropertyPrediction:
    """Predictions of log10 conductivity, drawn to an insulator by the share of the salt that is not dissolved.

    Args:
        column: predictions of polymers.
        candidates: in the same order.
    """
    share = np.array([1.0 if c.polymer is None else dissolved_share(c.polymer) for c in candidates])
    short = share < 1.0
    if not short.any():
        return column
    lack = 1.0 - share
    epistemic = np.hypot(share * column.std_epistemic, lack * UNDISSOLVED_STD)
    aleatoric = share * column.std_aleatoric
    mean = np.where(short, share * column.mean + lack * np.minimum(UNDISSOLVED, column.mean), column.mean)
    lower, upper = interval(mean, aleatoric, epistemic)
    said = [
        "; ".join(filter(None, (str(note), _said(c, part)))) if few else str(note)
        for c, note, part, few in zip(candidates, column.note, share, short, strict=True)
    ]
    return replace(
        column,
        mean=mean,
        std_aleatoric=np.where(short, aleatoric, column.std_aleatoric),
        std_epistemic=np.where(short, epistemic, column.std_epistemic),
        lower=np.where(short, lower, column.lower),
        upper=np.where(short, upper, column.upper),
        in_domain=column.in_domain & ~short,
        note=np.array(said, dtype=object),
    )


def _said(candidate: Candidate, share: float) -> str:
    if candidate.polymer is not None and not candidate.polymer.salt_smiles:
        return "neither a salt nor ions of its own: name the salt and its amount"
    if candidate.polymer is not None and holds_lithium(candidate.polymer.salt_smiles or ""):
        return "the anions of this salt hold lithium too firmly for a polymer to dissolve it"
    return f"the host has donor groups for {share:.0%} of the salt"
