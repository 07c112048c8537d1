"""Activation energy and conductivity at room temperature from diffusion at high temperatures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import curve_fit

from ssbscreen.calculation.diffusivity import Diffusivity
from ssbscreen.core.constants import BOLTZMANN_EV, ROOM_TEMPERATURE_C, Z90, ZERO_CELSIUS
from ssbscreen.core.errors import InputError

_CHARGE = 1.602176634e-19  # C, exact in the SI
_LEAST_DOUBT = 0.1  # of ln D; a sampler of few windows may state less
MIN_TEMPERATURES = 2
_LEAST_SURE = 2.0  # standard errors of an activation energy above zero


@dataclass(frozen=True)
class Transport:
    """What diffusion at several temperatures says of 25 degree C.

    Attributes:
        activation_energy: of the tracer, eV.
        activation_std: its standard deviation from the runs, eV.
        conductivity: log10 of S/cm at 25 degree C by the tracer's diffusion (Nernst and Einstein, Haven ratio 1).
        conductivity_std: standard deviation from the runs and the way to 25 degree C, decades.
        haven_ratio: geometric mean of tracer over charge; of short runs it is no more than a hint.
        n_temperatures: that counted.
    """

    activation_energy: float
    activation_std: float
    conductivity: float
    conductivity_std: float
    haven_ratio: float
    n_temperatures: int


def transport(found: Sequence[Diffusivity], ions_per_cm3: float) -> Transport:
    """Arrhenius line through the tracer's diffusion coefficients, each weighed by its interval.

    Args:
        found: at different temperatures.
        ions_per_cm3: density of the ions, each of one elementary charge.

    Raises:
        InputError: fewer than two temperatures count, or their slope cannot be told from zero.

    Source: sigma = n e^2 D / (k T), Nernst-Einstein; X. He et al., npj Comput. Mater. 4, 18 (2018),
        10.1038/s41524-018-0074-y, for how far short runs carry.
    """
    used = [d for d in found if d.counts]
    if len(used) < MIN_TEMPERATURES:
        why = "; ".join(f"{d.kelvin:g} K: {d.warning}" for d in found if d.warning)
        raise InputError(f"{len(used)} temperatures count, {MIN_TEMPERATURES} are needed ({why})")
    inverse = np.array([1.0 / (BOLTZMANN_EV * d.kelvin) for d in used])
    log_d = np.array([math.log(d.tracer[1]) for d in used])
    doubt = np.array([max(_log_std(d.tracer), _LEAST_DOUBT) for d in used])
    line, covariance = curve_fit(_line, inverse, log_d, (log_d[0], 0.3), sigma=doubt, absolute_sigma=True)
    activation, error = float(line[1]), float(np.sqrt(covariance[1, 1]))
    if activation < _LEAST_SURE * error:
        raise InputError(
            f"its activation energy, {activation:.2f} +- {error:.2f} eV, cannot be told from zero; give longer runs or "
            "temperatures farther apart"
        )
    kelvin = ROOM_TEMPERATURE_C + ZERO_CELSIUS
    towards = np.array([1.0, -1.0 / (BOLTZMANN_EV * kelvin)])
    diffusion = math.exp(float(towards @ line))
    sigma = conductivity(diffusion, ions_per_cm3, kelvin)
    return Transport(
        activation,
        error,
        math.log10(sigma),
        float(np.sqrt(towards @ covariance @ towards)) / math.log(10.0),
        float(np.exp(np.mean([math.log(d.haven_ratio) for d in used]))),
        len(used),
    )


def conductivity(diffusion: float, ions_per_cm3: float, kelvin: float) -> float:
    """Conductivity of ions of one elementary charge, S/cm, from their diffusion coefficient in cm2/s."""
    return ions_per_cm3 * _CHARGE * diffusion / (BOLTZMANN_EV * kelvin)  # e^2 / kT is e over kT in eV


def _line(inverse: np.ndarray, offset: float, activation: float) -> np.ndarray:
    return offset - activation * inverse


def _log_std(percentiles: tuple[float, float, float]) -> float:
    return (math.log(percentiles[2]) - math.log(max(percentiles[0], 1e-300))) / (2.0 * Z90)
