"""Questions to a ranking: filter, sort, take the top, look one candidate up, put several side by side."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ssbscreen.core.errors import UsageError, unknown
from ssbscreen.core.number_text import number
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.query.expression import column_of, matches

_PARTS = ("_value", "_low", "_high", "_desirability")


@dataclass(frozen=True)
class Query:
    """What to take out of a ranking.

    Attributes:
        role: keep one role; None keeps all.
        chemistry_class: keep one class; None keeps all.
        where: expression of the small language in `query.expression`.
        sort: column, or criterion for its value; a leading "-" sorts downwards. None keeps the ranking's order.
        top: number of rows, at least 1; None keeps all.
    """

    role: str | None = None
    chemistry_class: str | None = None
    where: str | None = None
    sort: str | None = None
    top: int | None = None


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


def find(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of one candidate: by id, else by formula or label (all rows that carry it, best first).

    Raises:
        UsageError: nothing carries that name.
    """
    for column in ("candidate_id", "formula", "label"):
        if column in frame.columns:
            hit = frame[frame[column] == name]
            if len(hit):
                return hit
    same = frame[frame["formula"] == _reduced(name)]
    if len(same):
        return same
    raise unknown("candidate", name, _near(frame, name))


def criteria_of(frame: pd.DataFrame) -> tuple[str, ...]:
    """Names of the criteria that the rows of a ranking are judged by, in its column order."""
    names = [c for c in frame.columns if c.endswith("_desirability")]
    return tuple(c.removesuffix("_desirability") for c in names if frame.empty or frame[c].notna().any())


def shown_of(row: pd.Series) -> tuple[str, ...]:
    """Quantities that a row shows without being judged by them, in column order."""
    names = [str(c).removesuffix("_value") for c in row.index if str(c).endswith("_value")]
    return tuple(n for n in names if pd.notna(row[f"{n}_value"]) and pd.isna(row.get(f"{n}_desirability")))


def compare(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Candidates side by side: one row a criterion, one column a candidate, values with their interval.

    Raises:
        UsageError: a name is not in the ranking.
    """
    rows = [find(frame, name).iloc[0] for name in names]
    table: dict[str, list[str]] = {"criterion": []}
    columns = [str(row["candidate_id"]) for row in rows]
    for column in columns:
        table[column] = []
    for head in ("formula", "chemistry_class", "family", "rank", "score", "p_all", "limiting_criterion", "coverage"):
        table["criterion"].append(head)
        for column, row in zip(columns, rows, strict=True):
            table[column].append(_plain(row[head]))
    for criterion in criteria_of(frame):
        table["criterion"].append(f"{criterion} / {unit_of(criterion)}")
        for column, row in zip(columns, rows, strict=True):
            table[column].append(interval_text(row, criterion))
    return pd.DataFrame(table)


def interval_text(row: pd.Series, criterion: str) -> str:
    """Median and 5 to 95 % interval of one criterion of one row; "missing" where there is no prediction."""
    value, low, high = (row.get(f"{criterion}{part}") for part in _PARTS[:3])
    if value is None or pd.isna(value):
        return "missing"
    if pd.isna(low):
        return number(value)
    mark = " (imputed)" if bool(row.get(f"{criterion}_imputed", False)) else ""
    return f"{number(value)} [{number(low)}, {number(high)}]{mark}"


def unit_of(criterion: str) -> str:
    """Natural unit of a criterion that is named by its property key, or of that of its best pair; empty for others."""
    row = PROPERTIES.get(criterion) or PROPERTIES.get(criterion.removeprefix("pair_"))
    return row.unit if row else ""


def _plain(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    return str(value)


def _reduced(name: str) -> str:
    from pymatgen.core import Composition

    from ssbscreen.core.candidate import reduced_formula

    try:
        return reduced_formula(Composition(name))
    except (ValueError, KeyError, TypeError):
        return name


def _near(frame: pd.DataFrame, name: str) -> list[str]:
    import difflib

    names = [*frame["candidate_id"].astype(str), *frame["formula"].astype(str).unique()]
    return difflib.get_close_matches(name, names, n=5, cutoff=0.3) or names[:5]
