"""How dry a room an electrolyte asks for: what it was handled in, and the dew point at which its hydrolysis would stop.

Equilibrium asks sulfides for air that no room has; they are handled because the reaction is slow. So what was seen at a
dew point stands beside the computed one, and neither is a criterion: no law joins water, time and loss.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

from scipy.optimize import brentq

from ssbscreen.core.constants import BOLTZMANN_EV, ZERO_CELSIUS
from ssbscreen.core.errors import InputError
from ssbscreen.physics.moisture import HUMIDITY, ROOM_K, SATURATION_BAR, WATER, AirReaction

ATMOSPHERE: Final[float] = 101325.0  # Pa
COLDEST, WARMEST = -150.0, 50.0  # degree C, of the laws of Murphy and Koop for ice and water
DRIEST: Final[float] = -80.0
"""Degree C: dew points below this are those of a glove box (0.5 ppm), not of a room."""


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
    return float(brentq(lambda c: math.log(vapour_pressure(c) / pressure), COLDEST, WARMEST))


def parts_per_million(dew_point_c: float) -> float:
    """Water in air of a dew point at 1 atm, ppm by volume."""
    return 1e6 * vapour_pressure(dew_point_c) / ATMOSPHERE


def equilibrium_dew_point(air: AirReaction) -> float:
    """Dew point at which water stops reacting, degree C, at 10 ppm of each gas; NaN where no water is taken up.

    Counted along the reaction in air of half humidity, so an upper limit: the last water may be held less strongly. An
    error of 0.05 eV for each water is a factor of 7 of the pressure, some 15 K.
    """
    waters = sum(amount for name, amount in air.reaction.reactants if name == WATER)
    if waters <= 1e-6 or air.reaction.is_nothing:
        return math.nan
    full = HUMIDITY * SATURATION_BAR * 1e5
    return dew_point(full * math.exp(air.energy / (waters * BOLTZMANN_EV * ROOM_K)))


def in_words(air: AirReaction) -> str:
    """What equilibrium asks for, empty where water does nothing."""
    found = equilibrium_dew_point(air)
    if math.isnan(found):
        return ""
    if found < DRIEST:
        return "no dry room stops it: equilibrium asks for less than a glove box has, so that only slowness protects"
    return f"equilibrium asks for a dew point of {found:.0f} degree C ({parts_per_million(found):.0f} ppm), within 15 K"


@lru_cache(maxsize=1)
def exposures() -> tuple[Handled, ...]:
    """All that were read; a relative humidity is turned into the dew point at 25 degree C."""
    text = files("ssbscreen.physics").joinpath("dry_room.csv").read_text(encoding="utf-8")
    found = []
    for row in csv.DictReader(text.splitlines()):
        humid = float(row["humidity_percent"]) / 100.0 if row["humidity_percent"] else math.nan
        at = float(row["dew_point_c"]) if row["dew_point_c"] else math.nan
        at = dew_point(humid * SATURATION_BAR * 1e5) if not math.isnan(humid) else at
        hours, kept = (float(row[key]) if row[key] else math.nan for key in ("hours", "kept_percent"))
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
