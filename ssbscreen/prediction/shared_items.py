"""Candidates encoded once for all models that see them in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.featurize.base import Encoded, Representation


class SharedItems:
    """Items of some candidates under several representations; equal representations share them.

    Building a crystal graph costs more than a network's pass over it, and most crystal models read the same graph.
    Nothing is ever let go, so hold one for as many candidates as may be in memory at once.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = candidates
        self._items: dict[Representation, dict[int, Any]] = {}
        self._reasons: dict[Representation, dict[int, str]] = {}

    def encode(self, representation: Representation, rows: np.ndarray) -> Encoded:
        """What `representation.encode` gives for the candidates at these rows; those met before are not built again.

        Args:
            representation: of a model.
            rows: positions among the candidates, ascending.  # (n,)
        """
        items = self._items.setdefault(representation, {})
        reasons = self._reasons.setdefault(representation, {})
        new = [int(i) for i in rows if int(i) not in items and int(i) not in reasons]
        if new:
            found = representation.encode([self.candidates[i] for i in new])
            items |= {new[position]: item for position, item in zip(found.rows, found.items, strict=True)}
            reasons |= {new[position]: reason for position, reason in found.rejected.items()}
        kept = [place for place, i in enumerate(rows) if int(i) in items]
        return Encoded(
            tuple(items[int(rows[place])] for place in kept),
            np.array(kept, dtype=np.int64),
            {place: reasons[int(i)] for place, i in enumerate(rows) if int(i) in reasons},
        )
