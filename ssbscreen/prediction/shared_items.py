"""Candidates encoded once for all models that see them in the same way."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.featurize.base import CRYSTAL, Encoded, Representation
from ssbscreen.featurize.ordering import ordered_state

_log = logging.getLogger(__name__)


class SharedItems:
    """Items of some candidates under several representations; equal representations share them.

    Building a crystal graph costs more than a network's pass over it, and most crystal models read the same graph.
    Models of crystals see a disordered one in one ordered state: ordered crystals alone taught them. Nothing is ever
    let go, so hold one for as many candidates as may be in memory at once.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = candidates
        self._items: dict[Representation, dict[int, Any]] = {}
        self._reasons: dict[Representation, dict[int, str]] = {}
        self._ordered: dict[int, Candidate] = {}

    def seen(self, i: int) -> Candidate:
        """A candidate as models of crystals see it: a disordered crystal in one ordered state."""
        candidate = self.candidates[i]
        if candidate.crystal is None or candidate.crystal.is_ordered:
            return candidate
        if i not in self._ordered:
            self._ordered[i] = replace(candidate, crystal=ordered_state(candidate.crystal))
        return self._ordered[i]

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
            found = representation.encode(self._as_seen(representation, new))
            items |= {new[position]: item for position, item in zip(found.rows, found.items, strict=True)}
            reasons |= {new[position]: reason for position, reason in found.rejected.items()}
        kept = [place for place, i in enumerate(rows) if int(i) in items]
        return Encoded(
            tuple(items[int(rows[place])] for place in kept),
            np.array(kept, dtype=np.int64),
            {place: reasons[int(i)] for place, i in enumerate(rows) if int(i) in reasons},
        )

    def _as_seen(self, representation: Representation, rows: Sequence[int]) -> list[Candidate]:
        if representation.kind != CRYSTAL:
            return [self.candidates[i] for i in rows]
        before, start = len(self._ordered), time.process_time()
        found = [self.seen(i) for i in rows]
        if len(self._ordered) > before:
            seconds = time.process_time() - start
            _log.info("ordered states of %d disordered crystals in %.1f s", len(self._ordered) - before, seconds)
        return found
