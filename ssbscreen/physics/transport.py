"""Conductivity at other temperatures, resistance of a separator and what it costs in voltage."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.constants import BOLTZMANN_EV, ROOM_TEMPERATURE_C, UM_TO_CM, ZERO_CELSIUS
from ssbscreen.core.laws import decades_gained, kelvin

_N_NEWTON = 4
_N_BISECTIONS = 40
_COLDEST, _HOTTEST = 1.0, 5000.0  # K


def conductivity_at(
    log10_conductivity: np.ndarray,
    activation_energy: np.ndarray,
    temperature: np.ndarray | float,
    reference_temperature: np.ndarray | float = ROOM_TEMPERATURE_C,
    vogel_temperature: np.ndarray | float = -ZERO_CELSIUS,
) -> np.ndarray:
    """log10 of the conductivity (S/cm) at another temperature.

    sigma T = A exp(-B / (T - T0)), the law of Vogel, Fulcher and Tammann with the Nernst-Einstein factor 1/T. With T0
    at absolute zero it is sigma T = A exp(-Ea / kT), the form in which solid electrolytes' activation energies are
    reported.

    Args:
        log10_conductivity: log10(S/cm) at the reference temperature.
        activation_energy: Ea of sigma T at the reference temperature, eV.
        temperature: degree C, above absolute zero.
        reference_temperature: degree C at which the conductivity is known.
        vogel_temperature: T0, degree C; that of a polymer, absolute zero for crystals and glasses.

    Source: Fulcher, J. Am. Ceram. Soc. 8, 339 (1925), 10.1111/j.1151-2916.1925.tb16731.x; Arrhenius' law for T0 = 0 K.
    """
    hot, known = np.asarray(temperature, float), np.asarray(reference_temperature, float)
    gained = decades_gained(activation_energy, hot, known, vogel_temperature)
    return np.asarray(log10_conductivity, float) + gained + np.log10(kelvin(known) / kelvin(hot))


def temperature_of(
    log10_target: float,
    log10_conductivity: np.ndarray,
    activation_energy: np.ndarray,
    reference_temperature: np.ndarray | float = ROOM_TEMPERATURE_C,
) -> np.ndarray:
    """Temperature (degree C) at which a conductivity is reached, between 1 and 5000 K.

    Below T = Ea/k sigma(T) rises with T, above it the 1/T factor wins; only the rising branch is searched. A target
    that is never reached there is reached at infinity, one that is passed already at 1 K at that temperature, so that
    quantiles over draws count both. Without activation the conductivity does not rise.

    Args:
        log10_target: log10(S/cm).
        log10_conductivity: log10(S/cm) at the reference temperature.
        activation_energy: Ea of sigma T, eV; a negative one counts as none.
        reference_temperature: degree C.

    Returns:
        degree C; NaN where an input is missing.

    Source: with x = Ea / kT the law is x - ln x = L on the branch x >= 1; first guess by the bounds of Chatzigeorgiou,
    IEEE Commun. Lett. 17, 1505 (2013), 10.1109/LCOMM.2013.070113.130972, then Newton's method.
    """
    value, energy = np.broadcast_arrays(np.asarray(log10_conductivity, float), np.asarray(activation_energy, float))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        known = energy / (BOLTZMANN_EV * kelvin(np.asarray(reference_temperature, float)))
        beyond = known - np.log(known) - 1.0 + (value - log10_target) * np.log(10.0)  # L - 1
        x = 1.0 + np.sqrt(2.0 * beyond) + 2.0 / 3.0 * beyond
        for _ in range(_N_NEWTON):
            x = np.where(x > 1.0, x * (beyond + np.log(x)) / (x - 1.0), 1.0)
        hot = np.maximum(energy / (BOLTZMANN_EV * x), _COLDEST)
    rising = np.where((beyond >= 0.0) & (hot <= _HOTTEST), hot, np.inf)
    flat = np.where(value >= log10_target, _COLDEST, np.inf)
    found = np.where(energy > 0.0, rising, flat)
    return np.where(np.isnan(value) | np.isnan(energy), np.nan, found - ZERO_CELSIUS)


def critical_temperature(
    log10_conductivity: np.ndarray,
    activation_energy: np.ndarray,
    reference_temperature: np.ndarray | float = ROOM_TEMPERATURE_C,
) -> np.ndarray:
    """Temperature at which 1 mS/cm is reached, degree C, infinite where it never is (see `temperature_of`)."""
    return temperature_of(-3.0, log10_conductivity, activation_energy, reference_temperature)


def vogel_temperature_of(
    log10_target: float,
    log10_conductivity: np.ndarray,
    activation_energy: np.ndarray,
    vogel_temperature: np.ndarray,
    reference_temperature: np.ndarray | float = ROOM_TEMPERATURE_C,
) -> np.ndarray:
    """As `temperature_of` for a polymer, by bisection between T0 + 1 K and 5000 K on the law of `conductivity_at`.

    Args:
        log10_target: log10(S/cm).
        log10_conductivity: log10(S/cm) at the reference temperature.
        activation_energy: Ea of sigma T at the reference temperature, eV; a negative one counts as none.
        vogel_temperature: T0, degree C, below the reference temperature.
        reference_temperature: degree C.

    Returns:
        degree C, infinite where the target is never reached; NaN where an input is missing.
    """
    value, energy, freezing = np.broadcast_arrays(
        *(np.asarray(given, float) for given in (log10_conductivity, activation_energy, vogel_temperature))
    )
    energy, zero = np.maximum(energy, 0.0), kelvin(freezing)
    steepness = energy / BOLTZMANN_EV * (1.0 - zero / kelvin(np.asarray(reference_temperature, float))) ** 2  # B, K
    half = zero + 0.5 * steepness
    # sigma rises until B / (T - T0)^2 falls below 1/T
    peak = np.clip(half + np.sqrt(half**2 - zero**2), zero + 1.0, np.maximum(_HOTTEST, zero + 1.0))

    def is_reached(absolute: np.ndarray) -> np.ndarray:
        at = conductivity_at(value, energy, absolute - ZERO_CELSIUS, reference_temperature, freezing)
        return np.asarray(at >= log10_target)

    low, high = zero + 1.0, peak
    for _ in range(_N_BISECTIONS):
        centre = 0.5 * (low + high)
        reached = is_reached(centre)
        low, high = np.where(reached, low, centre), np.where(reached, centre, high)
    found = np.where(is_reached(peak), high, np.inf)
    return np.where(np.isnan(value + energy + freezing), np.nan, found - ZERO_CELSIUS)


def area_specific_resistance(
    log10_conductivity: np.ndarray, thickness: np.ndarray | float, interface_resistance: np.ndarray | float = 0.0
) -> np.ndarray:
    """Resistance of a separator with its interfaces, L / sigma + R_interface, ohm cm2.

    Args:
        log10_conductivity: log10(S/cm) at the temperature of use.
        thickness: L, micrometre.
        interface_resistance: sum of both interfaces, ohm cm2.
    """
    length = np.asarray(thickness, float) * UM_TO_CM
    return length / 10.0 ** np.asarray(log10_conductivity, float) + np.asarray(interface_resistance, float)


def voltage_drop(resistance: np.ndarray, current_density: np.ndarray | float) -> np.ndarray:
    """Ohmic loss of the separator, V.

    Args:
        resistance: area-specific resistance, ohm cm2.
        current_density: A/cm2.
    """
    return np.asarray(resistance, float) * np.asarray(current_density, float)
