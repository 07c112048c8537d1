"""Lithium that a sintered oxide gives to the furnace as vapour: an upper estimate, in vacuum and through still air.

The oxide is in equilibrium with the vapours of lithium oxide at its surface: Li, Li2O, LiOH and its dimer. How strongly
it holds its lithium oxide comes from the same Gibbs energies as the reactions with supports. Nothing is counted that
holds vapour back (a lid, covering powder, a slow surface), nor lithium that goes into the support, which is the larger
part where it was measured (10.1039/d6ta02981g, abstract read).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ssbscreen.core.constants import AVOGADRO, BOLTZMANN_EV, LI_MOLAR_MASS
from ssbscreen.core.errors import InputError
from ssbscreen.core.laws import kelvin
from ssbscreen.physics.gibbs import volume_per_atom
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.shipped_table import shipped_rows

GAS_CONSTANT: Final[float] = AVOGADRO * 1.380649e-23  # J/(mol K), exact since 2019
BAR: Final[float] = 1e5  # Pa
OXYGEN_BAR: Final[float] = 0.21
WATER_BAR: Final[float] = 0.016
"""Half of saturation at 25 degree C: the air of a room, unless the furnace is fed dry gas."""
LEFT: Final[float] = 0.05
"""Share of the lithium that is gone when the activity is taken, as of a surface that has begun to lose it."""
STILL_AIR_CM: Final[tuple[float, float, float]] = (0.3, 1.0, 3.0)
"""Thickness of the gas through which vapour diffuses: an assumption, between a stream of air and a crucible's depth."""
DIFFUSIVITY: Final[float] = 2e-5
"""m2/s of a small molecule in air at 25 degree C and 1 bar, rising with T^1.75: an assumption within a factor of two;
water has 2.5e-5. The power is Fuller, Schettler, Giddings, Ind. Eng. Chem. 58(5), 18 (1966), from memory."""
DECADES: Final[float] = 1.0
"""Error of a pressure, log10: 0.04 to 0.06 eV/atom of the Gibbs energies of solids (`gibbs`) over a few atoms for each
lithium at 1100 K and above; the enthalpy of Li2O vapour alone differs by 10 kJ/mol between JANAF and Kudo, Wu, Ihle,
J. Nucl. Mater. 78, 380 (1978), 10.1016/0022-3115(78)90460-9 (abstract), a factor of 2.4 at 1100 degree C."""
_SPECIES: Final[Mapping[str, tuple[int, float]]] = {
    "Li": (1, 6.94),
    "Li2O": (2, 29.88),
    "LiOH": (1, 23.95),
    "Li2O2H2": (2, 47.9),
}
_LITHIUM_OXIDE: Final[Mapping[str, float]] = {"Li": 2.0, "O": 1.0}


@dataclass(frozen=True, slots=True)
class LithiumVapour:
    """Vapour over an oxide at a temperature.

    Attributes:
        celsius: degree C.
        activity: of Li2O in the oxide, against solid Li2O; at most 1.
        pressures: partial pressures, Pa: Li, Li2O, LiOH, Li2O2H2.
        in_air: depth of oxide that gives up all its lithium in an hour through 0.3, 1 and 3 cm of still air, um/h, the
            thickest layer first.
        in_vacuum: the same in vacuum, um/h: the law of Hertz, Knudsen and Langmuir with every molecule leaving.
        carried: lithium that a m3 of air (25 degree C, 1 bar) carries away when it leaves saturated, mg.
    """

    celsius: float
    activity: float
    pressures: Mapping[str, float]
    in_air: tuple[float, float, float]
    in_vacuum: float
    carried: float

    @property
    def lithium_pressure(self) -> float:
        """Sum over the vapours, each as often as it holds lithium, Pa."""
        return sum(_SPECIES[name][0] * p for name, p in self.pressures.items())

    def text(self) -> str:
        """In words."""
        leading = max(self.pressures, key=lambda name: _SPECIES[name][0] * self.pressures[name])
        leading = {"Li2O2H2": "(LiOH)2"}.get(leading, leading)
        layers = [_short(depth) for depth in self.in_air]
        return (
            f"{_short(self.lithium_pressure)} Pa of lithium at {self.celsius:g} degree C, within a factor of "
            f"{10.0**DECADES:g} (mostly {leading}; Li2O at an activity of {_short(self.activity)}): at most what "
            f"{layers[1]} um of it hold leaves an hour through 1 cm of still air ({layers[0]} to {layers[2]}), "
            f"{_short(self.in_vacuum)} um an hour into vacuum"
        )


def vapour_pressures(
    temperature_k: float, *, activity: float = 1.0, oxygen_bar: float = OXYGEN_BAR, water_bar: float = WATER_BAR
) -> dict[str, float]:
    """Partial pressures over lithium oxide of a given activity, Pa.

    Args:
        temperature_k: 300 to 1843 K, where Li2O melts.
        activity: of Li2O, above 0 up to 1.
        oxygen_bar: of O2, above 0.
        water_bar: of H2O, 0 in dry gas.

    Raises:
        InputError: outside these ranges.

    Source: equilibrium of Li2O(s) with its vapours by the NASA polynomials of Gordon and McBride (JANAF tables) as
    Cantera 3.2 ships them (nasa_gas.yaml, nasa_condensed.yaml): `lithium_vapour.csv`.
    """
    if not 300.0 <= temperature_k <= 1843.0:
        raise InputError(f"Vapours of lithium oxide are tabulated from 300 to 1843 K, given {temperature_k:g} K.")
    if not 0.0 < activity <= 1.0 or not oxygen_bar > 0.0 or water_bar < 0.0:
        raise InputError(
            f"An activity lies in (0, 1], oxygen above 0 bar, water at 0 bar or above; given {activity:g}, "
            f"{oxygen_bar:g}, {water_bar:g}."
        )
    g = {name: _gibbs_rt(name, temperature_k) for name in ("Li2O_s", *_SPECIES, "H2O", "O2")}
    found = {
        "Li": math.sqrt(activity) * math.exp(0.5 * g["Li2O_s"] - g["Li"] - 0.25 * g["O2"]) * oxygen_bar**-0.25,
        "Li2O": activity * math.exp(g["Li2O_s"] - g["Li2O"]),
        "LiOH": math.sqrt(activity * water_bar) * math.exp(0.5 * (g["Li2O_s"] + g["H2O"]) - g["LiOH"]),
        "Li2O2H2": activity * water_bar * math.exp(g["Li2O_s"] + g["H2O"] - g["Li2O2H2"]),
    }
    return {name: p * BAR for name, p in found.items()}


def lithium_oxide_activity(amounts: Mapping[str, float], hot: PhaseLibrary, temperature_k: float) -> float:
    """Activity of Li2O in an oxide that has lost the first `LEFT` of its lithium as Li2O, at most 1.

    Args:
        amounts: of the oxide.
        hot: phases with their Gibbs energies at the temperature (`co_sintering.furnace`).
        temperature_k: K.

    Raises:
        InputError: no lithium or not the oxygen that goes with it, or an element that the phases do not know.
    """
    lithium = amounts.get("Li", 0.0)
    if lithium <= 0.0 or amounts.get("O", 0.0) < lithium / 2.0:
        raise InputError(f"{dict(amounts)} has no lithium oxide to give.")
    units = LEFT * lithium / 2.0
    poorer = {symbol: x - units * _LITHIUM_OXIDE.get(symbol, 0.0) for symbol, x in amounts.items()}
    rich, poor, pure = (_energy(one, hot) for one in (amounts, poorer, dict(_LITHIUM_OXIDE)))
    bound = (rich - poor) / units - pure  # eV a formula of Li2O, negative where the oxide holds it
    return min(1.0, math.exp(bound / (BOLTZMANN_EV * temperature_k)))


def lithium_vapour(amounts: Mapping[str, float], hot: PhaseLibrary, celsius: float) -> LithiumVapour:
    """Vapour over an oxide and how fast it can take the lithium.

    Raises:
        InputError: an oxide without lithium, an unknown element, a temperature outside the tables.

    Source: flux into vacuum p / sqrt(2 pi M R T) (Hertz, Knudsen, Langmuir), through a layer D p / (R T d).
    """
    kelvins = float(kelvin(celsius))
    activity = lithium_oxide_activity(amounts, hot, kelvins)
    pressures = vapour_pressures(kelvins, activity=activity)
    diffusivity = DIFFUSIVITY * (kelvins / 298.15) ** 1.75
    concentration = sum(_SPECIES[name][0] * p for name, p in pressures.items()) / (GAS_CONSTANT * kelvins)  # mol/m3
    dry = vapour_pressures(kelvins, activity=activity, water_bar=0.0)
    lost = sum(
        _SPECIES[name][0] * p / math.sqrt(2.0 * math.pi * _SPECIES[name][1] * 1e-3 * GAS_CONSTANT * kelvins)
        for name, p in dry.items()
    )
    held = amounts["Li"] / sum(amounts.values()) / (volume_per_atom(amounts) * 1e-30 * AVOGADRO)  # mol Li/m3 of oxide
    an_hour = 3600.0 * 1e6 / held
    layers = sorted(an_hour * diffusivity * concentration / (d * 1e-2) for d in STILL_AIR_CM)
    carried = concentration * kelvins / 298.15 * LI_MOLAR_MASS * 1e3
    return LithiumVapour(celsius, activity, pressures, (layers[0], layers[1], layers[2]), an_hour * lost, carried)


def _energy(amounts: Mapping[str, float], hot: PhaseLibrary) -> float:
    """Gibbs energy of the equilibrium phases of a composition, eV per formula."""
    system = hot.closed_system(frozenset(amounts))
    target = system.vector(amounts)
    return float(system.segment_between(target, target).energy[0]) * sum(amounts.values())


def _short(value: float) -> str:
    """One digit, which is all that an error of a decade leaves."""
    return f"{float(f'{value:.1g}'):g}"


def _gibbs_rt(species: str, temperature_k: float) -> float:
    """Gibbs energy over RT at 1 bar, from the polynomial of the range that holds the temperature."""
    a1, a2, a3, a4, a5, a6, a7 = next(c for low, high, c in _polynomials()[species] if low <= temperature_k <= high)
    t = temperature_k
    enthalpy = a1 + t * (a2 / 2 + t * (a3 / 3 + t * (a4 / 4 + t * a5 / 5))) + a6 / t
    entropy = a1 * math.log(t) + t * (a2 + t * (a3 / 2 + t * (a4 / 3 + t * a5 / 4))) + a7
    return enthalpy - entropy


@lru_cache(maxsize=1)
def _polynomials() -> Mapping[str, list[tuple[float, float, tuple[float, ...]]]]:
    found: dict[str, list[tuple[float, float, tuple[float, ...]]]] = {}
    for row in shipped_rows("lithium_vapour.csv"):
        coefficients = tuple(float(row[f"a{k}"]) for k in range(1, 8))
        found.setdefault(row["species"], []).append((float(row["low_K"]), float(row["high_K"]), coefficients))
    return found
