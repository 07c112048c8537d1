"""Numbers as people read them."""

from __future__ import annotations


def is_missing(value: object) -> bool:
    """Whether a value of a table is None, not a number, or the missing value of pandas, without loading pandas."""
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas' NA is neither true nor false
        return True


def number(value: object) -> str:
    """A number at three significant digits, without an exponent up to a million; empty when missing."""
    if is_missing(value):
        return ""
    text = f"{float(value):.3g}"  # type: ignore[arg-type]
    return f"{float(text):.0f}" if "e+" in text and abs(float(text)) < 1e6 else text
