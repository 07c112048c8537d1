"""Reference electrolytes that every row is held against, whether they stand in the pool or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.scoring import Scores, score


@dataclass(frozen=True)
class ReferenceMaterials:
    """Where the worth of each reference electrolyte comes from.

    Attributes:
        rows: name -> row of the pool.
        outside: of those that the pool does not hold, their names being the candidate ids; None for none.
    """

    rows: Mapping[str, int]
    outside: Quantities | None = None

    def held(self, scores: Scores) -> Held:
        """Reference electrolytes scored as the pool is."""
        worth = {name: scores.log_utility[row] for name, row in self.rows.items()}
        rows = np.array(list(self.rows.values()), dtype=int)
        loss = [np.where(scores.has_own[rows], scores.loss[rows], np.nan)]
        if self.outside is not None:
            other = score(self.outside, scores.screen, imputers=scores.imputers)
            names = self.outside.facts.candidate_ids
            shared = scores.log_utility.shape[1]  # draws that every row of the pool has
            worth |= {str(name): line[:shared] for name, line in zip(names, other.log_utility, strict=True)}
            loss.append(np.where(other.has_own, other.loss, np.nan))
        known = np.concatenate(loss)
        usual = np.zeros(known.shape[1])
        for i in np.flatnonzero(np.isfinite(known).any(axis=0)):
            usual[i] = np.nanmedian(known[:, i])
        return Held(dict(sorted(worth.items())), usual)


@dataclass(frozen=True)
class Held:
    """Reference electrolytes with the scores of a pool.

    Attributes:
        log_worth: name -> in the draws of the pool.  # each (n_draws,)
        usual_loss: what each criterion takes off the log score of the middle one of them.  # (n_criteria,)
    """

    log_worth: Mapping[str, np.ndarray]
    usual_loss: np.ndarray
