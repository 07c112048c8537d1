"""Tests under way, as a user names them: a list of keys or a table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ssbscreen.core.errors import InputError


def pending_tests(given: str | None) -> tuple[str, ...]:
    """`CANDIDATE=TEST` of each test under way; `CANDIDATE` alone stands for its next test.

    Args:
        given: such keys joined by commas, or the path of a CSV file with columns `candidate_id` and `test` (which may
            be empty).

    Raises:
        InputError: the file has no column `candidate_id`.
    """
    if not given:
        return ()
    path = Path(given).expanduser()
    if not path.is_file():
        return tuple(key.strip() for key in given.split(",") if key.strip())
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (ValueError, OSError) as error:
        raise InputError(f"'{given}' cannot be read as CSV ({error}).") from None
    if "candidate_id" not in table:
        raise InputError(f"'{given}' has no column candidate_id; give candidate_id and test, one row a test under way.")
    tests = table["test"] if "test" in table else [""] * len(table)
    return tuple(f"{c}={t}" if t else str(c) for c, t in zip(table["candidate_id"], tests, strict=True))
