"""Everything that the report of a run says, before it is written as a page, as text or as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ssbscreen.query import store
from ssbscreen.query.columns import title_of
from ssbscreen.query.evidence_lines import sources
from ssbscreen.query.report import accounts
from ssbscreen.query.report.class_comparison import Comparison, class_comparison
from ssbscreen.query.report.shown_criteria import ShownCriterion, shown_criteria
from ssbscreen.query.report.shown_rows import ShownRows, criteria_names, needed_columns, shown_rows
from ssbscreen.query.report.summary import Summary, summary, test_titles
from ssbscreen.query.series import collapsed
from ssbscreen.query.store import RunFolder
from ssbscreen.query.tables import LITHIUM_COLUMNS, lithium_table

_LITHIUM = (
    "Medians; empty where nobody measured or calculated. Margin: potential of the negative electrode less the "
    "reduction limit; below 0 the electrolyte is reduced there, and the first column is the chance that this goes on. "
    "Resistance, lithium and capacity are those after the life of the profile, by the square root of time, an upper "
    "estimate. The pressure is what the current of the profile asks for, by the law of one electrolyte; the current "
    "that at which half of large cells short, an estimate by their weakest place. None of these but the first counts "
    "in the score."
)
_REFINED = (
    "The leaders of the run before, calculated with a pretrained potential; each value counts with its own error. One "
    "row a candidate and step stands in refinement.csv."
)
_TOLD = 12  # leading series in the tables on how stable the order is
_OF_CLASS = 2  # series of each class whose sources are printed, beside those of the whole list
_LINES = 60  # of the sources of one candidate
_CELLS_SHOWN = 1500  # rows of each further role, such as pairs


@dataclass(frozen=True)
class Content:
    """Everything that the report says.

    Attributes:
        title: of the page.
        summary: in words.
        roles: rows, the run's own role first.
        comparison: of the classes.
        funnel: from the pool to the list.
        sensitivity: tables on how stable the order is.
        beside: further tables.
        unchecked: limits of which no candidate has a value.
        provenance: names and values.
        sources: id of a leading candidate -> what sources report of it, line by line.
    """

    title: str
    summary: Summary
    roles: tuple[ShownRows, ...]
    comparison: Comparison
    funnel: tuple[accounts.Step, ...]
    sensitivity: tuple[accounts.Table, ...]
    beside: tuple[accounts.Table, ...]
    unchecked: tuple[str, ...]
    provenance: tuple[tuple[str, str], ...]
    sources: Mapping[str, tuple[str, ...]]


def content_of(run: RunFolder, n_top: int) -> Content:
    """What the report of a run says.

    Args:
        run: a run folder.
        n_top: rows of the tables that are printed in full.
    """
    frame, config, role = _read(run), run.config(), run.role
    names = criteria_names(frame, role)
    tests, own = test_titles(), shown_criteria(names, config, role)
    told = summary(frame, role, own, tests)
    return Content(
        title=f"Ranking of {role} candidates",
        summary=told,
        roles=tuple(_roles(frame, config, role, own)),
        comparison=class_comparison(frame, role, told.classes, own),
        funnel=accounts.funnel(run, frame, role),
        sensitivity=tuple(_sensitivity(run, frame, role)),
        beside=tuple(_beside(run, frame, config, role, n_top)),
        unchecked=tuple(title_of(key) for key in (config.get("run") or {}).get("unchecked_limits") or ()),
        provenance=accounts.provenance(config, run),
        sources=_sources(run, frame, role, n_top),
    )


def _read(run: RunFolder) -> pd.DataFrame:
    """The columns of a ranking that the report tells of; words that repeat are texts, however they were stored."""
    names = [str(name) for name in run.columns()]
    wanted = {*needed_columns(names), *(f"{key}_value" for key in LITHIUM_COLUMNS)}
    frame = run.ranking([name for name in names if name in wanted])
    return frame.astype(dict.fromkeys(frame.select_dtypes("category"), object))


def _sources(run: RunFolder, frame: pd.DataFrame, role: str, n_top: int) -> dict[str, tuple[str, ...]]:
    """Reported values of the leading series of the list and of each class."""
    series = collapsed(frame[(frame["role"] == role) & frame["rank"].notna()]).sort_values("rank", kind="stable")
    of_class = series.groupby("chemistry_class", sort=False).head(_OF_CLASS)
    ids = dict.fromkeys([*series["candidate_id"].head(n_top), *of_class["candidate_id"]])
    told = {str(one): tuple(line.strip() for line in sources(run.evidence(str(one)))) for one in ids}
    return {one: lines[:_LINES] for one, lines in told.items() if lines}


def _roles(
    frame: pd.DataFrame, config: Mapping[str, Any], role: str, own: tuple[ShownCriterion, ...]
) -> Iterator[ShownRows]:
    yield shown_rows(frame, role, own)
    for other in sorted(set(frame["role"]) - {role}):
        yield shown_rows(frame, other, shown_criteria(criteria_names(frame, other), config, other), _CELLS_SHOWN)


def _sensitivity(run: RunFolder, frame: pd.DataFrame, role: str) -> Iterator[accounts.Table]:
    leaders = collapsed(frame[(frame["role"] == role) & frame["rank"].notna()]).head(_TOLD)
    makers = {
        store.BY_PROFILES: lambda analysis: accounts.profiles_table(analysis, leaders),
        store.BY_WEIGHTS: lambda analysis: accounts.weights_table(analysis, leaders),
        store.BY_LIMITS: accounts.limits_table,
    }
    for name, make in makers.items():
        path = run.path / name
        if path.is_file():
            table = make(pd.read_csv(path))
            if table.rows:
                yield table


def _beside(
    run: RunFolder, frame: pd.DataFrame, config: Mapping[str, Any], role: str, n_top: int
) -> Iterator[accounts.Table]:
    own = frame[frame["role"] == role]
    lithium = lithium_table(collapsed(own), n_top)
    if len(lithium):
        yield accounts.table_of(lithium, "At the negative electrode", _LITHIUM)
    if len(refinement := run.refinement()):
        yield accounts.table_of(refinement, "Calculated after a first ranking", _REFINED)
    yield from (t for t in (accounts.rejected_table(run.rejected()), accounts.models_table(config)) if t.rows)
