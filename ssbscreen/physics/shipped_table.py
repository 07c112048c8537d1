"""Rows of the tables that lie beside the formulas of this folder."""

from __future__ import annotations

import csv
import math
from importlib.resources import files


def shipped_rows(name: str) -> list[dict[str, str]]:
    """All rows of a table of this folder, by the names of its columns.

    Args:
        name: of the file, such as "transitions.csv".
    """
    text = files("ssbscreen.physics").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def number(text: str) -> float:
    """A cell as a number; NaN where it is empty."""
    return float(text) if text else math.nan
