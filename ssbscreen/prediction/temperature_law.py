"""Activation energy and Vogel temperature of polymers, read off their model's own dependence on temperature.

The model of polymer conductivity tells it at three temperatures; the law of Vogel, Fulcher and Tammann through its
answers says how conductivity goes on to other temperatures, so that every conversion agrees with the model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.constants import BOLTZMANN_EV, ZERO_CELSIUS
from ssbscreen.core.laws import kelvin
from ssbscreen.core.prediction import PropertyPrediction
from ssbscreen.featurize.base import POLYMER
from ssbscreen.training.calibration import interval
from ssbscreen.training.card import ModelCard
from ssbscreen.training.scoring import clip_to_range

CONDUCTIVITY = "ionic_conductivity"
ENERGY, FREEZING = "activation_energy", "vogel_temperature"
KEYS = (ENERGY, FREEZING)
STEP = 40.0  # degree C between the temperatures asked at: from 25 they reach 105, where most measurements end
STEPS = (STEP, 2.0 * STEP)  # above a candidate's own temperature
MOST_FREEZING_K = 200.0  # as in the model: no pole above it
ENERGY_DOUBT = 0.40
"""eV for each decade of stated error of the conductivity: 0.45 eV on polymers never seen, whose stated error is 1.1
decades (`python benchmarks/bench_polymer_temperature.py`)."""
FREEZING_STD = 15.0  # K; assumption, as few formulations were measured widely enough to tell


def offered(card: ModelCard) -> tuple[str, ...]:
    """Properties that a model gives: those of its card, and the temperature law of polymers by that of conductivity."""
    has_law = card.kind == POLYMER and CONDUCTIVITY in card.properties
    return (*card.properties, *KEYS) if has_law else tuple(card.properties)


def temperature_laws(
    candidates: Sequence[Candidate], first: PropertyPrediction, warmer: Sequence[np.ndarray]
) -> dict[str, PropertyPrediction]:
    """Columns of `KEYS` at the temperature of each candidate; missing where its conductivity is.

    Args:
        candidates: polymers at the temperature of use.
        first: their log10 conductivities.
        warmer: the means at `STEPS` above it.  # (n,) each
    """
    use = np.array([c.temperature_c for c in candidates], dtype=float)
    energy, freezing = law_through(use, first.mean, warmer[0], warmer[1])
    found = {}
    for key, mean, std in (
        (ENERGY, energy, ENERGY_DOUBT * first.std),
        (FREEZING, freezing, np.where(first.is_present, FREEZING_STD, np.nan)),
    ):
        none = np.where(first.is_present, 0.0, np.nan)
        lower, upper = interval(mean, std, none)
        found[key] = replace(
            first,
            property=key,
            mean=mean,
            std_aleatoric=std,
            std_epistemic=none,
            lower=clip_to_range(key, lower),
            upper=upper,
            std_class=none,
            std_family=none,
        )
    return found


def law_through(
    celsius: np.ndarray, first: np.ndarray, second: np.ndarray, third: np.ndarray, step: float = STEP
) -> tuple[np.ndarray, np.ndarray]:
    """Law of sigma T through conductivities at T, T + step and T + 2 step.

    log10(sigma T) = A - B / (T - T0). With gains g1 and g2 of the two steps, g1 / g2 = (T3 - T0) / (T1 - T0). A curve
    that falls, or bends the other way, has the nearest law: Arrhenius' with the gain over both steps.

    Args:
        celsius: T, degree C.  # (n,)
        first, second, third: log10(S/cm).  # (n,)
        step: degree C.

    Returns:
        Apparent activation energy at T, eV, and T0, degree C.  # (n,) each
    """
    absolute = [kelvin(np.asarray(celsius, float)) + i * step for i in range(3)]
    y = [np.asarray(v, float) + np.log10(t) for v, t in zip((first, second, third), absolute, strict=True)]
    gains = np.maximum(y[1] - y[0], 0.0), np.maximum(y[2] - y[1], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = gains[0] / gains[1]
        freezing = (ratio * absolute[0] - absolute[2]) / (ratio - 1.0)
    is_bent = (gains[1] > 0.0) & (ratio > absolute[2] / absolute[0])
    freezing = np.where(is_bent, np.clip(freezing, 0.0, np.minimum(MOST_FREEZING_K, absolute[0] - 50.0)), 0.0)
    span = 1.0 / (absolute[0] - freezing) - 1.0 / (absolute[2] - freezing)
    steepness = np.maximum(y[2] - y[0], 0.0) / span
    energy = BOLTZMANN_EV * math.log(10.0) * steepness * (absolute[0] / (absolute[0] - freezing)) ** 2
    return np.where(np.isnan(y[0]), np.nan, energy), np.where(np.isnan(y[0]), np.nan, freezing - ZERO_CELSIUS)
