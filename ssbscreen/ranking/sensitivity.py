"""How much a ranking depends on choices: weights of the groups, single hard limits, and the profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ssbscreen.ranking.criteria import Profile, Screen, resolve
from ssbscreen.ranking.imputation import LARGE, sample_draws
from ssbscreen.ranking.orders import count_true, stable_order
from ssbscreen.ranking.quantiles import quantiles_of_all
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.ranker import Ranking
from ssbscreen.ranking.scoring import expected, score

N_SAMPLES = 200  # sets of weights
N_FEW = 64  # of a pool of more than `LARGE`
CONCENTRATION = 30.0  # of the Dirichlet distribution; a weight of 0.1 then has a standard deviation of 0.054


def weight_sensitivity(ranking: Ranking, *, concentration: float = CONCENTRATION, top: int = 10) -> pd.DataFrame:
    """Ranks under group weights drawn around the screen's own from a Dirichlet distribution.

    The log score is followed along its slope by the weights, which is exact at the screen's own weights: there each
    row has its rank. What vital criteria leave does not depend on weights.

    Args:
        ranking: the base.
        concentration: larger keeps the weights closer to the screen's.
        top: size of the top that `share_top` counts.

    Returns:
        One row a ranked candidate, in the order of the table: `candidate_id`, `rank`, `rank_low` and `rank_high`
        (10th and 90th percentile over the weights), `share_top` (share of the weight sets with a place in the top).
    """
    scores, rows = ranking.scores, ranking.order[: ranking.n_ranked]
    names = list(scores.groups)
    base = np.array([scores.screen.groups[g] for g in names], dtype=float)
    base /= base.sum()
    n_samples = N_SAMPLES if len(scores) <= LARGE else N_FEW
    samples = np.random.default_rng(0).dirichlet(np.maximum(base, 1e-6) * concentration, n_samples)
    slope = scores.group_slope[rows]
    log = np.log(np.maximum(scores.score[rows], 1e-300))
    places = scores.scratch.zeros((n_samples, len(rows)), np.int32)
    counting = np.arange(1, len(rows) + 1, dtype=np.int32)

    def place(one: slice) -> None:
        moved = np.einsum("ij,j->i", slope, samples[one][0] - base)  # `@` would start threads of its own in each thread
        places[one][0, stable_order(-(log + moved))] = counting

    scores.scratch.each(place, n_samples, 1)
    low, high, share = (np.empty(len(rows)) for _ in range(3))

    def sum_up(part: slice) -> None:
        mine = np.ascontiguousarray(places[:, part].T)
        low[part], high[part] = quantiles_of_all(mine, (0.10, 0.90))
        share[part] = count_true(mine <= top) / n_samples

    scores.scratch.each(sum_up, len(rows))
    return pd.DataFrame(
        {
            "candidate_id": ranking.candidate_ids[: ranking.n_ranked],
            "rank": np.arange(1, len(rows) + 1),
            "rank_low": np.floor(low).astype(int),
            "rank_high": np.ceil(high).astype(int),
            "share_top": share,
        }
    )


def leave_one_limit_out(ranking: Ranking, *, top: int = 10) -> pd.DataFrame:
    """The ranking without each of its limits in turn, on the same draws.

    Returns:
        One row a limit: `limit`, `n_failing` (ranked rows that fail it in more than half of their draws),
        `n_rescued` (rows whose score doubles without it), `rank_correlation` (Spearman, with the base),
        `n_top_kept` (of the base's top), `enters_top` (identifiers that come in).
    """
    scores, rows = ranking.scores, ranking.order[: ranking.n_ranked]
    ids = ranking.candidate_ids[: ranking.n_ranked]
    own, base = scores.score[rows], np.arange(len(rows))
    found = []
    for k, name in enumerate(scores.limits):
        without = scores.without_limit[rows, k]
        order = stable_order(-without)
        entering = [str(ids[i]) for i in order[:top] if i >= top]
        place = np.empty(len(rows), dtype=int)
        place[order] = base
        found.append(
            {
                "limit": name,
                "n_failing": int((scores.p_limit[rows, k] < 0.5).sum()),
                "n_rescued": int((without > 2.0 * own).sum()),
                "rank_correlation": float(np.corrcoef(base, place)[0, 1]) if len(rows) > 2 else float("nan"),
                "n_top_kept": min(top, len(rows)) - len(entering),
                "enters_top": ", ".join(entering),
            }
        )
    return pd.DataFrame(
        found, columns=["limit", "n_failing", "n_rescued", "rank_correlation", "n_top_kept", "enters_top"]
    )


def rank_in_profiles(
    ranking: Ranking, quantities: Quantities, screen: Screen, profiles: Sequence[Profile], *, n_draws: int = 64
) -> pd.DataFrame:
    """Rank of every candidate in every profile.

    Few draws show by what factor a profile changes a score; the score of the ranking times that factor orders the
    rows, so that its own profile gives each row its rank, and what few draws get wrong is the same on both sides.

    Args:
        ranking: of the quantities, in any profile.
        quantities: their operating conditions are replaced by those of each profile.
        screen: as loaded.
        profiles: to compare.
        n_draws: for the factor.

    Returns:
        `candidate_id`, then one column of nullable ranks a profile, in the order of the quantities.
    """
    n_draws = min(n_draws, sample_draws(len(quantities)), ranking.scores.log_utility.shape[1])
    rows = ranking.order[: ranking.n_ranked]
    own = ranking.scores.score
    few = np.empty(len(own)) if ranking.scores.few_score is None else ranking.scores.few_score
    for part in ranking.scores.scratch.blocks(len(own)) if ranking.scores.few_score is None else ():
        few[part] = expected(ranking.scores.log_utility[part, :n_draws])
    columns: dict[str, object] = {"candidate_id": quantities.facts.candidate_ids}
    for profile in profiles:
        pool = replace(quantities, operating=profile.operating, n_draws=n_draws)
        resolved = resolve(screen, profile)
        is_own = resolved == ranking.screen and profile.operating == quantities.operating
        factor = np.ones(len(own))
        if not is_own:
            other = score(pool, resolved, scratch=ranking.scores.scratch, is_bare=True)
            factor = other.score / np.maximum(few, 1e-300)
        places = np.zeros(len(own), dtype=np.int64)
        places[rows[stable_order(-(own * factor)[rows])]] = np.arange(1, len(rows) + 1)
        columns[profile.name] = pd.arrays.IntegerArray(places, places == 0)
    return pd.DataFrame(columns)
