"""Laws that both halves use, written once: absolute temperature, Arrhenius, and the split normal distribution.

The temperature laws are plain arithmetic and take numbers, numpy arrays and torch tensors alike; what comes in is what
comes out.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np

from ssbscreen.core.constants import BOLTZMANN_EV, ROOM_TEMPERATURE_C, Z90, ZERO_CELSIUS

Numbers = TypeVar("Numbers")
"""float, numpy array or torch tensor."""


def kelvin(celsius: Numbers) -> Numbers:
    """Absolute temperature (K) of one in degree Celsius."""
    absolute: Any = celsius
    return absolute + ZERO_CELSIUS


def decades_per_ev(celsius: Numbers, reference_celsius: Any = ROOM_TEMPERATURE_C) -> Numbers:
    """Decades that a thermally activated quantity loses against a reference for each eV (negative: gains).

    log10 sigma(T) = log10 sigma(T_ref) - E_a decades_per_ev(T, T_ref).

    Args:
        celsius: degree C, above absolute zero.
        reference_celsius: degree C; a number, or the same type as `celsius`.

    Source: Arrhenius' law, (1/T - 1/T_ref) / (k ln 10).
    """
    hot: Any = kelvin(celsius)
    return (1.0 / hot - 1.0 / kelvin(reference_celsius)) / (BOLTZMANN_EV * math.log(10.0))


def decades_gained(energy: Any, celsius: Any, reference_celsius: Any, vogel_celsius: Any = -ZERO_CELSIUS) -> np.ndarray:
    """Decades that a quantity gains between two temperatures by the law of Vogel, Fulcher and Tammann.

    log10 x(T) = A - B / (T - T0), whose apparent activation energy at T is k ln(10) B (T / (T - T0))^2; Arrhenius' law
    for T0 = 0 K.

    Args:
        energy: apparent activation energy at the reference temperature, eV.
        celsius: degree C; nearer to T0 than 1 K counts as 1 K above it.
        reference_celsius: degree C, above T0.
        vogel_celsius: T0, degree C.

    Source: Fulcher, J. Am. Ceram. Soc. 8, 339 (1925), 10.1111/j.1151-2916.1925.tb16731.x.
    """
    zero = kelvin(np.asarray(vogel_celsius, float))
    known = kelvin(np.asarray(reference_celsius, float))
    above = np.maximum(kelvin(np.asarray(celsius, float)) - zero, 1.0)
    steepness = np.asarray(energy, float) / (BOLTZMANN_EV * math.log(10.0)) * (1.0 - zero / known) ** 2
    return np.asarray(steepness * (1.0 / (known - zero) - 1.0 / above))


def split_normal(number: np.ndarray, median: Any, low: Any, high: Any) -> np.ndarray:
    """Values whose median and central 90 % are given, its two sides of different width.

    Args:
        number: standard normal numbers.
        median, low, high: median, 5th and 95th percentile; broadcast against `number`.
    """
    drawn = np.asarray(number, float)
    return median + np.where(drawn < 0.0, median - low, high - median) / Z90 * drawn
