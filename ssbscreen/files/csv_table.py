"""Rows of the comma-separated tables that data sets and formulas bring."""

from __future__ import annotations

import csv
from pathlib import Path

from ssbscreen.core.errors import IntegrityError


def csv_rows(path: Path) -> list[dict[str, str]]:
    """All rows of a table with a header, by the names of its columns.

    Raises:
        IntegrityError: the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))
    except OSError as error:
        raise IntegrityError(f"{path} cannot be read ({error.strerror}); install the package again.") from error
