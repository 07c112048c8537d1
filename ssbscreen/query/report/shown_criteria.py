"""What a run asked of its candidates: each criterion with its thresholds, as a reader of the report needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ssbscreen.core.properties import PROPERTIES
from ssbscreen.query.columns import most_of, short_title_of, title_of, unit_of
from ssbscreen.query.report.numbers import shown


@dataclass(frozen=True)
class ShownCriterion:
    """One criterion.

    Attributes:
        name: of its columns.
        title, short: for lines and for narrow columns.
        unit: natural; empty for none.
        is_log: whether its axis is logarithmic.
        direction: max, min or window; empty where the run does not say.
        good, bad: thresholds of the desirability; of a window both ends are in `text`.
        limit: hard limit.
        is_vital: whether no other criterion compensates for it.
        weight: share of the score.
        text: what is required, in words.
        citation: source of the thresholds.
        most: largest value that says something, None where each does.
    """

    name: str
    title: str
    short: str
    unit: str
    is_log: bool
    direction: str = ""
    good: float | None = None
    bad: float | None = None
    limit: float | None = None
    is_vital: bool = False
    weight: float = 0.0
    text: str = ""
    citation: str = ""
    most: float | None = None


def shown_criteria(names: Sequence[str], config: Mapping[str, Any], role: str) -> tuple[ShownCriterion, ...]:
    """Criteria of one role; those of the run's own screen with their thresholds.

    Args:
        names: criteria of the role, in the order of the columns.
        config: resolved configuration of the run.
        role: whose names they are.
    """
    screen = config.get("screen") or {}
    own = {row["name"]: row for row in screen.get("criteria", ())} if screen.get("role") == role else {}
    weights, vital = weights_of(screen), screen.get("vital")
    return tuple(_shown_criterion(name, own.get(name), weights.get(name, 0.0), vital) for name in names)


def weights_of(screen: Mapping[str, Any]) -> dict[str, float]:
    """Weight of each criterion in the score: its share of its group times the group's share of all groups."""
    groups, total = screen.get("groups", {}), dict[str, float]()
    for row in screen.get("criteria", ()):
        total[row["group"]] = total.get(row["group"], 0.0) + float(row["share"])
    scale = sum(map(float, groups.values())) or 1.0
    return {
        row["name"]: float(groups[row["group"]]) / scale * float(row["share"]) / total[row["group"]]
        for row in screen.get("criteria", ())
        if total[row["group"]] > 0
    }


def _shown_criterion(
    name: str, row: Mapping[str, Any] | None, weight: float, vital: Sequence[str] | None
) -> ShownCriterion:
    prop, unit = PROPERTIES.get(name), unit_of(name)
    titles = (name, title_of(name), short_title_of(name), "" if unit == "1" else unit)
    if row is None:
        return ShownCriterion(*titles, is_log=prop is not None and prop.is_log, most=most_of(name))
    is_log = row["scale"] == "log" or (prop is not None and prop.is_log)
    limit = row.get("hard_limit")
    is_vital = limit is not None and (vital is None or name in vital)
    is_window = row["direction"] == "window"
    return ShownCriterion(
        *titles,
        is_log,
        row["direction"],
        None if is_window else float(row["good"]),
        None if is_window else float(row["bad"]),
        None if limit is None else float(limit),
        is_vital,
        weight,
        _text(row, titles[3]),
        str(row.get("citation", "")),
        most_of(name),
    )


def _text(row: Mapping[str, Any], unit: str) -> str:
    unit = f" {unit}" if unit else ""
    if row["direction"] == "window":
        low, high = row["good"]
        return f"target: {shown(low)} to {shown(high)}{unit}"
    side = ("at least", "below") if row["direction"] == "max" else ("at most", "above")
    limit = row.get("hard_limit")
    fails = "" if limit is None else f"; {side[1]} {shown(limit)}{unit} it fails"
    return f"target: {side[0]} {shown(row['good'])}{unit}{fails}"
