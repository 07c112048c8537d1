"""Scores of a pool too large for all draws of every candidate: few, evenly spread ones of all, all of those that lead.

The few are spread evenly over the distribution of every quantity (`noise.even_noise_of`): worth adds up criterion by
criterion, so that they miss a score by less than several times as many random ones. Draws of the leaders begin with the
same numbers, however many there are, and what stands in for missing values is made of the few draws of all candidates
in any case (`imputation.sample_draws`). So the numbers of a leader are those of a single pass over all draws, to the
last bit. Places, tie groups, intervals of the worth and the front compare all candidates: they rest on `SAMPLE_DRAWS`
draws, of those outside the leaders on the few, taken in turn.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Unpack

import numpy as np

from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.imputation import LARGE, SAMPLE_DRAWS, sample_draws
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.scoring import OF_ALL_DRAWS, OF_FIRST_DRAWS, How, Scores, score

log = logging.getLogger(__name__)
N_LEADERS = 10_000


def scores_of(quantities: Quantities, screen: Screen, **how: Unpack[How]) -> Scores:
    """Scores of a pool, of a large one with all draws for those alone that lead after few; arguments as in `score`."""
    n, n_draws, few = len(quantities), quantities.n_draws, sample_draws(len(quantities))
    if n <= LARGE or n_draws <= few:
        return score(quantities, screen, **how)
    scores = score(replace(quantities, n_draws=few), screen, **how).in_turn(min(SAMPLE_DRAWS, n_draws))
    scores = replace(scores, score=scores.score.copy(), few_score=scores.score)
    given = How(block_size=how.get("block_size"), imputers=scores.imputers, scratch=how.get("scratch"))
    leaders = np.sort(np.argpartition(-scores.score, N_LEADERS)[:N_LEADERS])
    own = score(quantities.take(leaders), screen, **given)
    for name in (*OF_ALL_DRAWS, *OF_FIRST_DRAWS):
        of_all, of_leaders = getattr(scores, name), getattr(own, name)
        if name in OF_FIRST_DRAWS:
            of_leaders = of_leaders[..., : of_all.shape[-1]]
        for rows in scores.scratch.blocks(len(leaders)):
            of_all[leaders[rows]] = of_leaders[rows]
    log.info("ranking: %d of %d by %d draws, the others by %d evenly spread ones", N_LEADERS, n, n_draws, few)
    return scores
