"""How much of a ranked list stays when something is changed that says nothing about the materials."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Stability:
    """A ranking beside another of the same candidates.

    Attributes:
        change: what was done, in words.
        n_both: candidates with a rank in both.
        kept_20, kept_100: share of the first 20 and 100 of the base that are among the first 20 and 100 of the other.
        rank_correlation: Spearman, over those that both rank.
    """

    change: str
    n_both: int
    kept_20: float
    kept_100: float
    rank_correlation: float


def compare_lists(base: pd.DataFrame, other: pd.DataFrame, change: str) -> Stability:
    """Overlap of the first rows, and rank correlation.

    Args:
        base, other: rows of one role of two runs, with `candidate_id` and `rank`.
        change: what tells the second from the first.
    """
    first, second = (frame.dropna(subset=["rank"]).set_index("candidate_id")["rank"] for frame in (base, other))
    both = first.index.intersection(second.index)
    ranks = pd.DataFrame({"base": first[both].astype(float), "other": second[both].astype(float)})
    correlation = float(ranks["base"].corr(ranks["other"], method="spearman")) if len(both) > 2 else float("nan")
    return Stability(change, len(both), _kept(first, second, 20), _kept(first, second, 100), correlation)


def _kept(first: pd.Series, second: pd.Series, n: int) -> float:
    """Share of the first n that stay among the first n."""
    leaders = set(first.nsmallest(n).index)
    return len(leaders & set(second.nsmallest(n).index)) / len(leaders) if leaders else float("nan")
