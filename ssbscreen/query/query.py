"""Questions to a ranking: filter, sort, take the top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from ssbscreen.core.errors import UsageError, unknown
from ssbscreen.query.columns import column_of
from ssbscreen.query.expression import columns_in, matches
from ssbscreen.query.ranking_file import RankingFile
from ssbscreen.query.series import MORE, SERIES_ROWS, collapsed, without_variants

_OF_SERIES = ("candidate_id", "rank", "is_made", "family_series")


@dataclass(frozen=True)
class Query:
    """What to take out of a ranking.

    Attributes:
        role: keep one role; None keeps all.
        chemistry_class: keep one class; None keeps all.
        where: expression of the small language in `query.expression`.
        sort: column, or criterion for its value; a leading "-" sorts downwards. None keeps the ranking's order.
        top: number of rows, at least 1; None keeps all.
        is_expanded: every row; else a family series by its representative, or, where rows are filtered or sorted,
            without repeats and unmade variants.
    """

    role: str | None = None
    chemistry_class: str | None = None
    where: str | None = None
    sort: str | None = None
    top: int | None = None
    is_expanded: bool = False


def run_query(frame: pd.DataFrame, query: Query) -> pd.DataFrame:
    """Rows of a ranking that a query asks for.

    Raises:
        UsageError: an unknown role, class or column, an unreadable expression, or `top` below 1.
    """
    for column, wanted in (("role", query.role), ("chemistry_class", query.chemistry_class)):
        if wanted is not None:
            present = set(frame[column].dropna().unique())
            if wanted not in present:
                raise unknown(column.replace("_", " "), wanted, present)
            frame = frame[frame[column] == wanted]
    if not query.is_expanded:
        frame = without_variants(frame) if query.where or query.sort else collapsed(frame)
    if query.where:
        frame = frame[matches(query.where, frame)]
    if query.sort:
        is_down = query.sort.startswith("-")
        column = column_of(query.sort.removeprefix("-"), frame)
        frame = frame.sort_values(column, ascending=not is_down, na_position="last", kind="stable")
    if query.top is not None:
        if query.top < 1:
            raise UsageError(f"--top is {query.top}; give a number of at least 1.")
        frame = frame.head(query.top)
    return frame


def answer(file: RankingFile, query: Query, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The same rows out of a file, of which only the columns that decide and the groups that hold the rows are read.

    Args:
        file: the ranking.
        query: what to take out.
        columns: of the rows that are found, all by default; those that the file lacks are left out.

    Raises:
        UsageError: as `run_query`.
    """
    if query.role is not None and query.role not in file.roles():
        raise unknown("role", query.role, set(file.roles()))
    is_plain = not (query.where or query.sort or query.chemistry_class)
    if SERIES_ROWS in file.columns and is_plain and not query.is_expanded:
        return _leaders(file, query, columns)
    every = pd.DataFrame(columns=list(file.columns))
    named = [column_of(name, every) for name in columns_in(query.where or "")]
    named += [column_of(query.sort.removeprefix("-"), every)] if query.sort else []
    needed = ("role", *_needed(query), *named)
    groups = file.groups_of(query.role)
    if query.role is not None and all(file.group_roles[group] == query.role for group in groups):
        if is_plain and query.top is not None and query.top > 0:  # expanded: the first rows as they stand
            return file.rows(file.first(groups, query.top), columns)
        query, needed = replace(query, role=None), needed[1:] if _is_filtered(query) else needed
    hit = run_query(file.read(needed, groups), query)
    rows = file.rows(hit.index.to_numpy(), columns)
    return rows.assign(**{MORE: hit[MORE]}) if MORE in hit else rows


def _needed(query: Query) -> tuple[str, ...]:
    """Columns that decide which rows a query shows, beside those that it names."""
    own = ("chemistry_class",) if query.chemistry_class is not None else ()
    if query.is_expanded:
        return own
    return (*own, "variant_of") if _is_filtered(query) else (*own, *_OF_SERIES)


def _is_filtered(query: Query) -> bool:
    return bool(query.where or query.sort)


def _leaders(file: RankingFile, query: Query, columns: Sequence[str] | None) -> pd.DataFrame:
    """Rows that stand for a series, from the best on: reading ends as soon as there are enough."""
    if query.top is not None and query.top < 1:
        raise UsageError(f"--top is {query.top}; give a number of at least 1.")
    found: list[pd.DataFrame] = []
    for group in file.groups_of(query.role):
        part = file.read(("role", SERIES_ROWS), [group])
        is_own = part[SERIES_ROWS].notna() & (query.role is None or part["role"].eq(query.role))
        found.append(part[is_own])
        if query.top is not None and sum(map(len, found)) >= query.top:
            break
    more: Sequence[pd.Series] = [part[SERIES_ROWS] - 1 for part in found]
    hit = pd.concat(more).head(query.top) if query.top is not None else pd.concat(more)
    return file.rows(hit.index.to_numpy(), columns).assign(**{MORE: hit.astype(int)})
