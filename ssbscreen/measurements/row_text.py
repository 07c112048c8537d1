"""Texts of a row of measurements: numbers, bounds, outcomes, units, temperatures and dates as people write them."""

from __future__ import annotations

import re

import pandas as pd

from ssbscreen.core.candidate import Bound
from ssbscreen.core.constants import ZERO_CELSIUS
from ssbscreen.core.errors import InputError
from ssbscreen.core.unit_text import written_number, written_unit
from ssbscreen.core.units import convert
from ssbscreen.readers.formats.candidate_table import may_be_kelvin, temperature_of

LITHIUM_OUTCOME = "lithium_outcome"
CRITICAL_CURRENT = "critical_current"
OUTCOMES = {"stable": 1.0, "passivating": 1.0, "growing": 0.0, "mixed-conducting": 0.0, "reactive": 0.0}
"""Words for what contact with lithium metal does: 1 where the material withstands it."""
_BOUND = re.compile(r"^\s*(<=?|>=?|≤|≥|≲|≳)?\s*(.*?)\s*$")


def celsius_of(text: str) -> float | None:
    """Temperature of a measurement, degree C; a bare number that looks like kelvin is asked about."""
    if not text:
        return None
    value = temperature_of(text)
    if may_be_kelvin(text):
        raise InputError(
            f"temperature {text} may be kelvin ({value - ZERO_CELSIUS:.4g} degree C); write '{text} K' or '{text} C'"
        )
    return value


def is_temperature(text: str) -> bool:
    try:
        temperature_of(text)
    except InputError:
        return False
    return True


def value_of(row: dict[str, str]) -> tuple[float, Bound]:
    """Value and bound, which may stand before the number or in a column of its own."""
    sign, text = _parts(row["value"])
    bound = Bound(row["bound"] or "exact")
    if sign:
        written = Bound.BELOW if sign[0] in "<≤≲" else Bound.ABOVE
        if bound not in (Bound.EXACT, written) or row["bound"] == "exact":
            raise InputError(f"value '{row['value']}' and bound '{row['bound']}' contradict each other")
        bound = written
    if row["property"] == LITHIUM_OUTCOME and text.lower() in OUTCOMES:
        return OUTCOMES[text.lower()], bound
    return written_number(text), bound


def _parts(text: str) -> tuple[str, str]:
    """Sign of a bound and the number behind it."""
    match = _BOUND.match(text)
    return (match.group(1) or "", match.group(2)) if match else ("", text)


def is_number(text: str) -> bool:
    number = _parts(text)[1]
    if number.lower() in OUTCOMES:
        return True
    try:
        written_number(number)
    except InputError as error:
        return "thousands" in str(error)  # said with its own reason when the row is read
    return True


def with_unit(value: str, unit: str) -> tuple[str, str]:
    """Value and unit of a row whose value may carry its unit, as in `0.3 mS/cm`; as they are where two units differ."""
    for place in reversed(list(re.finditer(r"(?<=[\d)])\s*(?=[^\W\d_(]|[%°(])", value))):
        head, tail = value[: place.start()], value[place.end() :]
        if is_number(head) and is_unit(tail) and (not unit or _is_same(tail, unit)):
            return head, unit or tail
    return value, unit


def _is_same(one: str, other: str) -> bool:
    try:
        return convert(1.0, one, other) == 1.0
    except InputError:
        return False


def is_unit(text: str) -> bool:
    try:
        convert(1.0, text, written_unit(text).text)
    except InputError:
        return False
    return True


def is_date(text: str) -> bool:
    try:
        return pd.Timestamp(text) is not pd.NaT and bool(re.match(r"^\d{4}-\d{2}-\d{2}$", text))
    except ValueError:
        return False
