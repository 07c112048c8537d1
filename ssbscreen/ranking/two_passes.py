"""Scores of a pool too large for all draws of every candidate: few draws of all, more of those that lead.

Draws begin with the same numbers, however many there are, and what stands in for missing values is made of the few
draws of all candidates in any case (`imputation.sample_draws`). So the numbers of a leader are those of a single pass
over all draws, to the last bit. Places, tie groups, intervals of the worth and the front compare all candidates: they
rest on `SAMPLE_DRAWS` draws, of those outside the leading `LARGE` on the few, taken in turn.
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
    """Scores of a pool, of a large one with all draws for those alone that lead after fewer.

    The natural logarithm of a score errs by the standard deviation of a candidate's log worth over the square root of
    its draws. Arguments as in `scoring.score`.
    """
    n, n_draws, few = len(quantities), quantities.n_draws, sample_draws(len(quantities))
    if n <= LARGE or n_draws <= few:
        return score(quantities, screen, **how)
    scores = score(replace(quantities, n_draws=few), screen, **how).in_turn(min(SAMPLE_DRAWS, n_draws))
    given = How(block_size=how.get("block_size"), imputers=scores.imputers, scratch=how.get("scratch"))
    for n_leaders, most in ((LARGE, SAMPLE_DRAWS), (N_LEADERS, n_draws)):
        leaders = np.sort(np.argpartition(-scores.score, n_leaders)[:n_leaders])
        own = score(replace(quantities.take(leaders), n_draws=min(most, n_draws)), screen, **given)
        for name in (*OF_ALL_DRAWS, *(OF_FIRST_DRAWS if most == SAMPLE_DRAWS else ())):
            for rows in scores.scratch.blocks(len(leaders)):
                getattr(scores, name)[leaders[rows]] = getattr(own, name)[rows]
        log.info("ranking: %d of %d by %d draws, the others by fewer", n_leaders, n, own.log_utility.shape[1])
        if n_draws <= SAMPLE_DRAWS:
            break
    return scores
