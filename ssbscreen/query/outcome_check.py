"""A ranking held against what cells did: does the score say more than conductivity alone?

Every material counts once, with the median of its outcomes. Intervals come from a bootstrap over materials; a
difference to another order of the same materials is bootstrapped in pairs, so that both see the same materials.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ssbscreen.core.formula import parse_formula
from ssbscreen.core.outcome import Outcome, OutcomeKind
from ssbscreen.query.series import without_variants

SAME_COMPOSITION = 0.004  # largest difference of an atomic fraction between two writings of one composition
HOTTEST = 100.0  # degree C; nearer to the melting point of lithium the same cell stands other currents
N_BOOTSTRAP = 2000
ORDERS = ("score", "conductivity alone", "plain sum of criteria", "random")
Statistic = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class OrderScore:
    """How one way of ordering materials agrees with their outcomes.

    Attributes:
        check: what was compared.
        order: one of `ORDERS`, or the criterion that predicts the outcome itself.
        statistic: name of it.
        value: over all materials.
        low, high: central 90 % of the bootstrap.
        p_better: share of bootstrap samples in which the score of the ranking is above this order; NaN for the score.
        n_materials: materials with an outcome and a row in the ranking.
    """

    check: str
    order: str
    statistic: str
    value: float
    low: float
    high: float
    p_better: float
    n_materials: int


def check_outcomes(ranking: pd.DataFrame, outcomes: Sequence[Outcome], seed: int = 0) -> tuple[OrderScore, ...]:
    """Agreement of a ranking with outcomes, beside other orders of the same materials.

    Args:
        ranking: rows of one role of a run, as `RunFolder.ranking` gives them.
        outcomes: of any materials; those without a row in the ranking are left out.
        seed: of bootstrap and random order.
    """
    rows = best_rows(ranking, outcomes)
    return (
        *_critical_current(ranking, rows, outcomes, seed),
        *_lithium(ranking, rows, outcomes, seed),
        *_cycling(ranking, rows, outcomes, seed),
    )


def best_rows(ranking: pd.DataFrame, outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Position in the ranking of each formula among the outcomes: of a known material the row that stands for it first,
    then the best score.
    """
    amounts = [_fractions(str(formula)) for formula in ranking["formula"]]
    is_variant = ~ranking.index.isin(without_variants(ranking).index)
    preferred = np.lexsort((-ranking["score"].to_numpy(float), is_variant, ~ranking["is_known"].to_numpy(bool)))
    found = {}
    for formula in dict.fromkeys(outcome.formula for outcome in outcomes):
        wanted = _fractions(formula)
        match = next((int(i) for i in preferred if _is_same(amounts[i], wanted)), None)
        if match is not None:
            found[formula] = match
    return found


def _fractions(formula: str) -> dict[str, float] | str:
    """Atomic fractions; of a polymer the repeat unit without its salt."""
    if "*" in formula:
        return formula.split(" + ")[0]
    amounts = parse_formula(formula)
    total = sum(amounts.values())
    return {symbol: x / total for symbol, x in amounts.items()}


def _is_same(a: dict[str, float] | str, b: dict[str, float] | str) -> bool:
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    return all(abs(a.get(symbol, 0.0) - b.get(symbol, 0.0)) <= SAME_COMPOSITION for symbol in a.keys() | b.keys())


def _medians(outcomes: Sequence[Outcome], kind: OutcomeKind, rows: dict[str, int]) -> dict[int, float]:
    """Median outcome of each row of the ranking, of bare contacts with solid lithium."""
    values: dict[int, list[float]] = {}
    for outcome in outcomes:
        is_hot = outcome.temperature_c is not None and outcome.temperature_c > HOTTEST
        if outcome.kind is kind and outcome.formula in rows and not outcome.has_interlayer and not is_hot:
            values.setdefault(rows[outcome.formula], []).append(outcome.value)
    return {row: float(np.median(own)) for row, own in values.items()}


def _critical_current(
    ranking: pd.DataFrame, rows: dict[str, int], outcomes: Sequence[Outcome], seed: int
) -> list[OrderScore]:
    """Rank correlation with the critical current, and how far its calculated level is off."""
    found = _medians(outcomes, OutcomeKind.CRITICAL_CURRENT, rows)
    table, measured = ranking.iloc[list(found)], np.array(list(found.values()))
    orders = _orders(table, seed)
    is_calculated = "critical_current_value" in table and bool(table["critical_current_value"].notna().any())
    if is_calculated:
        orders["critical_current"] = _filled(table["critical_current_value"])
    scores = _compare("critical current of lithium cells", "Spearman", spearman, orders, measured, seed)
    return [*scores, _level(table, measured, seed)] if is_calculated else scores


def _level(table: pd.DataFrame, measured: np.ndarray, seed: int) -> OrderScore:
    """Median factor between calculated and measured critical current."""
    off = np.abs(np.log10(table["critical_current_value"].to_numpy(float) * 1e3 / measured))  # A/cm2 against mA/cm2
    off = off[np.isfinite(off)]
    low, high = 10 ** np.quantile([np.median(off[pick]) for pick in _resamples(len(off), seed)], (0.05, 0.95))
    name, value = "level of the critical current", float(10 ** np.median(off))
    return OrderScore(name, "critical_current", "median factor", value, float(low), float(high), float("nan"), len(off))


def _lithium(ranking: pd.DataFrame, rows: dict[str, int], outcomes: Sequence[Outcome], seed: int) -> list[OrderScore]:
    """Area under the curve of telling materials that withstand lithium from those that do not."""
    found = {row: x for row, x in _medians(outcomes, OutcomeKind.LITHIUM, rows).items() if x != 0.5}  # undecided
    table, lives = ranking.iloc[list(found)], np.array(list(found.values())) > 0.5
    orders = _orders(table, seed)
    if "p_li_mixed_conducting_value" in table:
        orders["p_li_mixed_conducting"] = _filled(-table["p_li_mixed_conducting_value"])
    return _compare("contact with lithium", "area under the curve", area_under_curve, orders, lives, seed)


def _cycling(ranking: pd.DataFrame, rows: dict[str, int], outcomes: Sequence[Outcome], seed: int) -> list[OrderScore]:
    """Area under the curve of telling electrolytes of cells that cycled from other known ones."""
    cycled = {rows[o.formula] for o in outcomes if o.kind is OutcomeKind.CYCLING and o.formula in rows}
    standing = ranking["is_known"].to_numpy(bool) & ranking.index.isin(without_variants(ranking).index)
    known = sorted({*np.flatnonzero(standing).tolist(), *rows.values()})
    table, has_cycled = ranking.iloc[known], np.isin(known, sorted(cycled))
    name = "electrolytes of cells that cycled"
    return _compare(name, "area under the curve", area_under_curve, _orders(table, seed), has_cycled, seed)


def _orders(table: pd.DataFrame, seed: int) -> dict[str, np.ndarray]:
    """Numbers that put the materials in order, higher is better; of the random order one row a bootstrap sample."""
    desirabilities = [name for name in table.columns if name.endswith("_desirability")]
    numbers = (
        table["score"].to_numpy(float),
        _filled(table["ionic_conductivity_value"]),
        table[desirabilities].mean(axis=1).fillna(0.0).to_numpy(float),
        np.random.default_rng(seed).random((N_BOOTSTRAP, len(table))),
    )
    return dict(zip(ORDERS, numbers, strict=True))


def _filled(column: pd.Series) -> np.ndarray:
    """Missing values stand last."""
    values = column.to_numpy(float)
    lowest = np.nanmin(values) if np.isfinite(values).any() else 0.0
    return np.where(np.isfinite(values), values, lowest - 1.0)


def _compare(
    check: str, name: str, statistic: Statistic, orders: dict[str, np.ndarray], outcome: np.ndarray, seed: int
) -> list[OrderScore]:
    picks = _resamples(len(outcome), seed)
    sampled = {
        order: np.array([statistic((x[i] if x.ndim > 1 else x)[p], outcome[p]) for i, p in enumerate(picks)])
        for order, x in orders.items()
    }
    scores = []
    for order, x in orders.items():
        own = sampled[order][np.isfinite(sampled[order])]
        low, high = np.quantile(own, (0.05, 0.95)) if len(own) else (np.nan, np.nan)
        both = np.isfinite(sampled["score"]) & np.isfinite(sampled[order])
        better = float((sampled["score"] > sampled[order])[both].mean()) if both.any() else float("nan")
        scores.append(
            OrderScore(
                check,
                order,
                name,
                statistic(x, outcome) if x.ndim == 1 else float(own.mean()) if len(own) else float("nan"),
                float(low),
                float(high),
                float("nan") if order == "score" else better,
                len(outcome),
            )
        )
    return scores


def _resamples(n: int, seed: int) -> list[np.ndarray]:
    generator = np.random.default_rng([seed, n])
    return [generator.integers(0, n, n) for _ in range(N_BOOTSTRAP)] if n else []


def spearman(order: np.ndarray, outcome: np.ndarray) -> float:
    """Rank correlation, ties at their mean rank; NaN for fewer than 3 materials or for constants."""
    if len(order) < 3 or np.ptp(order) == 0 or np.ptp(outcome) == 0:
        return float("nan")
    one, other = (_ranks(x) - (len(order) + 1) / 2.0 for x in (order, outcome))
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


def area_under_curve(order: np.ndarray, is_positive: np.ndarray) -> float:
    """Chance that a positive stands above a negative, ties counted half; NaN where one kind is absent.

    Source: Hanley and McNeil, Radiology 143, 29 (1982).
    """
    n_positive = int(is_positive.sum())
    n_negative = len(is_positive) - n_positive
    if not n_positive or not n_negative:
        return float("nan")
    ranks = _ranks(order)[is_positive].sum()
    return float((ranks - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, ties at their mean; a few lines, since the bootstrap ranks small samples ten thousands of times."""
    if np.isnan(values).any():
        return np.full(len(values), np.nan)
    ascending = np.sort(values)
    below, upto = (np.searchsorted(ascending, values, side=side) for side in ("left", "right"))
    return np.asarray((below + upto + 1) / 2.0)
