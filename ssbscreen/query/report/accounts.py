"""Beside the list: how many candidates fell out where, how stable the order is, and what the page was made with."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ssbscreen.core.number_text import number
from ssbscreen.core.printable import printable
from ssbscreen.query.columns import name_of, title_of
from ssbscreen.query.series import collapsed, without_variants
from ssbscreen.query.store import RunFolder

LIMITS = (
    "A composition or a structure says nothing about the grain boundaries, dislocations and impurities of one sample.",
    "The source and history of the lithium, fatigue, and absolute stack pressure at the 1 MPa level are not modelled.",
    "Intervals are calibrated on held-out groups of the training data; for candidates outside the training domain they "
    "are a lower limit of the error.",
    "The score compares candidates of one run. It is no probability, and scores of two screens cannot be compared.",
)


@dataclass(frozen=True)
class Step:
    """One step of the funnel.

    Attributes:
        title: what it asks.
        n_left: candidates after it.
        n_removed: candidates that it removed.
        reason: why.
    """

    title: str
    n_left: int
    n_removed: int
    reason: str

    def share(self, n_first: int) -> float:
        """Of the first step's candidates, in percent."""
        return 100.0 * self.n_left / n_first if n_first else 0.0


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
        title, text: above it.
        head, rows: cells.
    """

    title: str
    text: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def funnel(run: RunFolder, frame: pd.DataFrame, role: str) -> tuple[Step, ...]:
    """Candidates from the pool to the ranked ones that were made; gates that removed nobody are left out."""
    gates, own = run.attrition(), frame[frame["role"] == role]
    steps = []
    if len(gates):
        steps.append(Step("Read", int(gates["n_in"].iloc[0]), 0, "the pool"))
        for _, gate in gates[gates["n_removed"] > 0].iterrows():
            title = printable(str(gate.get("title", gate["gate"])))
            steps.append(
                Step(title, int(gate["n_left"]), int(gate["n_removed"]), printable(str(gate.get("reason", ""))))
            )
    standing = without_variants(own)
    ranked = standing[standing["rank"].notna()]
    if len(standing) < len(own):
        reason = "repeats of a material, and structures that nobody made of a composition that was made"
        steps.append(Step("One row a material", len(standing), len(own) - len(standing), reason))
    if len(ranked) < len(standing):
        reason = "too little of the weight is known for a rank"
        steps.append(Step("Enough is known", len(ranked), len(standing) - len(ranked), reason))
    series = collapsed(ranked)
    if len(series) < len(ranked):
        reason = "doping steps and chemical variants of one structure type stand behind their best that was made"
        steps.append(Step("One row a family series", len(series), len(ranked) - len(series), reason))
    return tuple(steps)


def limits_table(analysis: pd.DataFrame) -> Table:
    """What each hard limit removes and holds up."""
    rows = [
        (
            title_of(str(row["limit"])),
            f"{int(row['n_failing']):,}",
            f"{int(row['n_rescued']):,}",
            f"{row['rank_correlation']:.2f}",
            str(int(row["n_top_kept"])),
        )
        for _, row in analysis.iterrows()
    ]
    head = (
        "hard limit",
        "fail it in most draws",
        "score doubles without it",
        "rank correlation",
        "of the first ten stay",
    )
    text = "How the list changes when one hard limit is left out; a correlation near 1 says that little depends on it."
    return Table("Each hard limit left out", text, head, tuple(rows))


def profiles_table(analysis: pd.DataFrame, leaders: pd.DataFrame) -> Table:
    """Ranks of the leaders in every profile."""
    profiles = [str(c) for c in analysis.columns if c != "candidate_id"]
    places = analysis.set_index("candidate_id")
    rows = [
        (printable(name_of(row, 40)), *(_rank(places[p].get(row["candidate_id"])) for p in profiles))
        for _, row in leaders.iterrows()
        if row["candidate_id"] in places.index
    ]
    return Table(
        "Rank in every profile", "The same predictions, weighed for other uses.", ("candidate", *profiles), tuple(rows)
    )


def weights_table(analysis: pd.DataFrame, leaders: pd.DataFrame) -> Table:
    """Ranks of the leaders when the weights are drawn at random around their values."""
    known = analysis.drop_duplicates("candidate_id").set_index("candidate_id")
    rows = [
        (
            printable(name_of(row, 40)),
            str(int(own["rank"])),
            f"{int(own['rank_low'])} to {int(own['rank_high'])}",
            f"{own['share_top']:.0%}",
        )
        for _, row in leaders.iterrows()
        if row["candidate_id"] in known.index and (own := known.loc[row["candidate_id"]]) is not None
    ]
    head = ("candidate", "rank", "rank under other weights", "among the first ten in")
    text = "Weights of the criteria drawn at random around their values; nothing else is varied here."
    return Table("Other weights", text, head, tuple(rows))


def rejected_table(rejected: pd.DataFrame, most: int = 50) -> Table:
    """The first inputs that were rejected, with reasons."""
    rows = tuple(
        tuple(printable(str(v)) for v in row) for row in rejected.head(most).itertuples(index=False, name=None)
    )
    text = (
        f"{len(rejected):,} inputs; the first {len(rows)} stand here, all of them in rejected.csv."
        if len(rejected)
        else ""
    )
    return Table("Rejected", text, tuple(map(str, rejected.columns)), rows)


def models_table(config: Mapping[str, Any]) -> Table:
    """Active models with their errors on held-out groups."""
    frame = pd.DataFrame(config.get("models") or [])
    cells = tuple(
        tuple(number(v) if isinstance(v, float) else printable(str(v)) for v in row)
        for row in frame.itertuples(index=False, name=None)
    )
    text = "Mean absolute error on groups that the training never saw, beside that of the median and of a plain model."
    return Table("Models", text, tuple(str(c).replace("_", " ") for c in frame.columns), cells)


def table_of(frame: pd.DataFrame, title: str, text: str = "") -> Table:
    """A frame of texts and numbers as a table."""
    cells = tuple(tuple(_cell(v) for v in row) for row in frame.itertuples(index=False, name=None))
    return Table(title, text, tuple(str(c).replace("_", " ") for c in frame.columns), cells)


def provenance(config: Mapping[str, Any], run: RunFolder) -> tuple[tuple[str, str], ...]:
    """What the run was made with, as pairs of name and value; unknown ones are left out."""
    made, settings = config.get("run") or {}, config.get("settings") or {}
    warm = settings.get("temperature_c")
    known = {
        "screen and profile": " / ".join(str(settings[k]) for k in ("screen", "profile") if k in settings),
        "temperature": f"{warm} degree C" if warm is not None else "that of the profile",
        "inputs": ", ".join(map(str, made.get("inputs") or ())),
        "competing phases": made.get("reference"),
        "evidence": {"best": "measured and calculated values beside the models", "predicted": "models alone"}.get(
            str(settings.get("evidence")), settings.get("evidence")
        ),
        "draws and seed": f"{settings['n_draws']} draws, seed {settings.get('seed')}" if "n_draws" in settings else "",
        "fingerprint of the pool": made.get("pool_fingerprint"),
        "version": f"ssbscreen {made['version']}" if "version" in made else "",
        "finished": _minute(made.get("finished")),
        "time and memory": f"{made['seconds']} s, {made.get('peak_memory_gb')} GB" if "seconds" in made else "",
        "every setting": "config.yaml beside this page",
    }
    return tuple((name, printable(str(value))) for name, value in known.items() if value)


def _minute(when: object) -> str:
    """A time in ISO 8601 as a person writes it; anything else as it is."""
    try:
        moment = datetime.datetime.fromisoformat(str(when or ""))
    except ValueError:
        return str(when or "")
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or ''}".strip()


def _rank(value: Any) -> str:
    return "none" if value is None or pd.isna(value) else str(int(float(str(value))))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e6 else number(value)
    return "" if value is None or value is pd.NA else printable(str(value))
