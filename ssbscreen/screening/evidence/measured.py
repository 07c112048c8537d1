"""Which candidates have measured values of their own, so that no estimate may leave them out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.screening.evidence.matching import Matcher
from ssbscreen.screening.evidence.reported import reported


def is_measured(candidates: Sequence[Candidate], evidence: str) -> np.ndarray:
    """Whether each is called known by its source, or a measured value of its material counts.

    Args:
        candidates: n.
        evidence: as in the settings; where only predictions count, no value does.

    Returns:
        # (n,) bool
    """
    known = np.array([c.is_known for c in candidates], dtype=bool)
    if evidence == "predicted":
        return known
    return known | np.array([bool(_matcher().of(c)) for c in candidates], dtype=bool)


@lru_cache(maxsize=1)
def _matcher() -> Matcher:
    """Of every measured value that is not refused."""
    return Matcher([v for v in reported(tuple(PROPERTIES)) if not v.is_calculated and not v.refusal])
