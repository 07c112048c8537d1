"""Why a test is suggested, in words: one row of the table of suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ssbscreen.core.number_text import number
from ssbscreen.core.properties import get_property
from ssbscreen.query.columns import caution_text, label_of
from ssbscreen.ranking.acquisition import Choice, bar_of, fail_fast, observe, revealed
from ssbscreen.ranking.score_draws import ScoreDraws
from ssbscreen.ranking.tests_cost import TestKind

COLUMNS = (
    "candidate_id",
    "candidate",
    "formula",
    "chemistry_class",
    "is_known",
    "caution",
    "test",
    "cost",
    "gain",
    "score_now",
    "p_shortlist",
    "score_if_in",
    "score_if_out",
    "then",
    "reason",
)
_LEAST_SHARE = 0.005  # of results, below which a way to fail is not named


@dataclass(frozen=True)
class Considered:
    """What a batch was chosen from; arrays over n_tests tests and m candidates.

    Attributes:
        draws: of the candidates.
        kinds: tests.  # n_tests
        rows: of the ranking.  # m
        after: expected score after the result of each draw.  # (n_tests, m, n_draws)
        is_open: tests that may be chosen.  # (n_tests, m) bool
        chances: that there is a sample to test.  # (n_tests, m)
        base: expected score now.  # (m,)
        p_out: probability that a test rules a candidate out.  # (n_tests, m)
        shortlist: length of the shortlist.
        seed: of the noise of the tests.
        unit: of the costs.
    """

    draws: ScoreDraws
    kinds: Sequence[TestKind]
    rows: pd.DataFrame
    after: np.ndarray
    is_open: np.ndarray
    chances: np.ndarray
    base: np.ndarray
    p_out: np.ndarray
    shortlist: int
    seed: int
    unit: str


def record(choice: Choice, considered: Considered) -> dict[str, object]:
    """The row of one chosen test."""
    i, row = choice.candidate, considered.rows.iloc[choice.candidate]
    results = considered.after[choice.test, i]
    bar = bar_of(np.delete(considered.base, i), considered.shortlist)  # the place this candidate fights for
    is_in = results > bar
    return {
        "candidate_id": str(considered.draws.candidate_ids[i]),
        "candidate": label_of(row) or row["formula"],
        "formula": row["formula"],
        "chemistry_class": row["chemistry_class"],
        "is_known": bool(row["is_known"]),
        "caution": caution_text(row),
        "test": considered.kinds[choice.test].title,
        "cost": choice.cost,
        "gain": choice.gain,
        "score_now": float(considered.base[i]),
        "p_shortlist": float(is_in.mean()),
        "score_if_in": float(results[is_in].mean()) if is_in.any() else float("nan"),
        "score_if_out": float(results[~is_in].mean()) if not is_in.all() else float("nan"),
        "then": _then(choice, considered),
        "reason": "; ".join(_reasons(choice, considered, is_in, bar)),
    }


def _then(choice: Choice, considered: Considered) -> str:
    """Tests that follow if it goes well, cheap and decisive first; by then the sample is there."""
    kinds, p_out = considered.kinds, considered.p_out[:, choice.candidate]
    is_open = considered.is_open[:, choice.candidate]
    others = [j for j in range(len(kinds)) if j != choice.test and is_open[j] and p_out[j] >= _LEAST_SHARE]
    order = fail_fast([float(p_out[j]) for j in others], [kinds[j].cost for j in others])
    return " -> ".join(
        f"{kinds[j].name} ({p_out[j]:.0%} out, {kinds[j].cost:g})" for j in (others[place] for place in order)
    )


def _reasons(choice: Choice, considered: Considered, is_in: np.ndarray, bar: float) -> list[str]:
    draws, test, i = considered.draws, considered.kinds[choice.test], choice.candidate
    shown, now = revealed(draws, test), considered.base[i]
    parts = [_interval(draws, j, i) for j in shown]
    parts.append(
        f"now {'in' if now > bar else 'not in'} the best {considered.shortlist} (expected worth {now:.3f}, their "
        f"last place is worth {bar:.3f}); {is_in.mean():.0%} of the results would put or keep it there"
    )
    direction = draws.ramps[shown[0]].criterion.direction
    is_chance = draws.ramps[shown[0]].is_chance
    if len(shown) == 1 and direction != "window" and not is_chance and is_in.any() and not is_in.all():
        row = get_property(draws.ramps[shown[0]].criterion.property)
        needed = np.quantile(observe(draws, test, considered.seed)[i, 0][is_in], 0.05 if direction == "max" else 0.95)
        parts.append(
            f"it takes {'at least' if direction == 'max' else 'at most'} about "
            f"{number(row.to_natural(float(needed)))} {_unit(row.unit)}".rstrip()
        )
    if (p_out := considered.p_out[choice.test, i]) >= _LEAST_SHARE:
        parts.append(f"{p_out:.0%} that it rules the candidate out by itself")
    sample = choice.cost - test.cost
    parts.append(f"{choice.cost:g} {considered.unit}" + (f", {sample:g} of them for the sample" if sample else ""))
    if (chance := considered.chances[choice.test, i]) < 1.0:
        parts.append(
            f"nobody is known to have made it: the gain counts by {chance:.0%}, the chance that it can be made"
        )
    return parts


def _interval(draws: ScoreDraws, j: int, i: int) -> str:
    row = get_property(draws.ramps[j].criterion.property)
    if draws.ramps[j].is_chance:
        return f"{row.title[0].lower()}{row.title[1:]} {draws.stored[i, j].mean():.0%}"
    low, median, high = (number(row.to_natural(float(v))) for v in np.quantile(draws.stored[i, j], (0.05, 0.5, 0.95)))
    doubt = "" if draws.has_own[i, j] else ", not predicted but drawn from its family"
    return f"{row.title[0].lower()}{row.title[1:]} {median} ({low} to {high}) {_unit(row.unit)}".rstrip() + doubt


def _unit(unit: str) -> str:
    return "" if unit in ("1", "fraction") else unit
