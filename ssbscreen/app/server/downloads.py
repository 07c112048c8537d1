"""Rows as files, part by part, so that a million of them need little memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import orjson

from ssbscreen.app.server.rows import records
from ssbscreen.app.server.table import RankingTable

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "cif": "chemical/x-cif",
    "pymatgen": "application/json",
    "xyz": "chemical/x-xyz",
}
"""Kind of content by form of a file."""
Rows = list[dict[str, Any]]
_PART = 2000  # rows
_LARGE_PART = 50_000  # of a run whose columns are not all brought into memory
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def described(words: str, forms: Iterable[str]) -> dict[int | str, dict[str, Any]]:
    """What the interface says of an answer that is a file of one of these forms."""
    kinds: dict[str, Any] = {MEDIA_TYPES[form].partition(";")[0]: {} for form in forms}
    return {200: {"description": words, "content": kinds}}


def as_csv(parts: Iterable[Rows], columns: tuple[str, ...]) -> Iterator[bytes]:
    """Parts of a CSV file.

    A text that a spreadsheet would take for a formula gets an apostrophe before it: names come from files of people.
    """
    yield _csv_lines([columns])
    for part in parts:
        yield _csv_lines([[_cell(row[name]) for name in columns] for row in part])


def _csv_lines(lines: Any) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(lines)
    return stream.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_SIGNS) else value
    return "" if value is None or value != value else value


def as_json_list(parts: Iterable[Rows], columns: tuple[str, ...]) -> Iterator[bytes]:
    """Parts of a JSON list of rows."""
    yield b"["
    for number, part in enumerate(parts):
        text = orjson.dumps([{name: row[name] for name in columns} for row in part])[1:-1]
        yield (b"," if number else b"") + text
    yield b"]"


def parts_of(table: RankingTable, rows: np.ndarray, columns: tuple[str, ...]) -> Iterator[tuple[np.ndarray, Rows]]:
    """Numbers and records of the rows, part by part; no part is empty."""
    size = _PART if table.fits(columns) else _LARGE_PART
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        yield part, records(table, part, columns)
