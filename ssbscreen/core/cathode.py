"""Cathode active materials that electrolytes are paired with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ssbscreen.core.laws import split_normal


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its central 90 % and its source.

    Attributes:
        value: median.
        low, high: 5th and 95th percentile, low <= value <= high.
        source: where it was read, or how it was made.
    """

    value: float
    low: float
    high: float
    source: str

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"needs low <= value <= high, given {self.low}, {self.value}, {self.high}")

    def sample(self, noise: np.ndarray) -> np.ndarray:
        """Split-normal values for standard normal numbers.  # same shape"""
        return split_normal(noise, self.value, self.low, self.high)


NO_LIMIT: Final = Estimate(1.0, 1.0, 1.0, "the electrolyte decides")


@dataclass(frozen=True, slots=True)
class Cathode:
    """One cathode active material.

    Attributes:
        key: the one name used everywhere, such as "NMC811".
        formula: discharged (fully lithiated) state.
        half_lithiated, charged: formulas of the other two states, same framework.
        average_voltage: V against Li/Li+.
        capacity_grav: reversible, mAh per g of the discharged state.
        density: of the discharged state, g/cm3.
        volume_change_on_charge: signed fraction, positive where it grows on charge.
        youngs_modulus: GPa.
        active_fraction: largest weight share in a composite cathode; 1 leaves the choice to the electrolyte.
        is_known: False for a predicted one.
    """

    key: str
    formula: str
    half_lithiated: str
    charged: str
    average_voltage: Estimate
    capacity_grav: Estimate
    density: Estimate
    volume_change_on_charge: Estimate
    youngs_modulus: Estimate
    active_fraction: Estimate = NO_LIMIT
    is_known: bool = True


def find_cathode(panel: Sequence[Cathode], name: str) -> Cathode | None:
    """The cathode of that key or formula, None where the panel has none."""
    for cathode in panel:
        if name in (cathode.key, cathode.formula):
            return cathode
    return None
