"""Gaussian process on descriptors of electrodes, with the thermodynamic form of a voltage in covariance and noise.

A voltage is an energy difference divided by the lithium that moves. What both ends share through their redox chemistry
enters as it is; what depends on the details of the structures, and the scatter of their energies, grows as one over the
lithium a framework atom. A change of volume has terms that grow with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

_JITTER = 1e-6
_ROOT3 = math.sqrt(3.0)
_N_STEPS = 35
_POWERS = (0, -1, 1)  # of the lithium that moves, for the terms of covariance and noise
_START = (-0.7, -3.5, -4.5)  # log amplitudes of these terms
_START_NOISE = (-4.0, -4.0, -6.0)
_PRIOR_WEIGHT = 0.05
_STUDENT_SCALE = 0.64  # variance of the core of Student's distribution that replaces a Gaussian one of variance 1
_N_TAILS = 4  # alternations between the latent values and the noise of each row


@dataclass(frozen=True)
class Inputs:
    """Standardised descriptors.

    Attributes:
        views: one matrix a view.  # each (n, dim)
        lithium: that moves, per framework atom, over its typical value.  # (n,)
    """

    views: tuple[Tensor, ...]
    lithium: Tensor


@dataclass(frozen=True)
class Term:
    """One term of the covariance.

    Attributes:
        view: position of its view.
        power: of the lithium that moves, by which it scales.
    """

    view: int
    power: int


@dataclass(frozen=True)
class ElectrodeProcess:
    """Fitted process for one target.

    Attributes:
        length: log length scale of each term, in units of the root mean square distance a descriptor.  # (n_terms,)
        amplitude: log variance of each term.  # (n_terms,)
        noise: log variances of the noise that scales as the powers 0, -1 and 1.  # (3,)
        mean: of the targets.  # ()
        weights: of the training rows in the mean; 0 where a row has no target.  # (n,)
        landmarks: training rows that carry the variance.  # (m,) int64
        reduction: how much they take from it.  # (m, m)
    """

    length: Tensor
    amplitude: Tensor
    noise: Tensor
    mean: Tensor
    weights: Tensor
    landmarks: Tensor
    reduction: Tensor

    @classmethod
    def fit(
        cls,
        inputs: Inputs,
        values: Tensor,
        terms: Sequence[Term],
        n_landmarks: int,
        clip: float,
        fit_rows: int = 600,
        degrees: float = 0.0,
        n_rounds: int = 1,
    ) -> Self:
        """Hyperparameters by marginal likelihood with weak priors around their start, then the weights.

        With `degrees`, errors follow Student's distribution: a row far from what its neighbours say is noisier.

        Args:
            inputs: of all training rows.
            values: targets, NaN where missing.  # (n,)
            terms: of the covariance.
            n_landmarks: rows that carry the variance.
            clip: targets farther than so many standard deviations from the median are moved there, so that single
                failed calculations do not rule their neighbours.
            fit_rows: rows that settle the hyperparameters, at most; more would cost much and change little.
            degrees: of freedom of Student's distribution; 0 for Gaussian errors.
            n_rounds: alternations between the hyperparameters and the noise of each row; from the second one on, odd
                rows no longer shorten the lengths.

        Source: Student's errors as scaled Gaussian ones, Lange et al., J. Am. Stat. Assoc. 84, 881 (1989).
        """
        present = torch.isfinite(values)
        rows = torch.nonzero(present)[:, 0]
        y = values[rows]
        mean = y.median()
        y = (y - mean).clamp(-clip, clip)
        own = _take(inputs, rows)
        length = torch.full((len(terms),), math.log(2.0), dtype=torch.float64)
        amplitude = torch.tensor([_START[_POWERS.index(t.power)] for t in terms], dtype=torch.float64)
        noise = torch.tensor(_START_NOISE, dtype=torch.float64)
        parameters = [length, amplitude, noise]
        starts = [p.clone() for p in parameters]
        for p in parameters:
            p.requires_grad_(True)
        optimizer = torch.optim.Adam(parameters, lr=0.08)
        every = max(-(-len(y) // fit_rows), 1)
        some, target = _take(own, torch.arange(0, len(y), every)), y[::every]
        near = [distance(some.views[t.view], some.views[t.view]) for t in terms]
        distances = [distance(own.views[t.view], own.views[t.view]) for t in terms]
        factors = torch.ones_like(y)
        for step in range(_N_STEPS * n_rounds):
            if degrees and step and step % _N_STEPS == 0:
                with torch.no_grad():
                    covariance = _sum(distances, terms, length, amplitude, own.lithium, own.lithium)
                    factors = _tails(covariance, _noise(noise, own.lithium), y, factors, degrees)
            optimizer.zero_grad()
            covariance = _sum(near, terms, length, amplitude, some.lithium, some.lithium)
            factor = torch.linalg.cholesky(
                covariance + torch.diag(_noise(noise, some.lithium) * factors[::every] + _JITTER)
            )
            solved = torch.cholesky_solve(target[:, None], factor)[:, 0]
            loss = 0.5 * (target @ solved) + torch.log(torch.diagonal(factor)).sum()
            for p, start in zip(parameters, starts, strict=True):
                loss = loss + _PRIOR_WEIGHT * len(target) / 100.0 * (p - start).square().sum()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        length, amplitude, noise = (p.detach() for p in parameters)
        covariance = _sum(distances, terms, length, amplitude, own.lithium, own.lithium)
        diagonal = _noise(noise, own.lithium)
        if degrees:
            factors = _tails(covariance, diagonal, y, factors, degrees)
        diagonal = diagonal * factors + _JITTER
        solved = torch.linalg.solve(covariance + torch.diag(diagonal), y)
        weights = torch.zeros(len(values), dtype=torch.float64)
        weights[rows] = solved
        chosen = pivots(covariance, min(n_landmarks, len(rows)))
        inner = covariance[chosen][:, chosen] + _JITTER * torch.eye(len(chosen), dtype=torch.float64)
        cross = covariance[chosen]
        posterior = inner + (cross / diagonal) @ cross.T
        reduction = torch.linalg.inv(inner) - torch.linalg.inv(posterior)
        return cls(length, amplitude, noise, mean.detach(), weights, rows[chosen], reduction.float())

    def predict(self, inputs: Inputs, train: Inputs, terms: Sequence[Term]) -> tuple[Tensor, Tensor]:
        """Mean and variance, noise included.  # (m,) each

        The mean is exact; the variance is that of the landmarks (deterministic training conditional).

        Source: Quinonero-Candela and Rasmussen, J. Mach. Learn. Res. 6, 1939 (2005), section 5.
        """
        distances = [distance(inputs.views[t.view], train.views[t.view]) for t in terms]
        cross = _sum(distances, terms, self.length, self.amplitude, inputs.lithium, train.lithium)
        prior = sum(
            (torch.exp(a) * inputs.lithium ** (2 * t.power) for a, t in zip(self.amplitude, terms, strict=True)),
            torch.zeros_like(inputs.lithium),
        )
        near = cross[:, self.landmarks]
        variance = prior - ((near @ self.reduction.to(near)) * near).sum(dim=1)
        return self.mean + cross @ self.weights, variance.clamp(min=0.0) + _noise(self.noise, inputs.lithium)

    def tensors(self) -> dict[str, Tensor]:
        """For the weights file."""
        return dict(vars(self))

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Self:
        """From the weights file."""
        return cls(**{k: v if v.dtype in (torch.int64, torch.float32) else v.double() for k, v in tensors.items()})


def distance(rows: Tensor, others: Tensor) -> Tensor:
    """Root mean square difference of two rows' descriptors.  # (m, n)"""
    return torch.cdist(rows, others) / math.sqrt(rows.shape[1])


def pivots(covariance: Tensor, n: int) -> Tensor:
    """Rows that a pivoted Cholesky factorisation picks: each the least known by those before it.  # (n,)"""
    left = torch.diagonal(covariance).clone()
    factor = torch.zeros(len(covariance), n, dtype=covariance.dtype)
    chosen: list[int] = []
    for k in range(n):
        pick = int(left.argmax())
        chosen.append(pick)
        column = covariance[:, pick] - factor[:, :k] @ factor[pick, :k]
        factor[:, k] = column / left[pick].clamp(min=1e-9).sqrt()
        left = (left - factor[:, k].square()).clamp(min=0.0)
        left[pick] = -1.0
    return torch.tensor(chosen)


def _tails(covariance: Tensor, noise: Tensor, y: Tensor, factors: Tensor, degrees: float) -> Tensor:
    """Factor of each row's noise variance under Student's distribution, by expectation maximisation.  # (n,)"""
    narrow = _STUDENT_SCALE * noise
    for _ in range(_N_TAILS):
        factor = torch.linalg.cholesky(covariance + torch.diag(noise * factors + _JITTER))
        latent = covariance @ torch.cholesky_solve(y[:, None], factor)[:, 0]
        explained = torch.linalg.solve_triangular(factor, covariance, upper=False).square().sum(dim=0)
        square = (y - latent).square() + (covariance.diagonal() - explained).clamp(min=_JITTER)
        factors = _STUDENT_SCALE * (degrees + square / narrow) / (degrees + 1.0)
    return factors


def _take(inputs: Inputs, rows: Tensor) -> Inputs:
    return Inputs(tuple(v[rows] for v in inputs.views), inputs.lithium[rows])


def _noise(logs: Tensor, lithium: Tensor) -> Tensor:
    return sum(
        (torch.exp(log) * lithium ** (2 * power) for log, power in zip(logs, _POWERS, strict=True)),
        torch.zeros_like(lithium),
    )


def _sum(
    distances: Sequence[Tensor],
    terms: Sequence[Term],
    length: Tensor,
    amplitude: Tensor,
    lithium: Tensor,
    others: Tensor,
) -> Tensor:
    """Covariance: Matern 3/2 terms, each scaled by its power of the lithium that moves.  # (m, n)"""
    total = torch.zeros_like(distances[0])
    for i, (d, term) in enumerate(zip(distances, terms, strict=True)):
        r = _ROOT3 * d * torch.exp(-length[i])
        part = torch.exp(amplitude[i] - r) * (1.0 + r)
        if term.power:
            part = part * lithium[:, None] ** term.power * others[None, :] ** term.power
        total = total + part
    return total
