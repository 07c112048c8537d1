"""Dew points of air, and what electrolytes were handled in; read values, shown beside a candidate and never scored."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ssbscreen.core.constants import ROOM_TEMPERATURE_C, ZERO_CELSIUS
from ssbscreen.core.errors import InputError
from ssbscreen.physics.shipped_table import number, shipped_rows

ATMOSPHERE: Final[float] = 101325.0  # Pa
COLDEST, WARMEST = -150.0, 50.0  # degree C, of the laws of Murphy and Koop for ice and water


@dataclass(frozen=True, slots=True)
class Handled:
    """One exposure that was read.

    Attributes:
        material, chemistry_class: as printed, key.
        dew_point_c: degree C, NaN where it was not stated.
        hours: NaN likewise.
        kept: share of the conductivity, NaN likewise.
        bound: exact, or below where it kept less.
        what: what else was seen.
        source: where it was read.
    """

    material: str
    chemistry_class: str
    dew_point_c: float
    hours: float
    kept: float
    bound: str
    what: str
    source: str

    def text(self) -> str:
        """In words."""
        parts = [
            "" if math.isnan(self.dew_point_c) else f"{self.dew_point_c:.0f} degree C",
            "" if math.isnan(self.hours) else f"{self.hours:g} h",
            "" if math.isnan(self.kept) else f"{'under ' * (self.bound == 'below')}{self.kept:.0%} kept",
            self.what,
        ]
        return f"{self.material} {', '.join(part for part in parts if part)} ({self.source})"


def vapour_pressure(dew_point_c: float) -> float:
    """Pressure of water vapour in air of a dew point (below 0 degree C a frost point), Pa.

    Raises:
        InputError: outside -150 to 50 degree C.

    Source: Murphy and Koop, Q. J. R. Meteorol. Soc. 131, 1539 (2005), 10.1256/qj.04.94, equations 7 and 10 (from
    memory; held against 126 ppm at -40 degree C of 10.3389/fenrg.2022.882508 and handbook values).
    """
    if not COLDEST <= dew_point_c <= WARMEST:
        raise InputError(f"Dew points from {COLDEST:g} to {WARMEST:g} degree C, given {dew_point_c:g}.")
    t = dew_point_c + ZERO_CELSIUS
    if dew_point_c < 0.0:
        return math.exp(9.550426 - 5723.265 / t + 3.53068 * math.log(t) - 0.00728332 * t)
    bent = math.tanh(0.0415 * (t - 218.8)) * (53.878 - 1331.22 / t - 9.44523 * math.log(t) + 0.014025 * t)
    return math.exp(54.842763 - 6763.22 / t - 4.210 * math.log(t) + 0.000367 * t + bent)


def dew_point(pressure: float) -> float:
    """Dew point of air with a pressure of water vapour in Pa, degree C; -inf below that of -150 degree C."""
    if pressure < vapour_pressure(COLDEST):
        return -math.inf
    low, high = COLDEST, WARMEST
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if vapour_pressure(middle) < pressure else (low, middle)
    return low


def parts_per_million(dew_point_c: float) -> float:
    """Water in air of a dew point at 1 atm, ppm by volume."""
    return 1e6 * vapour_pressure(dew_point_c) / ATMOSPHERE


@lru_cache(maxsize=1)
def exposures() -> tuple[Handled, ...]:
    """All that were read; a relative humidity is turned into the dew point at 25 degree C."""
    found = []
    for row in shipped_rows("dry_room.csv"):
        humid = number(row["humidity_percent"]) / 100.0
        at = number(row["dew_point_c"])
        at = dew_point(humid * vapour_pressure(ROOM_TEMPERATURE_C)) if not math.isnan(humid) else at
        hours, kept = (number(row[key]) for key in ("hours", "kept_percent"))
        found.append(
            Handled(
                row["material"],
                row["chemistry_class"],
                at,
                hours,
                kept / 100.0,
                row["bound"],
                row["what"],
                row["source"],
            )
        )
    return tuple(found)


def handled_of(chemistry_class: str) -> tuple[Handled, ...]:
    """Exposures of a class."""
    return tuple(one for one in exposures() if one.chemistry_class == chemistry_class)
