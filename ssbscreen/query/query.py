"""Questions to a ranking: filter, sort, take the top."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ssbscreen.core.errors import UsageError, unknown
from ssbscreen.query.columns import column_of
from ssbscreen.query.expression import matches
from ssbscreen.query.series import collapsed, without_variants


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
