"""Questions to a ranking: filter, sort, take the top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ssbscreen.core.errors import UsageError, unknown
from ssbscreen.query.columns import column_of
from ssbscreen.query.ranking_file import FoundRows, RankingFile
from ssbscreen.query.series import MORE, SERIES_ROWS, collapsed, without_variants

if TYPE_CHECKING:  # rows that stand as they are asked for are found without pandas
    import pandas as pd

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
        ranked_by: column of the ranks by which a representative is the best of its series.
    """

    role: str | None = None
    chemistry_class: str | None = None
    where: str | None = None
    sort: str | None = None
    top: int | None = None
    is_expanded: bool = False
    ranked_by: str = "rank"

    @property
    def named(self) -> tuple[str, ...]:
        """Columns or criteria that filter and sort the rows, each once."""
        sorted_by = (self.sort.removeprefix("-"),) if self.sort else ()
        if not self.where:
            return sorted_by
        from ssbscreen.query.expression import columns_in

        return tuple(dict.fromkeys((*columns_in(self.where), *sorted_by)))


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
        frame = without_variants(frame) if query.where or query.sort else collapsed(frame, query.ranked_by)
    if query.where:
        from ssbscreen.query.expression import matches

        frame = frame[matches(query.where, frame)]
    if query.sort:
        is_down = query.sort.startswith("-")
        column = column_of(query.sort.removeprefix("-"), frame.columns)
        frame = frame.sort_values(column, ascending=not is_down, na_position="last", kind="stable")
    if query.top is not None:
        if query.top < 1:
            raise UsageError(f"--top is {query.top}; give a number of at least 1.")
        frame = frame.head(query.top)
    return frame


def answer(file: RankingFile, query: Query, columns: Sequence[str] | None = None) -> FoundRows:
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
    named = [column_of(name, file.columns) for name in query.named]
    needed = ("role", *_needed(query), *named)
    groups = file.groups_of(query.role)
    if query.role is not None and all(file.group_roles[group] == query.role for group in groups):
        if is_plain and query.top is not None and query.top > 0:  # expanded: the first rows as they stand
            return file.found(file.first(groups, query.top), columns)
        query, needed = replace(query, role=None), needed[1:] if _is_filtered(query) else needed
    hit = run_query(file.read(needed, groups), query)
    rows = file.found(hit.index.to_numpy(), columns)
    return rows.with_numbers(MORE, hit[MORE].to_numpy()) if MORE in hit else rows


def _needed(query: Query) -> tuple[str, ...]:
    """Columns that decide which rows a query shows, beside those that it names."""
    own = ("chemistry_class",) if query.chemistry_class is not None else ()
    if query.is_expanded:
        return own
    return (*own, "variant_of") if _is_filtered(query) else (*own, *_OF_SERIES)


def _is_filtered(query: Query) -> bool:
    return bool(query.where or query.sort)


def _leaders(file: RankingFile, query: Query, columns: Sequence[str] | None) -> FoundRows:
    """Rows that stand for a series, from the best on: reading ends as soon as there are enough."""
    if query.top is not None and query.top < 1:
        raise UsageError(f"--top is {query.top}; give a number of at least 1.")
    numbers, more = [np.arange(0)], [np.arange(0)]
    for group in file.groups_of(query.role):
        series_rows = np.array(file.values(SERIES_ROWS, group), dtype=float)
        is_own = ~np.isnan(series_rows)
        if query.role is not None and file.group_roles[group] is None:
            is_own &= np.array(file.values("role", group), dtype=object) == query.role
        numbers.append(file.numbers([group])[is_own])
        more.append(series_rows[is_own].astype(int) - 1)
        if query.top is not None and sum(map(len, numbers)) >= query.top:
            break
    hit, others = np.concatenate(numbers)[: query.top], np.concatenate(more)[: query.top]
    return file.found(hit, columns).with_numbers(MORE, others)
