"""How dry a room an electrolyte asks for: the dew point at which its hydrolysis would stop.

Equilibrium asks sulfides for air that no room has; they are handled because the reaction is slow. So what was seen at a
dew point stands beside it (`dew_points`), and neither is a criterion: no law joins water, time and loss.
"""

from __future__ import annotations

import math
from typing import Final

from ssbscreen.core.constants import BOLTZMANN_EV
from ssbscreen.physics.dew_points import dew_point, parts_per_million
from ssbscreen.physics.moisture import HUMIDITY, ROOM_K, SATURATION_BAR, WATER, AirReaction

DRIEST: Final[float] = -80.0
"""Degree C: dew points below this are those of a glove box (0.5 ppm), not of a room."""


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
