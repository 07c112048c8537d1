"""Measured values in the stored unit of their property."""

from __future__ import annotations

from ssbscreen.core.candidate import Bound, Measurement
from ssbscreen.core.errors import InputError
from ssbscreen.core.properties import get_property
from ssbscreen.core.units import convert


def measure(
    candidate_id: str,
    key: str,
    value: float,
    unit: str,
    *,
    bound: Bound = Bound.EXACT,
    temperature_c: float | None = None,
    reference: str = "",
    method: str = "",
    source: str = "",
    groups: dict[str, str] | None = None,
    noise: float | None = None,
) -> Measurement:
    """Measurement in the stored unit of its property: the one place where units are converted.

    A bound turns round when a conductivity is given as a resistivity or the other way.

    Raises:
        InputError: the unit does not fit the property or the value has no logarithm.
        UsageError: no such property.
    """
    row = get_property(key)
    stored = convert(float(value), unit, row.stored_unit)
    if stored != stored:
        raise InputError(f"{candidate_id}: {key} is not a number; leave missing values out.")
    if bound is not Bound.EXACT and _is_inverse(unit, row.unit):
        bound = Bound.ABOVE if bound is Bound.BELOW else Bound.BELOW
    return Measurement(candidate_id, key, stored, bound, temperature_c, reference, method, source, groups or {}, noise)


def _is_inverse(given: str, wanted: str) -> bool:
    inner = given.removeprefix("log10(").removesuffix(")")
    return ("ohm" in inner.lower()) != ("ohm" in wanted.lower())
