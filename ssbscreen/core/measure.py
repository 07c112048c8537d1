"""Measured values in the stored unit of their property: the one place where units of measurements are converted."""

from __future__ import annotations

from dataclasses import replace

from ssbscreen.core.candidate import Bound, Measurement
from ssbscreen.core.errors import InputError
from ssbscreen.core.properties import get_property
from ssbscreen.core.units import convert, is_inverse


def in_stored_unit(measurement: Measurement, unit: str) -> Measurement:
    """The same measurement in the stored unit of its property.

    A bound turns round when a conductivity is given as a resistivity or the other way.

    Args:
        measurement: its value in `unit`.
        unit: as written, such as "mS/cm" or "log10(S/cm)".

    Raises:
        InputError: the unit does not fit the property or the value has no logarithm.
        UsageError: no such property.
    """
    row = get_property(measurement.property)
    value = convert(float(measurement.value), unit, row.stored_unit)
    if value != value:
        raise InputError(
            f"{measurement.candidate_id}: {measurement.property} is not a number; leave missing values out."
        )
    bound = measurement.bound
    if bound is not Bound.EXACT and is_inverse(unit, row.unit):
        bound = Bound.ABOVE if bound is Bound.BELOW else Bound.BELOW
    return replace(measurement, value=value, bound=bound)
