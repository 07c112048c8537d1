"""First draws of what a screen asks for: what stands in for missing values is made of them, and they serve once more.

Where a ranking takes no more draws than these, nothing is drawn twice: they are kept with on what they rest and how
wide laboratories scatter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from ssbscreen.core.evidence import Evidence
from ssbscreen.core.scratch import Scratch
from ssbscreen.ranking.block import Block
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.quantities import Quantities


@dataclass(frozen=True)
class FirstDraws:
    """Of every candidate of a pool; rows as in its facts.

    Attributes:
        draws: property key -> stored units, NaN where missing.  # each (n, few) float32
        evidence: property key -> on what they rest; empty where a ranking takes more draws.
        width: property key -> how many times as wide laboratories scatter; 1 where nothing says so.  # each (n,)
    """

    draws: dict[str, np.ndarray]
    evidence: dict[str, Evidence]
    width: dict[str, np.ndarray]

    @classmethod
    def of(cls, quantities: Quantities, keys: Sequence[str], most: int, size: int, scratch: Scratch) -> Self:
        """Draw them.

        Args:
            quantities: of the pool.
            keys: of the properties.
            most: draws of each candidate.
            size: candidates held at once.
            scratch: where the draws lie.
        """
        n, few = len(quantities), min(most, quantities.n_draws)
        found = cls({key: scratch.zeros((n, few), np.float32) for key in keys}, {}, {})
        if quantities.n_draws <= most:
            for key in found.draws:
                found.evidence[key] = Evidence(scratch.zeros((n,), np.uint8), scratch.zeros((n,), np.int32))
                found.width[key] = scratch.zeros((n,), np.float32)

        def draw(rows: slice) -> None:
            drawn = block(quantities, rows, few)
            for key, draws in found.draws.items():
                draws[rows] = drawn.stored(key)
            for key, evidence in found.evidence.items():
                own = drawn.evidence_of(key)
                evidence.number[rows], evidence.n_studies[rows] = own.number, own.n_studies
                found.width[key][rows] = drawn.width(key)

        scratch.each(draw, n, size)
        return found

    def block(self, quantities: Quantities, rows: slice) -> Block:
        """Candidates of a slice with all draws of the ranking, these where they are all."""
        drawn = block(quantities, rows)
        for key, evidence in self.evidence.items():
            drawn.keep(key, self.draws[key][rows], evidence.take(rows), self.width[key][rows])
        return drawn
