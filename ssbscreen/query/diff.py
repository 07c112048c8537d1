"""Two rankings beside each other: who moved, whether the move is more than noise, and through which criterion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ssbscreen.core.errors import UsageError
from ssbscreen.query.columns import criteria_of
from ssbscreen.query.store import RunFolder

_KEY = ["role", "candidate_id"]
_FLOOR = 0.01  # least desirability, as in the score
_LEAST_WIDTH = 0.1  # of a log-rank interval, so that a move from a rank without noise stays finite
_PARTS = ("before", "after")


@dataclass(frozen=True)
class Difference:
    """What changed from one run to another.

    Attributes:
        moved: candidates of both runs, the largest moves against the noise first; columns `role, candidate_id,
            formula, rank_before, rank_after, interval_before, move, is_beyond_noise, through, value_before,
            value_after, score_before, score_after`. `move` is the change of log rank over the half width of the wider
            of the two log-rank intervals, positive upwards; one beyond 1 that leaves both intervals is more than noise.
            `through` is the criterion whose change of desirability weighs most.
        entered, left: candidates of one run only.
        models: models whose version or weights differ.
        rank_correlation: Spearman correlation of the ranks over all roles that both runs have.

    Ranks are counted among the candidates that both runs have.
    """

    moved: pd.DataFrame
    entered: pd.DataFrame
    left: pd.DataFrame
    models: pd.DataFrame
    rank_correlation: float

    @property
    def n_beyond_noise(self) -> int:
        """Candidates that left the rank intervals of both runs by more than half of their width."""
        return int(self.moved["is_beyond_noise"].sum())


def diff(before: RunFolder, after: RunFolder) -> Difference:
    """Compare two finished runs.

    Raises:
        UsageError: the runs have no candidate of the same role in common.
    """
    old, new = (run.ranking() for run in (before, after))
    ranked = [frame[frame["rank"].notna()] for frame in (old, new)]
    both = ranked[0].merge(ranked[1], on=_KEY, suffixes=("_before", "_after"))
    if both.empty:
        raise UsageError(f"'{before.path}' and '{after.path}' have no ranked candidate of the same role in common.")
    columns = [*_KEY, "formula", "rank", "score"]
    entered = _only(ranked[1], ranked[0])[columns]
    left = _only(ranked[0], ranked[1])[columns]
    for part in _PARTS:
        _count_within(both, part)
    moved = _moved(both, [c for c in criteria_of(new) if c in criteria_of(old)], _weights(after))
    ranks = [moved[f"rank_{part}"].rank() for part in _PARTS]
    correlation = float(ranks[0].corr(ranks[1])) if len(moved) > 2 else float("nan")
    return Difference(moved, entered, left, _models(before, after), correlation)


def _count_within(both: pd.DataFrame, part: str) -> None:
    """Ranks and their intervals among the candidates of both runs, so that a larger pool moves nobody."""
    for _, rows in both.groupby("role"):
        ranks = np.sort(rows[f"rank_{part}"].to_numpy(dtype=float))
        low = ranks.searchsorted(rows[f"rank_low_{part}"].to_numpy(dtype=float), side="left") + 1
        own, high = (
            np.maximum(ranks.searchsorted(rows[f"{column}_{part}"].to_numpy(dtype=float), side="right"), 1)
            for column in ("rank", "rank_high")
        )
        columns = [f"rank_low_{part}", f"rank_{part}", f"rank_high_{part}"]
        both.loc[rows.index, columns] = np.stack([low, own, high], axis=1)


def _moved(both: pd.DataFrame, criteria: list[str], weights: dict[str, float]) -> pd.DataFrame:
    before, after = (both[f"rank_{part}"].astype(float) for part in _PARTS)
    interval = [both[f"rank_{end}_before"].astype(int).astype(str) for end in ("low", "high")]
    is_out = ~_is_inside(both, "before", after) & ~_is_inside(both, "after", before)
    move = (np.log(before) - np.log(after)) / _half_width(both).clip(lower=_LEAST_WIDTH)
    table = pd.DataFrame(
        {
            "role": both["role"],
            "candidate_id": both["candidate_id"],
            "formula": both["formula_after"],
            "rank_before": both["rank_before"].astype(int),
            "rank_after": both["rank_after"].astype(int),
            "interval_before": interval[0] + " to " + interval[1],
            "move": move,
            "is_beyond_noise": is_out & (np.abs(move) > 1.0),
            **_causes(both, criteria, weights),
            "score_before": both["score_before"],
            "score_after": both["score_after"],
        }
    )
    order = np.lexsort((table["rank_after"], -table["move"].abs(), ~table["is_beyond_noise"]))
    return table.iloc[order].reset_index(drop=True)


def _is_inside(both: pd.DataFrame, part: str, rank: pd.Series) -> pd.Series:
    return (both[f"rank_low_{part}"] <= rank) & (rank <= both[f"rank_high_{part}"])


def _half_width(both: pd.DataFrame) -> pd.Series:
    """Of the wider of the two log-rank intervals."""
    widths = [
        np.log(both[f"rank_high_{part}"].astype(float)) - np.log(both[f"rank_low_{part}"].astype(float))
        for part in _PARTS
    ]
    return np.maximum(*widths) / 2


def _causes(both: pd.DataFrame, criteria: list[str], weights: dict[str, float]) -> dict[str, np.ndarray]:
    """The criterion that pushed each row most in the direction of its move, with its values; none for no move."""
    change = np.stack(
        [weights.get(name, 1.0) * (_log(both, name, "after") - _log(both, name, "before")) for name in criteria], axis=1
    )
    is_up = (both["rank_after"].astype(float) < both["rank_before"].astype(float)).to_numpy()
    pushed = np.where(np.isfinite(change), change * np.where(is_up, 1.0, -1.0)[:, None], -np.inf)
    most = pushed.argmax(axis=1)
    has_moved = (both["rank_before"].astype(float) != both["rank_after"].astype(float)).to_numpy()
    has_cause = has_moved & (pushed.max(axis=1) > 1e-6)
    causes = {"through": np.where(has_cause, np.array(criteria, dtype=object)[most], "")}
    for part in _PARTS:
        values = np.stack([both[f"{name}_value_{part}"].astype(float) for name in criteria], axis=1)
        causes[f"value_{part}"] = np.where(has_cause, values[np.arange(len(both)), most], np.nan)
    return causes


def _log(both: pd.DataFrame, criterion: str, part: str) -> np.ndarray:
    return np.log(np.maximum(both[f"{criterion}_desirability_{part}"].to_numpy(dtype=float), _FLOOR))


def _only(frame: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    known = set(zip(other["role"], other["candidate_id"], strict=True))
    keep = [key not in known for key in zip(frame["role"], frame["candidate_id"], strict=True)]
    return frame[keep]


def _weights(run: RunFolder) -> dict[str, float]:
    """Weight of each criterion in the score: its share of its group times the group's."""
    screen = run.config().get("screen", {})
    groups, criteria = screen.get("groups", {}), screen.get("criteria", [])
    total: dict[str, float] = {}
    for row in criteria:
        total[row["group"]] = total.get(row["group"], 0.0) + float(row["share"])
    return {row["name"]: float(groups[row["group"]]) * float(row["share"]) / total[row["group"]] for row in criteria}


def _models(before: RunFolder, after: RunFolder) -> pd.DataFrame:
    """Models behind each property, where they differ."""
    tables = [
        {
            (row["property"], row["model"].rsplit(" ", 1)[0]): f"{row['model']} ({row.get('weights', '')})"
            for row in run.config().get("models", [])
        }
        for run in (before, after)
    ]
    rows = [
        (prop, tables[0].get((prop, name), "none"), tables[1].get((prop, name), "none"))
        for prop, name in sorted({*tables[0], *tables[1]})
    ]
    return pd.DataFrame([row for row in rows if row[1] != row[2]], columns=["property", "before", "after"])
