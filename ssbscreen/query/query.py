"""Questions to a ranking: filter, sort, take the top, look one candidate up."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ssbscreen.core.errors import InputError, UsageError, unknown
from ssbscreen.query.columns import column_of
from ssbscreen.query.expression import matches


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
                return _pairs_last(hit)
    if len(same := frame[frame["formula"] == _reduced(name)]) or len(same := _pairs(frame, name)):
        return same
    raise unknown("candidate", name, _near(frame, name))


def _pairs_last(hit: pd.DataFrame) -> pd.DataFrame:
    """A label is that of a material and of all pairs with it; the material is meant."""
    return hit.iloc[(hit["role"] == "pair").to_numpy().argsort(kind="stable")] if "role" in hit else hit


def _pairs(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of the pairs whose electrolyte is named and whose other parts stand in the id."""
    electrolyte, *rest = (part.strip() for part in name.split("|"))
    if not rest:
        return frame.iloc[:0]
    ending = "|".join(["", *rest])
    same = frame[frame["candidate_id"].astype(str).str.endswith(ending)]
    own = same["candidate_id"].astype(str).str.removesuffix(ending)
    formula = same["formula"].astype(str).str.split("|").str[0]
    label = same["label"].astype(str) if "label" in same else formula
    return same[own.eq(electrolyte) | label.eq(electrolyte) | formula.isin([electrolyte, _reduced(electrolyte)])]


def _reduced(name: str) -> str:
    """Reduced formula of what people write for a material; the text itself where it is none."""
    from ssbscreen.core.candidate import reduced_formula
    from ssbscreen.files.material_names import composition_of

    try:
        return reduced_formula(composition_of(name))
    except InputError:
        return name


def _near(frame: pd.DataFrame, name: str) -> list[str]:
    import difflib

    names = [*frame["candidate_id"].astype(str), *frame["formula"].astype(str).unique()]
    return difflib.get_close_matches(name, names, n=5, cutoff=0.3) or names[:5]
