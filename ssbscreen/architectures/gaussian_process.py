"""Exact Gaussian process on descriptors of composition and structure, with bounds as bounds and errors with tails.

The covariance is a sum of exponential kernels, one a view of the material. Some views count, also or only, between rows
of one family: what holds within a family need not hold between families, and the two are told apart by the
likelihood (a hierarchical model). Where a view is absent (no structure was given), the row counts as an average one in
that view, plus something unknown of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

_JITTER = 1e-6
_PRIOR = 1.0  # natural logarithm of how much smaller than the targets' variance an amplitude is thought to be
_N_ROUNDS = 2  # alternations between the bounds' latent values and the hyperparameters
_N_NEWTON = 8
_APART = 1e6  # distance of rows that do not know each other; finite, so that gradients stay finite too
_WIDE = 1e6  # variance of a bound that says nothing
_STUDENT_SCALE = 0.8  # width of Student's distribution (4 degrees of freedom) that replaces a Gaussian one of width 1


@dataclass(frozen=True)
class Inputs:
    """Descriptors of rows.

    Attributes:
        views: a row of NaN lacks the view.  # each (n, dim)
        between: positions in `views` of those that count between any two rows; all when None.
        within: positions of complete ones that count, also or only, between rows of one family.
        family: equal rows are one family; None where `within` is empty.  # (n, k)
    """

    views: tuple[Tensor, ...]
    between: tuple[int, ...] | None = None
    within: tuple[int, ...] = ()
    family: Tensor | None = None

    @property
    def columns(self) -> list[tuple[Tensor, Tensor | None]]:
        """View of each term of the covariance, with the families that limit it."""
        between = range(len(self.views)) if self.between is None else self.between
        return [(self.views[i], None) for i in between] + [(self.views[i], self.family) for i in self.within]

    def take(self, rows: Tensor) -> Inputs:
        """Some of the rows."""
        return Inputs(tuple(view[rows] for view in self.views), self.between, self.within,
                      None if self.family is None else self.family[rows])


@dataclass(frozen=True)
class Hyperparameters:
    """Natural logarithms, fitted by marginal likelihood.

    Attributes:
        length: of each term of the covariance, views first, then those within families.  # (n_terms,)
        amplitude: variance of each term.  # (n_terms,)
        noise: standard deviation of a measurement.  # ()
    """

    length: Tensor
    amplitude: Tensor
    noise: Tensor


@dataclass(frozen=True)
class ViewPair:
    """Distances of rows to the training rows in one view.

    Attributes:
        distance: `_APART` between families where the term counts within families.  # (m, n)
        here: whether a row has the view.  # (m,) bool
        train_here: whether a training row has it.  # (n,) bool
    """

    distance: Tensor
    here: Tensor
    train_here: Tensor

    @classmethod
    def of(cls, rows: Tensor, train: Tensor, families: tuple[Tensor, Tensor] | None = None) -> ViewPair:
        """City-block distances; a row with NaN lacks the view.

        Args:
            rows: # (m, dim)
            train: # (n, dim)
            families: of rows (m, k) and of training rows (n, k), for a term within families.
        """
        distance = _city_block(torch.nan_to_num(rows), torch.nan_to_num(train))
        if families is not None:
            distance = distance.masked_fill(_city_block(*families) > 0, _APART)
        return cls(distance, torch.isfinite(rows).all(dim=1), torch.isfinite(train).all(dim=1))

    def covariance(self, length: Tensor, amplitude: Tensor, average: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Covariance with the training rows (m, n), and its average over rows that have the view (n,).

        A row without the view gets the average covariance: its part is the mean effect of the view plus
        something unknown of its own.

        Args:
            length, amplitude: logarithms.
            average: of the training rows; None when these are the training rows.
        """
        found = torch.exp(amplitude - self.distance / torch.exp(length))
        if bool(self.here.all()) and bool(self.train_here.all()) and average is None:
            return found, found.mean(dim=0)
        share = self.train_here.to(found) / self.train_here.sum().clamp(min=1)
        found = torch.where(self.train_here[None, :], found, (found @ share)[:, None])
        if average is None:
            average = share @ found
        return torch.where(self.here[:, None], found, average[None, :]), average


def covariance(pairs: Sequence[ViewPair], parameters: Hyperparameters, averages: Sequence[Tensor] | None = None
               ) -> tuple[Tensor, list[Tensor]]:
    """Sum of the covariances of all views (m, n), and the averages of each."""
    parts = [pair.covariance(parameters.length[v], parameters.amplitude[v], None if averages is None else averages[v])
             for v, pair in enumerate(pairs)]
    return torch.stack([part for part, _ in parts]).sum(dim=0), [average for _, average in parts]


def own_covariance(pairs: Sequence[ViewPair], parameters: Hyperparameters) -> Tensor:
    """Covariance of the training rows among themselves; the variance of each is the sum of the amplitudes."""
    found, _ = covariance(pairs, parameters)
    variance = torch.exp(parameters.amplitude).sum()
    return found + torch.diag(variance - found.diagonal())


class GaussianProcess:
    """Posterior of one target given rows, pseudo-targets and their noise; factorised when it is first asked."""

    def __init__(self, inputs: Inputs, parameters: Hyperparameters, mean: Tensor, target: Tensor,
                 noise: Tensor) -> None:
        self.inputs, self.parameters, self.mean = inputs, parameters, mean
        self.target, self.noise = target, noise

    @cached_property
    def _solved(self) -> tuple[list[Tensor], Tensor, Tensor]:
        """Averages of each view, Cholesky factor (n, n), weights (n, 1)."""
        pairs = own_pairs(self.inputs)
        _, averages = covariance(pairs, self.parameters)
        factor = torch.linalg.cholesky(own_covariance(pairs, self.parameters) + torch.diag(self.noise + _JITTER))
        return averages, factor, torch.cholesky_solve((self.target - self.mean)[:, None], factor)

    @classmethod
    def fit(cls, inputs: Inputs, values: np.ndarray, bound: np.ndarray, *, noise_floor: float,
            n_steps: int = 15, degrees: float = 0.0, sample: np.ndarray | None = None) -> GaussianProcess:
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
            _, target, variance = _pseudo_targets(own, mean, y, side, sigma, torch.where(side == 0, y, y + side * 0.5),
                                                  degrees)
            return cls(inputs, found, mean, target, variance)

    @torch.no_grad()
    def predict(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Mean and variance of the latent value, measurement noise not counted.  # each (n,)"""
        averages, factor, weights = self._solved
        pairs = [ViewPair.of(rows, train, None if own is None or others is None else (own, others))
                 for (rows, own), (train, others) in zip(inputs.columns, self.inputs.columns, strict=True)]
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
        return {"length": p.length, "amplitude": p.amplitude, "noise": p.noise, "mean": self.mean,
                "target": self.target, "variance": self.noise}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor], inputs: Inputs) -> Self:
        """From the weights file and the inputs of the training rows, as they were when it was fitted."""
        parameters = Hyperparameters(tensors["length"], tensors["amplitude"], tensors["noise"])
        return cls(inputs, parameters, tensors["mean"], tensors["target"], tensors["variance"])


def own_pairs(inputs: Inputs) -> list[ViewPair]:
    """Distances of rows among themselves, one a term of the covariance."""
    return [ViewPair.of(view, view, None if family is None else (family, family)) for view, family in inputs.columns]


def _city_block(rows: Tensor, train: Tensor) -> Tensor:
    """Distances of rows, remembered where a set is compared with itself.  # (m, n)"""
    if rows is train or (rows.shape == train.shape and torch.equal(rows, train)):
        return _own_distance(train.double().contiguous().numpy().tobytes(), train.shape[1])
    return torch.cdist(rows.double(), train.double(), p=1.0)


@lru_cache(maxsize=16)
def _own_distance(content: bytes, width: int) -> Tensor:
    """Kept, because the members of an ensemble and the steps of a fit ask for the same rows."""
    view = torch.frombuffer(bytearray(content), dtype=torch.float64).reshape(-1, width)
    return torch.cdist(view, view, p=1.0)


def _hyperparameters(inputs: Inputs, y: Tensor, side: Tensor, mean: Tensor, noise_floor: float, n_steps: int
                     ) -> Hyperparameters:
    """Maximum of the marginal likelihood with weak priors, in turn with the latent values of the bounds."""
    pairs = own_pairs(inputs)
    shared = [p.distance[p.here[:, None] & p.here[None, :] & (p.distance > 0) & (p.distance < _APART)] for p in pairs]
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
            prior = 0.5 * ((length - start) / 1.5).square().sum() \
                + 0.5 * ((amplitude - size + _PRIOR) / 1.5).square().sum()
            return fit + prior

        _minimise(cost, [length, amplitude, noise], n_steps)
        if not has_bounds:
            break
    return Hyperparameters(length.detach(), amplitude.detach(), noise.detach())


def _pseudo_targets(covariance: Tensor, mean: Tensor, y: Tensor, side: Tensor, sigma: Tensor, latent: Tensor,
                    degrees: float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
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
    optimizer = torch.optim.LBFGS(parameters, lr=0.5, max_iter=n_steps, history_size=8,
                                  line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss: Tensor = cost()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)
