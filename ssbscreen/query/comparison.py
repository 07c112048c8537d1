"""Candidates side by side, criterion by criterion, in as many tables as the width of a terminal asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from ssbscreen.core.chemistry import family_title
from ssbscreen.core.errors import UsageError
from ssbscreen.core.number_text import number
from ssbscreen.query.columns import (
    caution_text,
    criteria_of,
    does_not_apply,
    first_text,
    first_title,
    interval_text,
    name_of,
    rank_text,
    share_text,
    short_title_of,
    shortened,
    unit_of,
    value_text,
)
from ssbscreen.query.text_table import TextTable

REFERENCE_ELECTROLYTES = (
    ("Li6PS5Cl",),
    ("Li6.25Al0.25La3Zr2O12", "LLZO"),
    ("Li2.9PO3.3N0.46", "LiPON"),
    ("Li3YCl6",),
    ("PEO-LiTFSI",),
)
"""Names of the reference electrolytes of a run, the first that its ranking holds; a single candidate is held against
them."""
_HEAD = (
    *(
        "formula",
        "class",
        "family",
        "rank",
        first_title(10),
        first_title(100),
        "score",
        "all limits hold",
        "limited by",
    ),
    *("coverage", "caution"),
)
_NAME, _FORMULA = 36, 30  # characters of a name and a formula; only a SMILES is longer


def compared(frame: pd.DataFrame, names: Sequence[str]) -> list[int]:
    """Index of the rows that are held against each other.

    Args:
        frame: what rows of a ranking are found by.
        names: ids, formulas or names; a single one is held against the reference electrolytes.

    Raises:
        UsageError: a name is not in the ranking.
    """
    from ssbscreen.query.lookup import find  # names of materials need the chemistry

    found = [find(frame, name).iloc[0] for name in names]
    if len(found) == 1:
        found += _references(frame, found[0])
    return [int(str(row.name)) for row in found]


def comparison(table: pd.DataFrame, width: int | None) -> Iterator[TextTable]:
    """Tables of candidates, one row a criterion; values with their interval where all of them fit, else alone.

    Args:
        table: whole rows of a ranking, one a candidate.
        width: characters of a line; None for one table with everything.
    """
    rows = [row for _, row in table.iterrows()]
    criteria = [c for c in criteria_of(table) if any(pd.notna(row.get(f"{c}_value")) for row in rows)]
    heads = _unique([_title(row) for row in rows])
    first = ("criterion", *_HEAD, *(f"{c} {u}" if (u := unit_of(c)) and u != "1" else c for c in criteria))
    full = [
        (head, *_facts(row), *(interval_text(row, c) for c in criteria)) for head, row in zip(heads, rows, strict=True)
    ]
    short = [(head, *_facts(row), *(_value(row, c) for c in criteria)) for head, row in zip(heads, rows, strict=True)]
    if width is None or _length([first, *full]) <= width:
        yield _table([first, *full])
        return
    block: list[tuple[str, ...]] = []
    for column in short:
        if block and _length([first, *block, column]) > width:
            yield _table([first, *block])
            block = []
        block.append(column)
    yield _table([first, *block])


def _references(frame: pd.DataFrame, own: pd.Series) -> list[pd.Series]:
    """Ranked reference electrolytes in the role of a candidate, itself left out."""
    found = []
    same = frame[frame["role"] == own["role"]]
    for names in REFERENCE_ELECTROLYTES:
        row = next((row for name in names if (row := _first(same, name)) is not None), None)
        if row is not None and row["candidate_id"] != own["candidate_id"]:
            found.append(row)
    return found


def _first(frame: pd.DataFrame, name: str) -> pd.Series | None:
    from ssbscreen.query.lookup import find

    try:
        return find(frame, name).iloc[0]
    except UsageError:
        return None


def _table(columns: Sequence[Sequence[str]]) -> TextTable:
    header, *rows = (tuple(cells) for cells in zip(*columns, strict=True))
    return TextTable("", header, tuple(rows), needed=header)


def _length(columns: Sequence[Sequence[str]]) -> int:
    return sum(max(map(len, column)) for column in columns) + 2 * (len(columns) - 1)


def _facts(row: pd.Series) -> list[str]:
    """What is said of a candidate before its criteria, in the order of `_HEAD`."""
    return [
        shortened(str(row["formula"]), _FORMULA),
        str(row["chemistry_class"]),
        family_title(str(row["family"])),
        rank_text(row),
        first_text(row, 10),
        first_text(row, 100),
        number(row["score"]),
        share_text(row["p_all"]),
        short_title_of(str(row["limiting_criterion"] or "")),
        share_text(row["coverage"]),
        caution_text(row),
    ]


def _value(row: pd.Series, criterion: str) -> str:
    """Median alone; ~ before an imputed one, none where the criterion does not apply."""
    value = row.get(f"{criterion}_value")
    if does_not_apply(row, criterion):
        return "none"
    if value is None or pd.isna(value):
        return "missing"
    return ("~" if bool(row.get(f"{criterion}_imputed", False)) else "") + value_text(criterion, value)


def _title(row: pd.Series) -> str:
    name, own = name_of(row, 1000), str(row["candidate_id"])
    return shortened(own if len(name) > _NAME > len(own) or "|" in own else name, _NAME)


def _unique(heads: list[str]) -> list[str]:
    """Names of columns, numbered where two are alike."""
    return [head if heads.count(head) == 1 else f"{head} #{heads[: i + 1].count(head)}" for i, head in enumerate(heads)]
