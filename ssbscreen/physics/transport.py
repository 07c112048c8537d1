"""Conductivity at other temperatures, resistance of a separator and what it costs in voltage."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.constants import BOLTZMANN_EV, ROOM_TEMPERATURE_C, UM_TO_CM, ZERO_CELSIUS
from ssbscreen.core.laws import decades_per_ev, kelvin

_N_BISECTIONS = 60


def conductivity_at(
    log10_conductivity: np.ndarray,
    activation_energy: np.ndarray,
    temperature: np.ndarray | float,
    reference_temperature: np.ndarray | float = ROOM_TEMPERATURE_C,
) -> np.ndarray:
    """log10 of the conductivity (S/cm) at another temperature.

    sigma T = A exp(-Ea / kT), the form in which solid electrolytes' activation energies are reported.

    Args:
        log10_conductivity: log10(S/cm) at the reference temperature.
        activation_energy: Ea of sigma T, eV.
        temperature: degree C, above absolute zero.
        reference_temperature: degree C at which the conductivity is known.

    Source: Arrhenius law with the Nernst-Einstein factor 1/T.
    """
    hot, known = np.asarray(temperature, float), np.asarray(reference_temperature, float)
    lost = np.asarray(activation_energy, float) * decades_per_ev(hot, known)
    return np.asarray(log10_conductivity, float) - lost + np.log10(kelvin(known) / kelvin(hot))


def temperature_of(
    log10_target: float,
    log10_conductivity: np.ndarray,
    activation_energy: np.ndarray,
    reference_temperature: np.ndarray | float = ROOM_TEMPERATURE_C,
) -> np.ndarray:
    """Temperature (degree C) at which a conductivity is reached, by bisection between 1 and 5000 K.

    Below T = Ea/k sigma(T) rises with T, above it the 1/T factor wins; only the rising branch is searched,
    and a target above its maximum or below its value at 1 K has no answer (missing). So has Ea <= 0.

    Args:
        log10_target: log10(S/cm).
        log10_conductivity: log10(S/cm) at the reference temperature.
        activation_energy: Ea of sigma T, eV.
        reference_temperature: degree C.
    """
    value, energy = np.broadcast_arrays(np.asarray(log10_conductivity, float), np.asarray(activation_energy, float))
    low = np.full(value.shape, 1.0)
    high = np.clip(energy / BOLTZMANN_EV, 1.0, 5000.0)
    start, end = low.copy(), high.copy()
    for _ in range(_N_BISECTIONS):
        centre = 0.5 * (low + high)
        reached = conductivity_at(value, energy, centre - ZERO_CELSIUS, reference_temperature) >= log10_target
        high = np.where(reached, centre, high)
        low = np.where(reached, low, centre)
    at_start = conductivity_at(value, energy, start - ZERO_CELSIUS, reference_temperature)
    at_end = conductivity_at(value, energy, end - ZERO_CELSIUS, reference_temperature)
    has_answer = (energy > 0.0) & (at_end >= log10_target) & (at_start <= log10_target)
    return np.where(has_answer, high - ZERO_CELSIUS, np.nan)


def critical_temperature(
    log10_conductivity: np.ndarray,
    activation_energy: np.ndarray,
    reference_temperature: np.ndarray | float = ROOM_TEMPERATURE_C,
) -> np.ndarray:
    """Temperature at which 1 mS/cm is reached, degree C (arguments as in `temperature_of`)."""
    return temperature_of(-3.0, log10_conductivity, activation_energy, reference_temperature)


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
