"""Electronic resistivity from the band gap and from measured samples, and the leakage that follows.

What a real sample shows is extrinsic: with a gap over about 2 eV the intrinsic carriers are too few to
matter, and defects, grain boundaries and carbon decide. So a resistivity is the smaller one of the
intrinsic bound and of a draw from what was measured on the family, else on the class.

The gap is not calibrated on the measured values: six of the 99 compositions have a computed gap, in an order that
contradicts it (LLZO 4.1 eV, 10^7.0 ohm cm; Li6PS5Cl 2.0 eV, 10^8.1 ohm cm), and a line over predicted gaps misses
families that were left out by more than the median of all studies does (`benchmarks/bench_resistivity.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from ssbscreen.core.constants import BOLTZMANN_EV, ELEMENTARY_CHARGE, ROOM_TEMPERATURE_C, UM_TO_CM
from ssbscreen.core.laws import kelvin
from ssbscreen.core.nested_effects import GroupLevel, NestedVariance, group_level, nested_codes, nested_variance
from ssbscreen.core.recognition import OTHER_FAMILY

EFFECTIVE_DENSITY_OF_STATES: Final[float] = 2.5e19  # 1/cm3 at 300 K, free-electron mass: 2 (2 pi m kT / h^2)^1.5
_FAR: Final[float] = 4.0
MOBILITY: Final[float] = 1.0  # cm2/(V s); polar solids range from 0.01 to 100, within the error below


def intrinsic_resistivity(band_gap: np.ndarray, temperature: np.ndarray | float = ROOM_TEMPERATURE_C) -> np.ndarray:
    """log10 of the intrinsic resistivity, log10(ohm cm): an upper bound that only small gaps reach.

    rho = 1 / (2 e mu n_i) with n_i = N (T/300)^1.5 exp(-Eg / 2kT).

    Args:
        band_gap: on the experimental scale, eV; negative values count as 0.
        temperature: degree C.

    Source: intrinsic carrier density of a band semiconductor with free-electron masses.
    """
    hot = kelvin(np.asarray(temperature, float))
    gap = np.maximum(np.asarray(band_gap, float), 0.0)
    log10_carriers = (
        np.log10(EFFECTIVE_DENSITY_OF_STATES)
        + 1.5 * np.log10(hot / 300.0)
        - gap / (2.0 * BOLTZMANN_EV * hot) / np.log(10.0)
    )
    return -np.log10(2.0 * ELEMENTARY_CHARGE * MOBILITY) - log10_carriers


@dataclass(frozen=True)
class ExtrinsicResistivity:
    """Measured log10 resistivities (ohm cm) of electrolytes: how high classes and families lie, and how they scatter.

    Attributes:
        values: log10(ohm cm).  # (n,)
        usual: the same, those far from all others drawn in; what one family says of another.  # (n,)
        labels: chemistry class, family and study of each value.  # three of (n,)
        variance: of classes, of families, of studies, and of the samples of one study.
    """

    values: np.ndarray
    usual: np.ndarray
    labels: tuple[np.ndarray, np.ndarray, np.ndarray]
    variance: NestedVariance

    @property
    def std_own(self) -> float:
        """Scatter of a sample around the level of its family: laboratories and materials, decades."""
        return float(np.sqrt(self.variance.levels[2] + self.variance.rest))

    @property
    def std_material(self) -> float:
        """The same of a material: what samples of one study differ by, since a study makes many materials in one way.

        What all samples of a study have in common is taken for its laboratory's: one material made by two laboratories
        differs as much (0.38 decades, `configs/evidence.yaml`) as two studies of a family (0.37).
        """
        return float(np.sqrt(self.variance.rest))

    def of(self, chemistry_class: str, family: str) -> GroupLevel:
        """Level of a family, with the error that its class and it have in common; wide for one never measured."""
        group = chemistry_class, family
        if group not in self._levels:
            self._levels[group] = self._level(*group)
        return self._levels[group]

    @cached_property
    def _levels(self) -> dict[tuple[str, str], GroupLevel]:
        """Those asked for before: every block of every draw asks for the same ones."""
        return {}

    def _level(self, chemistry_class: str, family: str) -> GroupLevel:
        is_own = (self.labels[0] == chemistry_class) & (self.labels[1] == family)
        values = np.where(is_own, self.values, self.usual)
        return group_level(values, self.labels, self.variance, (chemistry_class, family))


def fit_extrinsic(
    chemistry_class: np.ndarray, family: np.ndarray, study: np.ndarray, log10_resistivity: np.ndarray
) -> ExtrinsicResistivity:
    """Levels of classes and families from measured resistivities, nested random effects.

    A laboratory's series of fifty dopants shares the effect of one study, so it counts little more than once. No
    level is assumed: a class or family that nobody measured is as uncertain as classes and families differ. Thin films
    of LiPON at 1e15 ohm cm would make all others wide, so values are drawn in to `_FAR` robust standard deviations of
    the studies' medians, except for their own family. Materials of no known family have no level in common.

    Args:
        chemistry_class, family, study: of each value.  # each (n,)
        log10_resistivity: log10(ohm cm).  # (n,)

    Raises:
        ValueError: fewer than three values.
    """
    known = np.isfinite(np.asarray(log10_resistivity, float))
    values = np.asarray(log10_resistivity, float)[known]
    labels = tuple(np.asarray(label).astype(str)[known] for label in (chemistry_class, family, study))
    if len(values) < 3:
        raise ValueError(f"{len(values)} measured electronic resistivities; at least 3 are needed for a distribution.")
    families = np.where(np.isin(labels[1], ("", OTHER_FAMILY)), np.char.add("alone ", labels[2]), labels[1])
    levels = (labels[0], families, labels[2])
    study_of = nested_codes(levels)[-1]
    middles = np.array([np.median(values[study_of == code]) for code in np.unique(study_of)])
    middle = float(np.median(middles))
    far = _FAR * 1.4826 * float(np.median(np.abs(middles - middle)))
    usual = np.clip(values, middle - far, middle + far) if far > 0 else values
    return ExtrinsicResistivity(values, usual, levels, nested_variance(usual, levels))


def electronic_resistivity(
    band_gap: np.ndarray, extrinsic: np.ndarray, temperature: np.ndarray | float = ROOM_TEMPERATURE_C
) -> np.ndarray:
    """Draws of log10 electronic resistivity, log10(ohm cm): the smaller of intrinsic bound and extrinsic draw.

    Args:
        band_gap: experimental scale, eV; where it is not known nothing is bounded.  # (candidates, draws)
        extrinsic: draws of what samples of the family show, log10(ohm cm).  # (candidates, draws)
        temperature: degree C.
    """
    return np.fmin(intrinsic_resistivity(band_gap, temperature), np.asarray(extrinsic, float))


def leakage_current(
    log10_resistivity: np.ndarray, voltage: np.ndarray | float, thickness: np.ndarray | float
) -> np.ndarray:
    """Electronic current through the separator at rest, V / (rho L), A/cm2.

    Args:
        log10_resistivity: log10(ohm cm).
        voltage: of the cell, V.
        thickness: of the separator, micrometre.
    """
    return np.asarray(voltage, float) / area_resistance(log10_resistivity, thickness)


def electronic_transference(log10_resistivity: np.ndarray, log10_conductivity: np.ndarray) -> np.ndarray:
    """Share of the current that electrons carry in a blocking cell, sigma_e / (sigma_e + sigma_ion), 0 to 1.

    Args:
        log10_resistivity: electronic, log10(ohm cm).
        log10_conductivity: ionic, log10(S/cm).

    Source: definition; C. Wagner, Z. Phys. Chem. B 21, 25 (1933) (recalled, not read).
    """
    electrons = -np.asarray(log10_resistivity, float)
    return 1.0 / (1.0 + 10.0 ** np.minimum(np.asarray(log10_conductivity, float) - electrons, 300.0))


def area_resistance(log10_resistivity: np.ndarray, thickness: np.ndarray | float) -> np.ndarray:
    """Resistance of a layer to electrons, rho L, ohm cm2, from log10(ohm cm) and micrometre."""
    return np.asarray(thickness, float) * UM_TO_CM * 10.0 ** np.asarray(log10_resistivity, float)


def driving_voltage(
    reduction_limit: np.ndarray,
    oxidation_limit: np.ndarray,
    voltage: np.ndarray | float,
    slack: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Voltage that drives electrons through an electrolyte at rest: what of the cell's lies inside its window, V.

    Interphases pin the lithium potential at both faces to the limits of the electrolyte, so one that is stable from 1.7
    to 2.1 V feels 0.4 V in a cell of 4 V. A calculated window is narrower than the one in which nothing happens in
    practice, which the slack counts.

    Args:
        reduction_limit, oxidation_limit: V against Li/Li+; where one is missing the whole voltage counts.
        voltage: of the cell, V.
        slack: by which the window is wider in practice, V.

    Source: C. D. Alt, J. Janek, Nat. Energy 2026, 10.1038/s41560-026-02038-1.
    """
    whole = np.asarray(voltage, float)
    low, high = np.asarray(reduction_limit, float), np.asarray(oxidation_limit, float)
    inside = np.maximum(np.minimum(high, whole) - np.maximum(low, 0.0), 0.0) + np.asarray(slack, float)
    return np.where(np.isnan(inside), whole, np.minimum(inside, whole))
