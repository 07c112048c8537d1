"""Gaussian process on descriptors of electrodes, with the thermodynamic form of a voltage in covariance and noise.

A voltage is an energy difference divided by the lithium that moves. What both ends share through their redox chemistry
enters as it is; what depends on the details of the structures, and the scatter of their energies, grows as one over the
lithium a framework atom. A change of volume has terms that grow with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ssbscreen.model_parts.gaussian_process import (
    GaussianProcess,
    latent_values,
    negative_log_likelihood,
    student_noise,
)
from ssbscreen.model_parts.kernels import Kernel, Views, matern, root_mean_square

LITHIUM = "lithium"  # the view with the lithium that moves, per framework atom, over its typical value
_N_STEPS = 35
_RATE = 0.08
_POWERS = (0, -1, 1)  # of the lithium that moves, for the terms of covariance and noise
_START = (-0.7, -3.5, -4.5)  # log amplitudes of these terms
_START_NOISE = (-4.0, -4.0, -6.0)
_START_LENGTH = math.log(2.0)
_PRIOR_WEIGHT = 0.05
_N_TAILS = 4  # alternations between the latent values and the noise of each row


@dataclass(frozen=True)
class Term:
    """One term of the covariance.

    Attributes:
        view: name of its view.
        power: of the lithium that moves, by which it scales.
    """

    view: str
    power: int


@dataclass(frozen=True)
class ElectrodePair:
    """Comparison of rows with training rows.

    Attributes:
        distances: root mean square difference of a descriptor, by term.  # each (m, n)
        lithium, train_lithium: # (m,), (n,)
    """

    distances: tuple[Tensor, ...]
    lithium: Tensor
    train_lithium: Tensor


class ElectrodeKernel(Kernel):
    """Matern 3/2 terms, each scaled by its power of the lithium that moves.

    Buffers:
        length: log length scale of each term, in units of the root mean square distance a descriptor.  # (n_terms,)
        amplitude: log variance of each term.  # (n_terms,)
        noise: log variances of the noise that scales as the powers 0, -1 and 1.  # (3,)
    """

    length: Tensor
    amplitude: Tensor
    noise: Tensor

    def __init__(self, terms: Sequence[Term]) -> None:
        super().__init__()
        self.terms = tuple(terms)
        self.register_buffer("length", torch.full((len(terms),), _START_LENGTH, dtype=torch.float64))
        start = [_START[_POWERS.index(term.power)] for term in terms]
        self.register_buffer("amplitude", torch.tensor(start, dtype=torch.float64))
        self.register_buffer("noise", torch.tensor(_START_NOISE, dtype=torch.float64))

    def compare(self, rows: Views, train: Views) -> ElectrodePair:
        """Distances of each view once."""
        views = dict.fromkeys(term.view for term in self.terms)
        found = {view: root_mean_square(rows[view], train[view]) for view in views}
        return ElectrodePair(tuple(found[term.view] for term in self.terms), rows[LITHIUM], train[LITHIUM])

    def covariance(self, pairs: ElectrodePair) -> Tensor:
        """Sum of the terms.  # (m, n)"""
        total = torch.zeros_like(pairs.distances[0])
        for i, (distance, term) in enumerate(zip(pairs.distances, self.terms, strict=True)):
            part = matern(distance, self.length[i], self.amplitude[i])
            if term.power:
                part = part * pairs.lithium[:, None] ** term.power * pairs.train_lithium[None, :] ** term.power
            total = total + part
        return total

    def variance(self, rows: Views) -> Tensor:
        """Sum of the amplitudes, scaled as the terms are.  # (m,)"""
        return _scaled(self.amplitude, [term.power for term in self.terms], rows[LITHIUM])

    def noise_variance(self, lithium: Tensor) -> Tensor:
        """Of a target.  # (m,) -> (m,)"""
        return _scaled(self.noise, _POWERS, lithium)


def _scaled(logs: Tensor, powers: Sequence[int], lithium: Tensor) -> Tensor:
    parts = [torch.exp(log) * lithium ** (2 * power) for log, power in zip(logs, powers, strict=True)]
    return torch.stack(parts).sum(dim=0)


@dataclass(frozen=True)
class FitOptions:
    """How a process is fitted.

    Attributes:
        clip: targets farther than so many standard deviations from the median are moved there, so that single failed
            calculations do not rule their neighbours.
        fit_rows: rows that settle the hyperparameters, at most; more would cost much and change little.
        degrees_of_freedom: of Student's distribution of the errors, under which a row far from what its neighbours say
            is noisier; 0 for Gaussian errors.
        n_rounds: alternations between the hyperparameters and the noise of each row; from the second one on, odd rows
            no longer shorten the lengths.
    """

    clip: float
    fit_rows: int = 600
    degrees_of_freedom: float = 0.0
    n_rounds: int = 1


def fit(process: GaussianProcess, views: Views, values: Tensor, options: FitOptions) -> None:
    """Hyperparameters by marginal likelihood with weak priors around their start, then the weights.

    Args:
        process: with an `ElectrodeKernel` as it is made; fitted in place.
        views: of all training rows.
        values: targets, NaN where missing.  # (n,)
        options: of the fit.
    """
    kernel = process.kernel
    assert isinstance(kernel, ElectrodeKernel)
    known = torch.nonzero(torch.isfinite(values))[:, 0]
    y = values[known]
    process.mean = y.median()
    y = (y - process.mean).clamp(-options.clip, options.clip)
    own = {name: view[known] for name, view in views.items()}
    every = max(-(-len(y) // options.fit_rows), 1)
    some = {name: view[::every] for name, view in own.items()}
    near, pairs = kernel.compare(some, some), kernel.compare(own, own)
    parameters = [kernel.length, kernel.amplitude, kernel.noise]
    starts = [p.clone() for p in parameters]
    for p in parameters:
        p.requires_grad_()
    optimizer = torch.optim.Adam(parameters, lr=_RATE)
    degrees, factors = options.degrees_of_freedom, torch.ones_like(y)
    for step in range(_N_STEPS * options.n_rounds):
        if degrees and step and step % _N_STEPS == 0:
            factors = tails(kernel, pairs, y, factors, degrees)
        optimizer.zero_grad()
        noise = kernel.noise_variance(some[LITHIUM]) * factors[::every]
        loss = negative_log_likelihood(kernel.covariance(near), noise, y[::every])
        for p, start in zip(parameters, starts, strict=True):
            loss = loss + _PRIOR_WEIGHT * len(near.lithium) / 100.0 * (p - start).square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    for p in parameters:
        p.requires_grad_(False)
    if degrees:
        factors = tails(kernel, pairs, y, factors, degrees)
    process.condition(
        kernel.compare(views, views), y + process.mean, kernel.noise_variance(own[LITHIUM]) * factors, known
    )


@torch.no_grad()
def tails(
    kernel: ElectrodeKernel, pairs: ElectrodePair, y: Tensor, factors: Tensor, degrees_of_freedom: float
) -> Tensor:
    """Factor of each row's noise variance under Student's distribution.  # (n,)"""
    covariance, noise = kernel.covariance(pairs), kernel.noise_variance(pairs.lithium)
    for _ in range(_N_TAILS):
        latent, variance = latent_values(covariance, noise * factors, y)
        factors = student_noise(noise, (y - latent).square() + variance, degrees_of_freedom) / noise
    return factors


@dataclass(frozen=True)
class Other:
    """What another model says of a target.

    Attributes:
        mean: standardised, NaN where it says nothing.  # (n,)
        share: its weight where it says something.
    """

    mean: Tensor
    share: float

    def mixed(self, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """First two moments of the mixture with a prediction of that mean and variance.  # (n,) each"""
        share = self.share * torch.isfinite(self.mean).to(mean.dtype)
        other = torch.where(share > 0, self.mean.to(mean.dtype), mean)
        return (1.0 - share) * mean + share * other, variance + share * (1.0 - share) * (mean - other).square()
