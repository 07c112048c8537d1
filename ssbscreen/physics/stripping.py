"""Stripping lithium from a solid: voids, creep and yield of lithium, and what the stack pressure can do.

Discharge takes lithium away at the contact. Lithium that creeps under the stack pressure follows up to a critical
current; beyond it voids stay, and the next charge focuses on what is left of the contact. In a narrow flaw lithium
is far stronger than in bulk, which decides whether plating lithium flows out of a flaw or cracks it open.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from ssbscreen.core.constants import BOLTZMANN_EV, ZERO_CELSIUS
from ssbscreen.core.errors import InputError
from ssbscreen.physics.lithium_contact import same_composition

CREEP_EXPONENT: Final[float] = 6.56
CREEP_FACTOR: Final[float] = 7.7e-3  # 1/s at 1 MPa and 26 degree C
CREEP_TEMPERATURE_C: Final[float] = 26.0
CREEP_RANGE: Final[tuple[float, float]] = (0.2, 2.8)
"""Stress, MPa: measured between 0.2 and 0.6; diffusion takes over below and the power law breaks down above 2.8.

Source: Masias et al., J. Mater. Sci. 54, 2585 (2019), 10.1007/s10853-018-2971-3 (bulk polycrystal in tension), fit of
its seven tests as read in notes on the paper."""
BULK_YIELD: Final[float] = 0.77  # MPa, 0.73 to 0.81 of the same paper
PILLAR_YIELD: Final[float] = 100.0  # MPa at 1 micrometre, 95 to 105
PILLAR_EXPONENT: Final[float] = 0.87
"""Source: pillars of 1 micrometre 95 to 105 MPa and of 8.5 micrometre 5 to 16 MPa, https://www.osti.gov/biblio/1336848
and the thesis of the study; the exponent joins 100 to 16 MPa (the stronger of the larger pillars)."""
CONSTRAINT: Final[float] = 3.0  # mean pressure over yield strength of a metal that flows confined (Tabor's rule)
STRIPPING_CURRENTS: Final[tuple[tuple[float, float], ...]] = ((3.0, 2.0e-4), (7.0, 1.0e-3))
"""Stack pressure (MPa) and critical stripping current (A/cm2) of Li6PS5Cl at room temperature, the only electrolyte
read at two pressures. Source: Kasemchainan et al., Nat. Mater. 18, 1105 (2019), 10.1038/s41563-019-0438-9, as quoted
in notes on the review 10.1016/j.mtphys.2022.100679."""
LAW_OF: Final[str] = "Li6PS5Cl"
LAW_STD: Final[float] = 0.35
"""Of the law for the electrolyte that it was measured on, log10: scatter of cells about their material in the fit of
critical currents (docs/results/critical-current.md), as of stripping no second laboratory was read (assumption)."""


@lru_cache(maxsize=20_000)
def is_law_of(formula: str) -> bool:
    """Whether the stripping currents were measured on this very composition; False where the text is no formula."""
    try:
        return same_composition(formula, LAW_OF)
    except InputError:
        return False


def creep_rate(
    stress: np.ndarray, temperature_c: np.ndarray | float, activation_energy: np.ndarray | float
) -> np.ndarray:
    """Steady creep of bulk lithium, 1/s; NaN outside `CREEP_RANGE`.

    Args:
        stress: MPa.
        temperature_c: degree C, below the melting point.
        activation_energy: of creep, eV.

    Source: power law of Masias et al. (2019), 10.1007/s10853-018-2971-3; Arrhenius' law.
    """
    stress = np.asarray(stress, float)
    is_inside = (stress >= CREEP_RANGE[0]) & (stress <= CREEP_RANGE[1])
    rate = CREEP_FACTOR * stress**CREEP_EXPONENT * warmer(temperature_c, activation_energy, CREEP_TEMPERATURE_C)
    return np.where(is_inside, rate, np.nan)


def warmer(temperature_c: np.ndarray | float, activation_energy: np.ndarray | float, from_c: float) -> np.ndarray:
    """Factor by which creep is faster than at another temperature (degree C)."""
    inverse = 1.0 / (from_c + ZERO_CELSIUS) - 1.0 / (temperature_c + ZERO_CELSIUS)
    return np.exp(np.asarray(activation_energy, float) / BOLTZMANN_EV * inverse)


def yield_strength(size: np.ndarray) -> np.ndarray:
    """Yield strength of lithium in a body of a size (micrometre), MPa: that of pillars, never below bulk.

    Valid from 1 micrometre on; smaller ones count as 1 micrometre.

    Source: see `PILLAR_YIELD` and `BULK_YIELD`.
    """
    return np.maximum(PILLAR_YIELD * np.maximum(np.asarray(size, float), 1.0) ** -PILLAR_EXPONENT, BULK_YIELD)


def flow_before_fracture(critical_stress: np.ndarray, flaw_size: np.ndarray) -> np.ndarray:
    """Stress that cracks a flaw open over the pressure at which lithium in it flows; above 1 lithium flows out first.

    Args:
        critical_stress: at which the flaw grows, MPa.
        flaw_size: depth, micrometre, taken as the size of the lithium body in it (assumption).

    Source: Tabor's rule with `yield_strength`; competition of flow and fracture after Porz et al., Adv. Energy Mater.
    7, 1701003 (2017), 10.1002/aenm.201701003.
    """
    return np.asarray(critical_stress, float) / (CONSTRAINT * yield_strength(flaw_size))


def critical_stripping_current(
    pressure: np.ndarray,
    temperature_c: np.ndarray | float,
    activation_energy: np.ndarray | float,
    factor: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Current up to which lithium follows its own stripping under a stack pressure, A/cm2.

    A power law through the two pressures that were measured. Its exponent, 1.9, is far below that of creep: flow is
    not the only thing that fills voids. Beyond 3 to 7 MPa it is extrapolated.

    Args:
        pressure: on the stack, MPa.
        temperature_c: degree C, below the melting point.
        activation_energy: eV.
        factor: error of the law for another electrolyte.

    Source: see `STRIPPING_CURRENTS`; temperature as in `creep_rate` (assumption).
    """
    (low, current), _ = STRIPPING_CURRENTS
    ratio = np.maximum(np.asarray(pressure, float), 0.0) / low
    return current * factor * ratio ** pressure_exponent() * warmer(temperature_c, activation_energy, 25.0)


def stripping_pressure(
    current: np.ndarray,
    temperature_c: np.ndarray | float,
    activation_energy: np.ndarray | float,
    factor: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Stack pressure that a stripping current (A/cm2) asks for, MPa: `critical_stripping_current` solved for it."""
    (low, least), _ = STRIPPING_CURRENTS
    at_low = least * np.asarray(factor, float) * warmer(temperature_c, activation_energy, 25.0)
    return low * (np.asarray(current, float) / at_low) ** (1.0 / pressure_exponent())


def pressure_exponent() -> float:
    """Of the critical stripping current in the stack pressure, from the two pressures."""
    (low, least), (high, most) = STRIPPING_CURRENTS
    return float(np.log(most / least) / np.log(high / low))
