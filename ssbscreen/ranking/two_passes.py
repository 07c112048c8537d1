"""Scores of a pool too large for all draws of every candidate: some draws of all, then all draws of the leaders.

Draws begin with the same numbers, however many there are, so the first pass is a ranking with `SAMPLE_DRAWS` draws, to
the last bit. What stands in for missing values is made of those draws of all candidates in either case, so the
numbers of a leader are those of a single pass over all draws, to the last bit. Places, tie groups and the front
compare all candidates and rest on the draws that all of them have.
"""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np

from ssbscreen.core.scratch import Scratch
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.imputation import Imputer
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.scoring import OF_ALL_DRAWS, SAMPLE_DRAWS, Scores, score

log = logging.getLogger(__name__)
LARGE = 50_000  # candidates up to which every one gets all draws
N_LEADERS = 10_000


def scores_of(
    quantities: Quantities,
    screen: Screen,
    *,
    block_size: int | None = None,
    imputers: tuple[Imputer, ...] = (),
    scratch: Scratch | None = None,
) -> Scores:
    """Scores of a pool, of a large one with all draws for those alone that lead after the first ones.

    Of the others a score rests on the first `SAMPLE_DRAWS`: the error of its natural logarithm is the standard
    deviation of a candidate's log worth over the square root of their number. Arguments as in `scoring.score`.
    """
    if len(quantities) <= LARGE or quantities.n_draws <= SAMPLE_DRAWS:
        return score(quantities, screen, block_size=block_size, imputers=imputers, scratch=scratch)
    few = replace(quantities, n_draws=SAMPLE_DRAWS)
    scores = score(few, screen, block_size=block_size, imputers=imputers, scratch=scratch)
    leaders = np.sort(np.argpartition(-scores.score, N_LEADERS)[:N_LEADERS])
    own = quantities.take(leaders)
    whole = score(own, screen, block_size=block_size, imputers=scores.imputers, scratch=scratch)
    for name in OF_ALL_DRAWS:
        for rows in scores.scratch.blocks(len(leaders)):
            getattr(scores, name)[leaders[rows]] = getattr(whole, name)[rows]
    log.info(
        "ranking: %d leaders by all %d draws, %d others by the first %d",
        *(len(leaders), quantities.n_draws, len(scores) - len(leaders), SAMPLE_DRAWS),
    )
    return scores
