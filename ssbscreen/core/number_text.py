"""Numbers as people read them."""

from __future__ import annotations

import pandas as pd


def number(value: object) -> str:
    """A number at three significant digits, without an exponent up to a million; empty when missing."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    text = f"{float(value):.3g}"  # type: ignore[arg-type]
    return f"{float(text):.0f}" if "e+" in text and abs(float(text)) < 1e6 else text
