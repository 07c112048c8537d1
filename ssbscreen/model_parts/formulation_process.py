"""Gaussian process on polymer electrolytes, with a temperature dependence and what polymers and studies keep apart.

Intercept and slope of log conductivity against the temperature coordinate of Vogel, Fulcher and Tammann are processes.
Each is a sum of what polymer, salt and conditions say alone and together, and of an offset of its own for each polymer
and each formulation: rows of one study share their error, so many of them count little more than one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssbscreen.model_parts.kernels import Kernel, Views, city_block, overlap

REFERENCE_K = 333.15  # 60 degree C, the middle of the measured temperatures
LEAST_K = 200.0  # colder formulations are given the value at this temperature; the formula has its pole below it
MOST_FREEZING_K = 190.0
_SOFT = 0.05  # added to the standard deviation of a descriptor, so that one that hardly varies does not rule distances
_LARGE, _MORE = 1000, 4  # a polymer of so many rows may give so many times as many
_SAME = 1e-5  # distance up to which two polymers or salts are one
_SAME_CONDITIONS = 1e-9  # squared distance; a wider one would chain neighbours, and the covariance lose its sense


def coordinate(kelvin: Tensor, freezing: float | Tensor) -> Tensor:
    """Temperature coordinate of Vogel, Fulcher and Tammann, 0 at the reference and -1 per 100 K around it.

    f(T) = (R / (T - T0) - 1) R / 100 K with R = T_ref - T0 and T0 the freezing temperature; a mean that is linear in f
    follows log sigma = A - B / (T - T0), Arrhenius' law for T0 = 0. Below `LEAST_K` f stays what it is there.
    """
    span = REFERENCE_K - freezing
    return span * (span / (kelvin.clamp(min=LEAST_K) - freezing) - 1.0) / 100.0


@dataclass(frozen=True)
class FormulationHyperparameters:
    """Hyperparameters of the process; the defaults are plain numbers, a config names fitted ones.

    Variances in units of the target's variance, lengths in mean distances of standardised descriptors.

    Attributes:
        length_polymer, length_simulated, length_salt, length_conditions: of descriptors of the chain, of simulated
            properties, of salt and of anion, of conditions.
        variance_polymer, variance_environment, variance_simulated: that chain descriptors, atom environments and
            simulated properties explain alone.
        variance_salt, variance_anion: that descriptors of salt and anion explain alone.
        variance_conditions, variance_polymer_conditions, variance_salt_conditions, variance_formulation,
            variance_polymer_salt: of conditions alone, and of several together.
        variance_own_polymer, variance_own_salt, variance_own_formulation: of offsets that nothing explains.
        variance_offset: of the average.
        variance_noise: of a measurement.
        slope, slope_polymer, slope_formulation: variance of slopes relative to that of intercepts.
    """

    length_polymer: float = 1.0
    length_simulated: float = 1.0
    length_salt: float = 1.0
    length_conditions: float = 1.0
    variance_polymer: float = 0.1
    variance_environment: float = 0.1
    variance_simulated: float = 0.1
    variance_salt: float = 0.1
    variance_anion: float = 0.1
    variance_conditions: float = 0.1
    variance_polymer_conditions: float = 0.1
    variance_salt_conditions: float = 0.1
    variance_formulation: float = 0.1
    variance_polymer_salt: float = 0.1
    variance_own_polymer: float = 0.1
    variance_own_salt: float = 0.1
    variance_own_formulation: float = 0.1
    variance_offset: float = 0.1
    variance_noise: float = 0.1
    slope: float = 0.5
    slope_polymer: float = 0.5
    slope_formulation: float = 0.5


@dataclass(frozen=True)
class FormulationPair:
    """Comparison of rows with training rows: tables of distinct polymers and salts, and which of them a row has.

    Attributes:
        chain, near, simulated: distance of descriptors, overlap of environments, distance of simulated properties.
            # (n_polymers, n_train_polymers) each
        salt, anion: distances.  # (n_salts, n_train_salts) each
        conditions: mean squared distance.  # (m, n)
        polymers, salts: of the rows and of the training rows.  # (m,), (n,)
        coordinates: of temperature.  # (m,), (n,)
    """

    chain: Tensor
    near: Tensor
    simulated: Tensor
    salt: Tensor
    anion: Tensor
    conditions: Tensor
    polymers: tuple[Tensor, Tensor]
    salts: tuple[Tensor, Tensor]
    coordinates: tuple[Tensor, Tensor]


class FormulationKernel(Kernel):
    """Covariance of intercepts and slopes.

    Rows are views of distinct polymers (`shares` of environments, `chain` and `simulated` descriptors), of distinct
    salts (`salt`, `anion`), of each row (`conditions`, `coordinate`), and which of them a row has (`polymer_of`,
    `salt_of`); descriptors are standardised.

    Buffers:
        hyperparameters: in the order of `FormulationHyperparameters`.  # (22,)
    """

    hyperparameters: Tensor

    def __init__(self, given: FormulationHyperparameters) -> None:
        super().__init__()
        values = [getattr(given, field.name) for field in fields(FormulationHyperparameters)]
        self.register_buffer("hyperparameters", torch.tensor(values, dtype=torch.float64))

    @property
    def named(self) -> Any:
        """Hyperparameters by name, as tensors of shape ()."""
        values: Any = self.hyperparameters.unbind()
        return FormulationHyperparameters(*values)

    def compare(self, rows: Views, train: Views) -> FormulationPair:
        """Distances of every table."""
        squared = torch.cdist(
            rows["conditions"], train["conditions"], compute_mode="donot_use_mm_for_euclid_dist"
        ).square()
        return FormulationPair(
            near=overlap(rows["shares"], train["shares"]),
            **{name: city_block(rows[name], train[name]) for name in ("chain", "simulated", "salt", "anion")},
            conditions=squared / rows["conditions"].shape[1],
            polymers=(rows["polymer_of"], train["polymer_of"]),
            salts=(rows["salt_of"], train["salt_of"]),
            coordinates=(rows["coordinate"], train["coordinate"]),
        )

    def parts(self, pairs: FormulationPair) -> tuple[Tensor, Tensor]:
        """Covariance of intercepts and of slopes.  # (m, n) each"""
        h = self.named
        like = torch.exp(-pairs.chain / h.length_polymer)
        simulated = torch.exp(-pairs.simulated / h.length_simulated)
        by_salt, by_anion = (torch.exp(-distance / h.length_salt) for distance in (pairs.salt, pairs.anion))
        c = torch.exp(-0.5 * pairs.conditions / h.length_conditions**2)

        def of_polymers(table: Tensor) -> Tensor:
            return table[pairs.polymers[0]][:, pairs.polymers[1]]

        def of_salts(table: Tensor) -> Tensor:
            return table[pairs.salts[0]][:, pairs.salts[1]]

        p, q = of_polymers((like + pairs.near) / 2.0), of_salts((by_salt + by_anion) / 2.0)
        same_polymer = of_polymers((pairs.chain + (1.0 - pairs.near) < _SAME).to(c))
        same_salt = of_salts((pairs.salt + pairs.anion < _SAME).to(c))
        same = same_polymer * same_salt * (pairs.conditions < _SAME_CONDITIONS)
        explained = (
            of_polymers(
                h.variance_polymer * like + h.variance_environment * pairs.near + h.variance_simulated * simulated
            )
            + of_salts(h.variance_salt * by_salt + h.variance_anion * by_anion)
            + h.variance_offset
            + h.variance_polymer_salt * p * q
            + c
            * (
                h.variance_conditions
                + h.variance_polymer_conditions * p
                + h.variance_salt_conditions * q
                + h.variance_formulation * p * q
            )
        )
        return self._with_own(explained, same_polymer, same_salt, same)

    def _with_own(self, explained: Tensor, polymer: Tensor, salt: Tensor, formulation: Tensor) -> tuple[Tensor, Tensor]:
        """Of intercepts and slopes, with the offsets of what two rows have in common."""
        h = self.named
        own_polymer = h.variance_own_polymer * polymer
        own_formulation = h.variance_own_formulation * formulation
        return (
            explained + own_polymer + h.variance_own_salt * salt + own_formulation,
            h.slope * explained + h.slope_polymer * own_polymer + h.slope_formulation * own_formulation,
        )

    def joined(self, pairs: FormulationPair, intercept: Tensor, slope: Tensor) -> Tensor:
        """Covariance of values from that of intercepts and slopes.  # (m, n)"""
        return intercept + slope * torch.outer(*pairs.coordinates)

    def covariance(self, pairs: FormulationPair) -> Tensor:
        """Of values.  # (m, n)"""
        return self.joined(pairs, *self.parts(pairs))

    def variance(self, rows: Views) -> Tensor:
        """Grows with the distance from the reference temperature.  # (m,)"""
        explained = self.hyperparameters[_EXPLAINED].sum()
        one = torch.ones_like(explained)
        intercept, slope = self._with_own(explained, one, one, one)
        return intercept + slope * rows["coordinate"].square()


_UNEXPLAINED = ("variance_own_polymer", "variance_own_salt", "variance_own_formulation", "variance_noise")
_EXPLAINED = [
    place
    for place, field in enumerate(fields(FormulationHyperparameters))
    if field.name.startswith("variance_") and field.name not in _UNEXPLAINED
]


def standard(table: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and softened standard deviation of the columns of a table."""
    return table.mean(dim=0), table.std(dim=0, unbiased=False) + _SOFT


def chosen_rows(
    polymer: np.ndarray, formulation: np.ndarray, n_rows: int, n_temperatures: int, seed: int
) -> np.ndarray:
    """Rows that a process is fitted on, so that no polymer outweighs the others.

    Args:
        polymer, formulation: label of every row.  # (n,)
        n_rows: at most so many random rows of a polymer; four times as many where it has over 1000.
        n_temperatures: at most so many of a formulation.
        seed: of the choice.

    Returns:
        Ascending row numbers.
    """
    rng = np.random.default_rng(seed)
    kept: list[np.ndarray] = []
    for label in np.unique(polymer):
        own = rng.permutation(np.flatnonzero(polymer == label))
        order = np.argsort(formulation[own], kind="stable")
        sizes = np.unique(formulation[own], return_counts=True)[1]
        number = np.concatenate([np.arange(size) for size in sizes])  # of a row within its formulation
        is_wanted = np.zeros(len(own), dtype=bool)
        is_wanted[order] = number < n_temperatures
        kept.append(own[is_wanted][: n_rows * (_MORE if len(own) >= _LARGE else 1)])
    return np.sort(np.concatenate(kept))
