"""Numbers and formulas as a page prints them: powers of ten and small figures in place of e+08 and 6."""

from __future__ import annotations

import re

import pandas as pd
from markupsafe import Markup, escape

_UPPER = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_FORMULA = re.compile(r"(?=.*[A-Z])(?:[A-Z][a-z]?|[\d.]+|[()\[\]])+")
_AMOUNT = re.compile(r"(?<=[A-Za-z)\]])([\d.]+)")


def shown(value: object) -> str:
    """A number at three significant digits, as 2.07×10⁻³ below 0.01 and from a million on; empty when missing."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    number = float(value)  # type: ignore[arg-type]
    if number == 0:
        return "0"
    digits, power = f"{number:.2e}".split("e")
    if -2 <= int(power) < 6:
        return f"{float(f'{number:.3g}'):.10f}".rstrip("0").rstrip(".")
    return f"{float(digits):g}×10{str(int(power)).translate(_UPPER)}"


def said(value: object, most: float | None) -> str:
    """A number, "over" the largest that says something; empty when missing."""
    is_beyond = most is not None and not pd.isna(value) and float(value) > most  # type: ignore[call-overload, arg-type]
    return f"over {shown(most)}" if is_beyond else shown(value)


def shown_interval(value: object, low: object, high: object, most: float | None = None) -> str:
    """A number with its interval, which is left out where it has no width; empty when missing."""
    ends = said(low, most), said(high, most)
    return said(value, most) + (f" ({ends[0]} to {ends[1]})" if all(ends) and ends[0] != ends[1] else "")


def with_subscripts(name: str) -> Markup:
    """A formula with its amounts as subscripts, every other name as it is; escaped."""
    if _FORMULA.fullmatch(name) is None:
        return escape(name)
    parts = _AMOUNT.split(name)
    return Markup("").join(Markup("<sub>{}</sub>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts))
