"""How much a ranking hangs on choices: weights of the groups, single hard limits, and the profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from ssbscreen.ranking.criteria import Profile, Screen
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.ranker import Ranking, rank
from ssbscreen.ranking.scoring import penalise

N_SAMPLES = 200  # sets of weights
CONCENTRATION = 30.0  # of the Dirichlet distribution; a weight of 0.1 then has a standard deviation of 0.054


def weight_sensitivity(ranking: Ranking, *, concentration: float = CONCENTRATION, top: int = 10) -> pd.DataFrame:
    """Ranks under group weights drawn around the screen's own from a Dirichlet distribution.

    The cheap form: median desirabilities instead of all draws, and the limits as the screen has them (a row whose
    `p_all` is under one half stands below those over it).

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
    per_group = _group_logs(ranking)[rows]
    samples = np.random.default_rng(0).dirichlet(np.maximum(base, 1e-6) * concentration, N_SAMPLES)
    total = per_group @ samples.T + np.where(scores.p_all[rows] < 0.5, np.log(scores.screen.limit_factor), 0.0)[:, None]
    places = np.empty(total.shape, dtype=np.int32)
    for j in range(N_SAMPLES):
        places[np.argsort(-total[:, j], kind="stable"), j] = np.arange(1, len(rows) + 1)
    if len(rows):
        low, high = np.quantile(places, (0.10, 0.90), axis=1)
    else:
        low = high = np.empty(0)
    return pd.DataFrame(
        {
            "candidate_id": ranking.table["candidate_id"].to_numpy()[: ranking.n_ranked],
            "rank": np.arange(1, len(rows) + 1),
            "rank_low": np.floor(low).astype(int),
            "rank_high": np.ceil(high).astype(int),
            "share_top": (places <= top).mean(axis=1) if len(rows) else np.empty(0),
        }
    )


def _group_logs(ranking: Ranking) -> np.ndarray:
    """Log of each group's geometric mean of median desirabilities, imputed ones included.  # (n, n_groups)"""
    scores = ranking.scores
    weights = np.asarray(scores.screen.weights)
    logs = np.log(scores.desirability)
    columns = []
    for group in scores.groups:
        members = [i for i, c in enumerate(scores.screen.criteria) if c.group == group]
        columns.append(logs[:, members] @ (weights[members] / max(weights[members].sum(), 1e-12)))
    return np.stack(columns, axis=1)


def leave_one_limit_out(ranking: Ranking, *, top: int = 10) -> pd.DataFrame:
    """The ranking without each of its hard limits in turn, on the same draws.

    Returns:
        One row a limit: `limit`, `n_failing` (ranked rows that fail it in more than half of their draws),
        `n_rescued` (rows whose `p_all` passes one half without it), `rank_correlation` (Spearman, with the base),
        `n_top_kept` (of the base's top), `enters_top` (identifiers that come in).
    """
    scores, rows = ranking.scores, ranking.order[: ranking.n_ranked]
    ids = ranking.table["candidate_id"].to_numpy()[: ranking.n_ranked]
    log_score, failed, factor = scores.log_score[rows], scores.failed[rows], scores.screen.limit_factor
    base = np.arange(len(rows))
    found = []
    for k, name in enumerate(scores.limits):
        bit = np.uint16(1) << np.uint16(k)
        without = failed & ~bit
        medians = np.median(penalise(log_score, without != 0, factor), axis=1)
        order = np.argsort(-medians, kind="stable")
        entering = [str(ids[i]) for i in order[:top] if i >= top]
        passes, passed = (without == 0).mean(axis=1) >= 0.5, (failed == 0).mean(axis=1) >= 0.5
        place = np.empty(len(rows), dtype=int)
        place[order] = base
        found.append(
            {
                "limit": name,
                "n_failing": int((((failed & bit) != 0).mean(axis=1) > 0.5).sum()),
                "n_rescued": int((passes & ~passed).sum()),
                "rank_correlation": float(stats.spearmanr(base, place).statistic) if len(rows) > 2 else float("nan"),
                "n_top_kept": min(top, len(rows)) - len(entering),
                "enters_top": ", ".join(entering),
            }
        )
    return pd.DataFrame(
        found, columns=["limit", "n_failing", "n_rescued", "rank_correlation", "n_top_kept", "enters_top"]
    )


def rank_in_profiles(
    quantities: Quantities, screen: Screen, profiles: Sequence[Profile], *, n_draws: int = 64
) -> pd.DataFrame:
    """Rank of every candidate in every profile, from few draws.

    Args:
        quantities: of any profile; its operating conditions are replaced by those of each profile.
        screen: as loaded.
        profiles: to compare.
        n_draws: enough for the order of medians, not for intervals.

    Returns:
        `candidate_id`, then one column of nullable ranks a profile, in the order of the quantities.
    """
    columns: dict[str, object] = {"candidate_id": quantities.facts.candidate_ids}
    for profile in profiles:
        pool = replace(quantities, operating=profile.operating, n_draws=n_draws)
        result = rank(pool, screen, profile)
        by_id = result.table.set_index("candidate_id")["rank"]
        columns[profile.name] = by_id.reindex(quantities.facts.candidate_ids).array
    return pd.DataFrame(columns)
