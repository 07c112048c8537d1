"""Electronic resistivity from the band gap and from measured samples, and the leakage that follows.

What a real sample shows is extrinsic: with a gap over about 2 eV the intrinsic carriers are too few to
matter, and defects, grain boundaries and carbon decide. So a resistivity is the smaller one of the
intrinsic bound and of a draw from the measured distribution of the chemistry class.

The gap is not calibrated on the measured values: six of the 99 compositions have a computed gap, in an order that
contradicts it (LLZO 4.1 eV, 10^7.0 ohm cm; Li6PS5Cl 2.0 eV, 10^8.1 ohm cm), and a line over predicted gaps misses
families that were left out by more than the median of all studies does (`benchmarks/bench_resistivity.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ssbscreen.core.constants import BOLTZMANN_EV, ELEMENTARY_CHARGE, ROOM_TEMPERATURE_C, UM_TO_CM
from ssbscreen.core.laws import kelvin

EFFECTIVE_DENSITY_OF_STATES: Final[float] = 2.5e19  # 1/cm3 at 300 K, free-electron mass: 2 (2 pi m kT / h^2)^1.5
MOBILITY: Final[float] = 1.0  # cm2/(V s); polar solids range from 0.01 to 100, within the error below
MINIMUM_STD: Final[float] = 1.0  # decades; samples of one material differ by about this much
PRIOR_STUDIES: Final[int] = 8
MINIMUM_STUDIES: Final[int] = 3  # of a class, below which its own values move nothing


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
    """Measured distribution of log10 resistivity (ohm cm), per chemistry class.

    Attributes:
        classes: class names with at least one study.
        mean: of each class, shrunk towards that of all studies where its own are few.  # (n_classes,)
        std: predictive, decades: scatter between studies, their number, and at least `MINIMUM_STD`.  # (n_classes,)
        n_studies: behind each class.  # (n_classes,)
        pooled_mean, pooled_std: for a class without any study.
    """

    classes: tuple[str, ...]
    mean: np.ndarray
    std: np.ndarray
    n_studies: np.ndarray
    pooled_mean: float
    pooled_std: float

    def of(self, chemistry_class: str) -> tuple[float, float]:
        """Mean and standard deviation of a class, the pooled ones where it was never measured."""
        if chemistry_class not in self.classes:
            return self.pooled_mean, self.pooled_std
        i = self.classes.index(chemistry_class)
        return float(self.mean[i]), float(self.std[i])


def fit_extrinsic(
    chemistry_class: np.ndarray, log10_resistivity: np.ndarray, study: np.ndarray
) -> ExtrinsicResistivity:
    """Distribution of measured resistivities by class, every study counted once.

    One laboratory's series of fifty dopants is one opinion, so the median of a study and class is taken
    first. A class lies between the median of its own studies, where it has at least `MINIMUM_STUDIES`, and that of all
    of them, which counts as much as `PRIOR_STUDIES` further ones: with so few studies a class says next to nothing
    about a family that was never measured (`benchmarks/bench_resistivity.py`). Medians, because a thin film at
    1e15 ohm cm would else move them all.

    Args:
        chemistry_class: class of each measured value.  # (n,)
        log10_resistivity: log10(ohm cm).  # (n,)
        study: key of the publication of each value.  # (n,)

    Raises:
        ValueError: fewer than three studies.
    """
    groups: dict[tuple[str, str], list[float]] = {}
    for name, value, key in zip(chemistry_class, np.asarray(log10_resistivity, float), study, strict=True):
        if np.isfinite(value):
            groups.setdefault((str(name), str(key)), []).append(float(value))
    if len(groups) < 3:
        raise ValueError(f"{len(groups)} studies of electronic resistivity; at least 3 are needed for a distribution.")
    names = np.array([name for name, _ in groups])
    values = np.array([float(np.median(group)) for group in groups.values()])
    classes = tuple(sorted(set(names.tolist())))
    by_class = [values[names == name] for name in classes]
    n = np.array([v.size for v in by_class])
    pooled = float(np.median(values))
    own = np.array([float(np.median(v)) for v in by_class])
    weight = np.where(n >= MINIMUM_STUDIES, n / (n + PRIOR_STUDIES), 0.0)
    mean = weight * own + (1.0 - weight) * pooled
    deviation = values - own[np.searchsorted(classes, names)]
    common = max(_robust_variance(deviation[n[np.searchsorted(classes, names)] > 1]), MINIMUM_STD**2)
    alone = np.array([_robust_variance(v - np.median(v)) for v in by_class])
    scatter = weight * alone + (1.0 - weight) * common
    # a handful of classes hardly shows how far they lie apart, so at least a decade is allowed for
    between = max(_robust_variance(own - np.median(own)), MINIMUM_STD**2)
    std = np.sqrt(np.maximum(scatter, MINIMUM_STD**2) + (1.0 - weight) * between)
    pooled_std = float(np.sqrt(common + between))
    return ExtrinsicResistivity(classes, mean, std, n, pooled, pooled_std)


def _robust_variance(deviation: np.ndarray) -> float:
    """Variance of a Gaussian with the same median absolute deviation; 0 for no rows."""
    return float((1.4826 * np.median(np.abs(deviation))) ** 2) if deviation.size else 0.0


def electronic_resistivity(
    band_gap: np.ndarray,
    extrinsic_mean: np.ndarray,
    extrinsic_std: np.ndarray,
    standard_normal: np.ndarray,
    temperature: np.ndarray | float = ROOM_TEMPERATURE_C,
) -> np.ndarray:
    """Draws of log10 electronic resistivity, the smaller of intrinsic bound and extrinsic draw, log10(ohm
    cm).

    Args:
        band_gap: experimental scale, eV.  # (candidates, draws) or broadcastable
        extrinsic_mean, extrinsic_std: of `ExtrinsicResistivity` for each candidate's class.  #
        (candidates, 1) standard_normal: seeded draws.  # (candidates, draws)
        temperature: degree C.
    """
    extrinsic = np.asarray(extrinsic_mean, float) + np.asarray(extrinsic_std, float) * np.asarray(
        standard_normal, float
    )
    return np.minimum(intrinsic_resistivity(band_gap, temperature), extrinsic)


def leakage_current(
    log10_resistivity: np.ndarray, voltage: np.ndarray | float, thickness: np.ndarray | float
) -> np.ndarray:
    """Electronic current through the separator at rest, V / (rho L), A/cm2.

    Args:
        log10_resistivity: log10(ohm cm).
        voltage: of the cell, V.
        thickness: of the separator, micrometre.
    """
    length = np.asarray(thickness, float) * UM_TO_CM
    return np.asarray(voltage, float) / length / 10.0 ** np.asarray(log10_resistivity, float)
