"""Names and formulas of many rows at once: what a search compares, and which elements a formula holds."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

NAMED_BY = ("label", "formula", "family", "candidate_id")
"""Columns that a name is looked for in."""
_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
_BETWEEN = "\n"  # of the texts of one row: in none of them, and in no search


def folded(texts: Any) -> Any:
    """Texts, or one, in small letters without blanks, - and _, subscripts as digits."""
    found = pc.replace_substring_regex(pc.utf8_lower(texts), r"[\s_-]+", "")
    for digit, sign in enumerate(_SUBSCRIPTS):
        found = pc.replace_substring(found, sign, str(digit))
    return found


def joined(columns: list[pa.Array]) -> pa.Array:
    """The texts of each row as one that is compared with a folded search."""
    filled = [pc.fill_null(folded(column), "") for column in columns]
    return pc.binary_join_element_wise(*filled, pa.scalar(_BETWEEN, filled[0].type))


def holds(formulas: pa.Array, symbol: str) -> Any:
    """Which formulas hold an element: its symbol, not followed by a small letter."""
    return pc.match_substring_regex(formulas, f"{symbol}([^a-z]|$)")
