"""Rows of a ranking as plain values, page by page."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import numpy as np

from ssbscreen.app.server.problems import Problem
from ssbscreen.app.server.runs import OpenRun
from ssbscreen.app.server.selection import Question
from ssbscreen.app.server.table import RankingTable
from ssbscreen.ranking.ranker import HEAD

DEFAULT_COLUMNS = (*HEAD, "score_low", "score_high", "label", "is_made")
ALL = "*"
_CURSOR = 12  # characters of the question's fingerprint in a cursor


def columns_asked(table: RankingTable, columns: str | None) -> tuple[str, ...]:
    """Columns to return.

    Args:
        table: of a run.
        columns: names joined by commas, `*` for all; None for the usual ones.

    Raises:
        UsageError: a column that the run lacks.
    """
    if columns is None:
        return tuple(name for name in DEFAULT_COLUMNS if name in table)
    if columns.strip() == ALL:
        return table.names
    given = [name.strip() for name in columns.split(",") if name.strip()]
    return tuple(dict.fromkeys(table.column_of(name) for name in given))


def records(table: RankingTable, rows: np.ndarray, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows as mappings from column to plain value; what is missing is None or NaN."""
    if not columns:
        return [{} for _ in rows]
    values = table.plain(rows, columns)
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]


def page(rows: np.ndarray, question: Question, run: OpenRun, offset: int, limit: int) -> tuple[np.ndarray, str | None]:
    """Rows of one page and the cursor of the next, None at the end."""
    end = offset + limit
    cursor = None if end >= len(rows) else _cursor_of(end, question, run)
    return rows[offset:end], cursor


def offset_of(cursor: str, question: Question, run: OpenRun) -> int:
    """Where the page of a cursor begins.

    Raises:
        Problem: the cursor belongs to another question or to another version of the run.
    """
    try:
        place, said = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii").split(":")
        offset = int(place)
    except (ValueError, UnicodeError):
        offset, said = -1, ""
    if offset < 0 or said != _fingerprint(question, run):
        raise Problem(
            422,
            "bad-cursor",
            f"The cursor '{cursor[:40]}' does not belong to this question. Allowed: the next_cursor of an answer to "
            "the same role, view, where, sort and order of the same run. Leave it out to begin at the first row.",
            given=cursor[:40],
            remedy="ask again without a cursor",
        )
    return offset


def _cursor_of(offset: int, question: Question, run: OpenRun) -> str:
    return base64.urlsafe_b64encode(f"{offset}:{_fingerprint(question, run)}".encode()).decode()


def _fingerprint(question: Question, run: OpenRun) -> str:
    said = repr((question, run.name, run.mark.finished if run.mark else ""))
    return hashlib.sha256(said.encode()).hexdigest()[:_CURSOR]
