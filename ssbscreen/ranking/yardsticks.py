"""Reference electrolytes that every row is held against, whether they stand in the pool or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.scoring import Scores, score


@dataclass(frozen=True)
class Yardsticks:
    """Where the worth of each reference electrolyte comes from.

    Attributes:
        rows: name -> row of the pool.
        outside: of those that the pool does not hold, their names being the candidate ids; None for none.
    """

    rows: Mapping[str, int]
    outside: Quantities | None = None

    def log_worth(self, scores: Scores) -> dict[str, np.ndarray]:
        """Name -> log worth in the draws of the scores, which are those of the pool.  # each (n_draws,)"""
        found = {name: scores.log_utility[row] for name, row in self.rows.items()}
        if self.outside is not None:
            other = score(self.outside, scores.screen, imputers=scores.imputers)
            names = self.outside.facts.candidate_ids
            found |= {str(name): line for name, line in zip(names, other.log_utility, strict=True)}
        return dict(sorted(found.items()))
