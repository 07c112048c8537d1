"""Rows of the tables that lie beside the formulas of this folder."""

from __future__ import annotations

import math
from pathlib import Path

from ssbscreen.files.csv_table import csv_rows


def shipped_rows(name: str) -> list[dict[str, str]]:
    """All rows of a table of this folder, by the names of its columns.

    Args:
        name: of the file, such as "transitions.csv".
    """
    return csv_rows(Path(__file__).with_name(name))


def number(text: str) -> float:
    """A cell as a number; NaN where it is empty."""
    return float(text) if text else math.nan
