"""Exact Gaussian process on polymer electrolytes, with temperature as a law and what polymers and studies keep apart.

Intercept and slope of log conductivity against the temperature coordinate of Vogel, Fulcher and Tammann are processes.
Each is a sum of what polymer, salt and conditions say alone and together, and of an offset of its own for each polymer
and each formulation: rows of one study share their error, so many of them count little more than one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from torch import Tensor

from ssbscreen.model_parts.kernels import overlap

_JITTER = 1e-6
_SOFT = 0.05  # added to the spread of a descriptor, so that one that hardly varies does not rule distances
_LARGE, _MORE = 1000, 4  # a polymer of so many rows may give so many times as many
_SAME = 1e-5  # distance up to which two polymers or salts are one
_SAME_CONDITIONS = 1e-9  # squared distance; a wider one would chain neighbours, and the covariance lose its sense


@dataclass(frozen=True)
class Kernel:
    """Hyperparameters, found by gradient descent on the error of leaving one polymer out.

    Variances in units of the target's variance, lengths in mean distances of standardised descriptors.

    Attributes:
        length_polymer, length_simulated, length_salt, length_conditions: of descriptors of the chain, of simulated
            properties, of salt and of anion, of conditions.
        polymer, environment, simulated: variance that chain descriptors, atom environments and simulated properties
            explain alone.
        salt, anion: that descriptors of salt and anion explain alone.
        conditions, polymer_conditions, salt_conditions, formulation, polymer_salt: of conditions alone, and of
            several together.
        own_polymer, own_salt, own_formulation: of offsets that nothing explains.
        offset: of the average.
        noise: of a measurement.
        slope, slope_polymer, slope_formulation: variance of slopes relative to that of intercepts.
    """

    length_polymer: float = 1.26
    length_simulated: float = 0.36
    length_salt: float = 3.0
    length_conditions: float = 1.22
    polymer: float = 0.024
    environment: float = 0.018
    simulated: float = 0.036
    salt: float = 0.029
    anion: float = 0.27
    conditions: float = 0.55
    polymer_conditions: float = 0.057
    salt_conditions: float = 0.055
    formulation: float = 0.022
    polymer_salt: float = 0.020
    own_polymer: float = 0.027
    own_salt: float = 0.013
    own_formulation: float = 0.048
    offset: float = 0.17
    noise: float = 0.011
    slope: float = 0.44
    slope_polymer: float = 0.315
    slope_formulation: float = 0.313


@dataclass(frozen=True)
class Rows:
    """Formulations by their parts: tables of distinct polymers and salts, and which of them a row has.

    Attributes:
        shares: of environments of each polymer.  # (n_polymers, n_bits)
        chain, simulated: standardised descriptors of each polymer.  # (n_polymers, ...)
        salt, anion: of each salt.  # (n_salts, ...)
        conditions: of each row.  # (n, n_conditions)
        polymer_of, salt_of: # (n,)
    """

    shares: Tensor
    chain: Tensor
    simulated: Tensor
    salt: Tensor
    anion: Tensor
    conditions: Tensor
    polymer_of: Tensor
    salt_of: Tensor


def covariances(kernel: Kernel, a: Rows, b: Rows) -> tuple[Tensor, Tensor]:
    """Of intercepts and of slopes between the rows of two tables.  # (m, n) twice"""
    k = kernel
    chain = torch.cdist(a.chain, b.chain, p=1.0) / a.chain.shape[1]
    like = torch.exp(-chain / k.length_polymer)
    near = overlap(a.shares, b.shares)
    simulated = torch.exp(-torch.cdist(a.simulated, b.simulated, p=1.0) / a.simulated.shape[1] / k.length_simulated)
    salts = torch.cdist(a.salt, b.salt, p=1.0) / a.salt.shape[1]
    anions = torch.cdist(a.anion, b.anion, p=1.0) / a.anion.shape[1]
    by_salt, by_anion = torch.exp(-salts / k.length_salt), torch.exp(-anions / k.length_salt)
    squared = torch.cdist(a.conditions, b.conditions, compute_mode="donot_use_mm_for_euclid_dist").square()
    squared = squared / a.conditions.shape[1]
    c = torch.exp(-0.5 * squared / k.length_conditions**2)
    own_p, own_s = (chain + (1.0 - near) < _SAME).to(c), (salts + anions < _SAME).to(c)

    def of_polymers(table: Tensor) -> Tensor:
        return table[a.polymer_of][:, b.polymer_of]

    def of_salts(table: Tensor) -> Tensor:
        return table[a.salt_of][:, b.salt_of]

    p, q = of_polymers((like + near) / 2.0), of_salts((by_salt + by_anion) / 2.0)
    same_polymer, same_salt = of_polymers(own_p), of_salts(own_s)
    same = same_polymer * same_salt * (squared < _SAME_CONDITIONS)
    explained = (
        of_polymers(k.polymer * like + k.environment * near + k.simulated * simulated)
        + of_salts(k.salt * by_salt + k.anion * by_anion)
        + k.offset
        + k.polymer_salt * p * q
        + c * (k.conditions + k.polymer_conditions * p + k.salt_conditions * q + k.formulation * p * q)
    )
    intercept = explained + k.own_polymer * same_polymer + k.own_salt * same_salt + k.own_formulation * same
    slope = (
        k.slope * explained
        + k.slope_polymer * k.own_polymer * same_polymer
        + k.slope_formulation * k.own_formulation * same
    )
    return intercept, slope


def prior(kernel: Kernel) -> tuple[float, float]:
    """Variance of intercept and slope of a formulation without any knowledge."""
    k = kernel
    explained = (
        k.polymer
        + k.environment
        + k.simulated
        + k.salt
        + k.anion
        + k.offset
        + k.polymer_salt
        + k.conditions
        + k.polymer_conditions
        + k.salt_conditions
        + k.formulation
    )
    return (
        explained + k.own_polymer + k.own_salt + k.own_formulation,
        k.slope * explained + k.slope_polymer * k.own_polymer + k.slope_formulation * k.own_formulation,
    )


class FormulationProcess:
    """Posterior given training rows.

    Args:
        kernel: hyperparameters.
        rows: training rows, standardised.
        coordinate: temperature coordinate, 0 at the reference.  # (n,)
        target: learned scale.  # (n,)
        mean: of the target.
    """

    def __init__(self, kernel: Kernel, rows: Rows, coordinate: Tensor, target: Tensor, mean: float) -> None:
        self.kernel, self.rows, self.coordinate, self.target, self.mean = kernel, rows, coordinate, target, mean
        intercept, slope = covariances(kernel, rows, rows)
        covariance = intercept + slope * torch.outer(coordinate, coordinate)
        noise = (kernel.noise + _JITTER) * torch.eye(len(target), dtype=torch.double)
        self._factor = torch.linalg.cholesky(covariance + noise)
        self._weights = torch.cholesky_solve((target - mean)[:, None], self._factor)[:, 0]

    @torch.no_grad()
    def predict(self, rows: Rows, coordinate: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Intercept, slope, and variance at the coordinate, measurement noise included.  # each (m,)"""
        a, b = covariances(self.kernel, rows, self.rows)
        intercept, slope = self.mean + a @ self._weights, b @ (self._weights * self.coordinate)
        cross = a + b * torch.outer(coordinate, self.coordinate)
        explained = torch.linalg.solve_triangular(self._factor, cross.T, upper=False).square().sum(dim=0)
        first, second = prior(self.kernel)
        variance = (first + second * coordinate.square() - explained).clamp(min=0.0) + self.kernel.noise
        return intercept, slope, variance

    def to(self, device: torch.device | str) -> Self:
        """The same on a device."""
        for name in ("coordinate", "target", "_factor", "_weights"):
            setattr(self, name, getattr(self, name).to(device))
        self.rows = Rows(**{f.name: getattr(self.rows, f.name).to(device) for f in fields(Rows)})
        return self


def standard(table: Tensor) -> tuple[Tensor, Tensor]:
    """Centre and softened spread of the columns of a table."""
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
