"""Exact Gaussian process on descriptors of composition and structure, with bounds as bounds and errors with tails."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from ssbscreen.model_parts.view_covariance import (
    APART,
    Hyperparameters,
    Inputs,
    ViewPair,
    covariance,
    own_covariance,
    own_pairs,
)

_JITTER = 1e-6
_PRIOR = 1.0  # natural logarithm of how much smaller than the targets' variance an amplitude is thought to be
_N_ROUNDS = 2  # alternations between the bounds' latent values and the hyperparameters
_N_NEWTON = 8
_WIDE = 1e6  # variance of a bound that says nothing
_STUDENT_SCALE = 0.8  # width of Student's distribution (4 degrees of freedom) that replaces a Gaussian one of width 1


class GaussianProcess:
    """Posterior of one target given rows, pseudo-targets and their noise; factorised when it is first asked."""

    def __init__(
        self, inputs: Inputs, parameters: Hyperparameters, mean: Tensor, target: Tensor, noise: Tensor
    ) -> None:
        self.inputs, self.parameters, self.mean = inputs, parameters, mean
        self.target, self.noise = target, noise

    @property
    def device(self) -> torch.device:
        """Where its tensors lie."""
        return self.target.device

    def to(self, device: torch.device | str) -> GaussianProcess:
        """The same on a device; what was factorised is not factorised again."""
        averages, factor, weights = self._solved
        p = self.parameters
        moved = GaussianProcess(
            self.inputs.to(device),
            Hyperparameters(p.length.to(device), p.amplitude.to(device), p.noise.to(device)),
            self.mean.to(device),
            self.target.to(device),
            self.noise.to(device),
        )
        moved._solved = [average.to(device) for average in averages], factor.to(device), weights.to(device)
        return moved

    @cached_property
    def _solved(self) -> tuple[list[Tensor], Tensor, Tensor]:
        """Averages of each view, Cholesky factor (n, n), weights (n, 1)."""
        pairs = own_pairs(self.inputs)
        _, averages = covariance(pairs, self.parameters)
        factor = torch.linalg.cholesky(own_covariance(pairs, self.parameters) + torch.diag(self.noise + _JITTER))
        return averages, factor, torch.cholesky_solve((self.target - self.mean)[:, None], factor)

    @classmethod
    def fit(
        cls,
        inputs: Inputs,
        values: np.ndarray,
        bound: np.ndarray,
        *,
        noise_floor: float,
        n_steps: int = 15,
        degrees: float = 0.0,
        sample: np.ndarray | None = None,
    ) -> GaussianProcess:
        """Hyperparameters by marginal likelihood, bounds by Laplace's method (Tobit likelihood).

        Args:
            inputs: float64 descriptors of n rows.
            values: targets or bounds.  # (n,)
            bound: codes of `core.dataset`.  # (n,)
            noise_floor: smallest standard deviation of a measurement, same units as `values`.
            n_steps: steps of L-BFGS for each alternation.
            degrees: of freedom of Student's distribution of the measurement errors, by expectation maximisation
                around the fitted hyperparameters; 0 for Gaussian errors.
            sample: rows that settle the hyperparameters; all when None.

        Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), sections 2.2, 3.4 and 5.4;
        Student's errors as scaled Gaussian ones, Lange et al., J. Am. Stat. Assoc. 84, 881 (1989).
        """
        y, side = torch.from_numpy(values), torch.from_numpy(np.asarray(bound, dtype=np.float64))
        mean = y.median()
        rows = torch.arange(len(y)) if sample is None else torch.from_numpy(np.sort(sample))
        found = _hyperparameters(inputs.take(rows), y[rows], side[rows], mean, noise_floor, n_steps)
        with torch.no_grad():
            own = own_covariance(own_pairs(inputs), found)
            sigma = torch.sqrt(noise_floor**2 + torch.exp(2 * found.noise))
            _, target, variance = _pseudo_targets(
                own, mean, y, side, sigma, torch.where(side == 0, y, y + side * 0.5), degrees
            )
            return cls(inputs, found, mean, target, variance)

    @torch.no_grad()
    def predict(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Mean and variance of the latent value, measurement noise not counted.  # each (n,)"""
        averages, factor, weights = self._solved
        pairs = [
            ViewPair.of(rows, train, None if own is None or others is None else (own, others))
            for (rows, own), (train, others) in zip(inputs.columns, self.inputs.columns, strict=True)
        ]
        cross, _ = covariance(pairs, self.parameters, averages)
        mean = self.mean + (cross @ weights)[:, 0]
        explained = torch.linalg.solve_triangular(factor, cross.T, upper=False).square().sum(dim=0)
        return mean, (torch.exp(self.parameters.amplitude).sum() - explained).clamp(min=1e-9)

    @torch.no_grad()
    def left_out(self, values: np.ndarray, noise: float) -> Tensor:
        """Errors of the training values when each is left out, in units of the std then stated.  # (n,)

        Args:
            values: as they were fitted.  # (n,)
            noise: standard deviation of a measurement, without the tails.

        Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), eq. 5.12.
        """
        _, factor, weights = self._solved
        precision = torch.cholesky_inverse(factor).diagonal()
        mean = self.target - weights[:, 0] / precision
        variance = (1.0 / precision - self.noise).clamp(min=0.0) + noise**2
        return (torch.from_numpy(values) - mean) / variance.sqrt()

    def tensors(self) -> dict[str, Tensor]:
        """For the weights file, without the views of the training rows."""
        p = self.parameters
        return {
            "length": p.length,
            "amplitude": p.amplitude,
            "noise": p.noise,
            "mean": self.mean,
            "target": self.target,
            "variance": self.noise,
        }

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor], inputs: Inputs) -> Self:
        """From the weights file and the inputs of the training rows, as they were when it was fitted."""
        parameters = Hyperparameters(tensors["length"], tensors["amplitude"], tensors["noise"])
        return cls(inputs, parameters, tensors["mean"], tensors["target"], tensors["variance"])


def _hyperparameters(
    inputs: Inputs, y: Tensor, side: Tensor, mean: Tensor, noise_floor: float, n_steps: int
) -> Hyperparameters:
    """Maximum of the marginal likelihood with weak priors, in turn with the latent values of the bounds."""
    pairs = own_pairs(inputs)
    shared = [p.distance[p.here[:, None] & p.here[None, :] & (p.distance > 0) & (p.distance < APART)] for p in pairs]
    start = torch.stack([torch.log(s.median()) if len(s) else torch.zeros((), dtype=y.dtype) for s in shared])
    length = start.clone().requires_grad_()
    size = float(torch.log(y.var().clamp(min=1e-12)))  # so that the unit of the targets does not matter
    amplitude = torch.full_like(start, size - math.log(len(pairs))).requires_grad_()
    noise = torch.tensor(0.5 * size + math.log(0.2), dtype=y.dtype, requires_grad=True)
    has_bounds = bool((side != 0).any())
    target, variance = y.clone(), torch.zeros_like(y)
    latent = torch.where(side == 0, y, y + side * 0.5)
    for _ in range(_N_ROUNDS):
        if has_bounds:
            with torch.no_grad():
                now = Hyperparameters(length, amplitude, noise)
                sigma = torch.sqrt(noise_floor**2 + torch.exp(2 * noise))
                latent, target, variance = _pseudo_targets(own_covariance(pairs, now), mean, y, side, sigma, latent)

        def cost(target: Tensor = target, variance: Tensor = variance) -> Tensor:
            extra = torch.where(side == 0, noise_floor**2 + torch.exp(2 * noise), variance)
            factor = torch.linalg.cholesky(
                own_covariance(pairs, Hyperparameters(length, amplitude, noise)) + torch.diag(extra + _JITTER)
            )
            rest = (target - mean)[:, None]
            fit = 0.5 * (rest * torch.cholesky_solve(rest, factor)).sum() + factor.diagonal().log().sum()
            # weak priors: lengths about the typical distance, amplitudes about a third of the targets' variance
            prior = (
                0.5 * ((length - start) / 1.5).square().sum() + 0.5 * ((amplitude - size + _PRIOR) / 1.5).square().sum()
            )
            return fit + prior

        _minimise(cost, [length, amplitude, noise], n_steps)
        if not has_bounds:
            break
    return Hyperparameters(length.detach(), amplitude.detach(), noise.detach())


def _pseudo_targets(
    covariance: Tensor, mean: Tensor, y: Tensor, side: Tensor, sigma: Tensor, latent: Tensor, degrees: float = 0.0
) -> tuple[Tensor, Tensor, Tensor]:
    """Newton's method for the latent values; each bound becomes a pseudo-target with a variance of its own.

    With `degrees`, the variance of an exact value grows with its distance from the latent value.

    Returns:
        Latent values, targets, variances.  # each (n,)
    """
    censored = side != 0
    target, variance = y.clone(), torch.full_like(y, float(sigma) ** 2)
    for step in range(_N_NEWTON if degrees or bool(censored.any()) else 0):
        z = (side * (latent - y) / sigma)[censored]  # log Phi(z) is the likelihood of a bound
        slope = torch.exp(-0.5 * z.square() - 0.5 * math.log(2 * math.pi) - torch.special.log_ndtr(z))
        curvature = (slope * (slope + z)).clamp(min=1e-6) / sigma**2
        target[censored] = latent[censored] + side[censored] * slope / sigma / curvature
        variance[censored] = (1.0 / curvature).clamp(max=_WIDE)
        factor = torch.linalg.cholesky(covariance + torch.diag(variance + _JITTER))
        latent = mean + (covariance @ torch.cholesky_solve((target - mean)[:, None], factor))[:, 0]
        if degrees and step < _N_NEWTON - 1:
            explained = torch.linalg.solve_triangular(factor, covariance, upper=False).square().sum(dim=0)
            square = (y - latent).square() + (covariance.diagonal() - explained).clamp(min=_JITTER)
            narrow = (_STUDENT_SCALE * sigma) ** 2
            variance = torch.where(censored, variance, narrow * (degrees + square / narrow) / (degrees + 1.0))
    return latent, target, variance


def _minimise(cost: Any, parameters: list[Tensor], n_steps: int) -> None:
    optimizer = torch.optim.LBFGS(parameters, lr=0.5, max_iter=n_steps, history_size=8, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss: Tensor = cost()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)
